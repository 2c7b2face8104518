"""The delay of the sound output, measured: chirps go out, a microphone hears them, and both are laid on the player's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.core.errors import PreviewError
from app.core.speech import AudioClip
from app.core.sync import Loopback, chirp_train, loopback
from app.session.base.opening import open_microphone
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.audio.devices import DeviceChoice
    from app.audio.microphone import Microphone
    from app.audio.player import Player

#: a rate that most devices have themselves, so that nothing is converted
RATE = 48000
POLL_MS = 20
#: the microphone listens so long before the chirps go out: it has to tell when its samples were taken
WARM_UP_S = 0.4
NOT_HEARD = "The microphone did not hear the chirps; turn the sound up, bring the microphone to the loudspeaker, and measure again."


class LoopbackMeasurement(QObject):
    """One measurement; it ends by itself.

    Args:
        player: plays the chirps; its clock is what the delay is measured against.
        device: index or name of the microphone, None for the default.
        parent: Qt's.
    """

    #: what was heard
    measured = Signal(object)
    #: one sentence
    failed = Signal(str)

    def __init__(self, player: Player, device: DeviceChoice | int | str | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._player, self._device = player, device
        self._microphone: Microphone | None = None
        #: what is open: a worker brings it, and it is closed here
        self._brought: list[Microphone] = []
        self._workers = Workers(self._give_up, self)
        self._samples: list[np.ndarray] = []
        #: the player's clock minus the microphone's, at every look while the chirps play
        self._apart: list[float] = []
        self._playing = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._microphone is not None or self._workers.busy

    def start(self) -> None:
        """Listen, then play the chirps; what cannot be opened ends in a sentence. The microphone is opened off the GUI thread."""
        self.stop()
        self._samples, self._apart, self._playing = [], [], False
        if self._player.status.silent_reason:
            self._give_up("", "There is no sound output to measure; choose one in Playback, Sound output.")
            return
        device, brought = self._device, self._brought

        def work(job: Job) -> None:
            microphone = open_microphone(device, RATE)
            brought.append(microphone)
            microphone.start()
            if job.cancel.is_set():
                _close_all(brought)
            job.post(self._listen, microphone)

        self._workers.start("microphone", work)

    def stop(self) -> None:
        """Give the microphone back."""
        self._timer.stop()
        self._workers.cancel("microphone")
        self._microphone = None
        _close_all(self._brought)

    def close(self) -> None:
        """End the worker threads; nothing is measured any more."""
        self._timer.stop()
        self._microphone = None
        self._workers.close()
        _close_all(self._brought)

    def _listen(self, microphone: Microphone) -> None:
        self._microphone = microphone
        self._player.pause()
        self._player.load(AudioClip(chirp_train(RATE), RATE, "chirps"))
        self._player.set_volume(1.0)
        self._timer.start()

    def _poll(self) -> None:
        microphone = self._microphone
        if microphone is None:
            return
        try:
            self._samples.append(microphone.read_new())
        except PreviewError as error:
            self._give_up("", str(error))
            return
        if not self._playing:
            if sum(map(len, self._samples)) >= WARM_UP_S * RATE:
                self._playing = True
                self._player.play()
            return
        if self._player.playing:
            heard_s, stream_s = self._player.clock.now(), microphone.time_s
            if heard_s > 0:
                self._apart.append(heard_s - stream_s)
            return
        self._finish(microphone)

    def _finish(self, microphone: Microphone) -> None:
        began_s = microphone.began_s
        self.stop()
        if began_s is None or not self._apart:
            self.failed.emit(NOT_HEARD)
            return
        found: Loopback | None = loopback(np.concatenate(self._samples), RATE, began_s + float(np.median(self._apart)))
        if found is None:
            self.failed.emit(NOT_HEARD)
        else:
            self.measured.emit(found)

    def _give_up(self, _task: str, sentence: str) -> None:
        self.stop()
        self.failed.emit(sentence)


def _close_all(microphones: list[Microphone]) -> None:
    """Close what is open; a list serves both threads, and each microphone leaves it once."""
    while microphones:
        microphones.pop().close()

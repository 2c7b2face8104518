"""Transport state: what plays, where, how fast, and between which points."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.clock import Clock, FixedClock
from app.core.speech import AudioClip
from app.session.base import opening
from app.session.base.heard_clock import HeardClock
from app.session.base.messages import Messages
from app.session.base.recovery import Recovery, SoundState
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.audio.devices import DeviceChoice
    from app.audio.outputs import Output
    from app.audio.player import Player

    Device = DeviceChoice | int | str | None

#: the rates of the picker; below a quarter speech is no longer followed
RATES = (0.25, 0.5, 0.75, 1.0, 2.0, 4.0)
#: a loop shorter than this is a slip of the mouse; the player repeats nothing shorter than 50 ms
MIN_LOOP_S = 0.05
#: while the playhead is dragged a moment of sound begins at most this often: two thirds of its own length
SNIPPET_EVERY_S = 0.04
#: no output is later than this; Bluetooth reaches about 300 ms
MOST_LATE_MS = 500.0


class Playback(QObject):
    """The player as the window sees it; it works, silently and standing still, until a player is there.

    Devices are opened and changed off the GUI thread; meanwhile it stands still, as before the first was there. One that stalls or
    goes away is tried again with growing gaps, and at once by ``play`` and ``try_again``; time runs on without it.

    Args:
        messages: told what cannot be opened.
        parent: the session.
        recovery: when a stalled device is tried again; None for one on the system's clock.

    Attributes:
        heard_clock: what is heard, for other threads; as of the last tick.
        sound: whether there is sound; as of the last tick.
    """

    playback_changed = Signal(bool)
    #: the position was set by hand, in seconds
    moved = Signal(float)
    #: (in_s, out_s) or None
    loop_changed = Signal(object)
    #: rate, volume or device
    output_changed = Signal()
    #: a SoundState of another kind, or with other words
    sound_changed = Signal(object)
    #: the audio device was opened or refused
    player_opened = Signal()

    def __init__(self, messages: Messages, parent: QObject | None = None, recovery: Recovery | None = None) -> None:
        super().__init__(parent)
        self.sound = SoundState("opening", "Sound…")
        self._recovery, self._reviving = Recovery() if recovery is None else recovery, False
        self.heard_clock = HeardClock()
        self._messages = messages
        self._workers = Workers(messages.fail_task, self)
        self._workers.ended.connect(self._device_ended)
        #: what a worker has opened and nobody has taken over yet: outputs for the player, and the player
        self._brought: list[Output] = []
        self._players: list[Player] = []
        #: what the output that is being opened is not yet: for another device, or after another look for devices
        self._wanted: tuple[Device, bool] | None = None
        self.player: Player | None = None
        self.loop: tuple[float, float] | None = None
        self.looping = self.growing = self._was_playing = False
        self.rate = 1.0
        #: the speed of J and L while it plays so, None for the rate
        self.shuttle: float | None = None
        self.volume = 1.0
        self.device: Device = None
        self._fixed = FixedClock()
        self._clip: AudioClip | None = None
        #: whether the sound under the playhead is heard while it is dragged or stepped
        self.scrub_sound = True
        self._snippet_s = 0.0
        #: output -> seconds by which its sound is later than the device says
        self.late_by_output: dict[str, float] = {}

    @property
    def device_name(self) -> str:
        """The output in use, or expected back, as its delay is remembered."""
        if self.player is None:
            return str(self.device or "")
        status = self.player.status
        return status.device or status.awaited

    @property
    def late_s(self) -> float:
        """Seconds by which the sound of the output in use is later than the device says."""
        return self.late_by_output.get(self.device_name, 0.0)

    def set_late(self, late_s: float) -> None:
        """Correct the picture for the output in use, from the next one on."""
        self.late_by_output[self.device_name] = late_s
        self.output_changed.emit()

    @property
    def clock(self) -> Clock:
        """Media seconds as heard."""
        return self.player.clock if self.player is not None else self._fixed

    @property
    def duration_s(self) -> float:
        """Length of what is loaded."""
        if self.player is not None:
            return self.player.duration_s
        return 0.0 if self._clip is None else self._clip.duration_s

    @property
    def playing(self) -> bool:
        """Whether time passes."""
        return self.player is not None and self.player.playing

    @property
    def speed(self) -> float:
        """Media seconds per second, below 0 backwards: the shuttle's, else the rate."""
        return self.rate if self.shuttle is None else self.shuttle

    def now(self) -> float:
        """Media seconds, within the clip."""
        return min(max(self.heard(), 0.0), self.duration_s)

    def heard(self) -> float:
        """Media seconds as heard, the output's measured delay included; standing still it is where it stands."""
        return self.clock.now() - (self.late_s * self.speed if self.playing else 0.0)

    def open(self, open_one: Callable[[Device], Player] = opening.open_player) -> None:
        """Open the audio output off the GUI thread."""
        device, players = self.device, self._players

        def work(job: Job) -> None:
            players.append(open_one(device))
            job.post(self._opened, device)

        self._workers.start("audio device", work)

    def _opened(self, device: Device) -> None:
        self.attach(self._players.pop())
        self.player_opened.emit()
        if device != self.device:
            self._wanted = (self.device, False)

    def attach(self, player: Player) -> None:
        """Take over a player that was opened off the GUI thread."""
        self.player = player
        player.set_volume(self.volume)
        player.set_rate(self.speed)
        if self._clip is not None:
            player.load(self._clip, streaming=self.growing)
            player.seek(self._fixed.t)
        self._apply_loop()
        self.output_changed.emit()
        self.poll()

    def load(self, clip: AudioClip, growing: bool = False) -> None:
        """Replace the sound and stand at its start.

        Args:
            clip: the sound, or its first part.
            growing: more will follow through ``append``.
        """
        self._clip = clip
        self.growing = growing
        self._fixed.t = 0.0
        self.set_shuttle(None)
        self.set_loop(None)
        if self.player is not None:
            self.player.load(clip, streaming=growing)
        self._apply_loop()
        self.moved.emit(0.0)
        self.poll()

    def append(self, samples: np.ndarray) -> None:
        """Append (n,) float32 of a sound that comes in pieces; it may be playing."""
        if self.player is not None:
            self.player.extend(samples)
        elif self._clip is not None:
            self._clip = replace(self._clip, samples=np.concatenate([self._clip.samples, samples]))

    def finish(self) -> None:
        """Say that nothing more will follow."""
        self.growing = False
        if self.player is not None:
            self.player.finish_stream()
        self._apply_loop()

    def play(self) -> None:
        """Play from where it stands, or from the start (of the loop) when it stands at the end, backwards from the end when it stands at
        the start; silence is tried to be ended.
        """
        if self.player is None or self._clip is None:
            return
        if self.sound.can_try_again:
            self.try_again()
        start, end = self.loop if self.loop and self.looping else (0.0, self.duration_s)
        if self.speed < 0:
            if not start + 0.01 < self.now() <= end:
                self.seek(end)
        elif not self.growing and not start <= self.now() < end - 0.01:
            self.seek(start)
        self.player.play()
        self.poll()

    def pause(self, at_once: bool = False) -> None:
        """Stand still; ``at_once`` throws away what the device was given already, as for somebody who is interrupted."""
        if self.player is not None:
            (self.player.hush if at_once else self.player.pause)()
        self.poll()

    def toggle(self) -> None:
        """Play or pause."""
        (self.pause if self.playing else self.play)()

    def seek(self, t: float) -> None:
        """Move to a time in seconds."""
        t = min(max(t, 0.0), self.duration_s)
        self._fixed.t = t
        if self.player is not None:
            self.player.seek(t)
        self.moved.emit(t)

    def scrub(self, t: float) -> None:
        """Move to a time in seconds, as by dragging: the sound there is heard for a moment."""
        self.seek(t)
        now_s = time.monotonic()
        if self.scrub_sound and self.player is not None and not self.playing and now_s - self._snippet_s >= SNIPPET_EVERY_S:
            self._snippet_s = now_s
            self.player.sound_at(self.now())

    def set_scrub_sound(self, on: bool) -> None:
        """Let the sound be heard while the playhead is dragged or stepped, or not."""
        self.scrub_sound = on

    def step(self, frames: int, fps: float) -> None:
        """Pause and move by whole frames, landing on a frame.

        Args:
            frames: how many, negative for back.
            fps: of the animation.
        """
        self.pause()
        self.scrub((round(self.now() * fps) + frames) / fps)

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Set the in and out points; None clears them."""
        if loop is not None:
            start, end = max(min(loop), 0.0), min(max(loop), self.duration_s)
            loop = (start, end) if end - start >= MIN_LOOP_S else None
        self.loop = loop
        self._apply_loop()
        self.loop_changed.emit(loop)

    def set_looping(self, looping: bool) -> None:
        """Repeat, or play once; without in and out points the whole clip repeats."""
        self.looping = looping
        self._apply_loop()
        self.loop_changed.emit(self.loop)

    def set_rate(self, rate: float) -> None:
        """Set the speed, 0.25 to 4, below 0 backwards."""
        self.rate, self.shuttle = rate, None
        self._apply_speed()

    def set_shuttle(self, speed: float | None) -> None:
        """Play at another speed than the rate until it stands still; None for the rate."""
        if speed != self.shuttle:
            self.shuttle = speed
            self._apply_speed()

    def _apply_speed(self) -> None:
        if self.player is not None:
            self.player.set_rate(self.speed)
        self.output_changed.emit()

    def set_volume(self, volume: float) -> None:
        """Set the loudness, 0 to 1."""
        self.volume = min(max(volume, 0.0), 1.0)
        if self.player is not None:
            self.player.set_volume(self.volume)
        self.output_changed.emit()

    def set_device(self, device: Device) -> None:
        """Play on another output; None for the system's default. What cannot be opened is silent and says so."""
        self.device = device
        self._reopen()
        self.output_changed.emit()

    def rescan(self) -> None:
        """Look for devices that came or went since the start; ``output_changed`` tells when that is done. The sound goes on."""
        self._reopen(look_again=True)

    def _reopen(self, look_again: bool = False) -> None:
        """Let the player go over to the chosen device, which a worker opens; time runs on meanwhile."""
        if self.player is None or self._workers.running("audio device"):
            self._wanted = (self.device, look_again or (self._wanted is not None and self._wanted[1]))
            return
        old, device, brought = self.player.release(), self.device, self._brought

        def work(job: Job) -> None:
            brought.append(opening.reopened_output(old, device, look_again))
            job.post(self._reopened, device)

        self._workers.start("audio device", work)

    def _reopened(self, device: Device) -> None:
        assert self.player is not None
        self.player.take_over(self._brought.pop(), device)
        self.output_changed.emit()

    def try_again(self) -> None:
        """Try to have sound again, now; ``sound_changed`` tells when that worked. Nothing happens while there is sound."""
        if self.player is None:
            if not self._workers.running("audio device"):
                self.open()
        elif self.player.status.silent_reason and not self._workers.running("audio device"):
            self._recovery.begin_anew()
            self._revive(look_again=True)

    def _revive(self, look_again: bool) -> None:
        """Let a worker open the stalled device anew; what is played goes on as it does."""
        assert self.player is not None
        old, device, brought = self.player.retire(), self.player.device, self._brought
        self._recovery.note_try()
        self._reviving = True

        def work(job: Job) -> None:
            brought.append(opening.revived_output(old, device, look_again))
            job.post(self._revived, device)

        self._workers.start("audio device", work)

    def _revived(self, device: Device) -> None:
        assert self.player is not None
        output = self._brought.pop()
        if output.name:
            self.player.take_over(output, device)
        else:
            output.close()
        self._watch_sound()

    def _device_ended(self, _task: str) -> None:
        self._reviving, wanted, self._wanted = False, self._wanted, None
        if wanted is not None and self.player is not None:
            self._reopen(wanted[1])

    def _watch_sound(self) -> None:
        """Notice that the sound went or came, and try again when that is due."""
        if self.player is None:
            return
        opening_another = self._workers.running("audio device") and not self._reviving
        sound = self._recovery.state(self.player.status, opening_another)
        if sound.kind == "stalled" and self._recovery.due and not self._reviving:
            self._revive(look_again=self._recovery.tries > 0)
        if sound != self.sound:
            self.sound = sound
            self.sound_changed.emit(sound)
            self.output_changed.emit()

    def poll(self) -> None:
        """Notice that playing started or ended, and that the sound went or came; called once per tick."""
        self._watch_sound()
        playing = self.playing
        self.heard_clock.set(self.clock, self.late_s * self.speed if playing else 0.0)
        if not playing:
            self.set_shuttle(None)
        if playing != self._was_playing:
            self._was_playing = playing
            self.playback_changed.emit(playing)

    def close(self) -> None:
        """Give the audio device back."""
        self._workers.close()
        for each in (*self._brought, *self._players, self.player):
            if each is not None:
                each.close()
        self.player = None

    def _apply_loop(self) -> None:
        if self.player is None:
            return
        if not self.looping or self.growing or self._clip is None:
            self.player.set_loop(None)
        else:
            self.player.set_loop(*(self.loop or (0.0, self.duration_s)))

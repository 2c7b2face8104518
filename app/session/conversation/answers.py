"""The answer as it is heard: its parts are played while they still arrive, and stopped."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.core.arriving import ArrivingSpeech
from app.session.base.playback import Playback
from app.session.pose.hush import Hush
from app.session.speech.speeches import Speeches
from app.session.state import State

#: quieter than this a voice has not begun
ONSET = 10 ** (-45 / 20)
#: the clock is looked at so often until the answer is heard
LOOK_MS = 8
#: this near its end an answer has been heard
END_S = 0.05


class Answers(QObject):
    """Plays the answer of a turn; there is one at a time.

    Args:
        state: whose speech it becomes.
        speeches: play what is still arriving.
        playback: has the clock by which it is heard.
        hush: lets the mouth close when it is stopped.
        parent: the session.

    Attributes:
        turn: whose answer is played or was played last, 0 for none.
        on: an answer is being played, or still waits for its sound.
        loaded: whose answer the present sound is, 0 for none.
    """

    #: turn: its sound begins to play
    began = Signal(int)
    #: turn, ``time.perf_counter`` seconds: its first audible sample was heard
    heard = Signal(int, float)
    #: turn: all of it was heard, or nothing more will be
    ended = Signal(int)

    def __init__(
        self, state: State, *, speeches: Speeches, playback: Playback, hush: Hush, parent: QObject | None = None,
        clock_s: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._state, self._speeches, self._playback, self._hush, self._clock_s = state, speeches, playback, hush, clock_s
        self.turn = self.loaded = 0
        self.on = self._is_heard = False
        #: the next sound that is played is the answer's own
        self._awaits_sound = False
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._watch)
        playback.playback_changed.connect(lambda _: self._watch())
        state.sound_changed.connect(self._sound_changed)

    def add(self, turn: int, part: ArrivingSpeech) -> None:
        """One more part of a turn's answer; the first one begins it, in place of whatever was played."""
        first = not self.on or turn != self.turn
        if first:
            self.stop()
            self.turn, self.on, self._is_heard, self._awaits_sound = turn, True, False, True
            self._look.start()
        self._speeches.arrive(part, first)

    def finish(self, turn: int) -> None:
        """No further part of a turn's answer comes."""
        if self.on and turn == self.turn:
            self._speeches.no_more()

    @property
    def heard_s(self) -> float:
        """Seconds of the present answer that were heard so far, by the player's clock."""
        playback = self._playback
        return min(max(playback.heard(), 0.0), playback.duration_s) if self.on and not self._awaits_sound else 0.0

    def stop(self) -> float:
        """Be silent at once, and close the mouth.

        Returns:
            Seconds of the answer that were heard.
        """
        if not self.on:
            return 0.0
        heard_s = self.heard_s
        self._let_go()
        self._playback.pause(at_once=True)
        self._hush.begin()
        self._speeches.break_off()
        return heard_s

    def hold(self) -> None:
        """Be silent for a moment, with a closed mouth: somebody may have begun to speak."""
        if self.sounds:
            self._playback.pause(at_once=True)
            self._hush.begin()

    def go_on(self) -> None:
        """It was nothing: speak on."""
        if self.sounds and self._hush.on:
            self._playback.play()

    @property
    def sounds(self) -> bool:
        """Whether an answer is being given, even if it is held."""
        return self.on and not self._awaits_sound

    def close(self) -> None:
        """Look at nothing any more."""
        self._let_go()

    # -- inside

    def _let_go(self) -> None:
        self.on = self._awaits_sound = False
        self._look.stop()

    def _watch(self) -> None:
        """Note when the first audible sample was heard, and the end."""
        playback, speech = self._playback, self._state.speech
        if not self.on or self._awaits_sound or speech is None:
            return
        if not self._is_heard and playback.playing:
            onset_s = _onset_s(speech.audio.samples, speech.audio.rate)
            past_s = -1.0 if onset_s is None else playback.heard() - onset_s
            if past_s >= 0.0:
                self._is_heard = True
                self.heard.emit(self.turn, self._clock_s() - past_s / playback.rate)
        if not self._speeches.arriving and not playback.playing and playback.now() >= playback.duration_s - END_S:
            self._end()

    def _end(self) -> None:
        self._let_go()
        self._hush.begin()
        self.ended.emit(self.turn)

    def _sound_changed(self) -> None:
        """The answer's own sound begins, or something else is played in its place."""
        if self._awaits_sound:
            self._awaits_sound, self.loaded = False, self.turn
            self.began.emit(self.turn)
            return
        self.loaded = 0
        if self.on:
            self._let_go()
            self.ended.emit(self.turn)


def _onset_s(samples: np.ndarray, rate: int) -> float | None:
    """Where a voice begins, None while there is none."""
    loud = np.abs(samples[: 10 * rate]) > ONSET
    first = int(np.argmax(loud))
    return first / rate if len(loud) and loud[first] else None

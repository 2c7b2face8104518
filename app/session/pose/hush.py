"""After an answer the face lets go of its track: the mouth closes, the rest follows; a stage after the track, with a clock of its own."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.arkit import ARKIT_CHANNELS, MOUTH_CHANNELS
from app.session.base.playback import Playback
from app.session.state import State

#: the mouth of somebody who is interrupted closes in this time, the rest of the face takes its own, in seconds
MOUTH_S, REST_S = 0.12, 0.35
#: who goes on after a false start opens the mouth again in this time
BACK_S = 0.08
_IS_MOUTH = np.array([name in MOUTH_CHANNELS for name in ARKIT_CHANNELS])


class Hush(QObject):
    """How much of the tracks is shown once somebody stopped to speak; all of it again as soon as anything plays or is looked for.

    Args:
        state: another sound is shown as it is.
        playback: what plays, or where the cursor is put, is shown as it is.
        clock_s: the stage's own clock, in seconds.
        parent: the session.
    """

    #: it began or was given up: draw anew
    changed = Signal()

    def __init__(
        self, state: State, playback: Playback, clock_s: Callable[[], float] = time.monotonic, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._clock_s, self._since_s = clock_s, -1.0
        #: when it went on, and how much of mouth and rest was shown then
        self._back: tuple[float, float, float] | None = None
        state.sound_changed.connect(self.end)
        playback.moved.connect(self.end)
        playback.playback_changed.connect(lambda playing: self._go_on() if playing else None)

    @property
    def on(self) -> bool:
        """Whether the face has let go, or does so now."""
        return self._since_s >= 0.0

    @property
    def eases(self) -> bool:
        """Whether it is on its way."""
        if self._back is not None:
            return self._clock_s() - self._back[0] < BACK_S
        return self.on and self._clock_s() - self._since_s < REST_S + 0.05

    def begin(self) -> None:
        """Let go from now on."""
        if not self.on:
            self._since_s, self._back = self._clock_s(), None
            self.changed.emit()

    def end(self, *_: object) -> None:
        """Show the tracks as they are."""
        self._back = None
        if self.on:
            self._since_s = -1.0
            self.changed.emit()

    def _go_on(self) -> None:
        """What was held plays on from where it is."""
        if self.on:
            shares = self.mouth_share, self.rest_share
            self.end()
            self._back = (self._clock_s(), *shares)

    @property
    def mouth_share(self) -> float:
        """How much of the mouth's motion is shown, 0 to 1."""
        return self._share(MOUTH_S, 1)

    @property
    def rest_share(self) -> float:
        """How much of everything else is shown, 0 to 1."""
        return self._share(REST_S, 2)

    def applied(self, weights: np.ndarray) -> np.ndarray:
        """(52,) of a track as they are shown now."""
        if not self.on and self._back is None:
            return weights
        made: np.ndarray = (weights * np.where(_IS_MOUTH, self.mouth_share, self.rest_share)).astype(np.float32)
        return made

    def _share(self, lasts_s: float, part: int) -> float:
        if self._back is not None:
            before = self._back[part]
            return before + (1.0 - before) * _smooth((self._clock_s() - self._back[0]) / BACK_S)
        return 1.0 - _smooth((self._clock_s() - self._since_s) / lasts_s) if self.on else 1.0


def _smooth(x: float) -> float:
    x = min(max(x, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)

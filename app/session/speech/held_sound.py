"""Sound that arrives is heard when the faces that follow it have come as far, so that they are in sync however slowly it comes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QTimer

from app.lipsync.source import Follows
from app.session.base.playback import Playback
from app.session.base.side import Side
from app.session.state import State

#: no more sound is held, and none longer: a face that is later, or that was lost, is not waited for
LONGEST_S = 0.6
#: frames are there up to their time; half a frame of 30 a second is heard with them
SLACK_S = 1 / 60
#: how old the held sound is, is looked at so often
LOOK_MS = 20


class HeldSound(QObject):
    """Between who sends a line and the player: a network's look-ahead and its work come out of the wait before the first sound.

    Without it a voice that comes no faster than it is heard would, after its first stall, be heard the moment that it comes, and the
    face would be behind it by the look-ahead for good.

    Args:
        state: whose sides follow the sound.
        playback: is given the sound.
        parent: the session.
        clock_s: seconds that rise evenly.
    """

    def __init__(
        self, state: State, playback: Playback, parent: QObject | None = None, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._state, self._playback, self._clock_s = state, playback, clock_s
        self._held: deque[tuple[float, np.ndarray]] = deque()
        self._rate, self._given = 1, 0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        state.motion_changed.connect(self._look)

    def begin(self, rate: int) -> None:
        """Another line, of so many samples a second."""
        self.forget()
        self._rate, self._given = rate, 0

    def take(self, samples: np.ndarray) -> None:
        """(n,) float32 that follow the sound before."""
        self._held.append((self._clock_s(), samples))
        self._timer.start()
        self._look()

    def let_go(self) -> None:
        """Nothing more will come: all of it may be heard."""
        for _, samples in self._held:
            self._give(samples)
        self.forget()

    def forget(self) -> None:
        """Nobody wants to hear the rest."""
        self._held.clear()
        self._timer.stop()

    def _look(self, *_: object) -> None:
        """Give what may be heard by now."""
        if not self._held:
            return
        now_s, covered = self._clock_s(), round((self._covered_s() + SLACK_S) * self._rate)
        while self._held:
            came_s, samples = self._held[0]
            # while no more sound comes no network can go on, and what it has not heard to the end is not heard
            is_late = now_s - came_s >= LONGEST_S and sum(len(each) for _, each in self._held) >= LONGEST_S * self._rate
            ready = len(samples) if is_late else min(max(covered - self._given, 0), len(samples))
            self._give(samples[:ready])
            if ready < len(samples):
                self._held[0] = (came_s, samples[ready:])
                return
            self._held.popleft()
        self._timer.stop()

    def _give(self, samples: np.ndarray) -> None:
        if len(samples):
            self._given += len(samples)
            self._playback.append(samples)

    def _covered_s(self) -> float:
        """How far the motion of every side is that follows the sound."""
        ends_s = [0.0 if side.raw is None else side.raw.arkit.end_s for side in self._state.sides.values() if _follows(side)]
        return min(ends_s, default=1e9)


def _follows(side: Side) -> bool:
    return not side.failed and (side.source is None or isinstance(side.source, Follows))

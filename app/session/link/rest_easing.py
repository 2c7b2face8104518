"""A face whose motion has not come in time goes to rest, and comes back without a jump when the motion is there."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject

from app.remote.link.retiming import EASE_S
from app.session.base.playback import Playback
from app.session.base.side import Side
from app.session.state import State

#: the last frame is held for two frames of 30 per second before the face begins to rest
HOLD_S = 2 / 30


def resting_share(end_s: float | None, t: float) -> float:
    """How much of its last frame a face shows while the next ones are missing; cubic, as in app.remote.link.retiming.

    Args:
        end_s: where the motion at hand ends, None without any.
        t: seconds, at or after that.

    Returns:
        1 while the last frame is held, 0 at rest.
    """
    over_s = np.inf if end_s is None else t - end_s - HOLD_S
    return float(1 - np.clip(over_s / EASE_S, 0, 1)) ** 3


class RestEasing(QObject):
    """How much of the motion of a side is shown: a stage after the track, with a clock of its own.

    Going to rest follows from what is at hand and from the time that is shown. Coming back follows from when late motion came,
    which is noted once, as it comes. Looking changes nothing. Only what comes over a wire can be missing, and what is written
    to a file is never eased.

    Args:
        state: whose sides are shown.
        playback: where it plays; a jump of the cursor shows what is there.
        clock_s: the stage's own clock, in seconds.
        parent: the session.
    """

    def __init__(
        self, state: State, playback: Playback, clock_s: Callable[[], float] = time.monotonic, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._playback, self._clock_s = state, playback, clock_s
        #: by serial of the side: where the motion at hand ended when it was looked at last
        self._ends: dict[int, float] = {}
        #: by serial of the side: when late motion came, and what was shown then
        self._late: dict[int, tuple[float, float]] = {}
        state.sides_cleared.connect(self._forget_all)
        state.source_changed.connect(self._forget)
        playback.moved.connect(lambda _: self._late.clear())

    def share(self, side: Side, t: float) -> float:
        """How much of its motion a side shows, 0 to 1.

        Args:
            side: any.
            t: seconds.
        """
        if not self._may_be_late(side):
            return 1.0
        end_s = None if side.tuned is None else side.tuned.arkit.end_s
        missing = side.parts_done < len(self._state.parts) and (end_s is None or t > end_s)
        share = resting_share(end_s, t) if missing else 1.0
        late = self._late.get(side.serial)
        return share if late is None else min(share, late[1] + (self._clock_s() - late[0]) / EASE_S)

    def note_motion(self, name: str) -> None:
        """More of a side's motion has come: where the face was on its way to rest, it comes back from there."""
        side = self._state.sides[name]
        if not self._may_be_late(side) or side.raw is None:
            return
        t, ended_s = self._playback.heard(), self._ends.get(side.serial)
        if self._playback.playing and (ended_s is None or t > ended_s):
            before, late = resting_share(ended_s, t), self._late.get(side.serial)
            now_s = self._clock_s()
            if late is not None:
                before = min(before, late[1] + (now_s - late[0]) / EASE_S)
            self._late[side.serial] = (now_s, before)
        self._ends[side.serial] = side.raw.arkit.end_s

    def _may_be_late(self, side: Side) -> bool:
        """Whether its motion comes over a wire, or follows a sound that comes piece by piece."""
        return side.abilities.is_linked or self._state.arrived

    def _forget_all(self) -> None:
        self._ends.clear()
        self._late.clear()

    def _forget(self, name: str, _spec: object) -> None:
        serial = self._state.sides[name].serial
        self._ends.pop(serial, None)
        self._late.pop(serial, None)

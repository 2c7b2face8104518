"""A face whose motion has not come in time goes to rest, and comes back without a jump when the motion is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.remote.link.addresses import is_remote
from app.remote.link.retiming import EASE_S

if TYPE_CHECKING:
    from app.session.base.slot import Slot
    from app.session.session import Session

#: the last frame is held for two frames of 30 per second before the face begins to rest
HOLD_S = 2 / 30
#: a larger step of time is a jump of the cursor, not playing
STEP_S = 0.25


class Resting:
    """How much of the motion of a slot is shown. Only what comes over a wire can be missing; what is written to a file is never eased.

    Args:
        session: whose slots are shown.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._shares: dict[str, tuple[float, float]] = {}

    def sample(self, slot: Slot, t: float) -> np.ndarray:
        """What a slot shows.

        Args:
            slot: any.
            t: seconds.

        Returns:
            (52,) float32 weights; zeros while there is no animation.
        """
        shown = slot.tuned
        share = self.share(slot, t)
        if shown is None:
            return np.zeros(52, np.float32)
        weights = shown.arkit.sample(t)
        return weights if share >= 1.0 else (share * weights).astype(np.float32)

    def starved(self, slot: Slot, t: float) -> bool:
        """Whether the motion at a time has not come although it should still come."""
        shown = slot.tuned
        return slot.parts_done < len(self._session.motion.parts) and (shown is None or t > shown.arkit.end_s)

    def share(self, slot: Slot, t: float) -> float:
        """How much of its motion a slot shows, 0 to 1.

        Args:
            slot: any.
            t: seconds.
        """
        if not is_remote(slot.spec):
            return 1.0
        before = self._shares.get(slot.name)
        wanted = self._wanted(slot, t)
        if before is not None and 0 <= t - before[0] < STEP_S:
            wanted = min(wanted, before[1] + (t - before[0]) / EASE_S)
        self._shares[slot.name] = (t, wanted)
        return wanted

    def _wanted(self, slot: Slot, t: float) -> float:
        """Share of the motion that is there: all of it, or what is left on the way to rest (cubic, as in app.remote.link.retiming)."""
        if not self.starved(slot, t):
            return 1.0
        over_s = np.inf if slot.tuned is None else t - slot.tuned.arkit.end_s - HOLD_S
        return float(1 - np.clip(over_s / EASE_S, 0, 1)) ** 3

"""How many voices a server takes: as many as it was measured to carry, corrected by how late the running ones are."""

from __future__ import annotations

import math
from collections import deque

from app.remote.protocol.messages import WireError
from app.remote.server.lateness import LatenessTally

#: 99 % of the frames are to be no later than this; beyond it fewer voices are admitted
LATE_S = 0.05
#: a server whose frames are no later than this may carry more
CALM_S = 0.025
#: what is judged: the frames of so many seconds, if there are so many
WINDOW_S, LEAST_FRAMES = 3, 60
#: calm seconds before more are admitted than at present: up to what was measured, and beyond it while all places are taken
CALM_LOOKS, FULL_LOOKS = 5, 10
#: what is offered at least: the two sides of a desk; and at most, whatever is calm
LEAST, MOST = 2, 4096
#: a voice lasts about so long, before any has ended
USUAL_S = 10.0
#: a caller is told to come back within these seconds
SOONEST_S, LATEST_S = 1.0, 30.0


class Admission:
    """Says who may begin. It never ends a voice that was admitted.

    Args:
        measured: voices that the server carries, as found at its start.
        ceiling: never more than this; None for no ceiling.
    """

    def __init__(self, measured: int, ceiling: int | None = None) -> None:
        self._ceiling = ceiling
        self._measured = self._carried = LEAST
        self.measured_again(measured)
        self._now = LatenessTally()
        #: what was sent in each of the last seconds, and how many voices there were
        self._window: deque[tuple[LatenessTally, int]] = deque(maxlen=WINDOW_S)
        self._before = LatenessTally()
        self._calm = 0
        self._usual_s = USUAL_S

    def measured_again(self, measured: int) -> None:
        """Begin anew from another measurement, as of an engine that was started again."""
        self._measured = self._carried = max(measured, LEAST)

    @property
    def capacity(self) -> int:
        """Voices that are offered at present."""
        return self._carried if self._ceiling is None else min(self._carried, self._ceiling)

    @property
    def lateness(self) -> LatenessTally:
        """Of all frames since the start."""
        whole = LatenessTally()
        whole.take_in(self._before)
        whole.take_in(self._now)
        return whole

    def admit(self, running: int) -> None:
        """Let a voice begin.

        Args:
            running: how many there are.

        Raises:
            WireError: ``busy``, with the time after which another try is worth it.
        """
        if running >= self.capacity:
            again_s = self.retry_after_s(running)
            taken = "1 voice and its place is" if self.capacity == 1 else f"{self.capacity} voices and all places are"
            raise WireError("busy", f"This server carries {taken} taken; try again in {again_s:g} s.", again_s)

    def ended(self, lasted_s: float) -> None:
        """A voice is gone after so long."""
        self._usual_s += 0.2 * (lasted_s - self._usual_s)

    def retry_after_s(self, running: int) -> float:
        """When a place is likely to be free: voices that last as long as they did lately end one after the other."""
        too_many = max(running - self.capacity, 0) + 1
        return float(math.ceil(min(max(self._usual_s * too_many / max(running, 1), SOONEST_S), LATEST_S)))

    def observe(self, late_s: list[float]) -> None:
        """Frames of a running voice left the server so late."""
        for each_s in late_s:
            self._now.add(each_s)

    def look(self, running: int) -> bool:
        """Judge the last seconds; called once a second.

        Args:
            running: voices.

        Returns:
            Whether the capacity has changed.
        """
        before = self.capacity
        self._window.append((self._now, running))
        self._before.take_in(self._now)
        self._now = LatenessTally()
        recent = LatenessTally()
        for second, _ in self._window:
            recent.take_in(second)
        p99_s = recent.percentile_s(99)
        if recent.count >= LEAST_FRAMES and p99_s > LATE_S:
            most = max(count for _, count in self._window)
            # where few run it is not for their number that they are late: step by step then, in case it lasts
            late_ones = min(self._carried, most) if 2 * most >= self._carried else self._carried
            self._carried = max(late_ones * 9 // 10, LEAST)
            self._calm = 0
            self._window.clear()  # what is judged next was sent after this
        elif p99_s > CALM_S:
            self._calm = 0
        else:
            self._calm += 1
            self._grow(running)
        return self.capacity != before

    def _grow(self, running: int) -> None:
        if self._carried < self._measured:
            if self._calm >= CALM_LOOKS:
                self._carried, self._calm = min(self._carried + max(self._measured // 20, 1), self._measured), 0
        elif running >= self._carried and self._calm >= FULL_LOOKS:
            self._carried, self._calm = min(self._carried + max(self._carried // 20, 1), MOST), 0


class Fixed(Admission):
    """Takes as many voices as it was told, however late their frames are: for who knows the machine better than three seconds do.

    Args:
        voices: at once.
        ceiling: never more than this; None for no ceiling.
    """

    def __init__(self, voices: int, ceiling: int | None = None) -> None:
        super().__init__(voices, ceiling)
        self._voices = voices if ceiling is None else min(voices, ceiling)

    @property
    def capacity(self) -> int:
        """Voices that are offered at all times."""
        return self._voices

"""A face whose stream was lost goes to rest, and comes back without a jump; pure of any clock."""

from __future__ import annotations

#: a stream from which nothing came for so long is lost, in seconds
LOST_S = 1.0
#: how long the face takes to rest, and back
REST_S, BACK_S = 0.5, 0.25


class StreamRest:
    """How much of its last face is shown of a stream, by when something came of it."""

    def __init__(self) -> None:
        self._heard_s: float | None = None
        self._back_s, self._from = 0.0, 1.0

    def note(self, heard_s: float) -> None:
        """A face came.

        Args:
            heard_s: when, by the clock of all other times here.
        """
        if self.is_lost(heard_s):
            self._from, self._back_s = self.share(heard_s), heard_s
        self._heard_s = heard_s

    def is_lost(self, now_s: float) -> bool:
        """Whether nothing came for too long; never before the first face."""
        return self._heard_s is not None and now_s - self._heard_s > LOST_S

    def share(self, now_s: float) -> float:
        """How much of the newest face is shown, 0 to 1."""
        if self._heard_s is None:
            return 1.0
        back = min(self._from + (1.0 - self._from) * _smooth((now_s - self._back_s) / BACK_S), 1.0) if self._from < 1.0 else 1.0
        return back * (1.0 - _smooth((now_s - self._heard_s - LOST_S) / REST_S))


def _smooth(x: float) -> float:
    x = min(max(x, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)

"""Holding a frame budget on software GL by drawing fewer pixels."""

from __future__ import annotations

#: fractions of the full resolution that are used; a few steps, so that the picture does not swim. The last one draws
#: more pixels than are shown, which smooths edges where there is time to spare.
SCALES = (0.5, 0.6, 0.7, 0.85, 1.0, 1.35)

#: what drawing and painting one picture may take while the face speaks, so that there are sixty per second beside the curves
FRAME_BUDGET_MS = 16.0
#: how much of a new measurement enters the running mean
_BLEND = 0.15
#: go up only when the next step, drawn in proportion to its pixels, would still leave this much of the budget free
_HEADROOM = 0.85
#: frames to wait after a change before the next one
_SETTLE = 12
#: steps up are rare, so that a borderline load does not flicker between two sizes; rarer each time that one had to be taken back
_PATIENCE, _MOST_PATIENCE = 90, 1800

#: a still is begun when no picture was asked for in this many times the time between the last ones, and within these limits: one that is
#: begun too soon costs the next pictures
_STILL_AFTER, _LEAST_STILL_AFTER_MS, MOST_STILL_AFTER_MS = 1.8, 40, 110
#: share of a new measurement in the time between pictures
_PACE_BLEND = 0.2


class ScaleGovernor:
    """Chooses the resolution from the measured time of recent frames.

    Args:
        budget_ms: what drawing, reading back and painting one frame may take.
        start: index into SCALES to begin with.
    """

    def __init__(self, budget_ms: float = FRAME_BUDGET_MS, start: int = 1) -> None:
        self.budget_ms = budget_ms
        self._index = start
        self._mean_ms = 0.0
        self._since_change = 0
        self._patience = _PATIENCE
        self._went_up = False

    @property
    def scale(self) -> float:
        """Fraction of the full width and height to draw at."""
        return SCALES[self._index]

    def measured(self, frame_ms: float) -> float:
        """Take in the time of one frame at the present scale.

        Single slow frames (a shader being compiled, another program) hardly count: each enters the mean capped at
        three budgets.

        Args:
            frame_ms: milliseconds.

        Returns:
            The scale for the next frame.
        """
        capped = min(frame_ms, 3.0 * self.budget_ms)
        self._mean_ms = capped if self._since_change == 0 else self._mean_ms + _BLEND * (capped - self._mean_ms)
        self._since_change += 1
        if self._since_change >= _SETTLE and self._mean_ms > self.budget_ms and self._index > 0:
            self._move(-1)
        elif self._since_change >= self._patience and self._index + 1 < len(SCALES):
            growth = (SCALES[self._index + 1] / self.scale) ** 2
            if self._mean_ms * growth < _HEADROOM * self.budget_ms:
                self._move(1)
        return self.scale

    def _move(self, steps: int) -> None:
        if steps < 0 and self._went_up:
            self._patience = min(2 * self._patience, _MOST_PATIENCE)
        self._went_up = steps > 0
        self._index += steps
        self._since_change = 0


class StillPace:
    """Tells after how long without a new picture the last one is taken to stand still.

    Attributes:
        calm: nothing plays; while something does, a picture that is late is likelier than one that is the last.
    """

    def __init__(self) -> None:
        self.calm = True
        self._between_ms = 0.0
        self._last_s = 0.0

    @property
    def wait_ms(self) -> int:
        """From the picture that was begun last."""
        if not self.calm:
            return MOST_STILL_AFTER_MS
        return round(min(max(_STILL_AFTER * self._between_ms, _LEAST_STILL_AFTER_MS), MOST_STILL_AFTER_MS))

    def begun(self, now_s: float) -> int:
        """Take in that a picture is begun.

        Args:
            now_s: seconds of any clock that only goes forward.

        Returns:
            ``wait_ms`` from now on.
        """
        since_ms = min(1e3 * (now_s - self._last_s), MOST_STILL_AFTER_MS)
        self._between_ms += _PACE_BLEND * (since_ms - self._between_ms)
        self._last_s = now_s
        return self.wait_ms

"""``models.motion.StepFrames`` for many streams in one go: the same sums, over rows instead of one stream after the other.

What one stream needs for a block of sound is a few numbers; an operation on arrays costs as much for one of them as for a hundred.
"""

from __future__ import annotations

import numpy as np

from models.kinematics import AHEAD, BEHIND, ONSET_S, curve_shares, follow_slack, gesture_shares, onset_at
from models.motion import BEGINNING, PARTING, FrameClock
from models.rig import PARAMETERS, SMOOTH

#: steps of a row's past that a frame to come can need
_PAST = BEHIND + AHEAD + 1
_NUMBERS = ("made", "last", "top", "unit", "lead")


class RowMotion:
    """The movements of streams that come and go, each in a row of shared arrays.

    Args:
        slack: see models.motion.Gating.
    """

    def __init__(self, slack: float) -> None:
        self._slack = np.float32(slack)
        self._held = np.zeros((0, len(PARTING)), np.float32)
        self._past = np.zeros((0, _PAST, len(PARAMETERS)), np.float32)
        self._fps = np.zeros(0)
        #: of the clocks: the next frame, the last step that was heard, and FrameClock's whole numbers
        self._numbers = {name: np.zeros(0, np.int64) for name in _NUMBERS}
        self._clocks: dict[int, FrameClock] = {}

    def grow(self, rows: int) -> None:
        """Make room for so many rows."""
        more = rows - len(self._fps)
        self._held = np.pad(self._held, ((0, more), (0, 0)))
        self._past = np.pad(self._past, ((0, more), (0, 0), (0, 0)))
        self._fps = np.pad(self._fps, (0, more))
        self._numbers = {name: np.pad(numbers, (0, more)) for name, numbers in self._numbers.items()}

    def begin(self, row: int, fps: float, first_step: int, first_frame: int) -> None:
        """Begin a stream; see StepFrames."""
        clock = self._clocks[row] = FrameClock(fps, first_step, first_frame)
        self._held[row], self._past[row], self._fps[row] = 0, 0, fps
        for name, value in zip(_NUMBERS, (first_frame, first_step - 1, *clock.ratio), strict=True):
            self._numbers[name][row] = value

    def count(self, row: int, samples: int) -> int:
        """See FrameClock.count."""
        return self._clocks[row].count(samples)

    def ready(self, rows: np.ndarray, steps: np.ndarray, limits: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Take the next steps of rows, give every frame that lies between known steps.

        Args:
            rows: (b,) no row twice.
            steps: (b, k, 12) float32 from ``decided``.
            limits: row -> the number of frames of its whole stream, of those that are known.

        Returns:
            (m, 12) float32 parameters of the next frames, row after row, for ``face``; (b,) how many of each.
        """
        parting = steps[..., PARTING]
        held, self._held[rows] = follow_slack(parting, self._held[rows], self._slack)
        known = np.concatenate([self._past[rows], steps], 1)
        known[:, _PAST:, PARTING] = held
        self._past[rows] = known[:, -_PAST:]
        made, last, top, unit, lead = (self._numbers[name][rows] for name in _NUMBERS)
        last = last + steps.shape[1]
        stop = np.maximum(((last - AHEAD + 1) * unit - lead - 1) // top + 1, made)
        if limits:
            stop = np.minimum(stop, [limits.get(row, end) for row, end in zip(rows.tolist(), stop.tolist(), strict=True)])
        self._numbers["made"][rows], self._numbers["last"][rows] = stop, last
        counts = np.maximum(stop - made, 0)
        whose = np.repeat(np.arange(len(rows)), counts)
        frames = np.arange(len(whose)) - np.repeat(np.cumsum(counts) - counts, counts) + made[whose]
        place = frames * top[whose] + lead[whose]
        begin = place // unit[whose] - BEHIND - last[whose] + known.shape[1] - 1
        around = known[whose[:, None], begin[:, None] + np.arange(BEHIND + 1 + AHEAD)]
        part = place % unit[whose] / unit[whose]
        smooth = np.einsum("msc,ms->mc", around[..., :SMOOTH], curve_shares(part))
        gates = np.einsum("msc,ms->mc", around[..., SMOOTH:], gesture_shares(part))
        out = np.concatenate([smooth, gates], -1)
        fps = self._fps[rows]
        if (made < ONSET_S * fps).any():
            out[:, BEGINNING] *= onset_at(frames, fps[whose])[:, None]
        return out, counts

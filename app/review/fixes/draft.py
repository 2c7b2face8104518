"""How what might mend a finding is put into edits: over whole runs of frames, with edges outside of them, in one group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.curve_edits import CurveEdit, EditKind
from app.core.curve_mending import knee_of
from app.review.finding import Finding
from app.review.fixes.bench import Bench
from app.review.fixes.fix import Fix, group_of
from app.review.material import runs
from app.review.thresholds import RULES

#: how long an edit takes to set in before what it mends, and to fade out after it
EDGE_S = 0.1
#: runs closer than this are mended as one
TOGETHER_S = 0.3
#: more stretches than these are mended as one, from the first to the last
MOST_EDITS = 12


@dataclass(frozen=True)
class Draft:
    """What is tried for one finding.

    Attributes:
        finding: what is to go.
        bench: the motion.
    """

    finding: Finding
    bench: Bench

    @property
    def end_s(self) -> float:
        """Where the finding ends."""
        return self.finding.time_s + self.finding.duration_s

    def edit(
        self, kind: EditKind, names: Sequence[str], amount: float, span_s: tuple[float, float] | None = None, edge_s: float = EDGE_S
    ) -> CurveEdit:
        """An edit that acts in full over a stretch.

        Args:
            kind: what is done.
            names: to which shapes.
            amount: how much.
            span_s: the stretch on the time line of findings; None for that of the finding.
            edge_s: how long it takes to set in before and to fade out after it.
        """
        start_s, end_s = (self.finding.time_s, self.end_s) if span_s is None else span_s
        moved_s = self.bench.moved_s
        shapes = () if len(names) == len(ARKIT_CHANNELS) else self.bench.shapes(names)
        return CurveEdit(
            kind, shapes, float(start_s - edge_s - moved_s), float(end_s + edge_s - moved_s), float(amount), max(1e3 * edge_s, 1.0)
        )

    def fix(self, words: str, *edits: CurveEdit) -> Fix:
        """Edits that belong together, with the reason beside each."""
        group, why = group_of(self.finding), f"Fix: {RULES[self.finding.rule]}"
        return Fix(tuple(replace(edit, group=group, why=why) for edit in edits), words)

    def spans_s(self, flags: np.ndarray) -> list[tuple[float, float]]:
        """The stretches of some frames in seconds, joined where they are near one another or too many.

        Args:
            flags: (n,) bool.
        """
        return self._joined(runs(flags))

    def gestures_s(self, column: np.ndarray, limit: float, flags: np.ndarray) -> list[tuple[float, float]]:
        """The whole gestures around some frames: from where a curve rises beyond what a limit leaves as it is until it is back there.

        Args:
            column: (n,) weights.
            limit: of the edit.
            flags: (n,) bool, the frames at fault.
        """
        return self._joined([(a, b) for a, b in runs(column > knee_of(limit)) if flags[a:b].any()])

    def _joined(self, stretches: list[tuple[int, int]]) -> list[tuple[float, float]]:
        material, found = self.bench.material, list[tuple[float, float]]()
        for a, b in stretches:
            start_s, end_s = material.time_of(a), material.time_of(b)
            if found and start_s - found[-1][1] < TOGETHER_S:
                found[-1] = (found[-1][0], end_s)
            else:
                found.append((start_s, end_s))
        return found if len(found) <= MOST_EDITS else [(found[0][0], found[-1][1])]

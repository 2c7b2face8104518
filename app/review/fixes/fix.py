"""What mends a finding, or why nothing does."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.curve_edits import CurveEdit
from app.review.finding import Finding


@dataclass(frozen=True)
class Fix:
    """What mends one finding.

    Attributes:
        edits: of stretches of curves, one group; none where the time is what is wrong.
        words: what is done, in a few words.
        offset_ms: change of the A/V offset, positive for later.
    """

    edits: tuple[CurveEdit, ...]
    words: str
    offset_ms: float = 0.0

    @property
    def group(self) -> str:
        """The name under which its edits are taken out together; "" without edits."""
        return self.edits[0].group if self.edits else ""


@dataclass(frozen=True)
class Unmended:
    """Why nothing is done about a finding.

    Attributes:
        reason: one sentence.
    """

    reason: str


def group_of(finding: Finding) -> str:
    """The name of what mends a finding, told apart from all others of a side."""
    shape = f"-{finding.channels[0]}" if finding.channels else ""
    return f"fix-{finding.rule}{shape}-{round(1e3 * finding.time_s)}"

"""What lint says about one place of a track."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

#: worst first; a note explains and is nothing to repair
SEVERITIES = ("error", "warning", "note")
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One fault, or one thing worth knowing.

    Attributes:
        time_s: where to look, in seconds on the audio's time line.
        duration_s: how long it lasts, 0 for a moment.
        severity: ``error``, ``warning`` or ``note``.
        rule: which rule found it, a key of thresholds.RULES.
        sentence: what is wrong and what would help.
        channels: the channels that show it.
    """

    time_s: float
    duration_s: float
    severity: Severity
    rule: str
    sentence: str
    channels: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Plain values for a JSON document, times to the millisecond."""
        return asdict(self) | {"time_s": round(self.time_s, 3), "duration_s": round(self.duration_s, 3), "channels": list(self.channels)}


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings by time; at one time the worst first."""
    return tuple(sorted(findings, key=lambda f: (f.time_s, SEVERITIES.index(f.severity), f.rule)))


def needs_work(findings: tuple[Finding, ...]) -> bool:
    """Whether there is anything besides notes."""
    return any(finding.severity != "note" for finding in findings)

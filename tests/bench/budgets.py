"""What a figure of a benchmark may be at most, or must be at least: the budgets for 2 processor cores with software GL.

A benchmark names its budgets in ``BUDGETS``; ``bench --list`` shows them without measuring, ``bench`` prints them beside the figures.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit.

    Attributes:
        name: of the row that it is for, as the benchmark prints it.
        unit: of the figure and of the limit.
        most: the figure may be this much; None where it has no upper limit.
        least: the figure must be this much; None where it has no lower limit.
    """

    name: str
    unit: str
    most: float | None = None
    least: float | None = None

    def __post_init__(self) -> None:
        if (self.most is None) == (self.least is None):
            raise ValueError(f"A budget has one limit: at most or at least ({self.name}).")

    @property
    def limit(self) -> str:
        """The limit in signs, such as ``≤ 4 ms``."""
        return f"≤ {self.most:g} {self.unit}" if self.most is not None else f"≥ {self.least:g} {self.unit}"

    def kept(self, value: float) -> bool:
        """Whether a figure holds it; one that is not a number does not."""
        return value <= self.most if self.most is not None else self.least is not None and value >= self.least

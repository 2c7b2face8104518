"""How a cloud's voice says a text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SLOWEST, FASTEST = 0.5, 2.0
#: change of pitch in percent
LOWEST, HIGHEST = -50.0, 50.0
#: of a style: hardly, and doubly
FAINTEST, STRONGEST = 0.01, 2.0


@dataclass(frozen=True)
class Delivery:
    """How a text is said.

    Attributes:
        rate: 1 as the voice speaks by itself; 0.5-2.
        pitch: change in percent, -50 to 50.
        style: one of the voice's (``cheerful``), or "".
        degree: of the style, 0.01 (hardly) to 2 (doubly).
        facial: whether blendshapes are asked for beside the mouth shapes.
    """

    rate: float = 1.0
    pitch: float = 0.0
    style: str = ""
    degree: float = 1.0
    facial: bool = True

    def to_data(self) -> dict[str, Any]:
        """Plain values, for the settings."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Any) -> Delivery:
        """From plain values; what is missing has its default.

        Raises:
            ValueError: a value is of another type or out of range.
        """
        made = cls(**data)
        numbers = ((made.rate, SLOWEST, FASTEST), (made.pitch, LOWEST, HIGHEST), (made.degree, FAINTEST, STRONGEST))
        if not isinstance(made.style, str) or not isinstance(made.facial, bool) or not all(low <= n <= high for n, low, high in numbers):
            raise ValueError("no way to say a text")
        return made

"""How much a face acts what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from app.core.foreign import is_number

#: largest strength of a slider
MOST = 2.0
#: seeds are whole numbers below this, which can be read out and typed in
SEEDS = 1000


@dataclass(frozen=True)
class ActingSettings:
    """What is acted, and how strongly; the defaults act nothing.

    Attributes:
        on: whether anything is.
        head: 0 to 2, factor on nods, tilts and the way in which the head is held; 0 leaves the head alone.
        eyes: 0 to 2, factor on looks, on blinks and on the brows; 0 leaves the eyes alone.
        breath: 0 to 2, factor on what is seen of breathing in; 0 leaves it out.
        seed: of all that is left to chance, 0 to ``SEEDS`` - 1: the same seed acts the same.
    """

    on: bool = False
    head: float = 1.0
    eyes: float = 1.0
    breath: float = 1.0
    seed: int = 1

    @property
    def acts(self) -> bool:
        """Whether anything of it is seen."""
        return self.on and bool(self.head or self.eyes or self.breath)

    def to_data(self) -> dict[str, Any]:
        """As plain values for a JSON document."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: object) -> ActingSettings:
        """Settings from what ``to_data`` made; what is left out is as usual.

        Raises:
            ValueError: it is damaged.
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(data, Mapping) or not isinstance(data.get("on", False), bool):
            raise ValueError("no settings of acting")
        given = {str(name): value for name, value in data.items() if name in known and name not in ("on", "seed")}
        if not all(_fits(value) for value in given.values()) or not is_seed(data.get("seed", 1)):
            raise ValueError("no settings of acting")
        strengths = {name: float(given.get(name, 1.0)) for name in ("head", "eyes", "breath")}
        return cls(on=data.get("on", False), seed=data.get("seed", 1), **strengths)


def is_seed(value: object) -> bool:
    """Whether a value is a seed."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < SEEDS


def _fits(value: object) -> bool:
    return is_number(value) and 0.0 <= value <= MOST

"""Parameters that belong to one kind of source and act before the tuning: NVIDIA's, VisemeSync's and our visemes', under their own names.

A tuning holds them by key, ``FAMILY/GROUP/NAME`` (``nvidia/face/skin_strength``, ``nvidia/multiplier/jawOpen``,
``visemesync/motion/smoothing``). A source takes those of its family; a missing one is as the source has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.errors import PresetError
from app.core.foreign import is_number

NVIDIA, VISEMESYNC, VISEMES = "nvidia", "visemesync", "visemes"
_KEY = re.compile(rf"(?:{NVIDIA}|{VISEMESYNC}|{VISEMES})/[a-z]+/[A-Za-z0-9_]+")
#: more than any source has
MOST = 1000


@dataclass(frozen=True)
class NativeParameter:
    """What a panel needs to know of one parameter.

    Attributes:
        key: in a tuning.
        name: as its makers spell it.
        group: title of the group of controls.
        about: one line for a tool tip.
        low: smallest value that a control offers.
        high: largest one.
        default: as the source has it.
        unit: as written after the number, with its space.
        decimals: digits after the point.
    """

    key: str
    name: str
    group: str
    about: str
    low: float
    high: float
    default: float
    unit: str = ""
    decimals: int = 2


def of_family(native: Mapping[str, float], family: str) -> dict[str, float]:
    """The parameters of one family."""
    return {key: value for key, value in native.items() if family and key.startswith(f"{family}/")}


def checked_native(value: Any) -> dict[str, float]:
    """Parameters from a file, by form; their source knows their names and ranges.

    Args:
        value: key -> number.

    Raises:
        PresetError: a key or a value of another form.
    """
    if not isinstance(value, Mapping) or len(value) > MOST:
        raise PresetError("native must hold names with values; correct the preset.")
    for key, number in value.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise PresetError(f"native holds {key!r}, which this version does not know; correct the preset or update the program.")
        if not is_number(number):
            raise PresetError(f"{key} must be a number, not {number!r}; correct the preset.")
    return {key: float(number) for key, number in value.items()}

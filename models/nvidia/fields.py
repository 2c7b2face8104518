"""JSON files read field by field, with errors that name the file and the field."""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.nvidia.errors import BundleError

#: the largest JSON of a bundle is some kilobytes; more is not one of these files
MAX_JSON_BYTES = 16_000_000


class Fields:
    """One JSON object; remembers which keys were asked for, so that unknown ones can be listed."""

    def __init__(self, data: Mapping[str, Any], source: str):
        self.data = data
        self.source = source
        self._asked: dict[str, Fields | None] = {}

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def refuse(self, key: str, wanted: str) -> BundleError:
        """The error for a field that is not what it must be."""
        found = reprlib.repr(self.data[key])[:80] if key in self.data else "missing"
        return BundleError(f"{self.source}: {key} must be {wanted} but is {found}; download the bundle again or correct the file.")

    def get(self, key: str) -> Any:
        """The raw value, or None; marks the key as known."""
        self._asked.setdefault(key, None)
        return self.data.get(key)

    def section(self, key: str) -> Fields:
        """A required inner object."""
        value = self.get(key)
        if not isinstance(value, Mapping):
            raise self.refuse(key, "an object")
        inner = Fields(value, f"{self.source}: {key}")
        self._asked[key] = inner
        return inner

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required without a default."""
        value = self.get(key)
        if value is None and default is not None and key not in self.data:
            return default
        if not isinstance(value, str):
            raise self.refuse(key, "a text")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """A required whole number within ``low..high``."""
        value = self.get(key)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.refuse(key, f"a whole number from {low} to {high}")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A finite number; required without a default."""
        value = self.get(key)
        if value is None and default is not None and key not in self.data:
            return default
        if not is_number(value):
            raise self.refuse(key, "a number")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false (0 and 1 are accepted)."""
        value = self.get(key)
        if value is None:
            return default
        if value not in (True, False, 0, 1):
            raise self.refuse(key, "true or false")
        return bool(value)

    def numbers(self, key: str, length: int | None = None) -> tuple[float, ...]:
        """A required list of finite numbers, of an exact length when given."""
        value = self.get(key)
        wanted = "a list of numbers" if length is None else f"a list of {length} numbers"
        if not isinstance(value, list) or not all(is_number(v) for v in value) or (length is not None and len(value) != length):
            raise self.refuse(key, wanted)
        return tuple(float(v) for v in value)

    def integers(self, key: str, length: int) -> tuple[int, ...]:
        """A required list of whole numbers of an exact length."""
        values = self.numbers(key, length)
        if not all(v.is_integer() for v in values):
            raise self.refuse(key, f"a list of {length} whole numbers")
        return tuple(int(v) for v in values)

    def texts(self, key: str) -> tuple[str, ...]:
        """A required list of strings without repetition."""
        value = self.get(key)
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value) or len(set(value)) != len(value):
            raise self.refuse(key, "a list of different texts")
        return tuple(value)

    def unknown(self) -> Iterator[str]:
        """Keys that nobody asked for, with their path."""
        for key in self.data:
            if key not in self._asked:
                yield f"{self.source}: {key}"
            else:
                inner = self._asked[key]
                if inner is not None:
                    yield from inner.unknown()


def is_number(value: object) -> bool:
    """Whether a JSON value is a finite number that a float can hold (true and false are not)."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def read_json(path: Path) -> Fields:
    """Open a JSON file that holds one object.

    Args:
        path: the file.

    Raises:
        BundleError: missing, too large, not JSON, or not an object.
    """
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise BundleError(f"{path.name} is too large to be part of a bundle; choose the folder of an Audio2Face-3D bundle.")
        data = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BundleError(f"{path.name} is missing or cannot be read; choose the folder of a complete Audio2Face-3D bundle.") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(f"{path.name} is not valid JSON; download the bundle again.") from error
    if not isinstance(data, dict):
        raise BundleError(f"{path.name} must hold one JSON object; download the bundle again.")
    return Fields(data, path.name)

"""Checked access to untrusted JSON: every wrong type or number ends in one AvatarError, never in a KeyError deep inside."""

from __future__ import annotations

from typing import Any

from app.core.errors import AvatarError

Json = dict[str, Any]

#: no count, offset or index in a file that fits in memory is larger than this
LARGEST_INTEGER = 2**40
#: geometry beyond this (in any unit) is a damaged file; the bound keeps squares finite in float32
LARGEST_NUMBER = 1e9


def broken(detail: str) -> AvatarError:
    """The error for a damaged file.

    Args:
        detail: what is wrong, in words that fit after "is broken:".
    """
    return AvatarError(f"The avatar file is broken: {detail}; export it again or choose another file.")


def record(parent: Json, key: str) -> Json:
    """An object, empty when absent."""
    value = parent.get(key, {})
    if not isinstance(value, dict):
        raise broken(f"'{key}' should be an object")
    return value


def records(parent: Json, key: str) -> list[Json]:
    """A list of objects, empty when absent."""
    value = parent.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise broken(f"'{key}' should be a list of objects")
    return value


def text(parent: Json, key: str, default: str = "") -> str:
    """A string; anything else counts as absent, because names are never worth refusing a file."""
    value = parent.get(key, default)
    return value if isinstance(value, str) else default


def texts(parent: Json, key: str) -> tuple[str, ...]:
    """The strings of a list, () when it is absent or something else."""
    value = parent.get(key, [])
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def flag(parent: Json, key: str) -> bool:
    """A boolean, False when absent."""
    return parent.get(key) is True


def integer(parent: Json, key: str, default: int | None = None, low: int = 0, high: int = LARGEST_INTEGER) -> int:
    """A whole number within bounds.

    Args:
        parent: the object that holds it.
        key: its name.
        default: value when absent; None means that it must be there.
        low: smallest value allowed.
        high: largest value allowed.

    Raises:
        AvatarError: absent without a default, not a whole number, or out of bounds.
    """
    value = parent.get(key, default)
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_INTEGER:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise broken(f"'{key}' is missing or not a valid whole number")
    return value


def optional_integer(parent: Json, key: str, high: int = LARGEST_INTEGER) -> int | None:
    """A whole number from 0 to ``high``, or None when absent."""
    return integer(parent, key, high=high) if key in parent else None


def _checked(value: Any, key: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= LARGEST_NUMBER:
        raise broken(f"'{key}' holds something that is not a usable number")
    return float(value)


def number(parent: Json, key: str, default: float) -> float:
    """A finite number."""
    return _checked(parent.get(key, default), key)


def unit(parent: Json, key: str, default: float) -> float:
    """A number clamped to [0, 1], as glTF's factors are."""
    return min(1.0, max(0.0, number(parent, key, default)))


def numbers(parent: Json, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
    """A list of finite numbers, as long as its default."""
    value = parent.get(key, default)
    if not isinstance(value, list | tuple) or len(value) != len(default):
        raise broken(f"'{key}' should be {len(default)} numbers")
    return tuple(_checked(item, key) for item in value)


def free_numbers(parent: Json, key: str) -> tuple[float, ...]:
    """A list of finite numbers of any length, () when absent."""
    value = parent.get(key, [])
    if not isinstance(value, list):
        raise broken(f"'{key}' should be a list of numbers")
    return tuple(_checked(item, key) for item in value)


def indices(parent: Json, key: str, count: int) -> tuple[int, ...]:
    """A list of indices below ``count``, () when absent."""
    value = parent.get(key, [])
    if not isinstance(value, list) or not all(isinstance(i, int) and not isinstance(i, bool) and 0 <= i < count for i in value):
        raise broken(f"'{key}' should be a list of indices below {count}")
    return tuple(value)

"""Values of JSON that strangers sent: of any size, any kind and any depth."""

from __future__ import annotations

import json
import math
from typing import Any

#: longer words are no names, labels or sentences
MOST_CHARACTERS = 300


def parsed(data: bytes) -> Any:
    """JSON of a stranger.

    Args:
        data: what came.

    Returns:
        The value; None for what is no JSON, or nested deeper than anybody means it.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def number(value: Any) -> float | None:
    """A finite number as a float.

    Args:
        value: as JSON gives it; whole numbers may have hundreds of digits.

    Returns:
        None for what is no number (true and false are none), NaN, infinite, or beyond what a float holds.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        given = float(value)
    except OverflowError:
        return None
    return given if math.isfinite(given) else None


def shown(text: str) -> str:
    """A text without halves of characters: JSON can write them, nothing can show them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def words(value: Any) -> str:
    """A text that can be shown: at most 300 characters, without halves of characters; "" for what is no text."""
    return shown(value[:MOST_CHARACTERS]) if isinstance(value, str) else ""

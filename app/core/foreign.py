"""Documents of strangers: numbers that are none, and texts that no file can hold."""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeGuard

#: half of a character, as it stands or as JSON writes it; halves in pairs are found too, and stay
_HALF = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a finite number that a float can hold; true and false are none, nor is a whole number of 400 digits."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def parsed_json(text: str, **options: Any) -> Any:
    """The values of a JSON text; for halves of characters, which JSON can write and nothing can show or keep, stands a question mark.

    Args:
        text: anything.
        options: of ``json.loads``.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    data = json.loads(text, **options)
    if _HALF.search(text):
        data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"), **options)
    return data

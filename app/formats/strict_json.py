"""JSON that comes back as it was: without numbers that are none, and nested no deeper than can be written again."""

from __future__ import annotations

from typing import Any

from app.core.foreign import parsed_json

#: an object in an object and so on: what other versions wrote is kept no deeper than this
MAX_DEPTH = 64


def content_of_json(text: str) -> Any:
    """Values of a JSON text, refused where they would not come back: no numbers that are none, nothing nested without end.

    Raises:
        ValueError: it is no such JSON.
        RecursionError: it is nested too deeply to be read at all.
    """

    def refuse(word: str) -> float:
        raise ValueError(f"{word} is no number")

    data = parsed_json(text, parse_constant=refuse)
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level if isinstance(each, dict | list) for inner in (each.values() if isinstance(each, dict) else each)]
        if not level:
            return data
    raise ValueError("nested too deeply")

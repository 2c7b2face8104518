"""Work of a hand that has no place any more, or that contradicts something: kept with all its data until somebody settles it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.formats.plain import Remembered, plain, remembered

#: letters of an id
_ID = 32


@dataclass
class Conflict(Remembered):
    """Work of a hand that could not be put in its place, or that contradicts a table; it lasts until it is settled.

    Attributes:
        id: tells it from all others; of a batch's, also the id of its note.
        kind: ``edit``, ``note``, ``mark``, ``emotion``, ``layer``, ``timing``, or what a batch has: ``tuning``, ``source``, ``avatar``,
            ``side`` or ``status``.
        sentence: what it is and what to do.
        at_s: where to look.
        data: the work itself, as plain values.
    """

    id: str = ""
    kind: str = ""
    sentence: str = ""
    at_s: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)


def conflict_of(kind: str, sentence: str, at_s: float, data: Mapping[str, Any]) -> Conflict:
    """A conflict whose id is the same for the same work of a hand.

    Args:
        kind: see Conflict.
        sentence: what it is and what to do.
        at_s: where to look.
        data: the work itself, as plain values.
    """
    made = hashlib.sha256()
    for part in ("conflict", kind, dict(data)):
        text = json.dumps(part, sort_keys=True, default=str).encode()
        made.update(len(text).to_bytes(8, "little"))
        made.update(text)
    return Conflict(made.hexdigest()[:_ID], kind, sentence, round(at_s, 3), dict(data))


def conflicts_data(conflicts: Iterable[Conflict]) -> list[dict[str, Any]]:
    """Conflicts as JSON can hold them."""
    return [plain(each) for each in conflicts]


def conflicts_of(data: Any) -> tuple[Conflict, ...]:
    """Conflicts from plain values; never raises, and what is none is left out."""
    rows = data if isinstance(data, list) else []
    read = [remembered(Conflict, row)[0] for row in rows if isinstance(row, dict)]
    return tuple(each if each.id else replace(each, id=conflict_of(each.kind, "", 0.0, each.data).id) for each in read if each.sentence)

"""Edits as plain values for JSON documents, and back, checked value by value."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.edits.edit import AMOUNTS, DRAWN, EDGE_MS, MOST_WORDS, CurveEdit
from app.core.edits.keyed import CurveKey
from app.core.edits.turning import TURNING
from app.core.errors import PresetError
from app.core.head import ANGLES


def edits_data(edits: Iterable[CurveEdit]) -> list[dict[str, Any]]:
    """Edits as plain values for a JSON document; what only some kinds have stands there only where it says something."""
    return [_edit_data(edit) for edit in edits]


def _edit_data(edit: CurveEdit) -> dict[str, Any]:
    keys = [[key.time_s, key.value, key.before, key.after] for key in edit.keys]
    further = {"values": list(edit.values), "keys": keys, "group": edit.group, "why": edit.why, "counts": list(edit.counts)}
    usual = {name: value for name, value in asdict(edit).items() if name not in further}
    return usual | {"channels": list(edit.channels)} | {name: value for name, value in further.items() if value}


def edits_of(data: object) -> tuple[CurveEdit, ...]:
    """Edits from what ``edits_data`` made.

    Raises:
        PresetError: it is damaged.
    """
    if not isinstance(data, list):
        raise PresetError("The edits of the curves are damaged; remove them from the file or save it again.")
    return tuple(_edit_of(row) for row in data)


def _edit_of(row: object) -> CurveEdit:
    """One edit, checked value by value."""
    try:
        if not isinstance(row, dict) or set(row) - {field.name for field in fields(CurveEdit)}:
            raise ValueError("not an edit")
        kind, channels = row["kind"], tuple(str(name) for name in row["channels"])
        low, high, _usual = AMOUNTS[kind]
        numbers = [float(row[name]) for name in ("start_s", "end_s", "amount")] + [float(row.get("edge_ms", EDGE_MS))]
        start_s, end_s, amount, edge_ms = numbers
        values, keys = tuple(float(value) for value in row.get("values", [])), tuple(_key_of(key) for key in row.get("keys", []))
        numbers += [*values, *(n for key in keys for n in (key.time_s, key.value, key.before or 0.0, key.after or 0.0))]
        group, why = str(row.get("group", "")), str(row.get("why", ""))
        if not np.isfinite(numbers).all() or end_s <= start_s or not low <= amount <= high or edge_ms < 0:
            raise ValueError("out of range")
        known = {*ARKIT_CHANNELS, *(VISEME_CHANNELS if kind == "paste" else ANGLES if kind in TURNING else ())}
        if not set(channels) <= known or max(len(group), len(why)) > MOST_WORDS:
            raise ValueError("unknown shape, or no words")
        made = CurveEdit(kind, channels, start_s, end_s, amount, edge_ms, values, keys, group, why, tuple(map(int, row.get("counts", []))))
        _check_parts(made)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise PresetError("An edit of the curves is damaged; remove it from the file or save it again.") from error
    return made


def _check_parts(edit: CurveEdit) -> None:
    """Whether poses have a value for each shape and curves are in order; Raises ValueError where not."""
    if edit.kind == "pose" and (not edit.channels or len(edit.values) != len(edit.channels)):
        raise ValueError("a pose without values")
    if edit.kind == "retime" and (len(edit.values) != 3 or not edit.values[0] < edit.values[1]):
        raise ValueError("a retiming without its places")
    if edit.kind not in DRAWN:
        return
    if not edit.keys or (edit.counts and (sum(edit.counts) != len(edit.keys) or min(edit.counts) < 1)):
        raise ValueError("curves without keys")
    for curve in edit.curves.values():
        if any(after.time_s <= before.time_s for before, after in itertools.pairwise(curve)):
            raise ValueError("keys out of order")


def _key_of(row: Any) -> CurveKey:
    time_s, value, before, after = row
    return CurveKey(float(time_s), float(value), None if before is None else float(before), None if after is None else float(after))

"""What is done with keys by hand: set, moved, shaped, taken out, joined and parted, on a side's list of edits.

Every shape has edits of its own: keys that are set within a second of one another are one curve, others leave the motion between them be.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from app.core.arkit import mirrored
from app.core.curve_edits import DRAWN, EDGE_MS, CurveEdit
from app.core.edits.keyed import Curve, CurveKey, Tangent, moved_keys, room_s, shaped_key, with_key

#: a key that is set so near to another one of its shape belongs to the same curve; beyond it speech has gone on to other words
JOIN_S = 1.0
Edits = tuple[CurveEdit, ...]


@dataclass(frozen=True, order=True)
class KeyPlace:
    """Where a key is among a side's edits.

    Attributes:
        edit: place of its edit in the list.
        channel: whose curve it is on.
        index: place among the keys of that curve.
    """

    edit: int
    channel: str
    index: int


def keys_of(edits: Edits, channel: str) -> list[tuple[KeyPlace, CurveKey]]:
    """All keys of a channel, those of later edits last."""
    return [
        (KeyPlace(i, channel, k), key)
        for i, edit in enumerate(edits)
        if edit.kind in DRAWN and channel in edit.channels
        for k, key in enumerate(edit.curves[channel])
    ]


def key_at(edits: Edits, place: KeyPlace) -> CurveKey | None:
    """The key at a place; None where there is none any more."""
    if place.edit >= len(edits) or edits[place.edit].kind not in DRAWN:
        return None
    curve = edits[place.edit].curves.get(place.channel, ())
    return curve[place.index] if place.index < len(curve) else None


def keys_set(edits: Edits, values: Mapping[str, float], time_s: float, apart_s: float) -> tuple[Edits, frozenset[KeyPlace]]:
    """Set a key on each of some channels.

    Args:
        edits: of the side.
        values: channel -> weight.
        time_s: on the track's own time line.
        apart_s: keys stand at least so far from one another; what is nearer is replaced.

    Returns:
        The edits, and where the new keys are.
    """
    made, places = list(edits), []
    for channel, value in values.items():
        key, i = CurveKey(time_s, value), _nearest(made, channel, time_s)
        if i is None:
            i = len(made)
            made.append(CurveEdit("keys", (channel,), time_s, time_s, 1.0, EDGE_MS).with_curves({channel: (key,)}))
        else:
            curves = made[i].curves
            curves[channel] = with_key(curves[channel], key, apart_s)
            made[i] = made[i].with_curves(curves)
        places.append(KeyPlace(i, channel, made[i].curves[channel].index(key)))
    return tuple(made), frozenset(places)


def _nearest(edits: Iterable[CurveEdit], channel: str, time_s: float) -> int | None:
    """The edit whose curve a key at a time belongs to: the nearest within JOIN_S, the last one of equals."""
    found = None
    for i, edit in enumerate(edits):
        if edit.kind not in DRAWN or channel not in edit.channels:
            continue
        if edit.kind == "paste":
            away_s = max(edit.start_s - time_s, time_s - edit.end_s, 0.0)
            is_near = away_s == 0.0
        else:
            curve = edit.curves[channel]
            away_s = max(curve[0].time_s - time_s, time_s - curve[-1].time_s, 0.0)
            is_near = away_s <= JOIN_S
        if is_near and (found is None or away_s <= found[0]):
            found = (away_s, i)
    return None if found is None else found[1]


def keys_moved(edits: Edits, places: Iterable[KeyPlace], by_s: float, by_value: float, apart_s: float) -> Edits:
    """Move keys together: none passes a neighbour, and each value stays within what a weight may have.

    Args:
        edits: of the side.
        places: which keys.
        by_s: how much later.
        by_value: how much higher.
        apart_s: keys stand at least so far from one another.
    """
    chosen = _by_curve(places)
    for (i, channel), indices in chosen.items():
        least, most = room_s(edits[i].curves[channel], indices, apart_s)
        by_s = min(max(by_s, least), most)
    return _with_curves(edits, {at: moved_keys(edits[at[0]].curves[at[1]], those, by_s, by_value) for at, those in chosen.items()})


def keys_shaped(edits: Edits, places: Iterable[KeyPlace], how: Tangent) -> Edits:
    """Give keys automatic, flat or linear slopes."""

    def shaped(curve: Curve, those: frozenset[int]) -> Curve:
        return tuple(shaped_key(curve, k, how) if k in those else key for k, key in enumerate(curve))

    return _with_curves(edits, {at: shaped(edits[at[0]].curves[at[1]], those) for at, those in _by_curve(places).items()})


def slope_pulled(edits: Edits, place: KeyPlace, slope: float, of: Literal["both", "before", "after"]) -> Edits:
    """Give a key a slope of its own.

    Args:
        edits: of the side.
        place: which key.
        slope: per second.
        of: the curve that arrives, the one that leaves, or both.
    """
    curve = list(edits[place.edit].curves[place.channel])
    sides = {"both": ("before", "after")}.get(of, (of,))
    curve[place.index] = replace(curve[place.index], **dict.fromkeys(sides, slope))
    return _with_curves(edits, {(place.edit, place.channel): tuple(curve)})


def keys_removed(edits: Edits, places: Iterable[KeyPlace]) -> Edits:
    """Take keys out, and edits that have none any more."""
    return _with_curves(edits, {
        (i, channel): tuple(key for k, key in enumerate(edits[i].curves[channel]) if k not in those)
        for (i, channel), those in _by_curve(places).items()
    })  # fmt: skip


def keys_parted(edits: Edits, place: KeyPlace) -> Edits:
    """Let what is below through between a key and the next one of its curve; the rest of the curve is an edit of its own."""
    edit = edits[place.edit]
    curve = edit.curves[place.channel]
    if edit.kind != "keys" or place.index + 1 >= len(curve):
        return edits
    rest = replace(edit, channels=(), keys=(), counts=()).with_curves({place.channel: curve[place.index + 1 :]})
    made = list(_with_curves(edits, {(place.edit, place.channel): curve[: place.index + 1]}))
    made.insert(place.edit + 1, rest)
    return tuple(made)


def keys_joined(edits: Edits, place: KeyPlace) -> Edits:
    """Draw the curve of a key on to the next keys of its shape, which become part of it."""
    here = edits[place.edit]
    if here.kind != "keys":
        return edits
    later = [
        (edit.curves[place.channel][0].time_s, i)
        for i, edit in enumerate(edits)
        if i != place.edit and edit.kind == "keys" and place.channel in edit.channels
        and edit.curves[place.channel][0].time_s > here.curves[place.channel][-1].time_s
    ]  # fmt: skip
    if not later:
        return edits
    other = min(later)[1]
    joined = here.curves[place.channel] + edits[other].curves[place.channel]
    return _with_curves(edits, {(place.edit, place.channel): joined, (other, place.channel): ()})


def mirrored_stretch(edits: Edits, channels: Iterable[str], start_s: float, end_s: float) -> Edits:
    """Exchange left and right in a stretch; where that was the last thing done to it, take it back, so that twice is as before.

    Args:
        edits: of the side.
        channels: whose pairs are exchanged; none for all.
        start_s: on the track's own time line.
        end_s: where it ends.
    """
    pairs = tuple(dict.fromkeys(name for channel in channels for name in (channel, mirrored(channel))))
    made = CurveEdit("mirror", pairs, start_s, end_s, 1.0)
    return edits[:-1] if edits and edits[-1] == made else (*edits, made)


def _by_curve(places: Iterable[KeyPlace]) -> dict[tuple[int, str], frozenset[int]]:
    ordered = sorted(places)
    groups = itertools.groupby(ordered, key=lambda place: (place.edit, place.channel))
    return {at: frozenset(place.index for place in group) for at, group in groups}


def _with_curves(edits: Edits, changed: Mapping[tuple[int, str], Curve]) -> Edits:
    """The edits with other keys on some curves; those without any keys are gone."""
    made = list(edits)
    for (i, channel), curve in changed.items():
        made[i] = made[i].with_curves({**made[i].curves, channel: curve})
    return tuple(edit for edit in made if edit.kind not in DRAWN or edit.keys)

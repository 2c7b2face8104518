"""Edits of a stretch of some curves by hand: scaled, moved, flattened or smoothed, with soft edges so that nothing pops.

They are laid over what a source made and never change it; times are on the track's own time line, before the A/V offset.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.curve_retiming import QUICKEST, SLOWEST, Span, around, resampled, shares_of, sources_s, spans_of
from app.core.errors import PresetError
from app.core.regions import REGIONS
from app.core.smoothing import filter_kernel, filtered, smooth_step
from app.core.track import BlendshapeTrack

EditKind = Literal["scale", "offset", "flatten", "smooth", "retime"]
#: what is done to a stretch that was marked by hand, a button each
KINDS: tuple[EditKind, ...] = ("scale", "offset", "flatten", "smooth")
#: smallest, largest and usual amount of each kind: a factor, a weight, a share, milliseconds
AMOUNTS: dict[EditKind, tuple[float, float, float]] = {
    "scale": (0.0, 3.0, 0.7), "offset": (-1.0, 1.0, 0.05), "flatten": (0.0, 1.0, 1.0), "smooth": (0.0, 200.0, 40.0),
    "retime": (QUICKEST, SLOWEST, 1.0),
}  # fmt: skip
#: how long an edit takes to set in: a mouth gesture lasts about 100 ms, so that this is a movement and no jump
EDGE_MS = 60.0
#: nothing shorter can be edited: two frames at 60 fps
SHORTEST_S = 0.03
_MOUTH = frozenset(REGIONS["lips"])


#: longest remark beside an edit, and longest name of a group
MOST_WORDS = 300


@dataclass(frozen=True)
class CurveKey:
    """One key of a curve.

    Attributes:
        time_s: where it stands, on the track's own time line.
        value: the weight there.
        before: slope of the curve that arrives, per second; None for the smooth one that overshoots nothing.
        after: slope of the curve that leaves, per second; None as well.
    """

    time_s: float
    value: float
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True)
class CurveEdit:
    """One edit of a stretch.

    Attributes:
        kind: ``scale`` multiplies, ``offset`` adds, ``flatten`` draws towards the straight line between the ends,
            ``smooth`` takes out what is quicker than ``amount``, ``retime`` makes a part ``amount`` times as long, where that begins
            being said by ``values`` (see ``app.core.curve_retiming``).
        channels: the shapes that are edited; empty for all of them.
        start_s: where it sets in, in seconds on the track's own time line.
        end_s: where it has faded out.
        amount: see ``AMOUNTS``: factor, weight, share 0-1, or standard deviation in milliseconds.
        edge_ms: how long it takes to set in and to fade out, within the stretch; at most half of it.
        values: a weight for each of ``channels``, of kinds that draw towards a pose; of ``retime`` three shares; else empty.
        keys: in order of time, of kinds that draw a curve; else empty.
        group: what was done together and is taken out together has one name; "" for an edit by itself.
        why: what it mends or where it comes from, for the list; "" for an edit by hand.
    """

    kind: EditKind
    channels: tuple[str, ...]
    start_s: float
    end_s: float
    amount: float
    edge_ms: float = EDGE_MS
    values: tuple[float, ...] = ()
    keys: tuple[CurveKey, ...] = ()
    group: str = ""
    why: str = ""

    @property
    def whole_mouth(self) -> bool:
        """Whether it takes in all shapes of the lips, and with them the visemes that stand for these."""
        return not self.channels or set(self.channels) >= _MOUTH

    @property
    def reach_s(self) -> float:
        """How far beyond the stretch frames bear on it."""
        return 4e-3 * self.amount if self.kind == "smooth" else 0.0


def edit_envelope(edit: CurveEdit, times_s: np.ndarray) -> np.ndarray:
    """How much an edit acts at some times.

    Args:
        edit: which.
        times_s: (n,) seconds on the track's own time line.

    Returns:
        (n,) float64: 0 outside and at both ends, 1 in between, without a jump in speed or acceleration.
    """
    span_s = edit.end_s - edit.start_s
    edge_s = min(max(edit.edge_ms, 1e-3) / 1e3, span_s / 2)
    if edge_s <= 0:
        return np.zeros(len(times_s))
    made: np.ndarray = smooth_step((times_s - edit.start_s) / edge_s) * smooth_step((edit.end_s - times_s) / edge_s)
    return made


def retiming(channels: tuple[str, ...], was_s: Span, now_s: Span) -> CurveEdit:
    """The edit that moves a stretch of some curves, and makes it longer or shorter.

    Args:
        channels: empty for all.
        was_s: its start and end, on the track's own time line.
        now_s: where they are to be; it becomes no longer or shorter than an edit can make it.
    """
    length_s = was_s[1] - was_s[0]
    factor = min(max((now_s[1] - now_s[0]) / length_s, QUICKEST), SLOWEST)
    now_s = now_s[0], now_s[0] + factor * length_s
    start_s, end_s = around(was_s, now_s)
    return CurveEdit("retime", channels, start_s, end_s, factor, 0.0, shares_of(was_s, now_s, (start_s, end_s)))


def retimed_spans(edit: CurveEdit) -> tuple[Span, Span]:
    """Where what a ``retime`` edit moves was, and where it is."""
    return spans_of((edit.start_s, edit.end_s), edit.values, edit.amount)


def _retimed(weights: np.ndarray, edit: CurveEdit, track: BlendshapeTrack) -> np.ndarray:
    times_s = track.times_s
    inside = np.flatnonzero((times_s > edit.start_s) & (times_s < edit.end_s))
    if not len(inside) or len(edit.values) != 3:
        return weights
    came_s = sources_s(times_s[inside], (edit.start_s, edit.end_s), *retimed_spans(edit))
    # what cannot be told from its own frame stays it, to the bit
    places = (came_s - track.start_s) * track.fps
    places[np.abs(places - inside) < 1e-6] = inside[np.abs(places - inside) < 1e-6]
    out = weights.copy()
    out[inside] = resampled(weights, places)
    return out


def _edited(weights: np.ndarray, edit: CurveEdit, track: BlendshapeTrack) -> np.ndarray:
    """(n, k) columns after an edit; the input itself where it does not act.

    Args:
        weights: (n, k) float32, some columns of all frames.
        edit: what is done.
        track: whose frames these are.
    """
    if edit.kind == "retime":
        return _retimed(weights, edit, track)
    times_s = track.times_s
    envelope = edit_envelope(edit, times_s).astype(np.float32)[:, None]
    inside = np.flatnonzero(envelope[:, 0])
    if not len(inside):
        return weights
    amount = np.float32(edit.amount)
    if edit.kind == "scale":
        made: np.ndarray = weights * (1 + (amount - 1) * envelope)
        return made
    if edit.kind == "offset":
        # what lies within 0 to 1 stays there
        made = np.clip(weights + amount * envelope, np.minimum(weights, 0), np.maximum(weights, 1))
        return made
    if edit.kind == "flatten":
        first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, len(weights) - 1)
        share = np.clip((np.arange(len(weights)) - first) / max(last - first, 1), 0, 1).astype(np.float32)[:, None]
        line = weights[first] + (weights[last] - weights[first]) * share
        made = weights + (line - weights) * (amount * envelope)
        return made
    around = math.ceil(edit.reach_s * track.fps) + 1
    part = slice(max(inside[0] - around, 0), inside[-1] + around + 1)
    out = weights.copy()
    smooth = filtered(weights[part], filter_kernel(edit.amount / 1e3, track.fps, "offline"), "offline")
    out[part] += (smooth - out[part]) * envelope[part]
    return out


def edited(track: BlendshapeTrack, edits: Iterable[CurveEdit]) -> BlendshapeTrack:
    """The 52 channels after all edits, one after the other; the very same track where none acts.

    Args:
        track: the 52 channels, on the time line that the edits' times are on.
        edits: in the order in which they were made.
    """
    weights = track.weights
    for edit in edits:
        columns = [ARKIT_INDEX[name] for name in edit.channels or ARKIT_CHANNELS]
        before = weights[:, columns]
        after = _edited(before, edit, track)
        if after is not before:
            weights = weights.copy() if weights is track.weights else weights
            weights[:, columns] = after
    return track if weights is track.weights else track.with_weights(weights)


def edited_visemes(track: BlendshapeTrack, edits: Iterable[CurveEdit]) -> BlendshapeTrack:
    """What of the edits applies to the 15 viseme weights: those of the whole mouth; silence takes up the rest.

    Nothing is added to visemes: an offset of a weight has no counterpart in them.

    Args:
        track: the 15 viseme channels, ``sil`` first.
        edits: in the order in which they were made.
    """
    weights = track.weights
    for edit in edits:
        if not edit.whole_mouth or edit.kind == "offset":
            continue
        before = weights[:, 1:]
        after = _edited(before, edit, track)
        if after is not before:
            weights = weights.copy() if weights is track.weights else weights
            changed = np.abs(after - before).max(axis=1) > 0
            weights[:, 1:] = after
            weights[changed, 0] = np.maximum(1.0 - after[changed].sum(axis=1), 0.0)
    return track if weights is track.weights else track.with_weights(weights)


def influence_s(edits: Sequence[CurveEdit], span_s: tuple[float, float]) -> tuple[float, float]:
    """The stretch that must be known to edit another one as if all of the track were edited.

    Args:
        edits: all of them.
        span_s: first and last moment wanted, on the track's own time line.
    """
    first_s, last_s = span_s
    for _ in edits:
        for edit in edits:
            if edit.start_s < last_s and edit.end_s > first_s:
                first_s, last_s = min(first_s, edit.start_s - edit.reach_s), max(last_s, edit.end_s + edit.reach_s)
    return first_s, last_s


def edits_data(edits: Iterable[CurveEdit]) -> list[dict[str, Any]]:
    """Edits as plain values for a JSON document; what only some kinds have stands there only where it says something."""
    return [_edit_data(edit) for edit in edits]


def _edit_data(edit: CurveEdit) -> dict[str, Any]:
    keys = [[key.time_s, key.value, key.before, key.after] for key in edit.keys]
    further = {"values": list(edit.values), "keys": keys, "group": edit.group, "why": edit.why}
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
        if kind == "retime" and (len(values) != 3 or not values[0] < values[1]):
            raise ValueError("a retiming without its places")
        if not set(channels) <= set(ARKIT_CHANNELS) or max(len(group), len(why)) > MOST_WORDS:
            raise ValueError("unknown shape, or no words")
    except (KeyError, TypeError, ValueError) as error:
        raise PresetError("An edit of the curves is damaged; remove it from the file or save it again.") from error
    return CurveEdit(kind, channels, start_s, end_s, amount, edge_ms, values, keys, group, why)


def _key_of(row: Any) -> CurveKey:
    time_s, value, before, after = row
    return CurveKey(float(time_s), float(value), None if before is None else float(before), None if after is None else float(after))

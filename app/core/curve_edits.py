"""Edits of a stretch of some curves by hand: scaled, moved, flattened, smoothed, mirrored, drawn towards a pose or through keys.

All have soft edges, so that nothing pops. The mathematics of poses and keys are in the room ``edits``; this is its front.

They are laid over what a source made and never change it; times are on the track's own time line, before the A/V offset.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_CHANNELS, mirrored
from app.core.edits import keyed
from app.core.edits.keyed import Curve, curve_values
from app.core.errors import PresetError
from app.core.projection import VisemeEstimate
from app.core.regions import REGIONS
from app.core.smoothing import filter_kernel, filtered, smooth_step
from app.core.track import BlendshapeTrack

CurveKey = keyed.CurveKey
EditKind = Literal["scale", "offset", "flatten", "smooth", "pose", "keys", "paste", "mirror"]
#: what is done to a stretch that was marked by hand, a button each
KINDS: tuple[EditKind, ...] = ("scale", "offset", "flatten", "smooth")
#: smallest, largest and usual amount of each kind: a factor, a weight, a share, milliseconds
AMOUNTS: dict[EditKind, tuple[float, float, float]] = {
    "scale": (0.0, 3.0, 0.7), "offset": (-1.0, 1.0, 0.05), "flatten": (0.0, 1.0, 1.0), "smooth": (0.0, 200.0, 40.0),
    "pose": (0.0, 1.0, 1.0), "keys": (0.0, 1.0, 1.0), "paste": (0.0, 1.0, 1.0), "mirror": (0.0, 1.0, 1.0),
}  # fmt: skip
#: how long an edit takes to set in: a mouth gesture lasts about 100 ms, so that this is a movement and no jump
EDGE_MS = 60.0
#: nothing shorter can be edited: two frames at 60 fps
SHORTEST_S = 0.03
_MOUTH = frozenset(REGIONS["lips"])
#: kinds whose shapes follow curves through keys
DRAWN = frozenset(("keys", "paste"))
#: kinds that draw shapes towards something by a share of ``amount``
_TOWARDS = frozenset(("pose", "mirror", *DRAWN))
_NEAREST_VISEMES = VisemeEstimate()

#: longest remark beside an edit, and longest name of a group
MOST_WORDS = 300


@dataclass(frozen=True)
class CurveEdit:
    """One edit of a stretch.

    Attributes:
        kind: ``scale`` multiplies, ``offset`` adds, ``flatten`` draws towards the straight line between the ends,
            ``smooth`` takes out what is quicker than ``amount``, ``pose`` draws towards ``values``, ``keys`` and ``paste`` towards
            curves through ``keys``, ``mirror`` towards the other half of the face.
        channels: the shapes that are edited; empty for all of them. ``paste`` may name viseme channels beside the shapes.
        start_s: where it sets in, in seconds on the track's own time line.
        end_s: where it has faded out.
        amount: see ``AMOUNTS``: factor, weight, share 0-1, or standard deviation in milliseconds.
        edge_ms: how long it takes to set in and to fade out, within the stretch; at most half of it. ``keys`` set in until the
            first key and fade out from the last one, so that the curve passes through all of them.
        values: a weight for each of ``channels``, of kinds that draw towards a pose; else empty.
        keys: in order of time, of kinds that draw a curve; else empty.
        counts: how many of ``keys`` belong to each of ``channels``, whose curves stand one after the other; empty where all shapes
            share one curve.
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
    counts: tuple[int, ...] = ()

    @property
    def whole_mouth(self) -> bool:
        """Whether it takes in all shapes of the lips, and with them the visemes that stand for these."""
        return not self.channels or set(self.channels) >= _MOUTH

    @property
    def reach_s(self) -> float:
        """How far beyond the stretch frames bear on it."""
        return 4e-3 * self.amount if self.kind == "smooth" else 0.0

    @property
    def curves(self) -> dict[str, Curve]:
        """The keys of every channel, of kinds that draw curves."""
        ends = np.cumsum(self.counts).tolist()
        if not ends:
            return dict.fromkeys(self.channels, self.keys) if self.keys else {}
        return {name: self.keys[end - n : end] for name, n, end in zip(self.channels, self.counts, ends, strict=True)}

    def with_curves(self, curves: Mapping[str, Curve]) -> CurveEdit:
        """The same edit through other keys; those of ``keys`` has its stretch around them, as long as its edges."""
        kept = {name: keys for name, keys in curves.items() if keys}
        made = replace(
            self, channels=tuple(kept), keys=tuple(key for keys in kept.values() for key in keys), counts=tuple(map(len, kept.values()))
        )
        if self.kind != "keys" or not kept:
            return made
        times_s, edge_s = [key.time_s for key in made.keys], max(self.edge_ms / 1e3, SHORTEST_S)
        return replace(made, start_s=min(times_s) - edge_s, end_s=max(times_s) + edge_s)

    def placed(self, start_s: float, end_s: float, moment: Callable[[float], float]) -> CurveEdit:
        """The same edit elsewhere.

        Args:
            start_s: where it sets in there.
            end_s: where it has faded out there.
            moment: from a time of its present place to the new one; keys follow it.
        """
        curves = {}
        for name, curve in self.curves.items():
            kept: list[CurveKey] = []
            for key in curve:
                time_s = min(max(moment(key.time_s), start_s), end_s)
                # where time has been taken out, several keys would stand on one moment
                if not kept or time_s > kept[-1].time_s + 1e-4:
                    kept.append(replace(key, time_s=time_s))
            curves[name] = tuple(kept)
        moved = self.with_curves(curves) if curves else self
        return replace(moved, start_s=start_s, end_s=end_s)


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
    rise_s = fall_s = edge_s
    if edit.kind == "keys" and edit.keys:
        rise_s = max(min(key.time_s for key in edit.keys) - edit.start_s, 1e-6)
        fall_s = max(edit.end_s - max(key.time_s for key in edit.keys), 1e-6)
    made: np.ndarray = smooth_step((times_s - edit.start_s) / rise_s) * smooth_step((edit.end_s - times_s) / fall_s)
    return made


def _target(edit: CurveEdit, columns: Sequence[str], times_s: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n, k) what an edit draws some columns towards.

    Args:
        edit: of a kind of _TOWARDS.
        columns: the channels of the columns, each of which it has.
        times_s: (n,) of the frames.
        weights: (n, k) before the edit.
    """
    if edit.kind == "mirror":
        return weights[:, [columns.index(mirrored(name)) if mirrored(name) in columns else i for i, name in enumerate(columns)]]
    if edit.kind == "pose":
        values = dict(zip(edit.channels, edit.values, strict=True))
        return np.array([values[name] for name in columns], np.float32)[None]
    curves = edit.curves
    return np.stack([curve_values(curves[name], times_s) for name in columns], axis=1).astype(np.float32)


def _drawn(weights: np.ndarray, target: np.ndarray, share: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Columns drawn towards a target of the frames ``inside`` by a (n, 1) share; where that is 1 they are the target, to the bit."""
    out = weights.copy()
    out[inside] = weights[inside] * (1 - share[inside]) + target * share[inside]
    return out


def _edited(weights: np.ndarray, edit: CurveEdit, track: BlendshapeTrack, channels: Sequence[str]) -> np.ndarray:
    """(n, k) columns after an edit; the input itself where it does not act.

    Args:
        weights: (n, k) float32, some columns of all frames.
        edit: what is done.
        track: whose frames these are.
        channels: the names of the columns.
    """
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
    if edit.kind in _TOWARDS:
        target = _target(edit, channels, times_s[inside], weights[inside])
        return _drawn(weights, target, amount * envelope, inside)
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
        channels = [name for name in edit.channels or ARKIT_CHANNELS if name in ARKIT_INDEX]
        columns = [ARKIT_INDEX[name] for name in channels]
        before = weights[:, columns]
        after = _edited(before, edit, track, channels)
        if after is not before:
            weights = weights.copy() if weights is track.weights else weights
            weights[:, columns] = after
    return track if weights is track.weights else track.with_weights(weights)


def edited_visemes(track: BlendshapeTrack, edits: Iterable[CurveEdit]) -> BlendshapeTrack:
    """What of the edits applies to the 15 viseme weights: those of the whole mouth; silence takes up the rest.

    Nothing is added to visemes: an offset of a weight has no counterpart in them, nor has a curve through keys. A pose of the whole mouth
    is the mixture of visemes that comes nearest to it; what was pasted brings visemes of its own where there were any; mirrored they are
    what they were.

    Args:
        track: the 15 viseme channels, ``sil`` first.
        edits: in the order in which they were made.
    """
    weights = track.weights
    for made in edits:
        edit = _of_visemes(made)
        if edit is None:
            continue
        before = weights[:, 1:]
        after = _edited(before, edit, track, VISEME_CHANNELS[1:])
        if after is not before:
            weights = weights.copy() if weights is track.weights else weights
            changed = np.abs(after - before).max(axis=1) > 0
            weights[:, 1:] = after
            weights[changed, 0] = np.maximum(1.0 - after[changed].sum(axis=1), 0.0)
    return track if weights is track.weights else track.with_weights(weights)


def _of_visemes(edit: CurveEdit) -> CurveEdit | None:
    """An edit as it acts on visemes; None where it does nothing to them."""
    if edit.kind not in _TOWARDS:
        return edit if edit.whole_mouth and edit.kind != "offset" else None
    if edit.kind == "pose" and edit.whole_mouth:
        row = np.zeros(len(ARKIT_CHANNELS), np.float32)
        row[[ARKIT_INDEX[name] for name in edit.channels]] = edit.values
        return replace(edit, channels=VISEME_CHANNELS[1:], values=tuple(_NEAREST_VISEMES(row)[1:].tolist()))
    if edit.kind == "paste" and set(edit.channels) >= set(VISEME_CHANNELS):
        return edit
    return None


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
        known = {*ARKIT_CHANNELS, *VISEME_CHANNELS} if kind == "paste" else set(ARKIT_CHANNELS)
        if not set(channels) <= known or max(len(group), len(why)) > MOST_WORDS:
            raise ValueError("unknown shape, or no words")
        made = CurveEdit(kind, channels, start_s, end_s, amount, edge_ms, values, keys, group, why, tuple(map(int, row.get("counts", []))))
        _check_parts(made)
    except (KeyError, TypeError, ValueError) as error:
        raise PresetError("An edit of the curves is damaged; remove it from the file or save it again.") from error
    return made


def _check_parts(edit: CurveEdit) -> None:
    """Whether poses have a value for each shape and curves are in order; Raises ValueError where not."""
    if edit.kind == "pose" and (not edit.channels or len(edit.values) != len(edit.channels)):
        raise ValueError("a pose without values")
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

"""Edits of a stretch of some curves by hand: scaled, moved, flattened, smoothed, mirrored, drawn towards a pose or through keys.

All have soft edges, so that nothing pops. The mathematics of poses and keys are in the room ``edits``; this is its front.

They are laid over what a source made and never change it; times are on the track's own time line, before the A/V offset.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_CHANNELS, mirrored
from app.core.contacts import with_closed_lips, with_closed_visemes
from app.core.curve_mending import evened, limited
from app.core.curve_retiming import QUICKEST, SLOWEST, Span, around, resampled, shares_of, sources_s, spans_of
from app.core.edits.edit import AMOUNTS, DRAWN, EDGE_MS, KINDS, MOST_WORDS, SHORTEST_S, CurveEdit, EditKind, edit_envelope
from app.core.edits.edit_data import edits_data, edits_of
from app.core.edits.keyed import CurveKey, curve_values
from app.core.edits.turning import turned
from app.core.head import ANGLES
from app.core.projection import VisemeEstimate
from app.core.smoothing import filter_kernel, filtered
from app.core.track import BlendshapeTrack

#: what is asked for here, wherever in the room it stands
__all__ = [
    "AMOUNTS", "DRAWN", "EDGE_MS", "KINDS", "MOST_WORDS", "SHORTEST_S", "CurveEdit", "CurveKey", "EditKind", "edit_envelope", "edited",
    "edited_visemes", "edits_data", "edits_of", "influence_s", "retimed_spans", "retiming",
]  # fmt: skip
#: kinds that draw shapes towards something by a share of ``amount``
_TOWARDS = frozenset(("pose", "mirror", *DRAWN))
_NEAREST_VISEMES = VisemeEstimate()
_ANGLES = frozenset(ANGLES)


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


def _drawn(weights: np.ndarray, target: np.ndarray, share: np.ndarray, within: slice) -> np.ndarray:
    """Columns drawn towards a target of the frames ``within`` by a (n, 1) share; where that is 1 they are the target, to the bit."""
    out = weights.copy()
    out[within] = weights[within] * (1 - share[within]) + target * share[within]
    return out


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


def _edited(weights: np.ndarray, edit: CurveEdit, track: BlendshapeTrack, channels: Sequence[str]) -> np.ndarray:
    """(n, k) columns after an edit; the input itself where it does not act.

    Args:
        weights: (n, k) float32, some columns of all frames.
        edit: what is done.
        track: whose frames these are.
        channels: the names of the columns.
    """
    if edit.kind == "retime":
        return _retimed(weights, edit, track)
    times_s = track.times_s
    envelope = edit_envelope(edit, times_s).astype(np.float32)[:, None]
    inside = np.flatnonzero(envelope[:, 0])
    if not len(inside):
        return weights
    amount, within = np.float32(edit.amount), slice(inside[0], inside[-1] + 1)
    made: np.ndarray
    if edit.kind in _TOWARDS:
        made = _drawn(weights, _target(edit, channels, times_s[within], weights[within]), amount * envelope, within)
    elif edit.kind == "scale":
        made = weights * (1 + (amount - 1) * envelope)
    elif edit.kind == "offset":
        # what lies within 0 to 1 stays there
        made = np.clip(weights + amount * envelope, np.minimum(weights, 0), np.maximum(weights, 1))
    elif edit.kind == "flatten":
        first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, len(weights) - 1)
        share = np.clip((np.arange(len(weights)) - first) / max(last - first, 1), 0, 1).astype(np.float32)[:, None]
        line = weights[first] + (weights[last] - weights[first]) * share
        made = weights + (line - weights) * (amount * envelope)
    elif edit.kind == "limit":
        made = weights.copy()
        made[within] += (limited(weights[within], edit.amount) - weights[within]) * envelope[within]
    elif edit.kind == "even":
        made = evened(weights, channels, amount * envelope[:, 0])
    else:
        made = _smoothed(weights, edit, envelope, track.fps)
    return made


def _smoothed(weights: np.ndarray, edit: CurveEdit, envelope: np.ndarray, fps: float) -> np.ndarray:
    inside, around = np.flatnonzero(envelope[:, 0]), math.ceil(edit.reach_s * fps) + 1
    part = slice(max(inside[0] - around, 0), inside[-1] + around + 1)
    out = weights.copy()
    smooth = filtered(weights[part], filter_kernel(edit.amount / 1e3, fps, "offline"), "offline")
    out[part] += (smooth - out[part]) * envelope[part]
    return out


def edited(track: BlendshapeTrack, edits: Iterable[CurveEdit]) -> BlendshapeTrack:
    """The 52 channels after all edits, one after the other, and the angles beside them; the very same track where none acts.

    Args:
        track: the 52 channels, on the time line that the edits' times are on.
        edits: in the order in which they were made.
    """
    weights, edits = track.weights, tuple(edits)
    for edit in edits:
        if edit.channels and set(edit.channels) <= _ANGLES:
            continue
        if edit.kind == "close":
            weights = with_closed_lips(weights, edit_envelope(edit, track.times_s).astype(np.float32), edit.amount)
            continue
        channels = [name for name in edit.channels or ARKIT_CHANNELS if name in ARKIT_INDEX]
        columns = [ARKIT_INDEX[name] for name in channels]
        before = weights[:, columns]
        after = _edited(before, edit, track, channels)
        if after is not before:
            weights = weights.copy() if weights is track.weights else weights
            weights[:, columns] = after
    shapes = track if weights is track.weights else track.with_weights(weights)
    return turned(shapes, edits, _edited) if any(_ANGLES & set(edit.channels) for edit in edits) else shapes


def edited_visemes(track: BlendshapeTrack, edits: Iterable[CurveEdit]) -> BlendshapeTrack:
    """What of the edits applies to the 15 viseme weights: those of the whole mouth; silence takes up the rest.

    Nothing is added to visemes: an offset of a weight has no counterpart in them, nor has a curve through keys, and they have no sides.
    A pose of the whole mouth is the mixture of visemes that comes nearest to it; what was pasted brings visemes of its own where there
    were any.

    Args:
        track: the 15 viseme channels, ``sil`` first.
        edits: in the order in which they were made.
    """
    weights = track.weights
    for made in edits:
        edit = _of_visemes(made)
        if edit is None:
            continue
        if edit.kind == "close":
            weights = with_closed_visemes(weights, edit_envelope(edit, track.times_s).astype(np.float32), edit.amount)
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
        return edit if edit.whole_mouth and edit.kind not in ("offset", "even") else None
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

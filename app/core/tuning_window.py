"""Tuning of a stretch of a long animation: what is looked at follows at once, the rest follows later."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.core.curve_edits import CurveEdit, influence_s
from app.core.mouths.drawn import FILM_FPS, LOOKED_AT_S
from app.core.side import SideChannels
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, ease_envelope, tuned_animation


def context_s(tuning: Tuning) -> float:
    """How far frames influence one another: the reach of the smoothing filters, eight attack or release times, and a drawing of film."""
    smoothing_ms = max(tuning.smoothing_ms.values(), default=0.0)
    drawn_s = LOOKED_AT_S if tuning.chart else 0.0
    return 8e-3 * (smoothing_ms + max(tuning.attack_ms, tuning.release_ms)) + tuning.held / FILM_FPS + drawn_s


def _patched(base: BlendshapeTrack, raw: BlendshapeTrack, made: BlendshapeTrack, first: int, tuning: Tuning) -> BlendshapeTrack:
    """``base`` with the frames from ``first`` on replaced by those of ``made``, on the tuned time line."""
    part, side = made.weights, raw.side
    envelope = ease_envelope(len(raw), raw.fps, tuning)
    if envelope is not None:
        part = part * envelope[first : first + len(part), None]
    out = (base if len(base) == len(raw) else raw).weights.copy()
    out[first : first + len(part)] = part
    if side is not None and made.side is not None and made.side.names == side.names:
        before = base.side if base.side is not None and base.side.names == side.names and len(base.side) == len(side) else side
        values = before.values.copy()
        values[first : first + len(part)] = made.side.values
        side = SideChannels(side.names, values)
    # all of it comes from tracks: of ten minutes it is neither copied nor looked through once more while something is dragged
    out.flags.writeable = False
    return BlendshapeTrack.of_checked(out, raw.fps, raw.start_s + tuning.offset_ms / 1e3, raw.channels, side)


def tuned_around(
    raw: Animation,
    base: Animation | None,
    tuning: Tuning,
    phones: Iterable[Phone],
    span_s: tuple[float, float],
    *,
    edits: Sequence[CurveEdit] = (),
) -> Animation:
    """Tune a stretch; elsewhere a former result stays.

    Args:
        raw: what the source made.
        base: a former result of the same length for the other frames, or None.
        tuning: the adjustments.
        phones: on the track's time line.
        span_s: first and last moment to tune, on the tuned time line.
        edits: of stretches, by hand.

    Returns:
        An animation as long as ``raw``; between the two moments it is what tuning all of it would give.
    """
    fps, n = raw.arkit.fps, len(raw.arkit)
    moved_s = raw.arkit.start_s + tuning.offset_ms / 1e3
    first = min(max(math.floor((span_s[0] - moved_s) * fps), 0), n)
    last = min(max(math.ceil((span_s[1] - moved_s) * fps) + 1, first), n)
    around = math.ceil(context_s(tuning) * fps) + 2
    start_s = raw.arkit.start_s
    known_s = influence_s(edits, (start_s + first / fps, start_s + last / fps))
    a = max(math.floor((known_s[0] - start_s) * fps + 1e-6) - around, 0)
    b = min(math.ceil((known_s[1] - start_s) * fps - 1e-6) + around, n)
    if b <= a:
        return base if base is not None else raw
    visemes = None if raw.visemes is None else raw.visemes.between(a, b)
    part = replace(raw, arkit=raw.arkit.between(a, b), visemes=visemes)
    made = tuned_animation(part, replace(tuning, ease_in_ms=0.0, ease_out_ms=0.0), phones, edits)
    keep = first - a, last - a
    arkit = _patched(base.arkit if base is not None else raw.arkit, raw.arkit, made.arkit.between(*keep), first, tuning)
    if raw.visemes is None or made.visemes is None:
        return replace(raw, arkit=arkit)
    known = base.visemes if base is not None and base.visemes is not None else raw.visemes
    return replace(raw, arkit=arkit, visemes=_patched(known, raw.visemes, made.visemes.between(*keep), first, tuning))

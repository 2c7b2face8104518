"""Curves that tremble, jump, are cut off, go beyond their range, or differ between the sides; and what a face cannot do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.curve_edits import CurveEdit
from app.core.regions import REGIONS
from app.review.face_rules import OPPOSITES
from app.review.fixes.draft import Draft
from app.review.fixes.fix import Fix
from app.review.thresholds import limit

#: standard deviations in milliseconds, the mildest first
SMOOTHINGS_MS = (15.0, 25.0, 40.0, 60.0, 90.0)
#: smoothing reaches so far before and after the fault, and sets in within so much of it
AROUND_S, _EDGE_S = 0.15, 0.06
#: heights that a top is brought under
_TOPS = (1.0, 0.98, 0.95)
#: how far below a limit is aimed at
_BELOW = 0.9
#: lids that were shut for seconds are opened to these weights
_LIDS = (0.5, 0.2)


def smoothings(draft: Draft) -> Iterator[Fix]:
    """Jumps and trembling taken out."""
    finding, names = draft.finding, draft.finding.channels
    if finding.rule == "viseme-pop":  # visemes follow edits of the whole mouth only
        names = (*REGIONS["lower"], *(name for name in names if name not in REGIONS["lower"]))
    for ms in SMOOTHINGS_MS:
        pad_s = max(AROUND_S, 4e-3 * ms) - _EDGE_S
        span_s = (finding.time_s - pad_s, draft.end_s + pad_s)
        yield draft.fix(f"smooth by {ms:.0f} ms", draft.edit("smooth", names, ms, span_s, _EDGE_S))
    if finding.rule != "jitter":
        for pad_s in (0.02, 0.06):
            span_s = (finding.time_s - pad_s, draft.end_s + pad_s)
            yield draft.fix("draw a straight line over the jump", draft.edit("flatten", names, 1.0, span_s, 0.03))


def tops(draft: Draft) -> Iterator[Fix]:
    """Flat tops rounded, and what is too high brought down."""
    (name,) = draft.finding.channels
    material, column = draft.bench.material, draft.bench.material.column(name)
    high = column > limit("over_one")
    if draft.finding.rule == "clipping":
        high = np.zeros(len(column), bool)
        high[material.frames(draft.finding.time_s, draft.end_s)] = True
    for top in _TOPS:
        edits = [draft.edit("limit", (name,), top, span_s) for span_s in draft.gestures_s(column, top, high)]
        yield draft.fix(f"keep {name} below {top:.2f}, with a round top", *edits)
    spans_s = draft.gestures_s(column, 0.98, high)
    for ms in SMOOTHINGS_MS[1:]:
        edits = [edit for span_s in spans_s for edit in (_smoothed(draft, name, span_s, ms), draft.edit("limit", (name,), 0.98, span_s))]
        yield draft.fix(f"smooth {name} by {ms:.0f} ms and keep it below 0.98", *edits)


def _smoothed(draft: Draft, name: str, span_s: tuple[float, float], ms: float) -> CurveEdit:
    return draft.edit("smooth", (name,), ms, span_s)


def lows(draft: Draft) -> Iterator[Fix]:
    """Negative weights cut at 0."""
    (name,) = draft.finding.channels
    spans_s = draft.spans_s(draft.bench.material.column(name) < limit("below_zero"))
    yield draft.fix(f"keep {name} above 0", *(draft.edit("limit", (name,), 1.0, span_s) for span_s in spans_s))


def sides(draft: Draft) -> Iterator[Fix]:
    """Left and right nearer to one another."""
    material, names = draft.bench.material, draft.finding.channels
    left, right = (material.column(name) for name in names)
    larger = np.maximum(left, right)
    active = larger > limit("asymmetry_least")
    frames = np.flatnonzero(np.abs(left - right) > 1e-3)
    span_s = material.time_of(int(frames[0])), material.time_of(int(frames[-1]) + 1)
    apart, size = float(np.abs(left - right)[active].mean()), float(larger[active].mean())
    allowed = _BELOW * limit("asymmetry_share")
    # what is taken from the larger side lowers the measure too: apart * (1 - x) = allowed * (size - x * apart / 2)
    least = (apart - allowed * size) / max(apart * (1 - allowed / 2), 1e-6)
    for share in (least, *(s for s in (0.5, 0.75, 1.0) if s > least)):
        yield draft.fix(f"bring both sides {100 * share:.0f} % nearer", draft.edit("even", names, min(max(share, 0.0), 1.0), span_s))


def close_over_jaw(draft: Draft) -> Iterator[Fix]:
    """mouthClose no further than the jaw opened."""
    material = draft.bench.material
    frames = material.frames(draft.finding.time_s, draft.end_s)
    close, jaw = material.column("mouthClose")[frames], material.column("jawOpen")[frames]
    for slack in (_BELOW * limit("close_over_jaw"), 0.02, 0.0):
        by = float((close - jaw).max()) - slack
        yield draft.fix(f"lower mouthClose by {by:.2f}", draft.edit("offset", ("mouthClose",), -by, edge_s=0.05))
        factor = float(np.min((jaw + slack) / np.maximum(close, 1e-3)))
        yield draft.fix(
            f"lower mouthClose to {100 * factor:.0f} %", draft.edit("scale", ("mouthClose",), min(max(factor, 0.0), 1.0), edge_s=0.05)
        )


def eyes(draft: Draft) -> Iterator[Fix]:
    """Eyes that look the same way, and lids that open again."""
    material, names = draft.bench.material, draft.finding.channels
    both = np.minimum(*(material.column(name) for name in names))
    lids = names[0].startswith("eyeBlink")
    high = both > limit("eyes_shut" if lids else "eyes_apart")
    for aim in _LIDS if lids else (_BELOW * limit("eyes_apart"), limit("eyes_apart") / 2):
        edits = [draft.edit("limit", names, aim, span_s) for span_s in draft.gestures_s(both, aim, high)]
        yield draft.fix(f"{'open the lids' if lids else 'turn the eyes back'} to {aim:.2f}", *edits)


def tongue(draft: Draft) -> Iterator[Fix]:
    """A tongue that goes back in."""
    column = draft.bench.material.column("tongueOut")
    high = column > limit("tongue_out")
    for share in (_BELOW, 0.4):
        aim = share * limit("tongue_out")
        if draft.bench.by_visemes:  # of visemes all is scaled: a limit would hold the other sounds down too
            edits = [draft.edit("scale", ("tongueOut",), aim / float(column.max()), span_s) for span_s in draft.spans_s(high)]
        else:
            edits = [draft.edit("limit", ("tongueOut",), aim, span_s) for span_s in draft.gestures_s(column, aim, high)]
        yield draft.fix(f"take the tongue back to {aim:.2f}", *edits)


def opposites(draft: Draft) -> Iterator[Fix]:
    """Of two shapes that pull against each other the weaker one gives way."""
    material, names = draft.bench.material, draft.finding.channels
    pair = next((each for each in OPPOSITES if set(each) == set(names)), names)
    one, other = (material.column(name) for name in pair)
    high = np.minimum(one, other) > limit("opposites")
    weaker, column = (pair[0], one) if one[high].sum() < other[high].sum() else (pair[1], other)
    for aim in (_BELOW * limit("opposites"), 0.1):
        edits = [draft.edit("limit", (weaker,), aim, span_s) for span_s in draft.gestures_s(column, aim, high)]
        yield draft.fix(f"let {weaker} give way to {aim:.2f}", *edits)


def percent(draft: Draft) -> Iterator[Fix]:
    """All weights as shares of 1."""
    track = draft.bench.motion.arkit
    edit = draft.edit("scale", ARKIT_CHANNELS, 0.01, (track.start_s, track.end_s))
    yield draft.fix("divide all weights by 100", edit)

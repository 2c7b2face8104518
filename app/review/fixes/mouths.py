"""Mouths that are open where nothing is said, shut where a vowel is said, or move too little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.curve_edits import AMOUNTS, CurveEdit
from app.core.lips import OPENING, lip_opening
from app.core.regions import REGIONS
from app.core.visemes import VOWELS, articulation
from app.review.finding import Finding
from app.review.fixes.bench import Bench
from app.review.fixes.draft import EDGE_S, Draft
from app.review.fixes.fix import Fix
from app.review.thresholds import limit

_JAW = ("jawOpen",)
_OPENERS = tuple(name for name, value in OPENING.items() if value > 0.09 and not name.startswith("noseSneer"))
#: what is relaxed, the fewest shapes first: the jaw, all that parts the lips, all of the mouth
_RELAXED: tuple[tuple[str, Sequence[str]], ...] = (("the jaw", _JAW), ("the lips", _OPENERS), ("the mouth", REGIONS["lower"]))
#: shares of what counts as open that are aimed at
_AIMS = (0.85, 0.5)
#: the ease-out after the last word: how long it takes, and how soon it begins
_OUT_S, _AFTER_WORD_S = 0.2, 0.04
#: a mouth that moves too little is brought to this share of an open jaw, as its finding says
_WIDEST = 0.3
#: how far a vowel's own jaw is opened, as shares of its usual weight
_OPENED = (0.4, 0.7, 1.0)
#: how long the jaw takes to open on a vowel
_WAY_S = 0.06
#: so many dead vowels are opened one by one
_MOST_VOWELS = 60


def _factor(draft: Draft, names: Sequence[str], start_s: float, end_s: float, aim: float) -> float | None:
    """By how much some shapes have to be scaled for the opening to come below a share of the limit of pauses; None when they cannot."""
    material = draft.bench.material
    frames = material.frames(start_s, end_s)
    weights = material.track.weights[frames]
    rest = weights.copy()
    rest[:, [ARKIT_INDEX[name] for name in names]] = 0.0
    allowed = aim * limit("silence_share") * material.wide
    without, whole = lip_opening(rest), lip_opening(weights)
    if not len(weights) or without.max() >= allowed or whole.max() <= 0:
        return None
    part = whole - without
    open_frames = whole > allowed
    return float(np.min((allowed - without[open_frames]) / part[open_frames], initial=1.0))


def pauses(draft: Draft) -> Iterator[Fix]:
    """A mouth at rest in a pause."""
    for words, names in _RELAXED[2:] if draft.bench.by_visemes else _RELAXED:
        for aim in _AIMS:
            factor = _factor(draft, names, draft.finding.time_s, draft.end_s, aim)
            if factor is not None:
                yield draft.fix(f"relax {words} to {100 * factor:.0f} % in the pause", draft.edit("scale", names, factor))


def endings(draft: Draft) -> Iterator[Fix]:
    """A mouth that comes to rest after the last word, or before a track ends."""
    material, last_s = draft.bench.material, draft.bench.material.spoken[-1][1]
    end_s = material.track.end_s + _OUT_S
    starts_s = [last_s + _AFTER_WORD_S] if draft.finding.duration_s else [material.track.end_s - 2 * _OUT_S, material.track.end_s - _OUT_S]
    for words, names in _RELAXED[2:] if draft.bench.by_visemes else _RELAXED:
        for start_s in starts_s:
            # the ease-out sets in at once, and lasts to the end
            full_s = (min(start_s + _OUT_S, material.track.end_s - 1.5 / material.track.fps), end_s)
            factor = _factor(draft, names, *full_s, _AIMS[1]) or 0.0
            for amount in {factor, 0.0}:
                done = "ease out" if amount == 0.0 else f"ease out to {100 * amount:.0f} %"
                yield draft.fix(f"{done} after the last word: {words}", draft.edit("scale", names, amount, full_s, _OUT_S))


def vowels(draft: Draft) -> Iterator[Fix]:
    """A mouth that opens on a vowel."""
    bench, finding = draft.bench, draft.finding
    phone = next((p for p in bench.phones if abs(p.start_s - finding.time_s) < 1e-3 and p.base in VOWELS), None)
    if phone is None:
        return
    for share in _OPENED:
        by = share * articulation(phone.base if phone.base not in ("AW", "AY") else "AA").jaw
        if bench.by_visemes:
            yield draft.fix(f"open the mouth by {1 + 2 * share:.1f} times", draft.edit("scale", _JAW, 1 + 2 * share, edge_s=EDGE_S / 2))
            continue
        edits = [draft.edit("offset", _JAW, by, edge_s=EDGE_S / 2)]
        closed = bench.material.column("mouthClose")[bench.material.frames(finding.time_s, draft.end_s)]
        if closed.size and closed.max() > 0.01:
            edits.append(draft.edit("scale", ("mouthClose",), 0.0, edge_s=EDGE_S / 2))
        yield draft.fix(f"open the mouth: jawOpen {by:+.2f}", *edits)


def dead(draft: Draft) -> Iterator[Fix]:
    """A jaw that opens on every vowel, where it does not move at all."""
    spoken = [p for p in draft.bench.phones if p.base in VOWELS]
    if draft.bench.by_visemes or draft.finding.severity == "note" or not 0 < len(spoken) <= _MOST_VOWELS:
        return
    for share in _OPENED[1:]:
        edits: list[CurveEdit] = []
        for phone in spoken:
            by = share * articulation({"AW": "AA", "AY": "AA", "OY": "AO", "EY": "EH", "OW": "AO"}.get(phone.base, phone.base)).jaw
            # half of the way lies within the vowel, so that the lips can meet on the phones beside it
            inner_s = min(_WAY_S / 2, (phone.end_s - phone.start_s) / 3)
            edits.append(draft.edit("offset", _JAW, by, (phone.start_s + inner_s, phone.end_s - inner_s), _WAY_S))
        yield draft.fix(f"open the jaw on {len(spoken)} vowels by {100 * share:.0f} % of their usual weight", *edits)


def small(draft: Draft) -> Iterator[Fix]:
    """A mouth that moves as far as people's do."""
    track = draft.bench.material.track
    widest = float(np.percentile(lip_opening(track.weights), 99))
    for aim in (limit("small_opening") * 1.1, _WIDEST):
        edits, factor = list[CurveEdit](), aim / max(widest, 1e-4)
        while factor > 1.0:
            step = min(factor, AMOUNTS["scale"][1])
            edits.append(draft.edit("scale", REGIONS["lower"], step, (track.start_s, track.end_s)))
            factor /= step
        yield draft.fix(f"raise the mouth {aim / max(widest, 1e-4):.1f} times", *edits)


def reason_of_dead(finding: Finding, bench: Bench) -> str:
    """Why a jaw that does not move is not opened."""
    if not any(p.base in VOWELS for p in bench.phones):
        return "Where the vowels are is not known; give the sound its transcript or phones, then the jaw can be opened on each."
    return "The mouth is shut all along; no edit of curves makes up for that, so choose another source or look at the names of the columns."

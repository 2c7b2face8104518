"""Advice that holds when it is followed: what would help against a jump or trembling is tried before it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from app.core.curve_edits import CurveEdit
from app.core.regions import PARTS
from app.core.track import Animation
from app.core.tuning import Tuning, tuned_animation
from app.review import curve_rules, mouth_rules
from app.review.finding import Finding
from app.review.material import Material

#: what is tried, the mildest first: spreads in milliseconds
SMOOTHINGS_MS = (15.0, 25.0, 40.0, 60.0)
#: an edit of a stretch reaches so far before and after the fault
AROUND_S = 0.15
#: so many edits of stretches are tried for one track: with more faults than that, single edits are no way to mend it
MOST_EDITS = 40
#: a fault that moved by less is the same one
_SAME_S = 0.15
#: what smoothing can mend, and what it can spoil
_MENDS = ("pop", "viseme-pop", "jitter")
_CHECKS: tuple[Callable[[Material], Iterator[Finding]], ...] = (
    mouth_rules.closures, mouth_rules.silence, mouth_rules.end, curve_rules.jitter, curve_rules.pops, curve_rules.viseme_pops,
    curve_rules.clipping, curve_rules.close_over_jaw,
)  # fmt: skip
_WORDS = {"brows": "the brows", "eyes": "the eyes", "jaw": "the jaw", "lips": "the lips", "tongue": "the tongue", "cheeks": "the cheeks"}


def with_advice(found: list[Finding], material: Material) -> list[Finding]:
    """Findings of jumps and trembling that say what to do about them.

    Args:
        found: all findings; the sentences of jumps and trembling name the fault only.
        material: what they were found in.
    """
    trials = _Trials(material)
    return [replace(f, sentence=f"{f.sentence.removesuffix('.')}; {trials.advice(f)}.") if f.rule in _MENDS else f for f in found]


class _Trials:
    """Smoothings of one track, each made and checked once.

    Args:
        material: the track as it is.
    """

    def __init__(self, material: Material) -> None:
        self._material = material
        self._before = self._judged(material)
        self._smoothed = cache(self._tune)
        self._left = MOST_EDITS

    def advice(self, fault: Finding) -> str:
        """What to do about one fault, in words without a full stop."""
        parts = tuple(part for part in PARTS if set(PARTS[part]) & set(fault.channels))
        for ms in SMOOTHINGS_MS:
            if self._mends(fault, self._smoothed(parts, ms)):
                return f"smooth {_listed([_WORDS[part] for part in parts])} by {ms:.0f} ms"
        start_s, end_s = max(fault.time_s - AROUND_S, self._material.track.start_s), fault.time_s + fault.duration_s + AROUND_S
        for ms in SMOOTHINGS_MS if self._left > 0 else ():
            self._left -= 1
            edit = CurveEdit("smooth", fault.channels, start_s, end_s, ms)
            if self._mends(fault, self._made(Tuning(), (edit,))):
                return f"in Edits, smooth {start_s:.2f} to {end_s:.2f} s by {ms:.0f} ms"
        return "smoothing it alone brings other faults or leaves this one, so ease it by hand in Edits"

    def _tune(self, parts: tuple[str, ...], ms: float) -> list[Finding]:
        return self._made(Tuning(smoothing_ms=dict.fromkeys(parts, ms)))

    def _made(self, tuning: Tuning, edits: tuple[CurveEdit, ...] = ()) -> list[Finding]:
        material = self._material
        made = tuned_animation(Animation(material.track, visemes=material.visemes), tuning, material.phones, edits)
        return self._judged(material.with_motion(made.arkit, made.visemes))

    @staticmethod
    def _judged(material: Material) -> list[Finding]:
        return [finding for check in _CHECKS for finding in check(material) if finding.severity != "note"]

    def _mends(self, fault: Finding, after: list[Finding]) -> bool:
        """Whether the fault is gone and nothing has come."""
        return not any(_is_same(fault, each) for each in after) and all(any(_is_same(old, each) for old in self._before) for each in after)


def _is_same(one: Finding, other: Finding) -> bool:
    """Whether two findings are of the same fault."""
    first, second = sorted((one, other), key=lambda finding: finding.time_s)
    return one.rule == other.rule and second.time_s <= first.time_s + first.duration_s + _SAME_S


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)

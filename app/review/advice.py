"""Advice that holds when it is followed: what would help against a jump or trembling is tried before it is given."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from app.core.regions import PARTS
from app.core.track import Animation
from app.core.tuning import Tuning, tuned_animation
from app.review.finding import Finding
from app.review.fixes.bench import Bench
from app.review.fixes.choosing import fix_for
from app.review.fixes.fix import Unmended
from app.review.material import Material

#: what is tried on whole parts of the face, the mildest first: spreads in milliseconds
SMOOTHINGS_MS = (15.0, 25.0, 40.0, 60.0)
#: so many edits of stretches are tried for one track: with more faults than that, single edits are no way to mend it
MOST_EDITS = 10
#: what smoothing can mend
_MENDS = ("pop", "viseme-pop", "jitter")
_WORDS = {"brows": "the brows", "eyes": "the eyes", "jaw": "the jaw", "lips": "the lips", "tongue": "the tongue", "cheeks": "the cheeks"}


def with_advice(found: list[Finding], material: Material, by_visemes: bool = False) -> list[Finding]:
    """Findings of jumps and trembling that say what to do about them.

    Args:
        found: all findings; the sentences of jumps and trembling name the fault only.
        material: what they were found in.
        by_visemes: visemes move the mouth, so that edits of single shapes do not.
    """
    trials = _Trials(material, by_visemes)
    return [replace(f, sentence=f"{f.sentence.removesuffix('.')}; {trials.advice(f)}.") if f.rule in _MENDS else f for f in found]


class _Trials:
    """Smoothings of one track, each made and checked once.

    Args:
        material: the track as it is.
        by_visemes: visemes move the mouth.
    """

    def __init__(self, material: Material, by_visemes: bool) -> None:
        motion = Animation(material.track, visemes=material.visemes)
        self._bench = Bench(motion, audio=material.audio, phones=material.phones, by_visemes=by_visemes, first=material)
        self._smoothed = cache(self._smooth)
        self._left = MOST_EDITS

    def advice(self, fault: Finding) -> str:
        """What to do about one fault, in words without a full stop."""
        parts = tuple(part for part in PARTS if set(PARTS[part]) & set(fault.channels))
        for ms in SMOOTHINGS_MS:
            if not self._bench.fault_after(fault, self._smoothed(parts, ms)):
                return f"smooth {_listed([_WORDS[part] for part in parts])} by {ms:.0f} ms"
        self._left -= 1
        made = fix_for(fault, self._bench) if self._left >= 0 else Unmended("")
        if isinstance(made, Unmended):
            return "smoothing it alone brings other faults or leaves this one, so ease it by hand in Edits"
        (edit,) = made.edits
        stretch = f"{edit.start_s:.2f} to {edit.end_s:.2f} s"
        return f"in Edits, smooth {stretch} by {edit.amount:.0f} ms" if edit.kind == "smooth" else f"in Edits, flatten {stretch}"

    def _smooth(self, parts: tuple[str, ...], ms: float) -> Bench:
        made = tuned_animation(self._bench.base, Tuning(smoothing_ms=dict.fromkeys(parts, ms)), self._bench.phones)
        return replace(self._bench, base=made)


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)

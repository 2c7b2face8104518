"""All rules of the check, and judging a motion by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from app.review import causes, curve_rules, face_rules, mouth_rules, timing_rules
from app.review.finding import Finding
from app.review.material import Material

Check = Callable[[Material], Iterator[Finding]]
#: what a stretch of a motion is judged by; what is known of the whole is in its material
OF_STRETCHES: tuple[Check, ...] = (
    mouth_rules.closures, mouth_rules.vowels, mouth_rules.silence, mouth_rules.end,
    curve_rules.value_range, curve_rules.clipping, curve_rules.jitter, curve_rules.pops, curve_rules.viseme_pops,
    curve_rules.close_over_jaw, face_rules.eyes, face_rules.tongue, face_rules.opposites,
)  # fmt: skip
#: what only the whole of a motion shows, besides its time
OF_WHOLES: tuple[Check, ...] = (mouth_rules.coverage, curve_rules.dead, curve_rules.sides, face_rules.small)
OF_TIME: tuple[Check, ...] = (timing_rules.rate, timing_rules.sync, timing_rules.unrelated)
CHECKS: tuple[Check, ...] = (*OF_STRETCHES, *OF_WHOLES, *OF_TIME)


def judged(material: Material, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """What some rules find, without what follows from a gross mistake that they find.

    Args:
        material: the motion; its weights are shares of 1.
        checks: which rules.
    """
    return causes.without_consequences([finding for check in checks for finding in check(material)])

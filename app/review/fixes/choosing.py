"""Of all that might mend a finding the mildest that does, tried before it is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from app.review.finding import Finding
from app.review.fixes import closing, mouths, shapes
from app.review.fixes.bench import Bench
from app.review.fixes.draft import Draft
from app.review.fixes.fix import Fix, Unmended
from app.review.thresholds import RULES
from app.review.timing_rules import measured_lag

#: A/V offsets are set in whole milliseconds
_MS = 1e3


def _shifts(draft: Draft) -> Iterator[Fix]:
    """The motion moved on to its sound."""
    found = measured_lag(draft.bench.material)
    if found is not None:
        by_ms = -float(round(_MS * found[0]))
        yield Fix((), f"shift the motion by {by_ms:+.0f} ms", by_ms)


#: rule -> what might mend its findings
MENDS: Mapping[str, Callable[[Draft], Iterator[Fix]]] = MappingProxyType({
    "open-lips": closing.closures, "shut-vowel": mouths.vowels, "open-in-silence": mouths.pauses, "open-at-end": mouths.endings,
    "dead": mouths.dead, "small": mouths.small, "early": _shifts, "late": _shifts, "percent": shapes.percent,
    "jitter": shapes.smoothings, "pop": shapes.smoothings, "viseme-pop": shapes.smoothings, "clipping": shapes.tops,
    "over-one": shapes.tops, "negative": shapes.lows, "asymmetry": shapes.sides, "close-over-jaw": shapes.close_over_jaw,
    "eyes": shapes.eyes, "tongue": shapes.tongue, "opposites": shapes.opposites,
})  # fmt: skip
#: rule -> why no edit of curves mends its findings
REASONS: Mapping[str, str] = MappingProxyType({
    "rate": "Edits change weights, not the speed of a track: open the file again with its own rate.",
    "unrelated": "The motion is of another sound, and no edit makes it fit; bring the files together that belong together.",
    "short": "Where the track ends there are no frames that could be edited; animate the whole sound.",
    "not-a-number": "What was there instead of these numbers is not known; export the track again.",
})  # fmt: skip
#: rules whose fixes are changes of the A/V offset
OF_TIME = frozenset({"early", "late"})
_NOTE = "This explains, and is nothing to repair."


def fix_for(finding: Finding, bench: Bench) -> Fix | Unmended:
    """What mends a finding.

    Args:
        finding: one of the bench's.
        bench: the motion.

    Returns:
        The mildest fix after which the finding is gone and no other has come, or why there is none.
    """
    if finding.severity == "note":
        return Unmended(_NOTE)
    if finding.rule not in MENDS:
        return Unmended(REASONS[finding.rule])
    tried = list(MENDS[finding.rule](Draft(finding, bench)))
    if not tried:
        return Unmended(_untried(finding, bench))
    part, faults = bench.around(finding, tried), list[str]()
    for fix in sorted(tried, key=part.change):
        fault = part.fault_of(finding, fix)
        if not fault:
            return fix
        faults.append(fault)
    return Unmended(_failed(finding, faults))


def _untried(finding: Finding, bench: Bench) -> str:
    if finding.rule == "dead":
        return mouths.reason_of_dead(finding, bench)
    return "There is nothing here that an edit could take hold of; look at it by eye."


def _failed(finding: Finding, faults: list[str]) -> str:
    brought = [fault for fault in dict.fromkeys(faults) if fault != finding.rule]
    if not brought:
        return "What was tried leaves it; ease it by hand in Edits."
    return f"What mends it brings another fault ({', '.join(RULES[rule] for rule in brought)}); ease it by hand in Edits."

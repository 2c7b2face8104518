"""All findings mended, or all of a kind: one after the other, each tried on what the ones before it left, and checked at the end."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from app.review.finding import Finding
from app.review.fixes.bench import Bench
from app.review.fixes.choosing import fix_for
from app.review.fixes.fix import Fix, Unmended

#: what concerns all of a motion comes first, by itself; lips are closed last, on curves that are as they stay
_FIRST = ("percent", "early", "late", "small", "dead")
_ORDER = (
    *_FIRST, "negative", "over-one", "clipping", "jitter", "viseme-pop", "pop", "asymmetry", "opposites", "eyes", "tongue",
    "close-over-jaw", "open-in-silence", "open-at-end", "shut-vowel", "open-lips",
)  # fmt: skip
#: what a fix moved may want another: so often all is looked through
_ROUNDS = 6
_ENDLESS = "Mending it and others here brings it back again; ease it by hand in Edits."


@dataclass(frozen=True)
class Mended:
    """What became of the findings.

    Attributes:
        bench: the motion afterwards; its ``findings`` are what is left.
        fixes: what was done, in this order, each with what it mends.
        left: what was not, each with the reason.
    """

    bench: Bench
    fixes: tuple[tuple[Finding, Fix], ...]
    left: tuple[tuple[Finding, Unmended], ...]

    @property
    def offset_ms(self) -> float:
        """Change of the A/V offset by all fixes."""
        return sum(fix.offset_ms for _finding, fix in self.fixes)


def mended(bench: Bench, rules: Collection[str] | None = None, watch: Callable[[float], None] = lambda _share: None) -> Mended:
    """Mend what can be mended.

    Args:
        bench: the motion.
        rules: of which kinds; None for all.
        watch: told how far it is, 0 to 1; may raise to give up.
    """
    fixes: list[tuple[Finding, Fix]] = []
    left: list[tuple[Finding, Unmended]] = []
    for _ in range(_ROUNDS):
        bench, done, left = _round(bench, rules, watch)
        fixes += done
        if not done:
            break
    known = {finding: reason for finding, reason in left}
    over = [each for each in bench.findings if each.severity != "note" and (rules is None or each.rule in rules)]
    return Mended(bench, tuple(fixes), tuple((each, known.get(each, Unmended(_ENDLESS))) for each in over))


def _round(
    bench: Bench, rules: Collection[str] | None, watch: Callable[[float], None]
) -> tuple[Bench, list[tuple[Finding, Fix]], list[tuple[Finding, Unmended]]]:
    done: list[tuple[Finding, Fix]] = []
    left: list[tuple[Finding, Unmended]] = []
    found = [each for each in bench.findings if each.severity != "note" and (rules is None or each.rule in rules)]
    found.sort(key=lambda each: (_ORDER.index(each.rule) if each.rule in _ORDER else -1, each.time_s))
    for i, finding in enumerate(found):
        watch(i / len(found))
        if done and finding.rule not in _FIRST and not bench.has(finding):
            continue
        made = fix_for(finding, bench)
        if isinstance(made, Unmended):
            left.append((finding, made))
            continue
        bench = bench.with_fix(made)
        done.append((finding, made))
        if finding.rule in _FIRST:
            break
    return bench, done, left

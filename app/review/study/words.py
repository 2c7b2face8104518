"""What a study found, for people and for programs."""

from __future__ import annotations

import math
from typing import Any

from app.review.study.design import SCALES, StudyKind
from app.review.study.results import Comparison, Findings
from app.review.study.statistics import LEVEL, MEDIUM, Interval


def sentences(found: Findings, kind: StudyKind) -> list[str]:
    """Lines to print.

    Args:
        found: by a study.
        kind: of its questions.
    """
    what = "mean of 1 to 7" if kind == "scale" else "share of the questions in which it was preferred"
    lines = [f"{_raters(found.raters)}; {what} with {LEVEL:.0%} confidence interval over raters", *found.excluded, ""]
    for scale, title in SCALES.items():
        lines.append(title)
        lines += [f"  {each.source:<28} {_interval(each.mean)}" for each in found.means if each.scale == scale]
        lines += [f"  {_comparison(each)}" for each in found.comparisons if each.scale == scale]
    for told in found.told_apart:
        test = told.test
        verdict = "told apart" if told.adjusted <= 1 - LEVEL else "not told apart more often than by guessing"
        share = f"{test.share:.0%} ({test.low:.0%} to {test.high:.0%})"
        lines.append(f"{told.first} and {told.second}: X right {test.right} of {test.n}, {share}, p {_p(told.adjusted)}: {verdict}")
    return [*lines, "", *power_sentences(found)]


def power_sentences(found: Findings) -> list[str]:
    """Whether the raters were enough, and what a missing difference means."""
    n = len(found.comparisons)
    if math.isinf(found.detectable):
        why = f"after the correction for {n} comparisons, whatever they answered"
        start = f"With {_raters(found.raters).lower()} nothing could be significant {why}."
    else:
        start = f"With {_raters(found.raters).lower()} differences of d_z {found.detectable:.2f} or more are found with 80 % chance."
    if found.enough:
        return [start + " That is enough for medium differences (0.5)."]
    first = f"Too few raters: {start[0].lower()}{start[1:]}"
    return [f"{first} For medium differences (d_z {MEDIUM:g}) ask {found.needed} raters; no difference found is no proof of none."]


def _raters(n: int) -> str:
    return "One rater" if n == 1 else f"{n} raters"


def _interval(value: Interval) -> str:
    return f"{value.mean:.2f}" if math.isnan(value.low) else f"{value.mean:.2f}  ({value.low:.2f} to {value.high:.2f})"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _comparison(each: Comparison) -> str:
    test = each.test
    verdict = "different" if each.significant else "no difference shown"
    numbers = f"{_interval(test.difference)}, d_z {test.effect:.2f}, p {_p(test.p)}, corrected {_p(each.adjusted)}"
    return f"{each.first} - {each.second}: {numbers}: {verdict}"


def as_json(found: Findings) -> dict[str, Any]:
    """The same for programs: numbers that are none are null.

    Args:
        found: by a study.
    """

    def number(value: float) -> float | None:
        return round(value, 6) if math.isfinite(value) else None

    def interval(value: Interval) -> dict[str, Any]:
        return {"mean": number(value.mean), "low": number(value.low), "high": number(value.high), "n": value.n}

    return {
        "raters": found.raters,
        "excluded": list(found.excluded),
        "means": [{"scale": each.scale, "source": each.source, **interval(each.mean)} for each in found.means],
        "comparisons": [
            {
                "scale": c.scale, "first": c.first, "second": c.second, "difference": interval(c.test.difference),
                "d_z": number(c.test.effect),
                "p": c.test.p, "p_holm": c.adjusted, "significant": c.significant,
            }
            for c in found.comparisons
        ],
        "told_apart": [
            {
                "first": t.first, "second": t.second, "right": t.test.right, "n": t.test.n, "low": number(t.test.low),
                "high": number(t.test.high), "p": t.test.p, "p_holm": t.adjusted,
            }
            for t in found.told_apart
        ],
        "enough": found.enough, "raters_needed": found.needed, "detectable_d_z": number(found.detectable),
        "verdict": power_sentences(found),
    }  # fmt: skip

"""What ratings say and how surely: means with confidence intervals, paired tests, correction for many comparisons, power.

The unit is the rater: answers to several clips are averaged first, because answers of one person are not independent. So the results
speak about other raters, not about other clips (Clark 1973, "The language-as-fixed-effect fallacy", JVLVB 12).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.errors import ServiceError
from app.core.installation import how_to_get

LEVEL = 0.95
ALPHA = 0.05
POWER = 0.8
#: a difference of half a standard deviation of the differences: "medium" (Cohen 1988, "Statistical Power Analysis", 2nd ed., ch. 2)
MEDIUM = 0.5
#: efficiency of the signed-rank test beside the t-test for normal differences (Hodges & Lehmann 1956): 3 / pi
_EFFICIENCY = 3 / math.pi


@dataclass(frozen=True)
class Interval:
    """A mean and where the true one is with 95 % confidence.

    Attributes:
        mean: of the values.
        low: lower end, NaN where one value alone tells nothing.
        high: upper end.
        n: of values.
    """

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Paired:
    """Two conditions rated by the same raters.

    Attributes:
        difference: first minus second.
        effect: the mean difference over the differences' standard deviation (Cohen's d_z), 0 where nothing differs.
        p: of Wilcoxon's signed-rank test, two-sided.
    """

    difference: Interval
    effect: float
    p: float


def stats_package() -> Any:
    """SciPy's distributions and tests.

    Raises:
        ServiceError: it is not installed.
    """
    try:
        from scipy import stats
    except ImportError as error:
        raise ServiceError(f"Ratings are read with SciPy; {how_to_get('SciPy', 'study')}.") from error
    return stats


def interval(values: Sequence[float]) -> Interval:
    """Mean with Student's interval (Student 1908): mean ± t(n-1) · s / √n.

    Args:
        values: one of each rater.
    """
    data = np.asarray(values, float)
    n = len(data)
    if n < 2:
        return Interval(float(data.mean()) if n else math.nan, math.nan, math.nan, n)
    half = float(stats_package().t.ppf((1 + LEVEL) / 2, n - 1) * data.std(ddof=1) / math.sqrt(n))
    return Interval(float(data.mean()), float(data.mean()) - half, float(data.mean()) + half, n)


def paired(first: Sequence[float], second: Sequence[float]) -> Paired:
    """Whether the same raters rate two conditions differently: Wilcoxon's signed-rank test (Wilcoxon 1945; zeros as Pratt 1959).

    Args:
        first: one value of each rater.
        second: of the same raters.
    """
    differences = np.asarray(first, float) - np.asarray(second, float)
    differences[np.abs(differences) < 1e-9] = 0.0  # what averaging left
    found = interval(differences.tolist())
    if not differences.any():
        return Paired(found, 0.0, 1.0)
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    effect = found.mean / spread if spread > 1e-12 else math.copysign(math.inf, found.mean)
    return Paired(found, effect, signed_rank(differences))


def signed_rank(differences: np.ndarray) -> float:
    """Two-sided p of the signed-rank test, exact by counting all signs up to 20 raters, also with ties and zeros; else the normal one.

    Zeros are ranked and then dropped (Pratt 1959), ties have the mean rank.

    Args:
        differences: (n,), not all 0.
    """
    stats = stats_package()
    ranks = stats.rankdata(np.abs(differences))[differences != 0]
    signs = np.sign(differences[differences != 0])
    n = len(ranks)
    if n > 20:
        return float(stats.wilcoxon(differences, zero_method="pratt", method="asymptotic", correction=False).pvalue)
    # ranks are halves at least: count the sums of twice the ranks
    doubled = np.rint(2 * ranks).astype(int)
    counts = np.zeros(int(doubled.sum()) + 1)
    counts[0] = 1
    for rank in doubled:
        counts[rank:] += counts[: len(counts) - rank].copy()
    above = int(doubled[signs > 0].sum())
    tail = min(counts[: above + 1].sum(), counts[above:].sum()) / 2.0**n
    return float(min(1.0, 2 * tail))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values over a family of tests (Holm 1979, "A simple sequentially rejective multiple test procedure").

    Args:
        p_values: in any order.
    """
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def power_of(raters: int, effect: float, alpha: float) -> float:
    """The chance that a paired test finds a difference: the noncentral t distribution (Cohen 1988), for the signed-rank test's efficiency.

    Args:
        raters: how many.
        effect: d_z, above 0.
        alpha: two-sided level.
    """
    n = raters * _EFFICIENCY
    if n <= 1.5:
        return 0.0
    stats = stats_package()
    edge, shift = stats.t.ppf(1 - alpha / 2, n - 1), effect * math.sqrt(n)
    found = float(stats.nct.sf(edge, n - 1, shift) + stats.nct.cdf(-edge, n - 1, shift))
    return found if math.isfinite(found) else 1.0


def raters_needed(effect: float, alpha: float) -> int:
    """The fewest raters with whom a difference is found with 80 % chance.

    Args:
        effect: d_z, above 0.
        alpha: two-sided level.
    """
    return next((n for n in range(3, 2000) if power_of(n, effect, alpha) >= POWER and can_differ(n, alpha)), 2000)


def detectable(raters: int, alpha: float) -> float:
    """The smallest d_z that so many raters find with 80 % chance; infinite where no answers could be significant.

    Args:
        raters: how many.
        alpha: two-sided level.
    """
    if not can_differ(raters, alpha):
        return math.inf
    low, high = 0.0, 8.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if power_of(raters, middle, alpha) >= POWER else (middle, high)
    return high


def can_differ(raters: int, alpha: float) -> bool:
    """Whether a signed-rank test of so many raters can be significant at all: its smallest two-sided p is 2 / 2^n."""
    return 2.0 ** (1 - raters) <= alpha


@dataclass(frozen=True)
class Guessing:
    """How often X was told right.

    Attributes:
        right: answers.
        n: of all.
        low: of the share's interval (Clopper & Pearson 1934).
        high: of it.
        p: of an exact binomial test against guessing, one-sided.
    """

    right: int
    n: int
    low: float
    high: float
    p: float

    @property
    def share(self) -> float:
        """Of right answers."""
        return self.right / self.n


def guessing(right: int, n: int) -> Guessing:
    """Whether people tell two things apart: right answers among ABX trials against 1/2.

    All answers count alone here: who guesses, guesses independently each time.

    Args:
        right: answers.
        n: of all, at least 1.
    """
    test = stats_package().binomtest(right, n, 0.5, alternative="greater")
    two_sided = stats_package().binomtest(right, n, 0.5).proportion_ci(LEVEL, method="exact")
    return Guessing(right, n, float(two_sided.low), float(two_sided.high), float(test.pvalue))

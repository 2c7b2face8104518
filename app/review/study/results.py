"""What a study found, in numbers and in sentences: means, comparisons, and whether the raters were enough."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from app.core.errors import ProjectError
from app.review.study import statistics
from app.review.study.answers import Key, Rater
from app.review.study.design import SCALES, Trial
from app.review.study.statistics import ALPHA, MEDIUM, Guessing, Interval, Paired


@dataclass(frozen=True)
class SourceMean:
    """How a source was rated on a scale, 1 to 7; or how often it was preferred, 0 to 1."""

    scale: str
    source: str
    mean: Interval


@dataclass(frozen=True)
class Comparison:
    """Two sources on one scale.

    Attributes:
        scale: which.
        first: source.
        second: source.
        test: of the first minus the second; for preferences the share that chose the first minus the share that chose the second.
        adjusted: p after Holm's correction over all comparisons of the study.
    """

    scale: str
    first: str
    second: str
    test: Paired
    adjusted: float = 1.0

    @property
    def significant(self) -> bool:
        """Whether the difference is more than chance at 5 % over the whole study."""
        return self.adjusted <= ALPHA


@dataclass(frozen=True)
class Discrimination:
    """Whether raters told two sources apart (ABX)."""

    first: str
    second: str
    test: Guessing
    adjusted: float = 1.0


@dataclass(frozen=True)
class Findings:
    """All that a study found.

    Attributes:
        raters: that count.
        excluded: sentences about those that do not.
        means: of scales and sources.
        comparisons: of all pairs of sources on all scales.
        told_apart: of all pairs of sources, in ABX studies.
        needed: raters with whom a medium difference would be found.
        detectable: the smallest d_z that these raters find; infinite for none.
    """

    raters: int
    excluded: tuple[str, ...]
    means: tuple[SourceMean, ...]
    comparisons: tuple[Comparison, ...]
    told_apart: tuple[Discrimination, ...]
    needed: int
    detectable: float

    @property
    def enough(self) -> bool:
        """Whether the raters are enough to find a medium difference."""
        return self.raters >= self.needed


def findings_of(raters: Iterable[Rater], key: Key) -> Findings:
    """What raters found.

    Who failed a check of attention or answered only a part does not count, and is named.

    Args:
        raters: all that sent answers.
        key: of the study.

    Raises:
        ProjectError: nobody's answers count.
        ServiceError: SciPy is not installed.
    """
    all_raters = tuple(raters)
    excluded = tuple(_exclusion(rater) for rater in all_raters if rater.failed or not rater.complete)
    counted = [rater for rater in all_raters if not rater.failed and rater.complete]
    if not counted:
        raise ProjectError(
            "No rater answered everything and passed the checks of attention, so there is nothing to compute; ask more people."
        )
    pairs = list(itertools.combinations(key.sources, 2))
    means, comparisons = _scaled(counted, key, pairs) if key.kind == "scale" else _preferred(counted, key, pairs)
    adjusted = statistics.holm([each.test.p for each in comparisons])
    comparisons = [replace(each, adjusted=p) for each, p in zip(comparisons, adjusted, strict=True)]
    told = _told_apart(counted, key, pairs) if key.kind == "abx" else []
    alpha = ALPHA / max(len(comparisons), 1)
    return Findings(
        len(counted), excluded, tuple(means), tuple(comparisons), tuple(told), statistics.raters_needed(MEDIUM, alpha),
        statistics.detectable(len(counted), alpha),
    )  # fmt: skip


def _exclusion(rater: Rater) -> str:
    if not rater.complete:
        return f"{rater.name} does not count: not all questions are answered."
    return f"{rater.name} does not count: {rater.failed} checks of attention were not answered as asked."


def _means_of(rater: Rater, key: Key, wanted: Callable[[Trial], bool], value: Callable[[Trial, str], float], scale: str) -> float:
    """The mean of a rater's answers to some questions on one scale."""
    values = [
        value(trial, rater.answers[trial.id][scale])
        for trial in key.trials.values()
        if not trial.check and wanted(trial) and trial.id in rater.answers
    ]
    return math.fsum(values) / len(values) if values else math.nan


def _scaled(raters: Sequence[Rater], key: Key, pairs: Sequence[tuple[str, str]]) -> tuple[list[SourceMean], list[Comparison]]:
    means, comparisons = [], []
    for scale in SCALES:
        table = {
            source: [_means_of(rater, key, lambda t, s=source: t.sources == (s,), lambda _, text: float(text), scale) for rater in raters]  # type: ignore[misc]
            for source in key.sources
        }
        means += [SourceMean(scale, source, statistics.interval(values)) for source, values in table.items()]
        comparisons += [Comparison(scale, a, b, statistics.paired(table[a], table[b])) for a, b in pairs]
    return means, comparisons


def _chosen(trial: Trial, letter: str) -> str:
    """Which source an answer names, "" for no difference."""
    return "" if letter == "same" else trial.sources["AB".index(letter)]


def _preferred(raters: Sequence[Rater], key: Key, pairs: Sequence[tuple[str, str]]) -> tuple[list[SourceMean], list[Comparison]]:
    means, comparisons = [], []
    for scale in SCALES:

        def share(rater: Rater, among: Callable[[Trial], bool], source: str, scale: str = scale) -> float:
            return _means_of(rater, key, among, lambda t, text: float(_chosen(t, text) == source), scale)

        for source in key.sources:
            values = [share(rater, lambda t, s=source: s in t.sources, source) for rater in raters]  # type: ignore[misc]
            means.append(SourceMean(scale, source, statistics.interval(values)))
        for a, b in pairs:
            both = {a, b}
            first = [share(rater, lambda t, w=both: set(t.sources) == w, a) for rater in raters]  # type: ignore[misc]
            second = [share(rater, lambda t, w=both: set(t.sources) == w, b) for rater in raters]  # type: ignore[misc]
            comparisons.append(Comparison(scale, a, b, statistics.paired(first, second)))
    return means, comparisons


def _told_apart(raters: Sequence[Rater], key: Key, pairs: Sequence[tuple[str, str]]) -> list[Discrimination]:
    made = []
    for pair in pairs:
        trials = [t for t in key.trials.values() if not t.check and set(t.sources) == set(pair)]
        answers = [rater.answers[t.id]["x"] == t.x for rater in raters for t in trials if t.id in rater.answers]
        if answers:
            made.append(Discrimination(*pair, statistics.guessing(sum(answers), len(answers))))
    adjusted = statistics.holm([each.test.p for each in made])
    return [replace(each, adjusted=p) for each, p in zip(made, adjusted, strict=True)]

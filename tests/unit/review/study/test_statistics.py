"""The statistics against published numbers, against SciPy, and against simulated raters."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.review.study import statistics


def test_student_s_sleep_data():
    """Student 1908, hours of sleep gained by two drugs: mean difference 1.58, t 4.06, interval 0.70 to 2.46."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = statistics.paired(second, first)
    assert found.difference.mean == pytest.approx(1.58)
    assert (found.difference.low, found.difference.high) == pytest.approx((0.70, 2.46), abs=0.005)
    assert found.effect * math.sqrt(10) == pytest.approx(4.0621, abs=1e-4)


@given(st.lists(st.integers(-6, 6), min_size=2, max_size=9).filter(any))
def test_the_signed_rank_test_is_the_count_of_all_signs(values):
    """By brute force over all 2^n signs, with ties and zeros."""
    differences = np.array(values, float)
    ranks = stats.rankdata(np.abs(differences))[differences != 0]
    positive = ranks[differences[differences != 0] > 0].sum()
    sums = [sum(r for r, s in zip(ranks, signs, strict=True) if s) for signs in itertools.product((0, 1), repeat=len(ranks))]
    low, high = np.mean([s <= positive for s in sums]), np.mean([s >= positive for s in sums])
    assert statistics.signed_rank(differences) == pytest.approx(min(1.0, 2 * min(low, high)))


def test_the_signed_rank_test_agrees_with_scipy_without_ties():
    differences = np.array([1.5, -0.3, 2.2, 0.9, 3.1, -1.1, 2.6, 0.4])
    assert statistics.signed_rank(differences) == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)


def test_holm_as_in_a_worked_example():
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm([]) == []


@pytest.mark.parametrize(("effect", "raters"), [(0.5, 34), (0.8, 15), (0.3, 90)])
def test_power_of_a_paired_t_test_as_in_the_tables(effect, raters):
    """G*Power 3.1 (Faul et al. 2007), difference of two dependent means, two-sided 5 %, power 80 %: 34, 15 and 90 pairs."""
    plain = next(n for n in range(3, 200) if statistics.power_of(n / statistics._EFFICIENCY, effect, 0.05) >= 0.8)
    assert plain == raters
    assert raters <= statistics.raters_needed(effect, 0.05) <= math.ceil(raters / statistics._EFFICIENCY) + 1


def test_what_is_detectable_with_so_many_is_needed_for_so_little():
    for raters in (8, 20, 60):
        effect = statistics.detectable(raters, 0.05)
        assert statistics.raters_needed(effect * 1.001, 0.05) <= raters < statistics.raters_needed(effect * 0.93, 0.05)


def test_few_raters_cannot_be_significant():
    assert not statistics.can_differ(5, 0.05) and statistics.can_differ(6, 0.05)
    assert math.isinf(statistics.detectable(4, 0.05))
    assert statistics.signed_rank(np.array([1.0, 2, 3, 4, 5])) == pytest.approx(0.0625)


def test_guessing_is_not_telling_apart():
    """An exact binomial test: 15 of 20 right is p 0.0207, one-sided; the interval is Clopper and Pearson's."""
    found = statistics.guessing(15, 20)
    assert found.p == pytest.approx(0.0207, abs=1e-4) and (found.low, found.high) == pytest.approx((0.509, 0.913), abs=1e-3)
    assert statistics.guessing(10, 20).p > 0.5


def test_one_rater_or_no_difference_is_no_error():
    assert math.isnan(statistics.interval([4.0]).low) and statistics.paired([4.0], [4.0]).p == 1.0
    assert statistics.paired([3, 3, 3], [3, 3, 3]).p == 1.0
    assert statistics.paired([4.0], [3.0]).p == 1.0


@pytest.mark.slow
def test_intervals_and_tests_keep_their_word():
    """Simulated: 95 % of the intervals hold the true mean, 5 % of the tests find what is not there (exact tests: at most)."""
    chance = np.random.default_rng(0)
    held = found = 0
    for _ in range(1500):
        values = chance.normal(0, 1, 12)
        interval = statistics.interval(values.tolist())
        held += interval.low <= 0 <= interval.high
        found += statistics.signed_rank(values) <= 0.05
    assert 0.935 < held / 1500 < 0.965 and 0.03 < found / 1500 < 0.06

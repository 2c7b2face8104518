"""The governor: down when over budget, up when there is room, no flicker in between."""

from __future__ import annotations

from app.render.pacing import SCALES, ScaleGovernor, StillPace


def run(governor: ScaleGovernor, cost_ms, frames: int) -> list[float]:
    """Feed frames whose time depends on the scale."""
    return [governor.measured(cost_ms(governor.scale)) for _ in range(frames)]


def test_a_machine_that_just_holds_the_budget_ends_at_full_resolution():
    governor = ScaleGovernor(budget_ms=13.0)
    assert run(governor, lambda s: 2.0 + 8.0 * s * s, 1000)[-1] == 1.0


def test_time_to_spare_is_spent_on_smoother_edges():
    governor = ScaleGovernor(budget_ms=13.0)
    assert run(governor, lambda s: 1.0 + 3.0 * s * s, 1000)[-1] == SCALES[-1] > 1.0


def test_a_slow_machine_ends_at_the_smallest_scale_and_stays():
    governor = ScaleGovernor(budget_ms=13.0)
    assert run(governor, lambda s: 20.0 + 60.0 * s * s, 500)[-1] == SCALES[0]


def test_the_scale_settles_where_the_budget_holds():
    governor = ScaleGovernor(budget_ms=13.0)
    run(governor, lambda s: 3.0 + 20.0 * s * s, 1000)
    settled = run(governor, lambda s: 3.0 + 20.0 * s * s, 1000)
    assert len(set(settled)) == 1
    assert 3.0 + 20.0 * settled[-1] ** 2 <= 13.0


def test_one_slow_frame_changes_nothing():
    governor = ScaleGovernor(budget_ms=13.0)
    run(governor, lambda s: 8.0, 60)
    before = governor.scale
    governor.measured(400.0)
    assert run(governor, lambda s: 8.0, 20)[-1] == before


def test_a_sudden_load_is_answered_within_half_a_second_of_frames():
    governor = ScaleGovernor(budget_ms=13.0)
    run(governor, lambda s: 5.0, 1000)
    assert governor.scale >= 1.0
    assert run(governor, lambda s: 30.0 * s * s, 30)[-1] < SCALES[-1]


def test_a_picture_counts_as_the_last_one_sooner_where_pictures_came_often_and_late_while_something_plays():
    pace = StillPace()
    for i in range(40):
        often = pace.begun(1.0 + 0.016 * i)
    for i in range(40):
        seldom = pace.begun(2.0 + 0.066 * i)
    assert often == 40 and 100 <= seldom <= 110
    pace.calm = False
    assert pace.begun(6.0) == pace.wait_ms == 110

"""How frames are counted, and where a reviewer jumps to."""

from __future__ import annotations

import pytest

from app.core.errors import TimecodeError
from app.formats.project_review import ProjectReview, review_data, review_of
from app.session.review.counting import Counting
from app.session.review.stops import Stops
from app.session.state import State


@pytest.fixture
def counting(qapp):
    return Counting(State())


def test_the_tracks_rate_is_counted_until_one_is_chosen(counting):
    assert counting.fps is None and counting.fps_in_force == counting.clip.count.nominal
    assert counting.into(ProjectReview()) == ProjectReview()
    counting.set_rate(29.97, drop=True)
    assert counting.start == "00:00:00;00" and counting.clip.count.drop
    counting.set_rate(24.0)
    assert counting.start == "00:00:00:00" and counting.clip.count.nominal == 24


def test_the_start_goes_with_the_rate_where_it_can(counting):
    counting.set_rate(60.0)
    counting.set_start("01:01:00:59")
    counting.set_rate(25.0)
    assert counting.start == "01:01:00:00"
    counting.set_rate(29.97, drop=True)
    assert counting.start == "01:01:00;04"
    with pytest.raises(TimecodeError):
        counting.set_start("01:01:00;00")
    assert counting.start == "01:01:00;04"


def test_it_survives_a_file(counting):
    counting.set_rate(30.0)
    kept = review_of(review_data(counting.into(ProjectReview())))
    other = Counting(State())
    other.restore(kept)
    assert other.fps == 30.0
    other.restore(ProjectReview())
    assert other.fps is None
    other.restore(ProjectReview(fps=24.0, start_timecode="nonsense"))
    assert other.fps == 24.0 and other.start == "00:00:00:00"


def test_stops_are_one_row_of_all_kinds():
    stops = Stops(lambda: [2.0, 0.5], lambda: (t for t in (1.0,)))
    stops.providers.append(lambda: [3.0])
    assert stops.times() == [0.5, 1.0, 2.0, 3.0]
    assert (stops.after(0.5), stops.before(0.5), stops.before(3.0), stops.after(3.0)) == (1.0, None, 2.0, None)

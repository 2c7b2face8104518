"""Linear sampling: of rows that are there, and of rows that come in pieces."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.core.sampling import StreamResampler, sampled

ROWS = hnp.arrays(np.float32, st.tuples(st.integers(1, 30), st.just(3)), elements=st.floats(-1, 2, width=32))
#: distances of rows that come, in rows that go out: never so near that a rounding error spans them
GAPS = st.floats(0.05, 7)
CUTS = st.lists(st.integers(0, 30), max_size=6).map(sorted)


def in_pieces(stream: StreamResampler, rows: np.ndarray, cuts: list[int], places: np.ndarray | None = None) -> np.ndarray:
    """Everything that a stream gives for rows cut somewhere."""
    edges = [0, *(min(cut, len(rows)) for cut in cuts), len(rows)]
    pieces = [stream.push(rows[a:b], None if places is None else places[a:b]) for a, b in itertools.pairwise(edges)]
    return np.concatenate(pieces)


@given(ROWS, st.floats(-1e-8, 1e-8))
def test_a_frame_is_itself_to_the_bit(rows, rounding):
    """Also a rounding error off its time, evenly spaced or not."""
    at = np.arange(len(rows))
    np.testing.assert_array_equal(sampled(rows, at + rounding), rows)
    np.testing.assert_array_equal(sampled(rows, at * 0.4 + rounding, at * 0.4), rows)


@given(ROWS, st.data())
def test_between_neighbours_lies_their_share(rows, data):
    """Any place between two rows gives what a straight line through them gives, and nothing outside their range."""
    at = data.draw(hnp.arrays(np.float64, st.integers(1, 9), elements=st.floats(-3, 33)))
    expected = np.stack([np.interp(at, np.arange(len(rows)), column) for column in rows.T], axis=1)
    np.testing.assert_allclose(sampled(rows, at), expected, atol=1e-5)
    np.testing.assert_array_equal(np.stack([sampled(rows, float(place)) for place in at]), sampled(rows, at))
    assert rows.min() - 1e-6 <= sampled(rows, at).min() and sampled(rows, at).max() <= rows.max() + 1e-6


@given(ROWS, st.data())
def test_uneven_rows_are_sampled_by_their_places(rows, data):
    """Places that never fall; two at the same one do not divide by zero."""
    gaps = data.draw(hnp.arrays(np.float64, len(rows), elements=st.one_of(st.just(0.0), GAPS)))
    places = np.cumsum(gaps)
    at = np.array([-1.0, places[0], places[-1], places[-1] + 1, *(places[:-1] + np.diff(places) * 0.5)])
    got = sampled(rows, at, places)
    assert np.isfinite(got).all()
    np.testing.assert_array_equal(got[3], rows[-1])
    between = np.diff(places) > 0
    np.testing.assert_allclose(got[4:][between], ((rows[:-1] + rows[1:]) / 2)[between], atol=1e-5)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_shapes_and_types_are_the_askers(shape):
    """One place gives one row, many give as many; no rows give zeros; values keep their type; NaN holds the first row."""
    rows = np.arange(10.0).reshape(5, 2)
    got = sampled(rows, np.full(shape, 1.5))
    assert got.shape == (*shape, 2) and got.dtype == np.float64 and (got == [3.0, 4.0]).all()
    empty = sampled(np.zeros((0, 2), np.float32), np.zeros(shape))
    assert empty.shape == (*shape, 2) and empty.dtype == np.float32 and not empty.any()
    assert (sampled(rows, np.full(shape, np.nan)) == rows[0]).all()
    assert sampled(rows[:, 0], 0.25) == pytest.approx(0.5)


@given(ROWS, GAPS, st.floats(-5, 5), CUTS)
def test_a_stream_gives_what_the_whole_gives(rows, step, start, cuts):
    """Evenly spaced rows at any rate and start, in any pieces."""
    stream = StreamResampler(3, step=step, start=start)
    got = in_pieces(stream, rows, cuts)
    places = start + np.arange(len(rows)) * step
    assert len(got) == stream.made == max(int(np.floor(places[-1] + 1e-6)) + 1, 0) and stream.taken == len(rows)
    np.testing.assert_allclose(got, sampled(rows, np.arange(len(got)), places), atol=1e-4)


@given(ROWS, st.integers(0, 9), CUTS)
def test_a_stream_on_the_grid_changes_nothing(rows, first, cuts):
    """Rows that lie on whole numbers go through bit for bit."""
    np.testing.assert_array_equal(in_pieces(StreamResampler(3, start=float(first), made=first), rows, cuts), rows)


@given(ROWS, st.data(), CUTS, st.integers(0, 9))
def test_uneven_rows_stream_and_the_last_is_held(rows, data, cuts, more):
    """Rows with places of their own, in any pieces; behind the last one it is held."""
    places = np.cumsum(data.draw(hnp.arrays(np.float64, len(rows), elements=GAPS)))
    stream = StreamResampler(3)
    got = in_pieces(stream, rows, cuts, places)
    np.testing.assert_allclose(got, sampled(rows, np.arange(len(got)), places), atol=1e-4)
    end = len(got) + more
    held = stream.hold(end)
    assert len(held) == more and stream.made == end and (held == rows[-1]).all()


def test_nothing_goes_out_before_anything_came():
    """Neither pushing nothing nor holding makes a row out of nothing."""
    stream = StreamResampler(3)
    assert stream.hold(5).shape == (0, 3) and stream.push(np.zeros((0, 3), np.float32)).shape == (0, 3) and stream.made == 0

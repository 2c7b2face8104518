"""The callback's core delivers every sample once and in order, whatever the block sizes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.cue import Cue, Reel
from app.audio.playhead import PlayHead

RATE = 8000
BLOCKS = st.lists(st.integers(1, 5000), min_size=1, max_size=40)


def ramp(n: int) -> np.ndarray:
    """Samples that are all different."""
    return (np.arange(1, n + 1) / (n + 1)).astype(np.float32)


def pull(head: PlayHead, sizes: list[int], cue: Cue | None = None) -> np.ndarray:
    """Play blocks of the given sizes, one after the other."""
    out = []
    for size in sizes:
        if cue is not None:
            cue.produce_until(head.position + size)
        block = np.full(size, np.nan, np.float32)
        head.fill(block, 0.0, 0.0)
        out.append(block)
    return np.concatenate(out)


def started(reel: Reel, head: PlayHead, **keys) -> Cue:
    cue = Cue(reel, keys.pop("start_s", 0.0), RATE, **keys)
    head.wanted = cue
    return cue


@given(n=st.integers(0, 20000), sizes=BLOCKS)
def test_every_sample_once_then_silence(n, sizes):
    head = PlayHead(RATE)
    cue = started(Reel(ramp(n), RATE), head)
    out = pull(head, sizes, cue)
    m = min(n, len(out))
    np.testing.assert_array_equal(out[:m], ramp(n)[:m])
    assert not out[m:].any()
    assert head.position == m
    assert head.underruns == 0


@given(parts=st.lists(st.integers(1, 4000), min_size=1, max_size=8), sizes=st.lists(st.integers(1, 3000), min_size=8, max_size=30))
def test_a_growing_clip_is_delivered_once_with_gaps_where_it_was_late(parts, sizes):
    total = ramp(sum(parts))
    reel = Reel(np.zeros(0, np.float32), RATE, finished=False)
    head = PlayHead(RATE)
    cue = started(reel, head)
    out, sent = [], 0
    for i, size in enumerate(sizes):
        if i < len(parts):
            reel.append(total[sent : sent + parts[i]])
            sent += parts[i]
            reel.finished = i == len(parts) - 1
        out.append(pull(head, [size], cue))
    heard = np.concatenate(out)
    heard = heard[heard != 0]
    np.testing.assert_array_equal(heard, total[: len(heard)])
    assert len(heard) == min(len(total), head.position)


@given(
    n=st.integers(1400, 6000),
    start=st.integers(0, 500),
    length=st.integers(400, 900),
    sizes=st.lists(st.integers(1, 2000), min_size=4, max_size=20),
)
def test_a_loop_repeats_the_same_samples(n, start, length, sizes):
    head = PlayHead(RATE)
    cue = started(Reel(np.ones(n, np.float32), RATE), head, loop=(start / RATE, (start + length) / RATE), start_s=start / RATE)
    out = pull(head, sizes, cue)
    # the seam fades over 5 ms, so each round has the shape of the second one
    period = out[length : 2 * length]
    for k in range(2, len(out) // length):
        np.testing.assert_array_equal(out[k * length : (k + 1) * length], period[:length])
    assert head.position == len(out)


@given(before=st.integers(1, 3000), ready=st.integers(0, 2000), late=st.integers(0, 700), sizes=BLOCKS)
def test_a_change_of_course_loses_and_repeats_nothing(before, ready, late, sizes):
    """A cue that follows another starts where that one really got to, also when blocks passed in between."""
    total = ramp(60000)
    reel, head = Reel(total, RATE), PlayHead(RATE)
    first = started(reel, head)
    out = [pull(head, [before], first)]
    position = head.position
    if late:
        out.append(pull(head, [late], first))
    second = Cue(reel, first.media_at(position), RATE, loop=(7.0, 7.2), follows=(first, position))
    second.produce_until(late + ready)
    head.wanted = second
    out.append(pull(head, [min(size, 800) for size in sizes], second))
    heard = np.concatenate(out)[:50000]
    np.testing.assert_array_equal(heard, total[: len(heard)])


@settings(max_examples=30)
@given(rate=st.sampled_from([11025, 16000, 24000, 44100]), n=st.integers(200, 9000), sizes=BLOCKS)
def test_other_rates_keep_their_length(rate, n, sizes):
    head = PlayHead(RATE)
    cue = started(Reel(ramp(n), rate), head)
    pull(head, [*sizes, 50000], cue)
    assert cue.complete
    assert abs(cue.produced - n * RATE / rate) <= 1.5
    assert head.position == cue.produced


@given(first=st.integers(50, 400), sizes=st.lists(st.integers(1, 64), min_size=40, max_size=80))
def test_pausing_fades_instead_of_cutting(first, sizes):
    head = PlayHead(RATE)
    cue = started(Reel(np.ones(20000, np.float32), RATE), head)
    pull(head, [first], cue)
    head.wanted = None
    out = pull(head, sizes)
    assert np.abs(np.diff(np.concatenate([[1.0], out]))).max() < 1 / 40 + 1e-3
    assert not out[60:].any()


@given(volume=st.floats(0, 1), sizes=BLOCKS)
def test_volume_glides(volume, sizes):
    head = PlayHead(RATE)
    cue = started(Reel(np.ones(200_000, np.float32), RATE), head)
    pull(head, [500], cue)
    head.volume = volume
    out = pull(head, sizes, cue)
    assert np.abs(np.diff(np.concatenate([[1.0], out]))).max() < 1 / 40 + 1e-3
    if len(out) > 100:
        np.testing.assert_allclose(out[60:], volume, atol=1e-6)

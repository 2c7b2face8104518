"""Frames that a client may ask for again: right for any chunks and any acknowledgements, and as quick among many as among few."""

from __future__ import annotations

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.remote.server.streams.kept_frames import KeptFrames


@given(st.integers(0, 50), st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), max_size=30), st.integers(1, 5))
def test_what_is_kept_is_what_came(first, steps, most):
    kept, made, forgotten = KeptFrames(first), first, first
    for count, back in steps:
        kept.append(np.repeat(np.arange(made, made + count, dtype=np.float32)[:, None], 52, axis=1))
        made += count
        forgotten = max(forgotten, made - back)
        kept.forget(forgotten)
        assert kept.end == made and first <= kept.first <= max(forgotten, first)
        seen, at = [], kept.first
        while (part := kept.after(at, most)) is not None:
            assert 0 < len(part) <= most
            seen += part[:, 0].tolist()
            at += len(part)
        assert seen == list(range(kept.first, made))
    assert kept.after(made, most) is None and kept.after(kept.first - 1, most) is None


def took_s(chunks: int) -> float:
    """Seconds of looking up the newest frame, as a stream without acknowledgements does, among so many chunks."""
    kept, frames = KeptFrames(0), np.zeros((1, 52), np.float32)
    for _ in range(chunks):
        kept.append(frames)
    best_s = np.inf
    for _ in range(5):
        begun_s = time.perf_counter()
        for _ in range(500):
            assert kept.after(chunks - 1, 256) is not None
        best_s = min(best_s, time.perf_counter() - begun_s)
    return best_s


def test_a_client_that_never_acknowledges_costs_no_more():
    assert took_s(20_000) < 5 * took_s(100)

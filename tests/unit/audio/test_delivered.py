"""What went to the device can be read back by its place on the line."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from app.audio.cue import Cue, Reel
from app.audio.delivered import KEPT_S, Delivered
from app.audio.playhead import PlayHead


def test_what_was_written_is_read_back_and_the_rest_is_silence():
    delivered = Delivered(1000)
    line = np.arange(1, 7001, dtype=np.float32)
    for block in np.split(line, 70):
        delivered.write(block)
    assert delivered.end == 7000
    assert np.array_equal(delivered.read(6000, 6500), line[6000:6500])
    kept = round(KEPT_S * 1000)
    assert not delivered.read(0, 100).any() and np.array_equal(delivered.read(7000 - kept, 7000), line[-kept:])
    ahead = delivered.read(6990, 7010)
    assert np.array_equal(ahead[:10], line[6990:]) and not ahead[10:].any()
    assert not delivered.read(-20, 0).any()


def test_a_block_longer_than_all_that_is_kept_leaves_its_end():
    delivered = Delivered(100)
    line = np.arange(1, 1001, dtype=np.float32)
    delivered.write(line)
    assert np.array_equal(delivered.read(800, 1000), line[800:])


@pytest.mark.parametrize("block", [64, 441, 1024])
def test_the_head_keeps_what_it_gave_to_the_device(block):
    head = PlayHead(8000)
    clip = np.sin(np.arange(8000) / 20).astype(np.float32)
    cue = Cue(Reel(clip, 8000), 0.0, 8000, fade=True)
    cue.produce_until(8000)
    head.volume, head.wanted = 0.5, cue
    out = np.zeros(block, np.float32)
    sounded = []
    for _ in range(4000 // block):
        head.fill(out, 0.0, 0.0)
        sounded.append(out.copy())
    line = np.concatenate(sounded)
    assert line.any() and np.array_equal(head.delivered.read(0, len(line)), line)


def test_the_callback_makes_no_arrays_for_it():
    delivered = Delivered(48000)
    block = np.zeros(4096, np.float32)
    delivered.write(block)
    tracemalloc.start()
    for _ in range(100):
        delivered.write(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2000, "slices only, no copies of the block"


def test_what_the_device_threw_away_was_not_heard():
    line = Delivered(100)
    for first in range(0, 400, 40):
        line.write(np.arange(first, first + 40, dtype=np.float32))
    line.silence(380)
    assert np.array_equal(line.read(370, 402), np.r_[np.arange(370, 380), np.zeros(22)].astype(np.float32))
    line.write(np.full(10, 7.0, np.float32))
    assert np.array_equal(line.read(395, 405), np.r_[np.zeros(5), np.full(5, 7.0)].astype(np.float32))
    line.silence(0)
    assert not line.read(0, 500).any()

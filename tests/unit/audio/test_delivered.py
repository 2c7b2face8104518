"""What went to the device, as others read it."""

from __future__ import annotations

import numpy as np

from app.audio.delivered import Delivered


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

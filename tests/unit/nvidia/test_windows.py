"""Frame times, windows and the growing sound."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from models.nvidia.errors import BundleError
from models.nvidia.windows import AudioBuffer, FrameGrid, exact_rate, peak_gain


def grid(fps: float = 30, length: int = 8320, centre: int = 4160) -> FrameGrid:
    return FrameGrid(16000, exact_rate(fps), length, centre)


def test_frame_times_are_floored():
    assert [grid().timestamp(k) for k in range(4)] == [0, 533, 1066, 1600]
    assert grid().start(0) == -4160 and grid().end(0) == 4160
    assert grid(60).timestamp(1) == 266


@pytest.mark.parametrize("samples, frames", [(0, 0), (1, 1), (533, 1), (534, 2), (1600, 3), (1601, 4), (16000, 30), (32000, 60)])
def test_frames_of_a_finished_clip(samples, frames):
    assert grid().count(samples) == frames
    assert sum(grid().timestamp(k) < samples for k in range(100)) == frames


@pytest.mark.parametrize("fps", [24, 29.97, 30, 60, 23.976, 7])
def test_a_frame_is_ready_when_its_window_has_been_heard(fps):
    g = grid(fps)
    for received in (0, 4159, 4160, 4161, 4692, 4693, 4694, 5226, 20000, 160001):
        expected = sum(g.end(k) <= received for k in range(1000))
        assert g.ready(received) == expected


def test_broadcast_rates_are_exact():
    assert exact_rate(29.97) == Fraction(30000, 1001)
    assert exact_rate(23.976) == Fraction(24000, 1001)
    assert exact_rate(30.0) == 30
    assert exact_rate(12.5) == Fraction(25, 2)
    with pytest.raises(BundleError):
        exact_rate(0.0)


def test_sound_outside_reads_as_zeros_and_gain_spares_the_padding():
    sound = AudioBuffer(gain=2.0)
    sound.append(np.array([0.1, 0.2, np.nan], np.float32))
    assert sound.window(-2, 6).tolist() == pytest.approx([0, 0, 0.2, 0.4, 0, 0])
    sound.close()
    with pytest.raises(ValueError, match="closed"):
        sound.append(np.zeros(1, np.float32))


def test_discarding_keeps_what_is_still_read():
    whole = np.random.default_rng(0).random(300_000, dtype=np.float32)
    sound = AudioBuffer()
    for block in np.array_split(whole, 7):
        sound.append(block)
        sound.discard_before(sound.received - 5000)
    assert np.array_equal(sound.window(299_000, 1000), whole[299_000:])


def test_quiet_sound_is_brought_to_the_peak_of_training():
    assert peak_gain(np.array([0.1, -0.25], np.float32)) == pytest.approx(4.0)
    assert peak_gain(np.array([0.25], np.float32), input_strength=1.3) * 1.3 * 0.25 == pytest.approx(1.0)
    assert peak_gain(np.array([0.01], np.float32)) == 1.0
    assert peak_gain(np.zeros(0, np.float32)) == 1.0

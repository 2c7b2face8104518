"""Backwards and fast: the right samples, heard when the clock says so, at the pitch that they have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.cue import Cue, Reel
from app.audio.player import Player
from app.core.speech import AudioClip

RATE = 48000
CLICKS_S = (0.5, 1.1, 1.9, 2.6, 3.3)


class FakeTime:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.t = 100.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def wall() -> FakeTime:
    return FakeTime()


@pytest.fixture
def player(wall):
    player = Player(device="a device that does not exist", time_s=wall)
    player.load(AudioClip(np.zeros(2 * RATE, np.float32), RATE))
    yield player
    player.close()


def produced(cue: Cue) -> np.ndarray:
    """All that a cue makes."""
    while cue.produce():
        pass
    return np.concatenate([np.zeros(0, np.float32), *(block for block in cue.blocks if block is not None)])


def clicks() -> np.ndarray:
    """Four seconds with bursts of 40 ms, as short as a plosive with its breath; at 2x a window of 30 ms takes in each moment once."""
    samples = np.zeros(4 * RATE, np.float32)
    for at_s in CLICKS_S:
        samples[round((at_s - 0.02) * RATE) : round((at_s + 0.02) * RATE)] = np.sin(np.arange(1920)) * 0.8
    return samples


@settings(max_examples=40)
@given(n=st.integers(1, 60000), start=st.floats(0, 1))
def test_backwards_every_sample_comes_once_the_other_way_round(n, start):
    samples = np.arange(1, n + 1, dtype=np.float32)
    cue = Cue(Reel(samples, RATE), start * n / RATE, RATE, speed=-1.0)
    np.testing.assert_array_equal(produced(cue), samples[: round(start * n)][::-1])
    assert cue.media_at(0) == pytest.approx(round(start * n) / RATE) and cue.media_at(n) == pytest.approx(0.0, abs=1 / RATE)


@settings(max_examples=20, deadline=None)
@given(speed=st.sampled_from([-4.0, -2.0, -1.0, -0.25, 0.25, 0.5, 2.0, 4.0]), n=st.integers(RATE // 10, RATE * 2))
def test_the_length_is_what_the_speed_says(speed, n):
    cue = Cue(Reel(np.zeros(n, np.float32), RATE), 0.0 if speed > 0 else n / RATE, RATE, speed=speed)
    assert len(produced(cue)) == pytest.approx(n / abs(speed), abs=1)


@pytest.mark.parametrize("speed", [2.0, 4.0, -1.0, -2.0, -4.0, -0.5])
def test_the_pitch_stays_and_nothing_drops_out(speed):
    samples = (0.5 * np.sin(2 * np.pi * 220 * np.arange(4 * RATE) / RATE)).astype(np.float32)
    out = produced(Cue(Reel(samples, RATE), 0.0 if speed > 0 else 4.0, RATE, speed=speed))
    middle = out[len(out) // 8 : -len(out) // 8]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * RATE / len(middle) == pytest.approx(220, abs=2)
    loudness = np.sqrt(np.mean(middle[: len(middle) // 480 * 480].reshape(-1, 480) ** 2, axis=1))
    assert loudness.min() > 0.25 and loudness.max() < 0.45


@pytest.mark.parametrize("speed", [1.0, 2.0, 4.0, -1.0, -2.0, -4.0, 0.5])
def test_a_click_is_heard_when_the_clock_is_there(player, wall, speed):
    """What the output was given, against what the clock said at that moment."""
    player.load(AudioClip(clicks(), RATE))
    player.set_rate(speed)
    player.seek(0.0 if speed > 0 else 4.0)
    player.play()
    head, begun, said = player.output.head, player.output.head.delivered.end, []
    heard = np.zeros(0, np.float32)
    while player.playing:
        wall.t += 0.01
        said.append(player.clock.now())
        heard = np.append(heard, head.delivered.read(begun + len(heard), head.delivered.end))
    loud = np.flatnonzero(np.abs(heard) > 0.1)
    bursts = np.split(loud, np.flatnonzero(np.diff(loud) > 0.05 * RATE) + 1)
    assert len(bursts) == len(CLICKS_S)
    for burst, at_s in zip(bursts, CLICKS_S if speed > 0 else CLICKS_S[::-1], strict=True):
        middle_s = (burst[0] + burst[-1]) / 2 / RATE
        assert np.interp(middle_s, 0.01 * np.arange(1, len(said) + 1), said) == pytest.approx(at_s, abs=0.012)


def test_backwards_ends_at_the_start_and_begins_again_at_the_end(player, wall):
    player.seek(0.5)
    player.set_rate(-2.0)
    player.play()
    wall.t += 0.1
    assert player.clock.now() == pytest.approx(0.3, abs=0.01)
    wall.t += 1.0
    assert not player.playing and player.clock.now() == 0.0
    player.play()
    wall.t += 0.25
    assert player.clock.now() == pytest.approx(1.5, abs=0.02)


def test_a_loop_repeats_backwards(player, wall):
    player.set_loop(0.5, 0.8)
    player.set_rate(-1.0)
    player.seek(0.8)
    player.play()
    for _ in range(200):
        wall.t += 1 / 60
        expected = 0.8 - (wall.t - 100) % 0.3
        error = (player.clock.now() - expected + 0.15) % 0.3 - 0.15
        assert abs(error) < 2e-3
    assert player.playing


def test_turning_round_goes_on_from_where_it_was(player, wall):
    """Speeds change while it plays, in both directions, without a jump in time."""
    player.play()
    wall.t += 1.0
    for speed in (2.0, -1.0, -4.0, 1.0, -0.25, 4.0):
        before = player.clock.now()
        player.set_rate(speed)
        assert player.clock.now() == pytest.approx(before, abs=1e-3)
        wall.t += 0.05
        assert player.clock.now() == pytest.approx(before + 0.05 * speed, abs=0.03)
        wall.t += 0.05
    assert player.status.underruns == 0


def test_speeds_are_limited_in_both_directions(player):
    for asked, got in ((0.1, 0.25), (-0.1, -0.25), (9.0, 4.0), (-9.0, -4.0), (1.5, 1.5)):
        player.set_rate(asked)
        assert player._rate == got


def test_backwards_over_a_clip_that_still_grows(wall):
    player = Player(device="a device that does not exist", time_s=wall)
    player.load(AudioClip(np.ones(RATE, np.float32), RATE), streaming=True)
    player.seek(0.5)
    player.set_rate(-1.0)
    player.play()
    wall.t += 0.2
    player.extend(np.ones(RATE, np.float32))
    assert player.clock.now() == pytest.approx(0.3, abs=0.01)
    wall.t += 1.0
    assert not player.playing and player.clock.now() == 0.0
    player.close()

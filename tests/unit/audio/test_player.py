"""The player without a device: the same cues, loops and clock on a made-up wall clock."""

from __future__ import annotations

import time

import numpy as np
import pytest

from app.audio.delivered import Delivered
from app.audio.outputs import DeviceOutput
from app.audio.player import Player
from app.core.errors import DeviceError
from app.core.speech import AudioClip

RATE = 24000


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


def test_without_a_device_time_runs_silently_and_says_why(player, wall):
    player.play()
    assert player.status.clock_kind == "wall"
    assert "a device that does not exist" in player.status.silent_reason and player.status.device == ""
    wall.t += 0.75
    assert player.clock.now() == pytest.approx(0.75, abs=1e-3)
    assert player.playing


def test_it_ends_and_starts_again(player, wall):
    player.play()
    wall.t += 3
    assert not player.playing
    assert player.clock.now() == pytest.approx(2.0)
    player.play()
    wall.t += 0.1
    assert player.clock.now() == pytest.approx(0.1, abs=1e-3)


def test_pause_and_seek(player, wall):
    player.play()
    wall.t += 0.5
    player.pause()
    wall.t += 5
    assert player.clock.now() == pytest.approx(0.5, abs=1e-3)
    player.seek(1.25)
    assert player.clock.now() == 1.25
    player.play()
    wall.t += 0.25
    assert player.clock.now() == pytest.approx(1.5, abs=1e-3)
    player.seek(0.2)
    wall.t += 0.3
    # the sound before the jump fades out first, which takes 5 ms
    assert player.clock.now() == pytest.approx(0.495, abs=2e-3)
    player.seek(99)
    assert player.clock.now() == pytest.approx(2.0, abs=1e-3)


def test_a_loop_repeats_exactly(player, wall):
    player.set_loop(0.5, 0.8)
    player.seek(0.5)
    player.play()
    for _ in range(400):
        wall.t += 1 / 60
        expected = 0.5 + (wall.t - 100) % 0.3
        error = (player.clock.now() - expected + 0.15) % 0.3 - 0.15
        assert abs(error) < 1e-3
    assert player.playing
    player.set_loop(None)
    wall.t += 2
    assert not player.playing


def test_a_loop_set_while_playing_goes_on_without_a_jump(player, wall):
    player.play()
    wall.t += 0.3
    before = player.clock.now()
    player.set_loop(0.2, 0.6)
    assert player.clock.now() == pytest.approx(before, abs=1e-3)
    wall.t += 0.2
    assert player.clock.now() == pytest.approx(0.5, abs=1e-3)
    wall.t += 0.2
    assert player.clock.now() == pytest.approx(0.3, abs=2e-3)


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.9])
def test_slow_motion(player, wall, rate):
    player.play()
    wall.t += 0.4
    player.set_rate(rate)
    here = player.clock.now()
    assert here == pytest.approx(0.4, abs=1e-3)
    wall.t += 0.5
    assert player.clock.now() == pytest.approx(here + 0.5 * rate, abs=6e-3)
    wall.t += (2 - here) / rate
    assert not player.playing
    assert player.clock.now() == 2.0


def test_the_clock_never_steps_back(player, wall):
    player.play()
    last = 0.0
    steps = np.random.default_rng(3).exponential(0.01, 300)
    for i, step in enumerate(steps):
        wall.t += step
        if i % 50 == 49:
            player.set_rate((0.5, 1.0, 0.25)[i // 50 % 3])
        now = player.clock.now()
        assert now >= last - 1e-9
        last = now


def test_a_growing_clip_waits_where_it_is_late(wall):
    player = Player(device="a device that does not exist", time_s=wall)
    player.load(AudioClip(np.zeros(RATE, np.float32), RATE), streaming=True)
    player.play()
    wall.t += 1.5
    # the last 35 ms wait inside the resampler for what follows them
    assert player.clock.now() == pytest.approx(1.0, abs=0.035)
    assert player.playing
    player.extend(np.zeros(RATE // 2, np.float32))
    assert player.duration_s == 1.5
    wall.t += 0.25
    assert player.clock.now() == pytest.approx(1.25, abs=0.035)
    player.finish_stream()
    wall.t += 0.5
    assert not player.playing
    assert player.clock.now() == pytest.approx(1.5, abs=1e-3)
    assert player.status.underruns == 1
    player.close()


def test_ten_minutes_of_playing_do_not_drift(wall):
    player = Player(device="a device that does not exist", time_s=wall)
    player.load(AudioClip(np.zeros(601 * 8000, np.float32), 8000))
    player.play()
    for i in range(1, 600 * 30 + 1):
        wall.t = 100 + i / 30
        if i % 900 == 0:
            assert player.clock.now() == pytest.approx(i / 30, abs=2e-3)
        else:
            player.clock.now()
    player.close()


def test_loading_another_clip_starts_over(player, wall):
    player.play()
    wall.t += 1
    player.load(AudioClip(np.zeros(RATE, np.float32), RATE))
    assert not player.playing
    assert player.clock.now() == 0.0
    assert player.duration_s == 1.0


def test_an_empty_player_does_nothing(wall):
    player = Player(device="a device that does not exist", time_s=wall)
    player.play()
    wall.t += 1
    assert not player.playing
    assert player.clock.now() == 0.0
    player.close()


def test_hushing_stands_still_at_what_is_heard(player, wall):
    player.play()
    wall.t += 0.5
    player.hush()
    assert not player.playing and player.clock.now() == pytest.approx(0.5, abs=0.035)
    player.hush()
    player.play()
    wall.t += 0.2
    assert player.clock.now() == pytest.approx(0.7, abs=0.07)


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


def test_a_machine_that_slept_goes_on_from_where_it_was(player, wall):
    player.load(AudioClip(np.zeros(20 * RATE, np.float32), RATE))
    player.play()
    wall.t += 0.5
    assert player.clock.now() == pytest.approx(0.5, abs=1e-3)
    wall.t += 8 * 3600.0
    began_s = time.process_time()
    assert player.clock.now() == pytest.approx(0.5, abs=1e-3) and player.playing
    assert time.process_time() - began_s < 1.0, "hours of silence are not made up for"
    wall.t += 0.25
    assert player.clock.now() == pytest.approx(0.75, abs=1e-3)


@pytest.mark.parametrize("reason", ["Device unavailable [PaErrorCode -9985]", "Invalid sample rate [PaErrorCode -9997]"])
def test_a_device_that_another_program_holds_or_whose_rate_is_wrong_is_silence_with_a_sentence(monkeypatch, reason):
    """PortAudio refuses it when it is opened; time goes on, and the next choice is tried."""
    sounddevice = pytest.importorskip("sounddevice", exc_type=OSError, reason="PortAudio is not installed")

    def refuse(*_args, **_settings):
        raise sounddevice.PortAudioError(reason)

    device = {"name": "Exclusive", "hostapi": 0, "default_samplerate": 12345.0, "max_output_channels": 2, "max_input_channels": 0}
    monkeypatch.setattr(sounddevice, "query_devices", lambda *_args, **_kinds: device)
    monkeypatch.setattr(sounddevice, "query_hostapis", lambda *_args: {"name": "ALSA", "default_output_device": 0})
    monkeypatch.setattr(sounddevice, "OutputStream", refuse)
    with pytest.raises(DeviceError, match="cannot be opened; choose another device"):
        DeviceOutput(0)

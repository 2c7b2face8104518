"""A sound that begins while the device plays silence: it is heard at once, not behind the silence that was handed over before."""

from __future__ import annotations

import numpy as np
import pytest

from app.audio.cue import Cue, Reel
from app.audio.outputs import DeviceOutput
from app.audio.playback_clock import LineClock
from app.audio.playhead import PlayHead, Published

RATE = 48000
BLOCK = 960
LATENCY_S = 0.1


class Stream:
    """PortAudio's stream, which counts how often it is begun anew."""

    def __init__(self) -> None:
        self.time, self.began_anew = 10.0, 0

    def abort(self) -> None:
        self.began_anew += 1

    def start(self) -> None:
        assert self.began_anew


class Device(DeviceOutput):
    """A device that has run for ten blocks."""

    def __init__(self, sound: float, starts_at_once: bool = True) -> None:
        self.rate, self.name, self.head = RATE, "speaker", PlayHead(RATE, fade_s=0.0)
        self.line_clock = LineClock(RATE, LATENCY_S)
        self._stream, self._failure = Stream(), OSError
        self._finished, self._closed, self._dropping, self._starts_at_once = False, False, False, starts_at_once
        self.head.wanted = cue_of(sound)
        for _ in range(10):
            self.pass_block()

    def pass_block(self) -> np.ndarray:
        block = np.zeros(BLOCK, np.float32)
        self._stream.time += BLOCK / RATE
        self.head.fill(block, self._stream.time + LATENCY_S, self._stream.time)
        self.line_clock.heard(self.head.published, self._stream.time)
        return block


def cue_of(level: float) -> Cue:
    cue = Cue(Reel(np.full(RATE, level, np.float32), RATE), 0.0, RATE)
    cue.produce_until(RATE)
    return cue


@pytest.mark.parametrize(("sound", "starts_at_once", "anew"), [(0.0, True, 1), (0.5, True, 0), (0.0, False, 0)])
def test_silence_on_its_way_is_thrown_away(sound, starts_at_once, anew):
    device = Device(sound, starts_at_once)
    cue = cue_of(0.25)
    device.begin(cue)
    assert device._stream.began_anew == anew
    np.testing.assert_array_equal(device.pass_block(), np.float32(0.25))
    assert cue.line_start == 10 * BLOCK


def test_the_first_filling_of_a_buffer_tells_no_time():
    """A new stream asks for its whole buffer in one go; what it says of times then is not when those samples are heard."""
    clock = LineClock(RATE, LATENCY_S)
    clock.begin_anew()
    for k in range(5):
        clock.heard(Published(k * BLOCK, BLOCK, 5.0 + k * 0.02, 5.0 - 0.001), 5.0)
    assert clock.line_at(Published(5 * BLOCK, BLOCK, 5.112, 5.012), 5.02) == pytest.approx(0.008 * RATE)


def test_a_buffer_that_ran_dry_and_is_filled_again_leaves_the_device_believed():
    """What was measured of a machine that stood still: block after block at once, each with a longer lead, then as before but later."""
    clock = LineClock(RATE, LATENCY_S)
    for k in range(50):
        clock.heard(Published(k * BLOCK, BLOCK, 5.1 + k * 0.02, 5.0 + k * 0.02), 5.0)
    dry_s = 5.1 + 50 * 0.02 + 0.4
    for round_ in range(3):
        for k, lead_s in enumerate((0.0, 0.0, 0.02, 0.05, 0.07)):
            place = 50 + 5 * round_ + k
            clock.heard(Published(place * BLOCK, BLOCK, dry_s + 0.001 * k + lead_s, dry_s + 0.001 * k), dry_s)
        dry_s += 0.06
    began_s = dry_s + 0.1
    for k in range(3):
        clock.heard(Published((65 + k) * BLOCK, BLOCK, began_s + k * 0.02, began_s - 0.1 + k * 0.02), began_s)
    assert clock.kind == "dac"
    assert clock.line_at(Published(68 * BLOCK, BLOCK, began_s + 0.06, began_s - 0.04), began_s) == pytest.approx(65 * BLOCK)

"""The microphone, with the null sink's monitor as the ear."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audio import microphone as module
from app.audio.microphone import Microphone, Ring, list_inputs
from app.audio.player import Player
from app.core.errors import DeviceError
from app.core.speech import AudioClip


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60))
def test_the_ring_delivers_once_or_counts_what_it_dropped(steps):
    ring = Ring(64)
    sent, got = 0, []
    for n, read in steps:
        ring.write(np.arange(sent, sent + n, dtype=np.float32))
        sent += n
        if read:
            got.append(ring.read_new())
    got.append(ring.read_new())
    heard = np.concatenate(got)
    assert len(heard) + ring.dropped == sent
    assert (np.diff(heard) > 0).all()
    if not ring.dropped:
        np.testing.assert_array_equal(heard, np.arange(sent))


def test_a_microphone_that_does_not_exist_is_one_sentence():
    with pytest.raises(DeviceError, match="no such microphone"):
        Microphone("no such microphone")


class FakeStream:
    """An input stream whose callback runs when it is told to."""

    latency = time = 0.03

    def __init__(self, callback, **_named) -> None:
        times = SimpleNamespace(inputBufferAdcTime=1.0, currentTime=1.01)
        self.hear = lambda: callback(np.full((480, 1), 0.1, np.float32), 480, times, None)

    def start(self) -> None:
        pass

    def close(self, ignore_errors: bool) -> None:
        pass


def test_a_pause_of_the_whole_program_takes_no_microphone_away(monkeypatch):
    """While a large library is imported nobody runs, neither the callback nor the one who reads."""
    info, api = {"default_samplerate": 48000, "name": "fake", "hostapi": 0}, {"name": "ALSA"}
    fake = SimpleNamespace(PortAudioError=RuntimeError, query_devices=lambda *_: info, InputStream=FakeStream)
    fake.query_hostapis = lambda index=None: (api,) if index is None else api
    monkeypatch.setattr(module, "load_portaudio", lambda: fake)
    now = [100.0]
    with Microphone(rate=48000, time_s=lambda: now[0]) as microphone:
        for pause_s in (0.01, 5.0, 0.01):
            now[0] += pause_s
            microphone.read_new()
            microphone._stream.hear()
            assert len(microphone.read_new()) == 480
        with pytest.raises(DeviceError, match="went away"):
            for _ in range(200):
                now[0] += 0.01
                microphone.read_new()
        assert now[0] - 105.02 == pytest.approx(1.5, abs=0.05)


@pytest.mark.slow
@pytest.mark.audio
@pytest.mark.usefixtures("audio_sink")
@pytest.mark.parametrize("rate", [16000, 48000])
def test_what_is_played_is_heard(rate):
    tone = (0.4 * np.sin(2 * np.pi * 440 * np.arange(24000) / 24000)).astype(np.float32)
    player = Player()
    player.load(AudioClip(tone, 24000))
    assert any(device.is_default for device in list_inputs())
    heard, top, pause = [], 0.0, threading.Event()
    with Microphone(rate=rate) as microphone:
        player.play()
        end = time.monotonic() + 5
        while player.playing:
            assert time.monotonic() < end
            heard.append(microphone.read_new())
            top = max(top, microphone.level)
            pause.wait(0.002)
        assert 0 < microphone.latency_s < 0.3
        assert microphone.dropped == 0
    player.close()
    sound = np.concatenate(heard)
    loud = sound[np.abs(sound) > 0.01]
    assert 0.8 * rate < len(loud) < 1.05 * rate
    middle = sound[np.argmax(np.abs(sound) > 0.3) :][: rate // 2]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * rate / len(middle) == pytest.approx(440, abs=4)
    assert top == pytest.approx(0.4 / np.sqrt(2), rel=0.1)

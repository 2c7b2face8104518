"""The moment of sound under a dragged playhead: the right one, short, without clicks, made before the callback needs it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from app.audio.cue import Reel
from app.audio.microphone import Microphone
from app.audio.player import Player
from app.audio.playhead import PlayHead
from app.audio.snippet import SNIPPET_S, snippet_cue
from app.core.speech import AudioClip

RATE, OUT = 24000, 48000


@pytest.fixture
def two_tones() -> AudioClip:
    """A second of 400 Hz, then a second of 1500 Hz."""
    t = np.arange(RATE) / RATE
    return AudioClip(np.concatenate([np.sin(2 * np.pi * hz * t) for hz in (400, 1500)]).astype(np.float32) * 0.5, RATE)


def pitch(samples: np.ndarray, rate: int) -> float:
    """The strongest frequency in Hz."""
    return float(np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 16)).argmax() * rate / (1 << 16))


def played(head: PlayHead, n: int) -> np.ndarray:
    out = np.full(n, np.nan, np.float32)
    for start in range(0, n, 480):
        head.fill(out[start : start + 480], 0.0, 0.0)
    return out


@pytest.mark.parametrize(("at_s", "hz"), [(0.0, 400), (0.5, 400), (1.5, 1500), (2.0, 1500), (9.0, 1500)])
def test_what_is_heard_is_what_lies_under_the_playhead(two_tones, at_s, hz):
    head = PlayHead(OUT)
    head.wanted = snippet_cue(Reel(two_tones.samples, RATE), at_s, OUT)
    out = played(head, 4800)
    sounding = np.flatnonzero(np.abs(out) > 1e-4)
    assert pitch(out[sounding[0] : sounding[-1] + 1], OUT) == pytest.approx(hz, abs=15)
    assert np.ptp(sounding) / OUT == pytest.approx(SNIPPET_S, abs=0.012)
    assert head.underruns == 0


def test_snippets_one_after_the_other_do_not_click(two_tones):
    reel, head = Reel(two_tones.samples, RATE), PlayHead(OUT)
    parts = []
    for at_s in (0.3, 0.35, 0.4, 0.45):
        head.wanted = snippet_cue(reel, at_s, OUT)
        parts.append(played(head, 1920))  # the next one comes before this one is over
    parts.append(played(head, 4800))
    out = np.concatenate(parts)
    # a 400 Hz sine of 0.5 moves by no more than 0.026 a sample; a fade of 5 ms adds little
    assert np.abs(np.diff(out)).max() < 0.04
    assert not np.abs(out[-480:]).any()


def test_a_clip_shorter_than_a_snippet_and_an_empty_one(two_tones):
    cue = snippet_cue(Reel(two_tones.samples[:240], RATE), 0.0, OUT)
    assert cue.complete and cue.produced == pytest.approx(480, abs=2)
    player = Player()
    player.sound_at(0.0)
    player.close()


@pytest.mark.audio
def test_a_real_device_plays_the_moment_and_time_stands_still(two_tones, audio_sink):
    player = Player()
    player.open()
    player.load(two_tones)
    player.seek(1.5)
    try:
        with Microphone(None, OUT) as microphone:
            heard: list[np.ndarray] = []
            end_s = time.monotonic() + 15
            while time.monotonic() < end_s and sum(float(np.abs(part).max(initial=0)) > 0.1 for part in heard) < 4:
                player.sound_at(1.5)
                began_s = time.monotonic()
                while time.monotonic() - began_s < 0.15:
                    heard.append(microphone.read_new())
        sound = np.concatenate(heard)
        assert pitch(sound, OUT) == pytest.approx(1500, abs=30)
        assert player.clock.now() == 1.5
        assert not player.playing
    finally:
        player.close()

"""Speeds through PortAudio and a real-time sink: whatever is done to them, the sound has no gaps."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from app.audio.player import Player
from app.core.speech import AudioClip

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.usefixtures("audio_sink")]
RATE = 24000


@pytest.fixture
def player():
    player = Player()
    tone = (0.5 * np.sin(2 * np.pi * 150 * np.arange(20 * RATE) / RATE)).astype(np.float32)
    player.load(AudioClip(tone, RATE))
    yield player
    player.close()


def test_dragging_the_speed_tears_nothing(player):
    """Fifteen changes a second, forwards and backwards: no underrun, and the device is never given silence in between.

    A machine that is busy calls the device late whatever the player does: an underrun counts where plain playing has none.
    """
    for _ in range(4):
        before = player.status.underruns
        heard, rate = dragged(player)
        assert len(heard) > 2.5 * rate
        loudness = np.sqrt(np.mean(heard[: len(heard) // 480 * 480].reshape(-1, 480) ** 2, axis=1))
        # a change fades out and in within 10 ms; no more than that is ever quiet
        quiet = loudness < 0.05
        assert not (quiet[:-2] & quiet[1:-1] & quiet[2:]).any()
        if player.status.underruns == before or torn_anyway(player):
            break
    else:
        pytest.fail("dragging the speed tears the sound, plain playing does not")


def torn_anyway(player: Player) -> bool:
    """Whether playing for three seconds, while nothing is dragged, has an underrun."""
    before, pause = player.status.underruns, threading.Event()
    player.set_rate(1.0)
    player.seek(1.0)
    player.play()
    pause.wait(3.0)
    player.pause()
    return player.status.underruns > before


def dragged(player: Player) -> tuple[np.ndarray, int]:
    """Play for three seconds while the speed is dragged -> what the device was given, and its rate."""
    player.set_rate(1.0)
    player.seek(10.0)
    player.play()
    head = player.output.head
    begun_s = time.monotonic()
    speeds = np.concatenate([np.linspace(1, 4, 15), np.linspace(-4, 4, 30)])
    first, pause = None, threading.Event()
    for number, speed in enumerate(speeds):
        player.set_rate(float(speed))
        while (left_s := begun_s + (number + 1) / 15 - time.monotonic()) > 0:
            assert player.playing
            pause.wait(min(left_s, 0.01))
        first = head.delivered.end if first is None else first
    heard = head.delivered.read(first, head.delivered.end)
    player.pause()
    return heard, head.delivered.rate

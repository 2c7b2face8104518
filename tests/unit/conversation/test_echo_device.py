"""The guard with real devices: the microphone is the monitor of the sink that the player plays to, an echo without a room."""

from __future__ import annotations

import threading
import time

import pytest

from app.audio.microphone import Microphone
from app.audio.player import Player
from app.conversation.echo.guard import EchoGuard
from app.conversation.echo.reference import PlayedReference
from app.core.speech import AudioClip
from tests.rooms.synthetic import RATE, babble

pytest.importorskip("pywebrtc_audio")
pytestmark = [pytest.mark.audio, pytest.mark.slow]


def test_what_the_player_plays_is_taken_out_of_what_the_microphone_hears(audio_sink):
    """A pause in the middle must not part the two. A machine that is busy tears the sound; of a few takes one comes through whole."""
    for _ in range(4):
        guard, verdicts, whole = listened(audio_sink)
        if whole:
            break
    figures = guard.figures
    assert figures.echo_db == pytest.approx(0.0, abs=3.0), "the monitor hears the sink"
    assert figures.measured_s > 2 and figures.told_apart_db < -8 and figures.removed_db > 15
    assert verdicts == [] and guard.mode == "guard"


def listened(audio_sink: str) -> tuple[EchoGuard, list[str], bool]:
    """Play for six seconds with a pause while the microphone listens -> the guard, its verdicts, and whether no sound was lost."""
    player = Player()
    assert not player.open().silent_reason, audio_sink
    player.load(AudioClip(babble(6.0, pitch_hz=190.0, seed=1), RATE))
    guard = EchoGuard(PlayedReference(lambda: player.output).read)
    verdicts: list[str] = []
    pause = threading.Event()

    with Microphone(None, RATE) as microphone:

        def listen(while_true):
            until_s = time.monotonic() + 20
            while while_true() and time.monotonic() < until_s:
                pause.wait(0.01)
                samples = microphone.read_new()
                done = guard.push(samples, microphone.latency_s + len(samples) / RATE, speaking=True)
                verdicts.extend([done.verdict] if done.verdict else [])

        player.play()
        listen(lambda: player.clock.now() < 3.0)
        player.pause()
        still_s = time.monotonic() + 0.5
        listen(lambda: time.monotonic() < still_s)
        player.play()
        listen(lambda: player.playing)
        whole = microphone.dropped == 0 and player.status.underruns == 0
    player.close()
    return guard, verdicts, whole

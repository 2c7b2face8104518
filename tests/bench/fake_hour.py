"""An hour of playing on a made-up sound device: what the player's clock says against what that device lets be heard.

The device counts its samples with a crystal of its own, which is some millionths off, asks for them a little late now and then, and tells
the times of its blocks with a jitter. A loop of sound plays through the real player, so that an hour of it need not lie in memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.audio.cue import Cue
from app.audio.playback_clock import LineClock
from app.audio.player import Player
from app.audio.playhead import PlayHead
from app.core.speech import AudioClip

RATE, BLOCK = 48000, 2048
LATENCY_S, LATE_S, JITTER_S = 0.09, 0.002, 0.002
LOOP_S = 10.0
HOUR_S = 3600.0


class Errors(NamedTuple):
    """What an hour showed.

    Attributes:
        drift_ms: mean error of the last minute minus that of the first one.
        p95_ms: of the errors of all pictures, without their sign.
        worst_ms: the largest.
    """

    drift_ms: float
    p95_ms: float
    worst_ms: float


class FakeDevice:
    """An output whose time is made up.

    Args:
        off: millionths by which its crystal is too fast.
    """

    name = "made-up device"

    def __init__(self, off: float) -> None:
        self.rate, self.head, self.line_clock = RATE, PlayHead(RATE), LineClock(RATE, LATENCY_S)
        self.now_s = 0.0
        self.true_rate = RATE * (1 + off * 1e-6)
        self._asked, self._random = 0, np.random.default_rng(1)
        self._block = np.zeros(BLOCK, np.float32)

    def time(self) -> float:
        """Made-up seconds."""
        return self.now_s

    def poll(self) -> None:
        """Nothing to do: ``run_to`` asks for sound."""

    def begin(self, cue: Cue) -> None:
        """Play a cue from the next block on."""
        self.head.wanted = cue

    def close(self) -> None:
        """Nothing to give back."""

    def run_to(self, now_s: float) -> None:
        """Ask for the blocks that are due by then."""
        while (due_s := self._asked / self.true_rate) <= now_s:
            late, jitter = self._random.uniform(0, LATE_S), self._random.uniform(-JITTER_S, JITTER_S)
            if (cue := self.head.wanted) is not None:
                cue.produce_until((self.head.position if cue is self.head.live else 0) + 2 * BLOCK)
                cue.forget(self.head.block_index if cue is self.head.live else 0)
            self.head.fill(self._block, due_s + LATENCY_S + jitter, due_s + late)
            self._asked += BLOCK
        self.now_s = now_s


def hour(off: float = 40.0, seconds: float = HOUR_S, fps: float = 60.0) -> Errors:
    """Play for so long and look at the clock at every picture.

    Args:
        off: millionths by which the device's crystal is too fast; below 0 too slow.
        seconds: of made-up time, at least two minutes.
        fps: pictures per second.
    """
    device = FakeDevice(off)
    player = Player(time_s=device.time)
    player.take_over(device, None)  # type: ignore[arg-type]
    player.load(AudioClip(np.zeros(round(LOOP_S * RATE), np.float32), RATE))
    player.set_loop(0.0, LOOP_S)
    device.run_to(1.0)
    player.play()
    cue = device.head.wanted
    assert cue is not None
    moments = 1.5 + np.arange(round(seconds * fps)) / fps
    said = np.empty_like(moments)
    for k, moment in enumerate(moments):
        device.run_to(moment)
        said[k] = player.clock.now()
    player.close()
    heard = ((moments - LATENCY_S) * device.true_rate - (cue.line_start or 0)) / RATE
    errors = 1e3 * ((said - heard + LOOP_S / 2) % LOOP_S - LOOP_S / 2)
    minute = round(60 * fps)
    size = np.abs(errors)
    return Errors(float(errors[-minute:].mean() - errors[:minute].mean()), float(np.percentile(size, 95)), float(size.max()))

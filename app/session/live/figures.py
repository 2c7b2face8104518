"""What one block of sound brought, and how late the face is that it moves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.lipsync.source import Listener

if TYPE_CHECKING:
    from app.audio.microphone import Microphone


@dataclass(frozen=True)
class Heard:
    """What came out of one block of sound.

    Attributes:
        frames: (n, 52) faces that the block completed, the newest last.
        level: root mean square of the block, 0 to 1.
        sounded_s: ``time.perf_counter`` when the sound of the newest face was at the microphone; 0 for a face without sound.
        input_ms: from the microphone to this program, as the host measures it.
        look_ahead_ms: how much later sound the newest face had to wait for.
        computing_ms: what the network took for the block; for a server, its work and the way to it and back.
    """

    frames: np.ndarray
    level: float
    sounded_s: float
    input_ms: float
    look_ahead_ms: float
    computing_ms: float


@dataclass
class LiveFigures:
    """The delay, as running means in milliseconds.

    Attributes:
        input_ms: microphone, driver and rate conversion.
        look_ahead_ms: sound that the network waits for.
        computing_ms: the network's work; for a server with the way to it and back.
        total_ms: from a sound at the microphone until its face is drawn; 0 until measured.
        worst_ms: the largest single delay since the last look at it.
        smoothing_ms: how much later the most smoothed part of the face comes, on top of all that, by the tuning.
    """

    input_ms: float = 0.0
    look_ahead_ms: float = 0.0
    computing_ms: float = 0.0
    total_ms: float = 0.0
    worst_ms: float = 0.0
    smoothing_ms: float = 0.0

    @property
    def drawing_ms(self) -> float:
        """The rest: waiting for the window, posing and drawing."""
        return max(self.total_ms - self.input_ms - self.look_ahead_ms - self.computing_ms, 0.0)


def heard_of(frames: np.ndarray, listener: Listener, microphone: Microphone, read_s: float) -> Heard:
    """What came out of a push.

    Args:
        frames: (n, 52) that it completed.
        listener: was pushed.
        microphone: was read.
        read_s: when the sound of the push, or the last one before it, was read from the microphone.
    """
    input_s, behind_s = microphone.latency_s, listener.behind_s
    if behind_s < 0:
        return Heard(frames, microphone.level, 0.0, 1e3 * input_s, 0.0, 0.0)
    spent_s = time.perf_counter() - read_s
    ahead_ms = min(listener.look_ahead_ms, 1e3 * behind_s)
    computing_ms = 1e3 * (behind_s + spent_s) - ahead_ms
    return Heard(frames, microphone.level, read_s - input_s - behind_s, 1e3 * input_s, ahead_ms, computing_ms)

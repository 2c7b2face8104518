"""What this machine carries, measured before the first voice comes: rounds of the engine, and the event loop's work for a voice."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass

import numpy as np

from app.remote.server.voices.animators import RATE, STEP, Animator, Heard, VoiceOptions

log = logging.getLogger("visemesync.engine")
#: sound that every voice of a measured round hears: what gathers while the round before runs
ROUND_STEPS = 2
#: a frame waits for the round that runs and for its own: so long may a round of all voices take
LONGEST_ROUND_S = 0.014
#: how often a number of voices is measured, and in what time all of them
_TIMES, _MOST_S = 7, 1.2
_TRIED = (1, 2, 4, 8, 16, 32, 64, 128, 256)
#: of a core, for what cannot be measured beforehand: other programs, the system, voices that begin
HEADROOM = 0.7
#: of a core, what the proxy in front of several servers takes from each
PROXY = 0.1


@dataclass(frozen=True)
class EnginePace:
    """What the engine carries by itself.

    Attributes:
        voices: at once in real time.
        share: of a core that one of so many takes.
    """

    voices: int
    share: float


def measured(animator: Animator) -> EnginePace:
    """Let more and more voices hear noise, until a round takes too long; for an engine that serves nobody yet.

    Args:
        animator: is left as it was.
    """
    try:
        return _measured_whole(animator) if animator.hears_all_first else _measured_live(animator)
    except Exception:  # whatever a source does; its voices will be told, one after the other
        log.exception("the engine could not be measured")
        return EnginePace(1, 1.0)


def _measured_live(animator: Animator) -> EnginePace:
    begun_s = time.perf_counter()
    rng = np.random.default_rng(1)
    keys: list[int] = []
    found: list[tuple[int, float]] = []
    for count in _TRIED:
        keys += [animator.add(VoiceOptions()) for _ in range(count - len(keys))]
        took_s = []
        for turn in range(_TIMES + 1):
            sound = (0.05 * rng.standard_normal((count, ROUND_STEPS * STEP))).astype(np.float32)
            heard = [Heard(key, row, False) for key, row in zip(keys, sound, strict=True)]
            round_s = time.perf_counter()
            animator.run(heard)
            if turn:  # a voice's first round is another than the rest
                took_s.append(time.perf_counter() - round_s)
        # what takes long now and then is other programs' doing; should they go on, the admission will see to it
        found.append((count, sorted(took_s)[1]))
        spent_s = time.perf_counter() - begun_s
        if found[-1][1] > LONGEST_ROUND_S or 2.2 * (_TIMES + 1) * found[-1][1] > _MOST_S - spent_s:
            break
    for key in keys:
        animator.remove(key)
    return _carried(found)


def _measured_whole(animator: Animator) -> EnginePace:
    """Of a source that needs the whole clip: one short clip, as far as it comes in time."""
    key = animator.add(VoiceOptions())
    noise = (0.05 * np.random.default_rng(1).standard_normal(RATE)).astype(np.float32)
    begun_s = time.perf_counter()
    made, done = 0, False
    while not done and time.perf_counter() - begun_s < _MOST_S:
        (outcome,) = animator.run([Heard(key, noise, True)])
        made, done, noise = made + len(outcome.frames), outcome.done, noise[:0]
    share = (time.perf_counter() - begun_s) / max(made / VoiceOptions().fps, 0.1)
    animator.remove(key)
    return EnginePace(max(int(HEADROOM / share), 1), share)


def _carried(found: list[tuple[int, float]]) -> EnginePace:
    """From (voices, seconds of a round), the last one too long where one was."""
    count, took_s = found[-1]
    before, before_s = found[-2] if len(found) > 1 else (0, 0.0)
    per_voice_s = max(took_s - before_s, took_s * 0.1) / (count - before)
    voices = min(int(count + (LONGEST_ROUND_S - took_s) / per_voice_s), 2 * count)
    return EnginePace(max(voices, 0), took_s * RATE / (ROUND_STEPS * STEP) / count)


def carried(engine: EnginePace, loop_share: float, engine_apart: bool, neighbours: int = 0) -> int:
    """Voices that the whole server carries.

    Args:
        engine: as measured.
        loop_share: of a core that the event loop needs for one voice.
        engine_apart: whether the engine can run on a core of its own.
        neighbours: other servers that work on the same cores.
    """
    cores, headroom = cores_here() / (1 + neighbours), HEADROOM - (PROXY if neighbours else 0.0)
    if engine_apart and cores >= 2:
        return min(engine.voices, int(headroom / loop_share))
    return min(engine.voices, int(headroom * min(cores, 1.5 if engine_apart else 1.0) / (loop_share + engine.share)))


def cores_here() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

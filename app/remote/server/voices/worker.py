"""The thread that animates: it gathers the voices that are ready, lets them share a call, and hands their frames back."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from app.remote.server.rounds import RoundReport, RoundTimes
from app.remote.server.voices.animators import RATE, STEP, Animator, Heard, Outcome, VoiceOptions
from app.remote.server.voices.pace import EnginePace, measured

log = logging.getLogger("visemesync.engine")
#: a round should take at most this long, so that nobody who begins waits for long
ROUND_S = 0.03
#: a voice that was heard so much further than real time needs nothing now; it is animated while no other one waits
AHEAD_S = 0.25
#: a round of such voices takes at most this long while there are others
SPARE_S = 0.008
#: voices in one call
MAX_BATCH = 256
#: most steps of one voice in one round (0.64 s)
_MOST_STEPS = 32
#: steps of one voice that are always taken in one round (80 ms)
_LIVE_STEPS = 4
_EMPTY = np.zeros(0, np.float32)


#: what a voice is told: that no more sound comes, or that it is to be forgotten
Word = Literal["finish", "close"]
#: a voice, and the (n,) float32 samples that it is to hear, or a word
Told = tuple[int, "np.ndarray | Word"]


class Result(NamedTuple):
    """What a voice is told after a round: its outcome, how many samples it has heard in all, and of traced voices when the round ran."""

    outcome: Outcome
    heard: int
    times: RoundTimes | None = None


#: what the voices of an engine that died are told
LAST_WORD = Result(
    Outcome(np.zeros((0, 52), np.float32), True, "The engine stopped unexpectedly and is started again; go on in a moment.", "closing"), 0
)


@dataclass
class _Voice:
    key: int
    sink: Callable[[Result], None]
    parts: list[np.ndarray] = field(default_factory=list)
    waiting: int = 0
    heard: int = 0
    last: bool = False
    ready_since_s: float = 0.0
    begun_s: float | None = None
    traced: bool = False

    @property
    def ready(self) -> bool:
        return self.last or self.waiting >= STEP

    def ahead(self, now_s: float) -> bool:
        """Whether it was heard so far that it can wait: an upload, or a stream that is sent ahead."""
        return self.begun_s is not None and self.heard / RATE - (now_s - self.begun_s) > AHEAD_S

    def take(self, most_steps: int) -> Heard:
        """The next sound, a power of two of steps so that voices with much to hear share calls too."""
        steps = min(self.waiting // STEP, most_steps)
        ends = self.last and self.waiting <= most_steps * STEP
        count = self.waiting if ends else STEP << (steps.bit_length() - 1)
        # what waits is put together once, and then cut: a long clip is not copied at every round
        sound = self.parts[0] if len(self.parts) == 1 else np.concatenate([*self.parts, _EMPTY])
        self.parts, self.waiting = [sound[count:]], self.waiting - count
        self.heard += count
        return Heard(self.key, sound[:count], ends)


class EngineWorker(threading.Thread):
    """Owns an animator. Every method may be called from another thread and returns at once.

    Args:
        animator: used on this thread only.
        wait_s: the longest that a ready voice waits for others.
        on_round: called on this thread after every round.
    """

    def __init__(self, animator: Animator, wait_s: float, on_round: Callable[[RoundReport], None] = lambda _: None) -> None:
        super().__init__(name="animation-engine", daemon=True)
        self.animator, self._wait_s, self.on_round = animator, wait_s, on_round
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._voices: dict[int, _Voice] = {}
        #: of these, the ones that have something to be animated
        self._ready: dict[int, _Voice] = {}
        self._ids = itertools.count(1)
        self._step_s = self._took_s = 0.002
        self._stopping = False

    def open(self, options: VoiceOptions, sink: Callable[[Result], None]) -> int:
        """Begin a voice.

        Args:
            options: how it is animated.
            sink: called on this thread with every result; must return at once.
        """
        voice_id = next(self._ids)
        self._orders.put(lambda: self._open(voice_id, options, sink))
        return voice_id

    def push(self, voice_id: int, samples: np.ndarray) -> None:
        """Let a voice hear (n,) float32 samples at 16 kHz."""
        self.tell([(voice_id, samples)])

    def finish(self, voice_id: int) -> None:
        """No more sound comes."""
        self.tell([(voice_id, "finish")])

    def close(self, voice_id: int) -> None:
        """Forget a voice; nothing more is told to its sink once this has been worked off."""
        self.tell([(voice_id, "close")])

    def tell(self, told: list[Told]) -> None:
        """Let several voices hear, or tell them a word, in this order."""

        def order() -> None:
            for voice_id, what in told:
                if not isinstance(what, str):
                    self._push(voice_id, what)
                elif what == "finish":
                    self._finish(voice_id)
                else:
                    self._close(voice_id)

        self._orders.put(order)

    def stop(self) -> None:
        """End the thread after the round it is in; join it afterwards."""
        self._orders.put(None)

    @property
    def pid(self) -> int:
        """Of a process of its own: it has none."""
        return 0

    def pace(self) -> EnginePace:
        """Measure what the animator carries; before the thread is started."""
        return measured(self.animator)

    def again(self) -> EngineWorker:
        """Another one over the same animator, which the end of this thread did not harm."""
        return EngineWorker(self.animator, self._wait_s, self.on_round)

    def _open(self, voice_id: int, options: VoiceOptions, sink: Callable[[Result], None]) -> None:
        try:
            self._voices[voice_id] = _Voice(self.animator.add(options), sink, traced=options.traced)
        except Exception:  # as in a round: one voice cannot begin, the others go on
            log.exception("a voice could not begin")
            sink(Result(Outcome(np.zeros((0, 52), np.float32), True, "The engine cannot begin this voice; try other options."), 0))

    def _push(self, voice_id: int, samples: np.ndarray) -> None:
        voice = self._voices.get(voice_id)
        if voice is not None and len(samples):
            voice.parts.append(samples)
            voice.waiting += len(samples)
            voice.begun_s = time.perf_counter() if voice.begun_s is None else voice.begun_s
            if voice.ready:
                self._is_ready(voice_id, voice)

    def _is_ready(self, voice_id: int, voice: _Voice) -> None:
        if voice_id not in self._ready:
            voice.ready_since_s = time.perf_counter()
            self._ready[voice_id] = voice

    def _finish(self, voice_id: int) -> None:
        voice = self._voices.get(voice_id)
        if voice is not None:
            voice.last = True
            self._is_ready(voice_id, voice)

    def _close(self, voice_id: int) -> None:
        self._ready.pop(voice_id, None)
        voice = self._voices.pop(voice_id, None)
        if voice is not None:
            self.animator.remove(voice.key)

    def run(self) -> None:
        """Work until stopped."""
        while not self._stopping:
            if not self._ready:
                self._obey(None)
                continue
            now_s = time.perf_counter()
            urgent = [item for item in self._ready.items() if not item[1].ahead(now_s)]
            # waiting for others saves at most a call, so it never takes longer than calls do
            wait_s = min(self._wait_s, self._took_s)
            rest_s = min(v.ready_since_s for _, v in urgent) + wait_s - now_s if urgent else 0.0
            if rest_s > 0 and self._others_may_come(now_s):
                self._obey(rest_s)
                continue
            if urgent:
                # a second step of a voice costs a fraction of its first, so live voices that are behind catch up in one call
                self._round(urgent, ROUND_S if len(urgent) == 1 else 0.0, _LIVE_STEPS)
            else:
                alone = all(voice.ahead(now_s) for voice in self._voices.values())
                self._round(list(self._ready.items()), ROUND_S if alone else SPARE_S, 1)
            self._obey(0.0)

    def _others_may_come(self, now_s: float) -> bool:
        """Whether there are live voices that have nothing to be animated yet."""
        return any(voice_id not in self._ready and not voice.ahead(now_s) for voice_id, voice in self._voices.items())

    def _obey(self, timeout_s: float | None) -> None:
        """Work off orders; wait for the first one as long as said (None: for ever)."""
        try:
            order = self._orders.get(timeout=timeout_s) if timeout_s != 0 else self._orders.get_nowait()
            while order is not None:
                order()
                order = self._orders.get_nowait()
            self._stopping = True
        except queue.Empty:
            return

    def _round(self, waiting: list[tuple[int, _Voice]], most_s: float, least_steps: int) -> None:
        """Animate voices in one call.

        Args:
            waiting: those who are ready.
            most_s: that the call should take.
            least_steps: that each of them may take in any case.
        """
        begun_s = time.perf_counter()
        steps_in_time = int(most_s / self._step_s)
        most_voices = MAX_BATCH if least_steps > 1 else min(max(steps_in_time, 1), MAX_BATCH)
        ready = sorted(waiting, key=lambda item: item[1].ready_since_s)[:most_voices]
        share = max(steps_in_time // len(ready), least_steps)
        heard = [voice.take(min(share, _MOST_STEPS)) for _, voice in ready]
        try:
            outcomes = self.animator.run(heard)
        except Exception:  # whatever a source does: its voices are told, the log has the trail, the others go on
            log.exception("a round of %d voices failed", len(ready))
            outcomes = [Outcome(np.zeros((0, 52), np.float32), True, "The engine failed on this sound; try again.")] * len(ready)
        now_s = time.perf_counter()
        for (voice_id, voice), outcome in zip(ready, outcomes, strict=True):
            voice.ready_since_s = now_s
            if not voice.ready:
                self._ready.pop(voice_id, None)
            voice.sink(Result(outcome, voice.heard, RoundTimes(begun_s, now_s - begun_s, len(ready)) if voice.traced else None))
            if outcome.done:
                self._close(voice_id)
        self._took_s += 0.1 * (now_s - begun_s - self._took_s)
        steps = sum(len(each.samples) for each in heard) / STEP
        if steps >= 1:
            self._step_s += 0.1 * ((now_s - begun_s) / steps - self._step_s)
        self.on_round(RoundReport(len(ready), steps * STEP / 16000, now_s - begun_s))

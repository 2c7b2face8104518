"""The event loop's side of the engine: seats that take sound without blocking and give frames as they come."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable

import numpy as np

from app.remote.protocol.messages import WireError
from app.remote.server.logs import note
from app.remote.server.metrics import Metrics
from app.remote.server.rounds import RoundTimes
from app.remote.server.voices.admission import Admission
from app.remote.server.voices.animators import RATE, Outcome, VoiceOptions
from app.remote.server.voices.process import ProcessWorker
from app.remote.server.voices.worker import LAST_WORD, EngineWorker, Result

#: sound that may lie in the engine's queue per voice; a push waits beyond it
QUEUE_S = 20.0
#: how often the event loop's lateness is looked at, and how exact its timers are
LOOK_S, _TIMER_S = 0.04, 0.002


Worker = EngineWorker | ProcessWorker


class Seat:
    """One caller's place in the engine: takes sound, gives frames. Made by Engine.open, ended by ``close`` in any case."""

    def __init__(self, engine: Engine, worker: Worker, options: VoiceOptions) -> None:
        #: is told when the voice's rounds ran
        self.on_round: Callable[[int, RoundTimes | None], None] | None = None
        #: takes every outcome at once, in place of ``frames``
        self.on_outcome: Callable[[Outcome], None] | None = None
        self._engine, self._worker = engine, worker
        self._frames: deque[np.ndarray] = deque()
        self._changed = asyncio.Event()
        #: samples at 16 kHz that it was given
        self.pushed = 0
        self._heard = 0
        self._done = self._closed = False
        self._error, self._code = "", "engine"
        self.begun_s = time.monotonic()
        self._id = worker.open(options, self._result_from_worker)

    def _result_from_worker(self, result: Result) -> None:
        self._engine.deliver(self, result)

    def take(self, result: Result) -> None:
        """Keep a result, or tell it; on the event loop."""
        if self._closed:
            return
        self._heard = result.heard
        self._changed.set()
        if self.on_round is not None:
            self.on_round(result.heard, result.times)
        if self.on_outcome is not None:
            self._done = self._done or result.outcome.done
            self.on_outcome(result.outcome)
            return
        if len(result.outcome.frames):
            self._frames.append(result.outcome.frames)
        self._done = self._done or result.outcome.done
        if result.outcome.error and not self._error:
            self._error, self._code = result.outcome.error, result.outcome.code

    @property
    def has_room(self) -> bool:
        """Whether sound is taken without waiting."""
        return self.pushed - self._heard <= QUEUE_S * RATE

    async def room(self) -> None:
        """Wait while the engine has plenty to do for this voice."""
        while not self.has_room and not self._done and not self._closed:
            self._changed.clear()
            await self._changed.wait()

    def push(self, samples: np.ndarray) -> None:
        """Let it hear (n,) float32 samples at 16 kHz."""
        self.pushed += len(samples)
        self._worker.push(self._id, samples)

    def finish(self) -> None:
        """No more sound comes."""
        self._worker.finish(self._id)

    async def frames(self) -> AsyncIterator[np.ndarray]:
        """Yield (k, 52) arrays as they are made, to the end of the clip.

        Raises:
            WireError: ``engine`` when the source failed, ``closing`` when the engine died and is started again.
        """
        while True:
            while self._frames:
                yield self._frames.popleft()
            if self._error:
                raise WireError(self._code, self._error)
            if self._done or self._closed:
                return
            self._changed.clear()
            await self._changed.wait()

    def close(self) -> None:
        """Give the place in the engine back; safe to call twice."""
        if not self._closed:
            self._closed = True
            self._worker.close(self._id)
            self._engine.seat_freed(self)
            self._changed.set()


class Engine:
    """Owns the worker between ``start`` and ``stop``.

    Args:
        worker: does the work; not started yet.
        admission: says who may begin.
        metrics: told about every round.
    """

    def __init__(self, worker: Worker, admission: Admission, metrics: Metrics) -> None:
        self.animator, self.admission = worker.animator, admission
        #: how late the event loop is at present
        self.lag_s = 0.0
        self._seats: set[Seat] = set()
        self._metrics, self._worker, self._joined = metrics, worker, False
        worker.on_round = metrics.round_done
        metrics.watch_engine(lambda: self._worker.pid)
        metrics.watch_lateness(lambda: self.admission.lateness)
        metrics.capacity.set_function(lambda: self.admission.capacity)
        metrics.engine_up.set_function(lambda: float(self.running))
        self._results: deque[tuple[Seat, Result]] = deque()
        self._told = False
        #: guards _results and _told: the worker's thread brings results, the event loop hands them out
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()

    def stop(self) -> None:
        """End the worker and wait for it; safe to call twice."""
        if not self._joined:
            self._joined = True
            self._worker.stop()
            self._worker.join()

    def another_worker(self) -> Worker:
        """Load a worker like the present one; for replace."""
        return self._worker.again()

    def replace(self, worker: Worker) -> None:
        """Work on with another worker; the former one has been stopped, and the seats that it had are told."""
        for seat in self._seats:
            seat.take(LAST_WORD)
        self._metrics.restarts.inc()
        self._worker, self.animator, self._joined = worker, worker.animator, False
        worker.on_round = self._metrics.round_done
        worker.start()

    @property
    def voices(self) -> int:
        """How many places are taken."""
        return len(self._seats)

    @property
    def capacity(self) -> int:
        """How many places there are at present."""
        return self.admission.capacity

    @property
    def running(self) -> bool:
        """Whether voices are served."""
        return not self._joined and self._worker.is_alive()

    def open(self, options: VoiceOptions) -> Seat:
        """Begin a voice.

        Raises:
            WireError: ``busy`` when all places are taken.
        """
        self.admission.admit(self.voices)
        self._loop = asyncio.get_running_loop()
        seat = Seat(self, self._worker, options)
        self._seats.add(seat)
        self._metrics.voices.set(self.voices)
        return seat

    def judge(self) -> None:
        """Let the admission look at the last second."""
        if self.admission.look(self.voices):
            note("capacity changed", voices=self.voices, capacity=self.admission.capacity)

    async def watch_the_loop(self) -> None:
        """Find how late the event loop is, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + LOOK_S
            await asyncio.sleep(LOOK_S)
            self.lag_s = max(loop.time() - due_s - _TIMER_S, 0.0)

    def deliver(self, seat: Seat, result: Result) -> None:
        """Hand a result to its seat (any thread); those of one round wake the event loop once."""
        with self._lock:
            self._results.append((seat, result))
            wake = not self._told and self._loop is not None and not self._loop.is_closed()
            self._told = self._told or wake
        if wake and self._loop is not None:
            self._loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        with self._lock:
            self._told = False
            results = list(self._results)
            self._results.clear()
        for seat, result in results:
            seat.take(result)

    def seat_freed(self, seat: Seat) -> None:
        """A place is free again."""
        self._seats.discard(seat)
        self.admission.ended(time.monotonic() - seat.begun_s)
        self._metrics.voices.set(self.voices)

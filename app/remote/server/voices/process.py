"""The engine in a process of its own.

torch gives the interpreter up at every operation; beside a busy event loop it would wait for it hundreds of times per round.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

from app.core.errors import PreviewError, SourceError
from app.remote.server.rounds import RoundReport
from app.remote.server.voices.animators import VoiceOptions, make_animator
from app.remote.server.voices.pace import EnginePace, measured
from app.remote.server.voices.parcels import packed_order, packed_round, packed_sound, unpacked, unpacked_round
from app.remote.server.voices.worker import LAST_WORD, EngineWorker, Result, Told, Word

#: sound of all voices goes to the engine in one message, at most so often: every message wakes two threads there
GATHER_S = 0.004
#: and at most once in so many times of a round, of which the engine then does nothing for the rest
ROUNDS_APART = 4.0
#: how much a round counts in the time that rounds take at present
_LATEST = 0.1


@dataclass(frozen=True)
class AnimatorFacts:
    """What the routes report about an animator; see Animator."""

    name: str
    label: str
    is_mock: bool
    owns_eyes: bool
    model: str
    look_ahead_ms: float
    device: str
    hears_all_first: bool


class ProcessWorker:
    """An EngineWorker in a child process; the same methods.

    Args:
        source: as on the command line.
        device: for the network.
        model: reported to VisemeSync's client.
        wait_s: the longest that a ready voice waits for others.

    Raises:
        SourceError: the source is missing something.
    """

    def __init__(self, source: str, device: str, model: str, wait_s: float) -> None:
        self._made_with = (source, device, model, wait_s)
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_engine_main, args=(theirs, source, device, model), name="engine", daemon=True)
        self._process.start()
        theirs.close()
        self.pid = self._process.pid or 0
        self._sinks: dict[int, Callable[[Result], None]] = {}
        #: guards _sinks and _gone: voices come and go on the event loop, their results come on the reader's thread
        self._lock = threading.Lock()
        self._gone = False
        self._ids = itertools.count(1)
        self._reader = threading.Thread(target=self._read, name="engine-results", daemon=True)
        self.on_round: Callable[[RoundReport], None] = lambda _: None
        self._wait_s = wait_s
        self._told: list[Told] = []
        #: when sound was sent last, whether its round is still awaited, how long rounds take, and when what was gathered is sent
        self._sent_s, self._awaited, self._took_s = 0.0, False, 0.0
        self._flushing: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.animator, self._pace = self._first_word()

    def _first_word(self) -> tuple[AnimatorFacts, EnginePace]:
        try:
            word = self._pipe.recv()
        except EOFError:
            word = LAST_WORD.outcome.error
        if isinstance(word, tuple):
            return word
        self.join()
        raise SourceError(str(word))

    def pace(self) -> EnginePace:
        """What the engine carries, as it was measured when it was loaded."""
        return self._pace

    def again(self) -> ProcessWorker:
        """Another one like this, in a new process; takes as long as loading the source does."""
        return ProcessWorker(*self._made_with)

    def start(self) -> None:
        """Begin to hand results out."""
        self._reader.start()

    def is_alive(self) -> bool:
        """Whether the engine runs."""
        return self._process.is_alive()

    def open(self, options: VoiceOptions, sink: Callable[[Result], None]) -> int:
        """See EngineWorker.open."""
        voice_id = next(self._ids)
        with self._lock:
            self._sinks[voice_id] = sink
            gone = self._gone
        if gone:  # the reader has told the voices of its time, and will not come back for this one
            sink(LAST_WORD)
        else:
            self._send(packed_order("open", voice_id, options))
        return voice_id

    def push(self, voice_id: int, samples: np.ndarray) -> None:
        """See EngineWorker.push; called on the event loop."""
        self._gather(voice_id, samples)

    def finish(self, voice_id: int) -> None:
        """See EngineWorker.finish; called on the event loop."""
        self._gather(voice_id, "finish")

    def close(self, voice_id: int) -> None:
        """See EngineWorker.close; called on the event loop."""
        with self._lock:
            self._sinks.pop(voice_id, None)
        self._gather(voice_id, "close")

    def _gather(self, voice_id: int, what: np.ndarray | Word) -> None:
        """Keep what a voice is to be told until it is sent with what others are."""
        self._told.append((voice_id, what))
        if self._flushing is None:
            self._loop = asyncio.get_running_loop()
            # a round that gives nothing, for want of a whole step, says nothing: it is not awaited for longer than rounds take
            apart_s = self._took_s + self._wait_s if self._awaited else self._apart_s
            self._flushing = self._loop.call_later(max(self._sent_s + apart_s - time.monotonic(), 0.0), self._flush)

    @property
    def _apart_s(self) -> float:
        """Seconds from one message of sound to the next: the more voices share a round, the less each of them costs."""
        return max(min(ROUNDS_APART * self._took_s, self._took_s + self._wait_s), GATHER_S)

    def _round_done(self, took_s: float) -> None:
        """The engine has nothing to do now; on the event loop."""
        self._took_s += _LATEST * (took_s - self._took_s)
        if self._awaited:
            self._awaited = False
            if self._flushing is not None and self._loop is not None:
                self._flushing.cancel()
                self._flushing = self._loop.call_later(max(self._sent_s + self._apart_s - time.monotonic(), 0.0), self._flush)

    def stop(self) -> None:
        """End the engine after the round it is in; join it afterwards."""
        self._send(packed_order("stop", 0, None))

    def discard(self) -> None:
        """End a worker that was never started."""
        self.stop()
        self.join()

    def join(self) -> None:
        """Wait for the end of the process."""
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        if self._reader.is_alive():
            self._reader.join()
        self._pipe.close()
        self._process.close()

    def _flush(self) -> None:
        """Hand over the sound that was gathered."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self._told:
            told, self._told = self._told, []
            self._sent_s, self._awaited = time.monotonic(), True
            self._send(packed_sound(told))

    def _send(self, parcel: bytes) -> None:
        try:
            self._pipe.send_bytes(parcel)
        except OSError:  # the child is gone; its voices are told by the reader
            return

    def _read(self) -> None:
        try:
            while True:
                results, report = unpacked_round(self._pipe.recv_bytes())
                with self._lock:
                    told = [(self._sinks[voice_id], result) for voice_id, result in results if voice_id in self._sinks]
                for sink, result in told:
                    sink(result)
                self.on_round(report)
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    if self._loop is not None:
                        self._loop.call_soon_threadsafe(self._round_done, report.took_s)
        except (EOFError, OSError):
            with self._lock:
                self._gone, left = True, list(self._sinks.values())
            for sink in left:
                sink(LAST_WORD)


def _engine_main(pipe: Connection, source: str, device: str, model: str) -> None:
    """The child: orders in, results out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        animator = make_animator(source, device, model)
    except PreviewError as error:
        pipe.send(str(error))
        return
    names = AnimatorFacts.__dataclass_fields__
    pipe.send((AnimatorFacts(**{name: getattr(animator, name) for name in names}), measured(animator)))
    results: list[tuple[int, Result]] = []

    def round_done(report: RoundReport) -> None:
        pipe.send_bytes(packed_round(results, report))
        results.clear()

    worker = EngineWorker(animator, 0.0, round_done)  # sound is gathered before it is sent here
    worker.start()
    inner: dict[int, int] = {}
    try:
        while (order := unpacked(pipe.recv_bytes()))[0] != "stop":
            word, voice_id, value = order
            if word == "open":
                inner[voice_id] = worker.open(value, lambda result, voice_id=voice_id: results.append((voice_id, result)))  # type: ignore[misc]
            else:
                worker.tell([(inner[each], what) for each, what in value if each in inner])
                for each in [each for each, what in value if isinstance(what, str) and what == "close"]:
                    inner.pop(each, None)
    except EOFError:
        worker.stop()
    worker.stop()
    worker.join()

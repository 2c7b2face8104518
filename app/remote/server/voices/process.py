"""The engine in a process of its own.

torch gives the interpreter up at every operation; beside a busy event loop it would wait for it hundreds of times per round.
"""

from __future__ import annotations

import asyncio
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
from app.remote.server.voices.worker import LAST_WORD, EngineWorker, Result

#: sound of all voices goes to the engine in one message, at most so often: every message wakes two threads there
GATHER_S = 0.004


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
        self._process = context.Process(target=_engine_main, args=(theirs, source, device, model, wait_s), name="engine", daemon=True)
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
        self._sound: list[tuple[int, np.ndarray]] = []
        self._sent_s = 0.0
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
            self._tell("open", voice_id, options)
        return voice_id

    def push(self, voice_id: int, samples: np.ndarray) -> None:
        """See EngineWorker.push; called on the event loop."""
        self._sound.append((voice_id, samples))
        if len(self._sound) == 1:
            wait_s = self._sent_s + GATHER_S - time.monotonic()
            loop = asyncio.get_running_loop()
            if wait_s > 0:
                loop.call_later(wait_s, self._flush)
            else:
                loop.call_soon(self._flush)

    def finish(self, voice_id: int) -> None:
        """See EngineWorker.finish."""
        self._tell("finish", voice_id, None)

    def close(self, voice_id: int) -> None:
        """See EngineWorker.close."""
        with self._lock:
            self._sinks.pop(voice_id, None)
        self._tell("close", voice_id, None)

    def stop(self) -> None:
        """End the engine after the round it is in; join it afterwards."""
        self._tell("stop", 0, None)

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
        if self._sound:
            sound, self._sound = self._sound, []
            self._sent_s = time.monotonic()
            self._send(packed_sound(sound))

    def _tell(self, word: str, voice_id: int, value: object) -> None:
        self._flush()
        self._send(packed_order(word, voice_id, value))

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
        except (EOFError, OSError):
            with self._lock:
                self._gone, left = True, list(self._sinks.values())
            for sink in left:
                sink(LAST_WORD)


def _engine_main(pipe: Connection, source: str, device: str, model: str, wait_s: float) -> None:
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

    worker = EngineWorker(animator, wait_s, round_done)
    worker.start()
    inner: dict[int, int] = {}
    try:
        while (order := unpacked(pipe.recv_bytes()))[0] != "stop":
            word, voice_id, value = order
            if word == "open":
                inner[voice_id] = worker.open(value, lambda result, voice_id=voice_id: results.append((voice_id, result)))  # type: ignore[misc]
            elif word == "push":
                worker.push_all([(inner[each], samples) for each, samples in value if each in inner])
            elif voice_id not in inner:
                continue  # a word that was under way while its voice was closed
            elif word == "finish":
                worker.finish(inner[voice_id])
            else:
                worker.close(inner.pop(voice_id))
    except EOFError:
        worker.stop()
    worker.stop()
    worker.join()

"""The generation thread: results, errors and cancellation reach the right job."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from app.core.speech import AudioClip, Speech
from app.core.track import Animation, concatenate
from app.lipsync.mock import MockSource
from app.lipsync.source import CancelToken
from app.lipsync.visemes import VisemeSource
from app.lipsync.worker import GenerationThread

SPEECH = Speech(AudioClip(np.zeros(16000 * 3, np.float32), 16000))


class Receiver:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.chunks: list[tuple[int, Animation]] = []
        self.done: list[int] = []
        self.errors: list[tuple[int, str]] = []

    def start(self, source) -> GenerationThread:
        """Run a source."""
        thread = GenerationThread(
            source,
            SPEECH,
            lambda job, chunk: self.chunks.append((job, chunk)),
            self.done.append,
            lambda job, error: self.errors.append((job, str(error))),
        )
        thread.start()
        return thread


def test_chunks_then_done():
    receiver = Receiver()
    thread = receiver.start(MockSource())
    thread.join(5)
    assert concatenate([chunk for _, chunk in receiver.chunks]).arkit.duration_s == 3.0
    assert receiver.done == [thread.job_id] and not receiver.errors
    assert {job for job, _ in receiver.chunks} == {thread.job_id}


def test_job_ids_differ():
    receiver = Receiver()
    threads = [receiver.start(MockSource()) for _ in range(3)]
    for thread in threads:
        thread.join(5)
    assert len({thread.job_id for thread in threads}) == 3


def test_errors_are_delivered():
    receiver = Receiver()
    thread = receiver.start(VisemeSource())
    thread.join(5)
    assert receiver.errors[0][0] == thread.job_id and "type the text" in receiver.errors[0][1]
    assert not receiver.done and not receiver.chunks


class Slow(MockSource):
    """Waits for permission before its second chunk."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.go_on = threading.Event(), threading.Event()

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """Chunks under the test's control."""
        for chunk in super().generate(speech, cancel):
            yield chunk
            self.first.set()
            self.go_on.wait(5)


def test_cancel_ends_within_a_chunk_and_says_nothing_more():
    receiver, source = Receiver(), Slow()
    thread = receiver.start(source)
    assert source.first.wait(5)
    thread.cancel()
    source.go_on.set()
    thread.join(5)
    assert not thread.is_alive() and thread.cancelled
    assert len(receiver.chunks) == 1 and not receiver.done and not receiver.errors

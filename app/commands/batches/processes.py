"""The pieces of ``batch`` in processes of this machine; one that kills its process costs itself, not the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol, TypeVar

from app.remote.link.trust import TRUSTED


class NamedPiece(Protocol):
    """A piece of work that says what it is about.

    Attributes:
        name: for messages.
    """

    @property
    def name(self) -> str:
        """For messages."""
        ...


Piece = TypeVar("Piece", bound=NamedPiece)
Made = TypeVar("Made")


def in_processes(pieces: Iterable[Piece], workers: int, work: Callable[[Piece], Made | str]) -> Iterator[tuple[int, Made | str]]:
    """As cluster.work.spread, on this machine; few pieces lie in memory at once.

    When a process dies, nothing says which piece it was that killed it: those that were under way are done again, each in a process of
    its own, and the others go on in new ones.

    Args:
        pieces: taken when there is room for them.
        workers: how many processes.
        work: a function of a module, so that the processes can import it.

    Yields:
        Number and result of every piece, as they are done.
    """
    waiting = enumerate(pieces)
    while suspects := (yield from _until_one_dies(waiting, workers, work)):
        for number, piece in suspects:
            yield number, _alone(piece, work)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _prepare, (workers, TRUSTED.kept()))


def _prepare(workers: int, trusted: dict[str, str]) -> None:
    """In a worker: share the processors instead of fighting for them; Ctrl+C is the first process's business."""
    TRUSTED.restore(trusted)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = str(max((os.cpu_count() or 1) // workers, 1))


def _until_one_dies(
    waiting: Iterator[tuple[int, Piece]], workers: int, work: Callable[[Piece], Made | str]
) -> Generator[tuple[int, Made | str], None, list[tuple[int, Piece]]]:
    """Results until a process dies; returns what was under way then, nothing when all is done."""
    running: dict[Future[Made | str], tuple[int, Piece]] = {}
    with _pool(workers) as pool:
        try:
            for number, piece in waiting:
                try:
                    running[pool.submit(work, piece)] = number, piece
                except BrokenProcessPool:
                    return [*running.values(), (number, piece)]
                if len(running) > workers + 1:
                    yield from _finished(running)
            while running:
                yield from _finished(running)
        except BrokenProcessPool:
            return list(running.values())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return []


def _finished(running: dict[Future[Made | str], tuple[int, Piece]]) -> Iterator[tuple[int, Made | str]]:
    """What is done by now, at least one."""
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        made = future.result()
        yield running.pop(future)[0], made


def _alone(piece: Piece, work: Callable[[Piece], Made | str]) -> Made | str:
    """A piece that may kill its process."""
    with _pool(1) as pool:
        try:
            return pool.submit(work, piece).result()
        except BrokenProcessPool:
            return f"{piece.name} made its process die, perhaps for lack of memory; cut it into shorter files, or convert it."

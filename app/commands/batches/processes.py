"""The clips of ``batch`` in processes of this machine; one that kills its process costs itself, not the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from app.commands.batches.work import AnimatedClip, BatchClip, animate_clip

Numbered = tuple[int, BatchClip]
Result = tuple[int, AnimatedClip | str]


def in_processes(clips: Iterator[BatchClip], workers: int) -> Iterator[Result]:
    """As cluster.work.spread, on this machine; few clips lie in memory at once.

    When a process dies, nothing says which clip it was that killed it: those that were under way are done again, each in a process of
    its own, and the others go on in new ones.

    Args:
        clips: what to animate.
        workers: how many processes.

    Yields:
        Number and result of every clip, as they are done.
    """
    waiting = enumerate(clips)
    while suspects := (yield from _until_one_dies(waiting, workers)):
        for number, clip in suspects:
            yield number, _alone(clip)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _one_thread_each, (workers,))


def _one_thread_each(workers: int) -> None:
    """In a worker: share the processors instead of fighting for them; Ctrl+C is the first process's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = str(max((os.cpu_count() or 1) // workers, 1))


def _until_one_dies(waiting: Iterator[Numbered], workers: int) -> Generator[Result, None, list[Numbered]]:
    """Results until a process dies; returns what was under way then, nothing when all is done."""
    running: dict[Future[AnimatedClip | str], Numbered] = {}
    with _pool(workers) as pool:
        try:
            for number, clip in waiting:
                try:
                    running[pool.submit(animate_clip, clip)] = number, clip
                except BrokenProcessPool:
                    return [*running.values(), (number, clip)]
                if len(running) > workers + 1:
                    yield from _finished(running)
            while running:
                yield from _finished(running)
        except BrokenProcessPool:
            return list(running.values())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return []


def _finished(running: dict[Future[AnimatedClip | str], Numbered]) -> Iterator[Result]:
    """What is done by now, at least one."""
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        made = future.result()
        yield running.pop(future)[0], made


def _alone(clip: BatchClip) -> AnimatedClip | str:
    """A clip that may kill its process."""
    with _pool(1) as pool:
        try:
            return pool.submit(animate_clip, clip).result()
        except BrokenProcessPool:
            return f"{clip.name} made its process die, perhaps for lack of memory; cut it into shorter files, or convert it."

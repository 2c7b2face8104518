"""The voices of a load in processes of their own, so that whoever is measured is the server and not the measurer."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from app.core.errors import ServiceError
from app.remote.load.voice import LoadPlan, LoadVoice, VoiceReport

#: voices of one process; more would come late by its own fault
VOICES_EACH = 32
#: what stopped voices may take to report
_LAST_WORD_S = 5.0


@dataclass
class CrowdReport:
    """What all voices of one load saw.

    Attributes:
        plan: what they were to do.
        voices: a report each; fewer than were asked for when a process broke off.
        own_share: of a core that the busiest process of this side took while they spoke.
        wall_s: from the first voice to the last word.
        stopped: it was ended before its time.
    """

    plan: LoadPlan
    voices: list[VoiceReport] = field(default_factory=list)
    own_share: float = 0.0
    wall_s: float = 0.0
    stopped: bool = False


def _speak_together(pipe: Connection, plan: LoadPlan, numbers: list[int], cores: set[int] | None) -> None:
    """The child: some of the voices."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process of a terminal; the parent says when to stop
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    pipe.send(None)  # everything is imported: the voices of all processes begin together
    pipe.recv()
    begun_s, busy_s = time.perf_counter(), time.process_time()
    reports = asyncio.run(_all_voices(pipe, plan, numbers))
    share = (time.process_time() - busy_s) / max(time.perf_counter() - begun_s, 1e-6)
    pipe.send((reports, share))


async def _all_voices(pipe: Connection, plan: LoadPlan, numbers: list[int]) -> list[VoiceReport]:
    tasks = [asyncio.create_task(LoadVoice(plan, number).run()) for number in numbers]
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for task in tasks:
            task.cancel()

    def until_told() -> None:
        try:
            pipe.recv()
            loop.call_soon_threadsafe(stop)
        except (EOFError, OSError, RuntimeError):  # the parent is gone, or the voices are
            return

    threading.Thread(target=until_told, daemon=True).start()
    return list(await asyncio.gather(*tasks))


def speak_together(plan: LoadPlan, cores: set[int] | None = None) -> CrowdReport:
    """Let the voices of a plan speak.

    Args:
        plan: what they do.
        cores: processor cores to speak on; None for all.

    Returns:
        What they saw; after Ctrl+C (KeyboardInterrupt) what they had seen so far, with ``stopped``.

    Raises:
        ServiceError: the processes of the voices broke off.
    """
    context = multiprocessing.get_context("spawn")
    count = -(-plan.voices // VOICES_EACH)
    report = CrowdReport(plan)
    started: list[tuple[SpawnProcess, Any]] = []
    try:
        for first in range(count):
            ours, theirs = context.Pipe()
            numbers = list(range(first, plan.voices, count))
            process = context.Process(target=_speak_together, args=(theirs, plan, numbers, cores), daemon=True)
            process.start()
            theirs.close()
            started.append((process, ours))
        pipes = [pipe for _, pipe in started]
        for pipe in pipes:
            pipe.recv()
        begun_s = time.perf_counter()
        for pipe in pipes:
            pipe.send("begin")
        _gather(pipes, report)
        report.wall_s = time.perf_counter() - begun_s
    except (EOFError, OSError) as error:
        raise ServiceError("The processes of the voices broke off; try fewer voices.") from error
    finally:
        _end(started)
    return report


def _gather(pipes: list[Connection], report: CrowdReport) -> None:
    """Wait for the reports of all processes; Ctrl+C asks for what there is."""
    open_ones = list(pipes)
    give_up_s: float | None = None
    while open_ones and (give_up_s is None or time.monotonic() < give_up_s):
        try:
            told = wait(open_ones, 0.5)
            for pipe in [each for each in open_ones if each in told]:
                voices, share = pipe.recv()
                report.voices += voices
                report.own_share = max(report.own_share, share)
                open_ones.remove(pipe)
        except KeyboardInterrupt:
            report.stopped, give_up_s = True, time.monotonic() + _LAST_WORD_S
            for pipe in open_ones:
                pipe.send("stop")


def _end(started: list[tuple[SpawnProcess, Any]]) -> None:
    for process, pipe in started:
        pipe.close()
        process.join(1.0)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()

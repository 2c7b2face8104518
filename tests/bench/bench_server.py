"""How many voices one core carries in real time, through a real server and real sockets; first frame, memory; voices of a minute.

The server is bound to one core, and the voices speak from processes of their own on the others (app.remote.load), so that neither waits
for the other's interpreter. Lateness counts from the moment at which the sound that a frame needs had been spoken: the network's
look-ahead is no lateness. A number of voices is held when all are admitted, none breaks off, and 99 % of the frames are in time.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.core.errors import ServiceError
from app.remote.client.known_server import known_server
from app.remote.load.crowd import speak_together
from app.remote.load.figures import server_figures
from app.remote.load.table import LoadRow, row_of
from app.remote.load.voice import RATE, LoadPlan, hum
from tests.bench.budgets import Budget

ROOT = Path(__file__).resolve().parents[2]
FPS = 30
DURATION_S = 5.0
LATEST_MS = 50.0
TRIED = (1, 8, 12, 16, 32, 64, 80, 100, 128, 192, 256)
MODES = ("a2f:light", "a2f")
BUDGETS = (
    Budget("a2f:light: real-time voices on one core (p99 <= 50 ms)", "voices", least=100.0),
    Budget("a2f: real-time voices on one core (p99 <= 50 ms)", "voices", least=12.0),
)
#: voices that speak for long, with and without acknowledging; what they take in the first and the last part of it is compared
LONG_S, LONG_VOICES, PART_S = 60.0, 8, 12.0


class Held(NamedTuple):
    """The most voices that were held, what they saw, and what one of the most that were tried took."""

    voices: int
    row: LoadRow
    first_ms: float
    busy: float
    memory: float


def _cores() -> tuple[set[int], set[int]]:
    """A core for the server, and the others for the voices."""
    every = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}
    server = {min(every)}
    return server, (every - server) or server


@contextlib.contextmanager
def running_server(source: str) -> Iterator[str]:
    """A server on one core -> its address."""
    command = [sys.executable, "-m", "app", "serve", "--source", source, "--port", "0", "--per-address", "512"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, _cores()[0])  # a single core, as the figure says
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            raise ServiceError("The server did not start; see what it lacks with: python -m app serve.")
        _wait_until_ready(found[0])
        yield found[0]
    finally:
        process.terminate()
        process.communicate()


def _wait_until_ready(url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        with contextlib.suppress(OSError):
            if opener.open(f"{url}/v1/health/ready", timeout=5).status == 200:
                return
        time.sleep(0.05)


def speak(url: str, voices: int, seconds: float = DURATION_S, acks: bool = False) -> LoadRow:
    """So many voices on the other cores."""
    before = server_figures(known_server(url, ""))
    crowd = speak_together(LoadPlan(url, voices, seconds, FPS, acks=acks), _cores()[1])
    return row_of(crowd, before, server_figures(known_server(url, "")))


def _climb(url: str) -> Held:
    """More and more voices, until they come late or are refused twice."""
    speak(url, 1)  # the first voice after the start pays for what is loaded late
    alone = speak(url, 1)
    empty = server_figures(known_server(url, "")).memory or 0.0
    held, best, busy, grown = 0, alone, 0.0, 0.0
    for count in TRIED:
        for _ in range(2):
            row = speak(url, count)
            good = not row.refused and not row.broken and row.late_ms["p99"] <= LATEST_MS
            if good:
                break
        # also of the first number that was too many: the processor time does not depend on what else runs on the machine
        busy, grown = (row.server_cpu or 0.0) / max(row.admitted, 1), ((row.server_memory or 0.0) - empty) / max(row.admitted, 1)
        if not good:
            break
        held, best = count, row
    return Held(held, best, alone.first_ms["p50"], busy, grown)


def _measure(source: str) -> list[dict]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    with running_server(source) as url:
        offered = server_figures(known_server(url, "")).capacity or 0
        held = _climb(url)
    return [
        {"name": f"{source}: voices that the server offered at its start", "value": offered, "unit": "voices"},
        {"name": f"{source}: real-time voices on one core (p99 <= 50 ms)", "value": held.voices, "unit": "voices"},
        {"name": f"{source}: p99 lateness at that number", "value": held.row.late_ms["p99"], "unit": "ms"},
        {"name": f"{source}: first block to first frame, one voice", "value": held.first_ms, "unit": "ms"},
        {"name": f"{source}: of it the network's look-ahead", "value": held.row.look_ahead_ms - 1e3 / FPS, "unit": "ms"},
        {"name": f"{source}: others' load when it began", "value": load, "unit": "processes"},
        {"name": f"{source}: processor time of a voice, most tried", "value": held.busy * 100, "unit": "% of a core"},
        {"name": f"{source}: memory per voice", "value": max(held.memory, 0) / 1e6, "unit": "MB"},
    ]


def long_voices(seconds: float = LONG_S, part_s: float = PART_S) -> list[dict]:
    """Voices of a minute at two servers at once, one acknowledged and one not: what a server takes at the end it took at the beginning."""
    with running_server("mock") as acked, running_server("mock") as silent:
        urls = {"with acks": acked, "without acks": silent}
        speakers = [
            threading.Thread(target=speak, args=(url, LONG_VOICES, seconds), kwargs={"acks": name == "with acks"}, name=name)
            for name, url in urls.items()
        ]
        for speaker in speakers:
            speaker.start()
        time.sleep(5.0)  # their processes start, and they begin over a second
        first = _shares(urls, part_s)
        time.sleep(max(seconds - 2 * part_s - 4.0, 0.0))
        last = _shares(urls, part_s)
        for speaker in speakers:
            speaker.join()
    rows = []
    for name in urls:
        rows += [
            {"name": f"{LONG_VOICES} voices of {seconds:g} s {name}: at the beginning", "value": 100 * first[name], "unit": "% of a core"},
            {"name": f"{LONG_VOICES} voices of {seconds:g} s {name}: at the end", "value": 100 * last[name], "unit": "% of a core"},
        ]
    return rows


def _shares(urls: dict[str, str], part_s: float) -> dict[str, float]:
    """Of a core, what each server takes from now on for so long."""
    before = {name: server_figures(known_server(url, "")).busy_s or 0.0 for name, url in urls.items()}
    begun_s = time.perf_counter()
    time.sleep(part_s)
    took_s = time.perf_counter() - begun_s
    return {name: ((server_figures(known_server(url, "")).busy_s or 0.0) - before[name]) / took_s for name, url in urls.items()}


def _engine(mode: str) -> dict:
    """Seconds of sound per second of the engine alone, 32 voices in a call."""
    import torch

    from models.batching import FacePool, Piece
    from models.runtime import STEP, FaceNet

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    pool = FacePool(FaceNet.load("light" if mode == "a2f:light" else "quality"))
    rows = [pool.add(FPS, blinks=True, seed=i) for i in range(32)]
    sound = hum(4.0).astype(np.float32)[: 100 * STEP] / 32768
    blocks = np.split(sound, 100)
    for block in blocks[:70]:
        pool.run([Piece(row, block) for row in rows])
    begun_s = time.process_time()
    for block in blocks[70:]:
        pool.run([Piece(row, block) for row in rows])
    took_s = time.process_time() - begun_s
    torch.set_num_threads(threads)
    name = f"{mode} on {pool.net.device_label}: engine alone, 32 live voices"
    return {"name": name, "value": 32 * 30 * STEP / RATE / took_s, "unit": "x real time"}


def run() -> list[dict]:
    """Both networks, and the voices of a minute."""
    return [*(row for mode in MODES for row in (_engine(mode), *_measure(mode))), *long_voices()]

"""How many voices one core carries in real time, through a real server and real sockets; first frame; memory per voice.

The server is bound to one core, and the voices speak from a process of their own on the others, so that neither waits for the other's
interpreter. Lateness counts from the moment at which the sound that a frame needs had been spoken: the network's look-ahead is no lateness.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import numpy as np
from websockets.asyncio.client import connect

from app.core.errors import ServiceError
from app.remote.protocol.messages import End, Ended, Frames, Ready, Sound, Start
from app.remote.protocol.wire import MAX_MESSAGE, decode, encode

ROOT = Path(__file__).resolve().parents[2]
FPS, RATE = 30, 16000
BLOCK = RATE // FPS
DURATION_S = 5.0
LATEST_S = 0.05
#: sound is heard in steps of 20 ms: a frame can wait this much longer than the network's look-ahead says
STEP_EXTRA_S = 0.0075
TRIED = (1, 4, 6, 8, 12, 16, 24, 32, 48, 64, 80, 96, 128, 160, 192, 256)
MODES = ("a2f:light", "a2f")


class Heard(NamedTuple):
    """What voices that spoke together saw: seconds of lateness (99th percentile), of the first frame, of the look-ahead in it."""

    p99_s: float
    first_s: float
    look_ahead_s: float


def _cores() -> tuple[set[int], set[int]]:
    """A core for the server, and the others for the voices."""
    every = os.sched_getaffinity(0)
    server = {min(every)}
    return server, (every - server) or server


def _start(source: str) -> tuple[subprocess.Popen, str]:
    command = [sys.executable, "-m", "app", "serve", "--source", source, "--port", "0", "--max-streams", "512"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, _cores()[0])  # a single core, as the figure says
    line = process.stdout.readline() if process.stdout else ""
    found = re.search(r"http://(\S+)", line)
    if found is None:
        process.kill()
        process.wait()
        raise ServiceError("The server did not start; see what it lacks with: python -m app serve.")
    while True:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"http://{found[1]}/v1/health/ready", timeout=5).status == 200:
                return process, f"ws://{found[1]}/v1/stream"
        time.sleep(0.05)


def _voice(duration_s: float) -> bytes:
    t = np.arange(round(duration_s * RATE)) / RATE
    tone = np.sin(2 * np.pi * 140 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    return (8000 * tone).astype("<i2").tobytes()


def _spoken_s(frame: int, look_ahead_s: float, total: int) -> float:
    """When the block with the last sample that a frame needs has been spoken."""
    needed = (frame / FPS + look_ahead_s + STEP_EXTRA_S) * RATE
    return min(-(-int(needed) // BLOCK) * BLOCK, total) / RATE


async def _stream(address: str, pcm: bytes, delay_s: float) -> tuple[list[float], float, float]:
    """Speak in real time; returns how late every frame came, the time from the first block to the first frame, the look-ahead."""
    await asyncio.sleep(delay_s)
    async with connect(address, compression=None, max_size=MAX_MESSAGE, proxy=None, open_timeout=30) as socket:
        await socket.send(encode(Start(RATE, "s16le", FPS)))
        ready = decode(await socket.recv())
        assert isinstance(ready, Ready)
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        speaking = asyncio.create_task(_speak(socket, pcm, begun_s))
        late_s: list[float] = []
        first_s = 0.0
        while isinstance(message := decode(await socket.recv()), Frames):
            now_s = loop.time() - begun_s
            first_s = first_s or now_s - BLOCK / RATE
            frames = range(message.first_frame, message.first_frame + len(message.weights))
            late_s += [now_s - _spoken_s(i, ready.look_ahead_ms / 1000, len(pcm) // 2) for i in frames]
        assert isinstance(message, Ended) and len(late_s) == message.frame_count
        await speaking
        return late_s, first_s, ready.look_ahead_ms / 1000


async def _speak(socket, pcm: bytes, begun_s: float) -> None:
    loop = asyncio.get_running_loop()
    for sequence, at in enumerate(range(0, len(pcm) // 2, BLOCK)):
        data = pcm[2 * at : 2 * (at + BLOCK)]
        await asyncio.sleep(max(begun_s + (at + len(data) // 2) / RATE - loop.time(), 0))
        await socket.send(encode(Sound(sequence, at, at / RATE, data)))
    await socket.send(encode(End()))


async def _together(address: str, count: int) -> Heard:
    """``count`` voices in this process, begun over one second."""
    pcm = _voice(DURATION_S)
    found = await asyncio.gather(*(_stream(address, pcm, i / count) for i in range(count)))
    late_s = np.concatenate([late for late, _, _ in found])
    return Heard(float(np.percentile(late_s, 99)), float(np.median([first for _, first, _ in found])), found[0][2])


def _speakers(address: str, count: int) -> Heard:
    """``count`` voices in a process of their own."""
    command = [sys.executable, str(Path(__file__).resolve()), address, str(count)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, _cores()[1])
        answer = process.communicate()[0]
    if process.returncode:
        raise RuntimeError("the voices broke off")
    return Heard(*json.loads(answer))


def _family(pid: int) -> list[int]:
    """The server and its engine (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *(one for child in children.read_text().split() for one in _family(int(child)))] if children.exists() else []


def _memory(pid: int) -> int:
    """Bytes in memory of all its processes."""
    return sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in _family(pid)) * os.sysconf("SC_PAGE_SIZE")


def _processor_s(pid: int) -> float:
    """Seconds of processor time of all its processes."""
    words = [Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split() for one in _family(pid)]
    return sum(int(word[11]) + int(word[12]) for word in words) / os.sysconf("SC_CLK_TCK") if words else 0.0


def _climb(address: str, pid: int) -> tuple[int, Heard, float, float]:
    """More and more voices, until they come late twice; the number held, what was heard then, processor time and memory per voice."""
    _speakers(address, 1)  # the first voice after the start pays for what is loaded late
    alone = _speakers(address, 1)
    held, best, busy, grown, before = 0, alone, 0.0, 0.0, _memory(pid)
    for count in TRIED:
        for _ in range(2):
            spent_s = _processor_s(pid)
            heard = _speakers(address, count)
            spent_s = _processor_s(pid) - spent_s
            if heard.p99_s <= LATEST_S:
                break
        # also of the first number that was too many: the processor time does not depend on what else runs on the machine
        busy, grown = spent_s / (count * DURATION_S), (_memory(pid) - before) / count
        if heard.p99_s > LATEST_S:
            break
        held, best = count, Heard(heard.p99_s, alone.first_s, heard.look_ahead_s)
    return held, best, busy, grown


def _measure(source: str) -> list[dict]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    process, address = _start(source)
    try:
        held, heard, busy, grown = _climb(address, process.pid)
    finally:
        process.terminate()
        process.wait()
    rows = [
        {"name": f"{source}: real-time voices on one core (p99 <= 50 ms)", "value": held, "unit": "voices"},
        {"name": f"{source}: p99 lateness at that number", "value": heard.p99_s * 1e3, "unit": "ms"},
        {"name": f"{source}: first block to first frame, one voice", "value": heard.first_s * 1e3, "unit": "ms"},
        {"name": f"{source}: of it the network's look-ahead", "value": heard.look_ahead_s * 1e3 - 1e3 * BLOCK / RATE, "unit": "ms"},
        {"name": f"{source}: others' load when it began", "value": load, "unit": "processes"},
    ]
    if busy:
        rows += [
            {"name": f"{source}: processor time of a voice, most tried", "value": busy * 100, "unit": "% of a core"},
            {"name": f"{source}: memory per voice", "value": max(grown, 0) / 1e6, "unit": "MB"},
        ]
    return rows


def _engine(mode: str) -> dict:
    """Seconds of sound per second of the engine alone, 32 voices in a call."""
    import torch

    from models.batching import FacePool, Piece
    from models.runtime import STEP, FaceNet

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    pool = FacePool(FaceNet.load("light" if mode == "a2f:light" else "quality"))
    rows = [pool.add(FPS, blinks=True, seed=i) for i in range(32)]
    sound = np.frombuffer(_voice(4.0), "<i2").astype(np.float32)[: 100 * STEP] / 32768
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
    """Both networks."""
    return [row for mode in MODES for row in (_engine(mode), *_measure(mode))]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_together(sys.argv[1], int(sys.argv[2])))))

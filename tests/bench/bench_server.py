"""How many voices one core carries in real time, through a real server and real sockets; first frame; memory per voice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect

from app.remote.messages import End, Ended, Frames, Ready, Sound, Start
from app.remote.wire import MAX_MESSAGE, decode, encode

ROOT = Path(__file__).resolve().parents[2]
FPS, RATE = 30, 16000
BLOCK = RATE // FPS
DURATION_S = 5.0
LATEST_S = 0.05
TRIED = (4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
MODES = ("a2f:light", "a2f")


def _start(source: str) -> tuple[subprocess.Popen, str]:
    command = [sys.executable, "-m", "app", "serve", "--source", source, "--port", "0", "--max-streams", "512"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})  # a single core, as the figure says
    line = process.stdout.readline() if process.stdout else ""
    found = re.search(r"http://(\S+)", line)
    if found is None:
        process.kill()
        process.wait()
        raise RuntimeError("the server did not start")
    while True:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"http://{found[1]}/v1/health/ready", timeout=5).status == 200:
                return process, f"ws://{found[1]}/v1/stream"
        time.sleep(0.05)


def _voice(duration_s: float) -> bytes:
    t = np.arange(round(duration_s * RATE)) / RATE
    tone = np.sin(2 * np.pi * 140 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    return (8000 * tone).astype("<i2").tobytes()


async def _stream(address: str, pcm: bytes, delay_s: float) -> tuple[list[float], float]:
    """Speak in real time; returns how late every frame came, and the time from the first block to the first frame."""
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
            first_s = first_s or now_s
            for i in range(message.first_frame, message.first_frame + len(message.weights)):
                # a frame can be made once the sound up to its look-ahead was spoken and its block sent
                spoken_s = min((int((i / FPS + ready.look_ahead_ms / 1000) * FPS) + 1) / FPS, len(pcm) / 2 / RATE)
                late_s.append(now_s - spoken_s)
        assert isinstance(message, Ended) and len(late_s) == message.frame_count
        await speaking
        return late_s, first_s


async def _speak(socket, pcm: bytes, begun_s: float) -> None:
    loop = asyncio.get_running_loop()
    for sequence, at in enumerate(range(0, len(pcm) // 2, BLOCK)):
        data = pcm[2 * at : 2 * (at + BLOCK)]
        await asyncio.sleep(max(begun_s + (at + len(data) // 2) / RATE - loop.time(), 0))
        await socket.send(encode(Sound(sequence, at, at / RATE, data)))
    await socket.send(encode(End()))


async def _together(address: str, count: int) -> tuple[float, float]:
    """p99 lateness and median first frame of ``count`` voices, in seconds."""
    pcm = _voice(DURATION_S)
    found = await asyncio.gather(*(_stream(address, pcm, i / count) for i in range(count)))
    late_s = np.concatenate([late for late, _ in found])
    return float(np.percentile(late_s, 99)), float(np.median([first for _, first in found]))


def _memory(process: subprocess.Popen) -> int:
    statm = Path(f"/proc/{process.pid}/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


def _measure(source: str) -> list[dict]:
    process, address = _start(source)
    try:
        _, first_s = asyncio.run(_together(address, 1))
        before, held, late_s, carried = _memory(process), 0, 0.0, 0
        for count in TRIED:
            p99_s, _ = asyncio.run(_together(address, count))
            if p99_s > LATEST_S:
                break
            held, late_s = count, p99_s
            carried = _memory(process) - before
    finally:
        process.terminate()
        process.wait()
    rows = [
        {"name": f"{source}: real-time voices on one core (p99 <= 50 ms)", "value": held, "unit": "voices"},
        {"name": f"{source}: p99 lateness at that number", "value": late_s * 1e3, "unit": "ms"},
        {"name": f"{source}: first block to first frame, one voice", "value": first_s * 1e3, "unit": "ms"},
    ]
    if held and carried > 0:
        rows.append({"name": f"{source}: memory per voice", "value": carried / held / 1e6, "unit": "MB"})
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

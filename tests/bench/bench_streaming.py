"""Live faces to several receivers at once, as other programs hear them: rate, jitter and losses, alone and beside busy neighbours."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from app.core.face_frame import FaceFrame
from app.streaming.address import Address
from app.streaming.broadcast import Broadcast, StreamOptions

_EAR = Path(__file__).resolve().parents[1] / "wires" / "independent.py"
_SECONDS = 10.0
_RATE = 60.0
_WIRES = ("livelink", "livelink", "vmc", "websocket")


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _moving(now_s: float) -> FaceFrame:
    weights = (0.5 + 0.5 * np.sin(now_s * 7 + np.arange(52))).astype(np.float32)
    return FaceFrame(weights, np.zeros(9, np.float32), happened_s=now_s)


def _heard(neighbours: int) -> list[dict]:
    """What each receiver heard, while so many processes compute without pause."""
    kinds = [socket.SOCK_STREAM if wire == "websocket" else socket.SOCK_DGRAM for wire in _WIRES]
    addresses = [Address(wire, "127.0.0.1", _free_port(kind)) for wire, kind in zip(_WIRES, kinds, strict=True)]
    with ExitStack() as stack:
        for _ in range(neighbours):
            busy = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(busy.kill)
        words = [[sys.executable, str(_EAR), a.wire, str(a.port), str(_SECONDS)] for a in addresses]
        ears = [stack.enter_context(subprocess.Popen(each, stdout=subprocess.PIPE, text=True)) for each in words]
        stack.enter_context(Broadcast(_moving, addresses, StreamOptions(_RATE)))
        return [json.loads(ear.communicate(timeout=120)[0]) for ear in ears]


def _rows(title: str, heard: list[dict]) -> list[dict]:
    rows = []
    for i, (wire, one) in enumerate(zip(_WIRES, heard, strict=True)):
        steps_s, frames = np.diff(one["arrived"]), np.diff(one["frames"])
        name = f"{wire} {i + 1}, {title}"
        jitter_ms = 1e3 * np.abs(steps_s - frames / _RATE)
        rows += [
            {"name": f"{name}: rate", "value": float(1 / steps_s.mean()), "unit": "Hz"},
            {"name": f"{name}: jitter p50", "value": float(np.percentile(jitter_ms, 50)), "unit": "ms"},
            {"name": f"{name}: jitter p99", "value": float(np.percentile(jitter_ms, 99)), "unit": "ms"},
            {"name": f"{name}: lost", "value": float((frames - 1).clip(0).sum()), "unit": "faces"},
        ]
    return rows


def run() -> list[dict]:
    """Measure with four receivers at once.

    Returns:
        Rows {name, value, unit}; jitter is how far the time between two arrivals is from the time between the faces.
    """
    count = os.cpu_count() or 1
    return [*_rows("alone", _heard(0)), *_rows(f"beside {count} busy processes", _heard(count))]

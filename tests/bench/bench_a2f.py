"""Audio2Face: speed on one core, delay of a live chunk, and whether the mouth opens as a real one did; bench lipsync has the rest."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Literal

import numpy as np

from app.audio.clips import read_clip, resample
from app.lipsync.a2f import load_net
from models.engines.engine import has_nvidia_driver
from models.measure import aperture
from models.runtime import FaceNet
from tests.bench.budgets import Budget

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
MODES: tuple[Literal["light", "quality"], ...] = ("light", "quality")
BUDGETS = (
    Budget("a2f light: offline, one core", "x real time", least=800.0),
    Budget("a2f light: live chunk of 20 ms, median", "ms", most=0.6),
    Budget("a2f quality: offline, one core", "x real time", least=200.0),
    Budget("a2f quality: live chunk of 20 ms, median", "ms", most=2.5),
)


def _speed(net: FaceNet, sound: np.ndarray) -> list[dict]:
    """Offline factor and the time of 20 ms chunks, in CPU time of one thread so that a busy machine does not matter."""
    net.infer(sound[:16000])
    whole = []
    for _ in range(5):
        started_s = time.process_time()
        net.infer(sound)
        whole.append(time.process_time() - started_s)
    offline = (len(sound) / 16000) / float(np.median(whole))
    stream = net.stream()
    stream.push(sound[:32000])
    spent = []
    for place in range(32000, 32000 + 200 * 320, 320):
        started_s = time.process_time()
        stream.push(sound[place : place + 320])
        spent.append(1000 * (time.process_time() - started_s))
    return [
        {"name": f"a2f {net.mode}: offline, one core", "value": offline, "unit": "x real time"},
        {"name": f"a2f {net.mode}: live chunk of 20 ms, median", "value": float(np.median(spent)), "unit": "ms"},
        {"name": f"a2f {net.mode}: look-ahead", "value": net.look_ahead_ms, "unit": "ms"},
    ]


def _facegood(net: FaceNet) -> list[dict]:
    """Correlation of the opening with a real rig's jaw (FACEGOOD, Mandarin, 30 fps)."""
    folder = SHARED / "data" / "captures" / "facegood"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # written by Python 2
        names = list(np.load(folder / "shirley_1119_bs_name316.npy"))
        captured = {p.stem: np.load(folder / f"bs_value_{p.stem}.npy").reshape(-1, len(names)) for p in sorted(folder.glob("*.wav"))}
    column = next(i for i, n in enumerate(names) if "mouth_stretch_c" in str(n))
    found = []
    for path in sorted(folder.glob("*.wav")):
        curves = captured[path.stem][:, column]
        gap = aperture(net.infer(resample(read_clip(path), 16000).samples, fps=30))[: len(curves)]
        curves = curves[: len(gap)]
        found.append(max(float(np.corrcoef(np.roll(gap, k), curves)[0, 1]) for k in range(-3, 4)))
    return [{"name": f"a2f {net.mode}: correlation with a real jaw (FACEGOOD)", "value": float(np.mean(found)), "unit": "r"}]


def run() -> list[dict]:
    """All rows of both modes."""
    rng = np.random.default_rng(1)
    sound = (0.1 * rng.normal(size=20 * 16000) * np.abs(np.sin(np.arange(20 * 16000) / 4000))).astype(np.float32)
    rows = []
    for mode in MODES:
        net = load_net(mode, "cpu")
        rows += _speed(net, sound)
        if (SHARED / "data" / "MANIFEST.md").exists():
            rows += _facegood(net)
    if has_nvidia_driver():
        rows += _cuda(sound)
    return rows


def _cuda(sound: np.ndarray) -> list[dict]:
    """Throughput of 32 voices at once on the GPU."""
    rows = []
    for mode in MODES:
        net = load_net(mode, "cuda")
        batch = np.tile(sound, (32, 1))
        net.infer(batch[:, :16000])
        started_s = time.perf_counter()
        net.infer(batch)
        factor = batch.size / 16000 / (time.perf_counter() - started_s)
        rows.append({"name": f"a2f {mode}: CUDA, 32 streams", "value": factor, "unit": "x real time"})
    return rows

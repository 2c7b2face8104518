"""Speed of NVIDIA bundles: the network per engine, the animator, the solver. Weights are random, sizes are the real ones."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from models.nvidia.animator import SkinAnimator, skin_matrices
from models.nvidia.engines import NetworkEngine, open_network
from models.nvidia.layout import Basis, Identity, PoseRig
from models.nvidia.names import SKIN_POSES
from models.nvidia.onnx_file import read_onnx
from models.nvidia.parameters import FaceParameters, SolverSettings
from models.nvidia.solver import BlendshapeSolver, SolverMode
from tests.nvidia_bundles.replica import ReplicaSizes, replica_network

#: transformer layers, skin components and name of the released regression networks
NETWORKS = (("Mark v2.3", ReplicaSizes()), ("Claire and James v2.3.1", ReplicaSizes(layers=4, skin=140)))
BATCH = 16
#: Mark's frontalMask and active poses
ROWS = 10_085


def seconds(work: Callable[[], object], at_least_s: float = 0.5) -> float:
    """Mean time of one call, after one that warms up."""
    work()
    begin, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - begin < at_least_s:
        work()
        calls += 1
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return (time.perf_counter() - begin) / calls


def _frames_per_s(network: NetworkEngine, frames: int) -> float:
    rng = np.random.default_rng(0)
    feed = {"input": rng.normal(0, 0.1, (frames, 1, 8320)).astype(np.float32), "emotion": np.zeros((frames, 1, 26), np.float32)}

    def work() -> object:
        return network.run(feed)["result"].cpu()

    return frames / seconds(work)


def _networks() -> list[dict]:
    rows = []
    engines = [("torch", "cpu"), ("onnxruntime", "cpu")] + ([("torch", "cuda")] if torch.cuda.is_available() else [])
    with tempfile.TemporaryDirectory() as folder:
        for name, sizes in NETWORKS:
            path = Path(folder) / f"{sizes.layers}.onnx"
            replica_network(sizes).write(path)
            millions = read_onnx(path).parameter_count / 1e6
            for engine, device in engines:
                network = open_network(path, engine, device)
                label = f"network as {name} ({millions:.1f} M random weights), {network.name}"
                rows.append({"name": f"{label}, single", "value": _frames_per_s(network, 1), "unit": "frames/s"})
                rows.append({"name": f"{label}, batch {BATCH}", "value": _frames_per_s(network, BATCH), "unit": "frames/s"})
                del network
    return rows


def face_of_real_size(components: int = 272) -> Identity:
    """Random meshes with Mark's number of vertices, poses and components."""
    rng = np.random.default_rng(0)
    count = len(SKIN_POSES)
    active = tuple(not (name.startswith("eyeLook") or name == "tongueOut") for name in SKIN_POSES)
    settings = SolverSettings(active, (-1,) * count, (-1,) * count, (1.0,) * count, (0.0,) * count, 0.5, 0.5, 0.3, 100.0, 53.45)
    neutral = rng.normal(0, 8, (ROWS, 3)).astype(np.float32)
    deltas = rng.normal(0, 0.1, (count, ROWS, 3)).astype(np.float32)
    rig = PoseRig(SKIN_POSES, np.arange(ROWS), neutral, deltas, 53.45, settings)
    shapes = rng.normal(0, 0.02, (components, ROWS, 3)).astype(np.float32)
    basis = Basis(neutral, rng.random(ROWS, dtype=np.float32), shapes, rig.rows)
    return Identity("random", FaceParameters(), basis, basis, rig, None, deltas[0], deltas[1], neutral[:5], np.zeros((1, 2), np.float32))


def _animation() -> list[dict]:
    face = face_of_real_size()
    rng = np.random.default_rng(1)
    raw = rng.normal(0, 1, (300, 272)).astype(np.float32)
    rows = []
    solver = BlendshapeSolver(face.skin_rig)
    skin_matrices.cache_clear()
    begin = time.perf_counter()
    animator = SkinAnimator(face, solver, face.face, 60.0)
    rows.append(
        {
            "name": "animator: matrices of one face mask (43 poses, 272 components)",
            "value": (time.perf_counter() - begin) * 1e3,
            "unit": "ms",
        }
    )
    spent = seconds(lambda: SkinAnimator(face, solver, face.face.changed({"skin_strength": 1.1}), 60.0))
    rows.append({"name": "animator: another strength or offset of the same mask", "value": spent * 1e3, "unit": "ms"})
    spent = seconds(lambda: animator.project(raw, np.zeros(len(raw))))
    rows.append({"name": "animator: smoothing and projection, one core", "value": len(raw) / spent, "unit": "frames/s"})
    projected = np.clip(rng.normal(0.1, 0.3, (300, len(solver.active))), 0, 1) @ solver.matrix
    for mode, label in ((SolverMode(), "exact"), (SolverMode("admm", 4), "admm 4 sweeps"), (SolverMode("admm", 20), "admm 20 sweeps")):
        timed = BlendshapeSolver(face.skin_rig, mode=mode)
        spent = seconds(lambda timed=timed: timed.solve(projected))
        rows.append({"name": f"solver: {label}, 43 poses, one core", "value": len(projected) / spent, "unit": "frames/s"})
    return rows


def text(rows: list[dict]) -> str:
    """The figures, and what they are figures of."""
    about = (
        "  Random networks of the real layout stand in for NVIDIA's weights (18.6 M parameters in Mark, about 39 M in Claire and James)."
    )
    return "\n".join((about, *(f"  {row['name']:<88} {row['value']:>10.4g} {row['unit']}" for row in rows)))


def run() -> list[dict]:
    """All figures."""
    return _networks() + _animation()

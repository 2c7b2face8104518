"""Examines a bundle as the first user of real weights should: every open question of our format notes, answered from the files.

The findings are data; ``doctor --bundle FOLDER`` prints them, so that a difference can be reported word for word.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from models.nvidia.animator import SkinAnimator, skin_vertices
from models.nvidia.archive import Archive
from models.nvidia.bundle import bundle_kind, load_bundle, network_file, open_index
from models.nvidia.engines import OrtEngine, TorchEngine, best_device
from models.nvidia.errors import BundleError
from models.nvidia.fields import read_json
from models.nvidia.interpreter import unknown_operators
from models.nvidia.layout import Bundle, Identity, RegressionBundle
from models.nvidia.model import NvidiaModel
from models.nvidia.onnx_file import Graph, Port, read_onnx
from models.nvidia.parameters import BundleTuning
from models.nvidia.solver import BlendshapeSolver, SolverMode
from models.nvidia.streams import RawFrames, check_network

#: what the released bundles hold, for comparison (SDK tests; None where unknown)
RELEASED = {"widths": (272, 140), "skin_vertices": 61520, "tongue_vertices": 5602, "buffer": (8320, 4160, 16000)}
ENGINE_TOLERANCE, PATH_TOLERANCE = 1e-4, 1e-5


@dataclass(frozen=True)
class BundleFinding:
    """One line of the report.

    Attributes:
        name: what was looked at.
        state: ``ok``, ``note`` (unusual, works) or ``problem``.
        detail: what was found.
        advice: what to do, or "".
    """

    name: str
    state: str
    detail: str
    advice: str = ""


def check_bundle(folder: str | Path) -> list[BundleFinding]:
    """Run all checks of a face bundle.

    Args:
        folder: with ``model.json``.

    Returns:
        Findings in order; a check that cannot run is a problem with its sentence, and those that need it are left out.
    """
    path = Path(folder)
    findings: list[BundleFinding] = []
    if not _collect(findings, "files", lambda: _files(path)):
        return findings
    index = open_index(path)
    path = path.parent if path.is_file() else path
    network = network_file(path, index)
    graphs: list[Graph] = []
    _collect(findings, "network", lambda: _network(network, graphs))
    if bundle_kind(index) == "audio2emotion":
        findings.append(BundleFinding("bundle", "note", "Audio2Emotion: only its files and its network were examined"))
        return findings
    bundles: list[Bundle] = []
    if not _collect(findings, "bundle", lambda: _bundle(path, bundles)):
        return findings
    bundle = bundles[0]
    for identity in bundle.identities:
        _collect(findings, f"solver {identity.name}", partial(_solver, identity))
    if graphs:
        _collect(findings, "engines", lambda: _engines(bundle, network))
    return findings


def _collect(findings: list[BundleFinding], name: str, check: Callable[[], Iterator[BundleFinding]]) -> bool:
    """Add a check's findings; a refusal becomes a problem and gives False."""
    try:
        findings.extend(check())
    except (BundleError, ImportError) as error:
        findings.append(BundleFinding(name, "problem", str(error), "Report this line together with the name of the bundle."))
        return False
    return True


def _files(folder: Path) -> Iterator[BundleFinding]:
    """Every JSON parses; every array is listed with type and shape; what is unusual in them."""
    model = open_index(folder)
    root = folder.parent if folder.is_file() else folder
    yield BundleFinding("kind", "ok", f"{bundle_kind(model)} ({', '.join(sorted(p.name for p in root.iterdir()))})")
    for path in sorted(root.rglob("*.json")):
        try:
            yield BundleFinding(path.name, "ok", _keys(read_json(path).data))
        except BundleError as error:
            yield BundleFinding(path.name, "problem", str(error), "Download the file again.")
    for path in sorted(root.rglob("*.npz")):
        yield from _arrays(path)


def _keys(data: Any, depth: int = 0) -> str:
    """The structure of a JSON file in one line: keys, sizes of lists, and numbers themselves."""
    if isinstance(data, dict):
        inner = ", ".join(f"{key}={_keys(value, depth + 1)}" for key, value in data.items())
        return inner if depth == 0 else f"{{{inner}}}"
    if isinstance(data, list) and len(data) > 6:
        kinds = sorted({str(v) for v in data})
        return f"[{len(data)}: {', '.join(kinds[:8])}{', ...' if len(kinds) > 8 else ''}]"
    return str(data)


def _arrays(path: Path) -> Iterator[BundleFinding]:
    """Names, dtypes, shapes and ranges, those of the same shape together; values that are not numbers are a problem."""
    groups: dict[str, list[str]] = defaultdict(list)
    with Archive(path) as archive:
        for name in archive.names:
            shape, dtype = archive.describe(name)
            kind = f"{dtype} {'x'.join(map(str, shape)) or 'scalar'}"
            if dtype.kind == "f":
                try:
                    values = archive.array(name, "f", (None,) * len(shape))
                except BundleError as error:
                    yield BundleFinding(f"{path.name}/{name}", "problem", str(error))
                    continue
                if dtype != np.float32:
                    yield BundleFinding(f"{path.name}/{name}", "note", f"{dtype} instead of float32")
                span = f" {values.min():.3g}..{values.max():.3g}" if values.size else ""
                groups[kind].append(f"{name}{span}")
            elif dtype.kind in "iuSU":
                groups[kind].append(name)
            else:
                yield BundleFinding(f"{path.name}/{name}", "problem", f"the type {dtype} does not belong into a bundle")
    for kind, names in groups.items():
        yield BundleFinding(path.name, "ok", f"{kind}: {', '.join(names)}")


def _network(path: Path, graphs: list[Graph]) -> Iterator[BundleFinding]:
    """Operators, opset, dynamic axes, size."""
    graph = read_onnx(path)
    graphs.append(graph)
    unknown = unknown_operators(graph)
    state = "problem" if unknown else "ok"
    counts = ", ".join(f"{name} {n}" for name, n in graph.op_counts.most_common())
    size = f"{graph.parameter_count / 1e6:.2f} M parameters, opset {graph.opset}, IR {graph.ir_version}, {len(graph.nodes)} nodes"
    yield BundleFinding("network", "ok", f"{path.name}, {path.stat().st_size / 1e6:.1f} MB, {size}")
    advice = f"The torch engine does not know {', '.join(unknown)}: report this, and use onnxruntime." if unknown else ""
    yield BundleFinding("operators", state, counts, advice)
    dtypes = sorted({str(a.dtype) for a in graph.constants.values()})
    yield BundleFinding(
        "weights", "ok", f"{len(graph.constants)} initializers, {', '.join(dtypes)}; first {', '.join(list(graph.constants)[:4])}"
    )
    for port in (*graph.inputs, *graph.outputs):
        yield BundleFinding(f"tensor {port.name}", "ok" if _batches(port) else "note", " x ".join(str(size) for size in port.shape))


def _batches(port: Port) -> bool:
    """Whether some axis is dynamic."""
    return any(not isinstance(size, int) for size in port.shape)


def _bundle(folder: Path, bundles: list[Bundle]) -> Iterator[BundleFinding]:
    """The loader accepts it; sizes compared with the released bundles."""
    bundle = load_bundle(folder)
    bundles.append(bundle)
    w = bundle.widths
    yield BundleFinding(
        "bundle", "ok", f"{bundle.kind} {bundle.version}, {', '.join(face.name for face in bundle.identities)}, emotions {bundle.emotions}"
    )
    detail = f"skin {w.skin} + tongue {w.tongue} + jaw {w.jaw} + eyes {w.eyes} = {w.total}"
    yield BundleFinding("widths", "ok", detail)
    if isinstance(bundle, RegressionBundle):
        found = (bundle.buffer_len, bundle.buffer_ofs, bundle.samplerate)
        same = found == RELEASED["buffer"] and w.skin in (272, 140)
        yield BundleFinding("released sizes", "ok" if same else "note", f"window {found}, {w.skin} skin components; released: {RELEASED}")
    for line in bundle.notes:
        yield BundleFinding("unusual", "note", line)


def _solver(face: Identity) -> Iterator[BundleFinding]:
    """Zero animation, the three ways to solve, and the short path against the long one."""
    if face.skin_rig is None:
        yield BundleFinding(
            f"{face.name} poses", "problem", "no skin blendshapes", "An ARKit face needs bs_skin; use a bundle that has it."
        )
        return
    rig = face.skin_rig
    inactive = [name for name, on in zip(rig.names, rig.settings.active, strict=True) if not on]
    yield BundleFinding(
        f"{face.name} poses", "ok", f"{len(rig.names)} ({len(rig.rows)} vertices), inactive: {', '.join(inactive) or 'none'}"
    )
    tongue = "none" if face.tongue_rig is None else f"{len(face.tongue_rig.names)} poses"
    yield BundleFinding(f"{face.name} tongue", "ok" if face.tongue_rig else "note", tongue)
    raw = _made_up(face)
    solver = BlendshapeSolver(rig)
    projected = SkinAnimator(face, solver, face.face, 30.0).project(raw.skin, np.zeros(len(raw)))
    long_way = solver.right_hand_side(skin_vertices(face, face.face, raw.skin, np.zeros(len(raw)), 30.0))
    error = float(np.abs(projected - long_way).max() / max(np.abs(long_way).max(), 1e-9))
    yield BundleFinding(
        f"{face.name} short path", "ok" if error < PATH_TOLERANCE else "problem", f"relative error {error:.1e} to the vertices"
    )
    exact = solver.solve(projected)
    rest = {rig.names[i]: round(float(exact[0, i]), 3) for i in np.argsort(-exact[0])[:5] if exact[0, i] > 1e-3}
    yield BundleFinding(f"{face.name} rest", "ok", f"zero animation solves to {rest or 'zeros'} (not zero is normal)")
    for sweeps in (4, 20):
        near = BlendshapeSolver(rig, mode=SolverMode("admm", sweeps)).solve(projected)
        apart = float(np.abs(near - exact).max())
        yield BundleFinding(
            f"{face.name} admm {sweeps}", "ok" if apart < 0.05 else "note", f"largest difference to the exact solution {apart:.4f}"
        )


def _made_up(face: Identity, frames: int = 8) -> RawFrames:
    """Zero animation, then frames that move every component a little."""
    width = len(face.skin.shapes) if face.skin.shapes is not None else 3 * len(face.skin.rows)
    tongue = len(face.tongue.shapes) if face.tongue.shapes is not None else 3 * len(face.tongue.rows)
    rng = np.random.default_rng(0)
    scale = 0.1 if face.skin.shapes is None else 1.0
    skin = rng.normal(0, scale, (frames, width)).astype(np.float32)
    skin[0] = 0
    return RawFrames(0, skin, np.zeros((frames, tongue), np.float32), np.zeros((frames, 15), np.float32), np.zeros((frames, 4), np.float32))


def _sounds(rate: int) -> dict[str, np.ndarray]:
    """One second of silence and one of a voice-like buzz (120 Hz pulses through two formants)."""
    t = np.arange(rate) / rate
    buzz = sum(np.sin(2 * np.pi * 120 * n * t) / (1 + ((120 * n - 700) / 300) ** 2) for n in range(1, 30))
    voiced = (0.5 * buzz / np.abs(buzz).max() * np.sin(2 * np.pi * 3 * t) ** 2).astype(np.float32)
    return {"silence": np.zeros(rate, np.float32), "voice": voiced}


def _engines(bundle: Bundle, path: Path) -> Iterator[BundleFinding]:
    """Both engines on silence and sound: the same to 1e-4, batch like single, and how fast."""
    raws: dict[str, np.ndarray] = {}
    for name, make in (("torch", lambda: TorchEngine(path, best_device())), ("onnxruntime", lambda: OrtEngine(path))):
        try:
            network = make()
            check_network(bundle, network)
        except (BundleError, ImportError) as error:
            yield BundleFinding(name, "problem" if name == "torch" else "note", str(error))
            continue
        model = NvidiaModel(bundle, network)
        for sound, samples in _sounds(bundle.samplerate).items():
            values, seconds = _timed(model, samples)
            raws[f"{name} {sound}"] = values
            rate = len(values) / max(seconds, 1e-9)
            still = float(np.abs(np.diff(values, axis=0)).max(initial=0.0))
            span = f"values {values.min():.3g} to {values.max():.3g}, largest step {still:.3g}"
            yield BundleFinding(
                f"{name} {sound}", "ok", f"{network.name}: {len(values)} frames in {seconds:.2f} s ({rate:.0f} frames/s), {span}"
            )
        if isinstance(bundle, RegressionBundle):
            yield _batch_check(model, name)
    for sound in ("silence", "voice"):
        if f"torch {sound}" in raws and f"onnxruntime {sound}" in raws:
            apart = float(np.abs(raws[f"torch {sound}"] - raws[f"onnxruntime {sound}"]).max())
            scale = float(np.abs(raws[f"torch {sound}"]).max())
            state = "ok" if apart <= ENGINE_TOLERANCE * max(scale, 1.0) or bundle.kind == "diffusion" else "problem"
            yield BundleFinding(f"engines on {sound}", state, f"largest difference {apart:.1e} (values up to {scale:.3g})")


def _timed(model: NvidiaModel, samples: np.ndarray) -> tuple[np.ndarray, float]:
    stream = model.stream(30.0, BundleTuning())
    stream.push(samples)
    stream.finish()
    begin = time.perf_counter()
    frames = [np.concatenate([r.skin, r.tongue, r.jaw, r.eyes], axis=1) for r in stream.frames()]
    return np.concatenate(frames), time.perf_counter() - begin


def _batch_check(model: NvidiaModel, name: str) -> BundleFinding:
    rng = np.random.default_rng(1)
    bundle = model.bundle
    assert isinstance(bundle, RegressionBundle)
    windows = rng.normal(0, 0.1, (32, 1, bundle.buffer_len)).astype(np.float32)
    emotion = np.zeros((32, 1, len(bundle.implicit) + len(bundle.emotions)), np.float32)
    begin = time.perf_counter()
    batch = model.network.run({"input": windows, "emotion": emotion})["result"].cpu().numpy()
    together = time.perf_counter() - begin
    begin = time.perf_counter()
    single = model.network.run({"input": windows[:1], "emotion": emotion[:1]})["result"].cpu().numpy()
    alone = time.perf_counter() - begin
    apart = float(np.abs(batch[:1] - single).max())
    detail = f"differ by {apart:.1e}; one frame {alone * 1e3:.0f} ms, 32 frames {together * 1e3:.0f} ms"
    return BundleFinding(f"{name} batch and single", "ok" if apart < 1e-3 else "problem", detail)

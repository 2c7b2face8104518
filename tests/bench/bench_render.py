"""Frame times of the picture: the whole draw with read-back at 1280x720, per avatar, quality and scale."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from tests.bench.budgets import Budget

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig

_ROOT = Path(__file__).resolve().parents[2]
_WIDTH, _HEIGHT = 1280, 720
_ROUNDS = 40
_LOADS = 5
BUDGETS = (
    Budget("avatar: load", "ms", most=150.0),
    Budget("avatar_man: load", "ms", most=150.0),
    Budget("brunette: load", "ms", most=120.0),
)


def avatars() -> dict[str, Path]:
    """The avatars to measure: the bundled ones, and a full-body one where the shared test data is there."""
    found = {path.stem: path for path in sorted((_ROOT / "assets").glob("*.glb"))}
    shared = _ROOT.parent / "shared" / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb"
    return found | ({"brunette": shared} if shared.exists() else {})


def median_ms(work: Callable[[int], None], rounds: int = _ROUNDS) -> float:
    """Median duration of a call, after a few warm-up calls."""
    for i in range(4):
        work(i)
    times = []
    for i in range(rounds):
        began = time.perf_counter()
        work(i)
        times.append(1e3 * (time.perf_counter() - began))
    return float(np.median(times))


def run() -> list[dict]:
    """Measure all avatars.

    Returns:
        Rows {name, value, unit}.
    """
    from app.render.platform import prepare_gl

    prepare_gl(None)
    from app.render.context import create_context, current, renderer_name

    rows: list[dict] = []
    context = create_context()
    with current(context):
        print(f"  drawn by {renderer_name()}", flush=True)
        for name, path in avatars().items():
            rows += _measure(name, path)
    context.release()
    return rows


def _loads(name: str, path: Path) -> tuple[list[dict], AvatarRig]:
    """How long it takes until an avatar can be drawn: read from its file, and as it was kept ready; the rig that was kept."""
    from app.avatar.gltf import keep_ready
    from app.render.prepared import read_rig

    def seconds() -> tuple[float, AvatarRig]:
        gc.collect()  # an avatar that is alive is not read again
        began = time.perf_counter()
        rig = read_rig(path)
        return time.perf_counter() - began, rig

    with tempfile.TemporaryDirectory() as folder, _cache_in(folder):
        fresh_s = seconds()[0]
        keep_ready(path)
        ready_s = min(seconds()[0] for _ in range(_LOADS))
        rig = read_rig(path)
    return [
        {"name": f"{name}: load, nothing kept yet", "value": 1e3 * fresh_s, "unit": "ms"},
        {"name": f"{name}: load", "value": 1e3 * ready_s, "unit": "ms"},
    ], rig


@contextmanager
def _cache_in(folder: str) -> Iterator[None]:
    """Let what can be made again be kept in a folder of this benchmark's own."""
    former = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = folder
    try:
        yield
    finally:
        if former is None:
            del os.environ["XDG_CACHE_HOME"]
        else:
            os.environ["XDG_CACHE_HOME"] = former


def _measure(name: str, path: Path) -> list[dict]:
    """All figures of one avatar, in the current context."""
    from app.render.camera import OrbitCamera
    from app.render.renderer import AvatarRenderer
    from app.render.targets import Target

    rows, rig = _loads(name, path)
    camera = OrbitCamera()
    camera.frame(rig.avatar, "portrait", _WIDTH / _HEIGHT)
    target, smooth = Target(_WIDTH, _HEIGHT), Target(_WIDTH, _HEIGHT, 4)
    pixels = np.empty((_HEIGHT, _WIDTH, 4), np.uint8)
    renderer = AvatarRenderer(rig, "light")
    began = time.perf_counter()
    renderer.draw(target.framebuffer, _WIDTH, _HEIGHT, camera)
    target.read_bgra(pixels, (0, 0, _WIDTH, _HEIGHT))
    rows.append({"name": f"{name}: first frame (upload, shaders)", "value": 1e3 * (time.perf_counter() - began), "unit": "ms"})
    began = time.perf_counter()
    while renderer.warm_up():
        pass
    rows.append({"name": f"{name}: bake of openness", "value": 1e3 * (time.perf_counter() - began), "unit": "ms"})
    weights = np.zeros(len(ARKIT_CHANNELS), np.float32)

    def frame(i: int, quality: str, scale: float) -> None:
        weights[ARKIT_INDEX["jawOpen"]] = 0.5 + 0.4 * np.sin(i)
        rig.pose(weights)
        renderer.quality = "studio" if quality == "studio" else "light"
        w, h = round(_WIDTH * scale), round(_HEIGHT * scale)
        renderer.draw(target.framebuffer, w, h, camera)
        target.read_bgra(pixels, (0, 0, w, h))

    for quality, scale in (("light", 0.4), ("light", 0.5), ("light", 0.7), ("light", 1.0), ("studio", 0.5), ("studio", 1.0)):
        value = median_ms(lambda i, q=quality, s=scale: frame(i, q, s))
        rows.append({"name": f"{name}: {quality} at {scale:g}x, pose + draw + read", "value": value, "unit": "ms"})
    still = median_ms(lambda _: _still(renderer, smooth, target, camera), 5)
    rows.append({"name": f"{name}: studio still, 4 samples", "value": still, "unit": "ms"})
    submit = median_ms(lambda _: renderer.draw(target.framebuffer, 1, 1, camera))
    rows.append({"name": f"{name}: submit only (1x1 picture)", "value": submit, "unit": "ms"})
    renderer.release()
    target.release()
    smooth.release()
    return rows


def _still(renderer, smooth, target, camera) -> None:
    """One antialiased still, resolved."""
    from OpenGL import GL

    renderer.draw(smooth.framebuffer, _WIDTH, _HEIGHT, camera)
    smooth.resolve_into(target)
    GL.glFinish()

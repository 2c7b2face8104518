"""A layer through the package usd-core: text and crates of any program. Only this layer's own opinions are read, nothing is composed.

The package's reader of crates ends the process on some broken files, so that it works in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from pxr import Sdf, Tf

from app.core.errors import TrackError
from app.formats.scenes.usd.motion import SIDE, SIDE_NAMES
from app.formats.scenes.usd.reading import FoundAnimation, Layer, samples_of


def read_apart(data: bytes, name: str) -> Layer:
    """As ``read_layer``, in another process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(read_layer, data, name).result()
        except BrokenProcessPool:
            raise TrackError(f"{name} is a broken USD layer; export it again.") from None


def read_layer(data: bytes, name: str) -> Layer:
    """All animations of shapes in a layer.

    Args:
        data: of a ``.usda`` or a ``.usdc``.
        name: for messages.

    Raises:
        TrackError: it is broken.
    """
    ending = ".usdc" if data.startswith(b"PXR-USDC") else ".usda"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"layer{ending}"
        path.write_bytes(data)
        try:
            layer = Sdf.Layer.OpenAsAnonymous(str(path))
            if layer is None:
                raise TrackError(f"{name} is a broken USD layer; export it again.")
            return _read(layer, name)
        except (Tf.ErrorException, UnicodeDecodeError, RuntimeError, OverflowError) as error:
            raise TrackError(f"{name} is a broken USD layer; export it again.") from error


def _read(layer: Any, name: str) -> Layer:
    animations: list[FoundAnimation] = []
    sounds: list[str] = []

    def visit(path: Any) -> None:
        prim = layer.GetPrimAtPath(path) if path.IsPrimPath() else None
        if prim is None:
            return
        if prim.typeName == "SkelAnimation":
            found = _animation(layer, prim, name)
            animations.extend([found] if found is not None else [])
        elif prim.typeName == "SpatialAudio" and "filePath" in prim.properties:
            asset = prim.properties["filePath"].default
            sounds.extend([asset.path] if isinstance(asset, Sdf.AssetPath) else [])

    layer.Traverse(Sdf.Path.absoluteRootPath, visit)
    said = float(layer.timeCodesPerSecond) if layer.HasTimeCodesPerSecond() else 0.0
    if not said and layer.HasFramesPerSecond():
        said = float(layer.framesPerSecond)
    return Layer(said if 0 < said < 1e6 else 0.0, tuple(animations), sounds[0] if sounds else "")


def _animation(layer: Any, prim: Any, name: str) -> FoundAnimation | None:
    weights = _samples(layer, prim, "blendShapes", "blendShapeWeights", name)
    if weights is None:
        return None
    return FoundAnimation(str(prim.path), weights, _samples(layer, prim, SIDE_NAMES, SIDE, name))


def _samples(layer: Any, prim: Any, names: str, values: str, name: str) -> Any:
    if names not in prim.properties or values not in prim.properties:
        return None
    known, path = prim.properties[names].default, prim.properties[values].path
    if known is None:
        return None
    codes = layer.ListTimeSamplesForPath(path)
    rows = [layer.QueryTimeSample(path, code) for code in codes]
    kept = [(code, list(row)) for code, row in zip(codes, rows, strict=True) if hasattr(row, "__len__")]
    if not kept and hasattr(prim.properties[values].default, "__len__"):
        kept = [(0.0, list(prim.properties[values].default))]
    return samples_of([str(each) for each in known], [code for code, _ in kept], [row for _, row in kept], name)

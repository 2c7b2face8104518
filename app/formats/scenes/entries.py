"""The formats of 3D programs, as the registry knows them; what reads and writes them is imported when it is needed."""

from __future__ import annotations

from app.formats.dialect import Dialect
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.scenes import known, programs
from app.formats.track_file import TrackFile


def _read_gltf(data: bytes, name: str, fps: float | None) -> TrackFile:
    from app.formats.scenes.gltf.files import read

    return read(data, name, fps)


def _write_glb(performance: Performance, options: WriteOptions) -> Written:
    from app.formats.scenes.gltf.writing import write

    return write(performance, options)


def _write_vrma(performance: Performance, options: WriteOptions) -> Written:
    from app.formats.scenes.gltf.vrma_writing import write

    return write(performance, options)


#: read in this order, and before the formats of weights
DIALECTS: tuple[Dialect, ...] = (
    Dialect("vrma", "VRM animation", "scene", known.is_vrma, _read_gltf, ".vrma", _write_vrma, asks=("max_error",)),
    Dialect("glb", "glTF animation", "scene", known.is_gltf, _read_gltf, ".glb", _write_glb, asks=("max_error",)),
    *programs.DIALECTS,
)  # fmt: skip

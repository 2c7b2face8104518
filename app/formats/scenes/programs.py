"""The formats of Blender, Unreal Engine and USD; what reads and writes them is imported when it is needed."""

from __future__ import annotations

from app.formats.dialect import Dialect
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.scenes import known
from app.formats.track_file import TrackFile


def _read_blender(data: bytes, name: str, fps: float | None) -> TrackFile:
    from app.formats.scenes.blender.reading import read

    return read(data, name, fps)


def _write_blender(performance: Performance, options: WriteOptions) -> Written:
    from app.formats.scenes.blender.writing import write

    return write(performance, options)


def _read_table(data: bytes, name: str, fps: float | None) -> TrackFile:
    from app.formats.scenes.unreal.tables import read_table

    return read_table(data, name, fps)


def _write_table(performance: Performance, options: WriteOptions) -> Written:
    from app.formats.scenes.unreal.tables import write_table

    return write_table(performance, options)


def _read_rig_mapper(data: bytes, name: str, fps: float | None) -> TrackFile:
    from app.formats.scenes.unreal.tables import read_rig_mapper

    return read_rig_mapper(data, name, fps)


def _write_rig_mapper(performance: Performance, options: WriteOptions) -> Written:
    from app.formats.scenes.unreal.tables import write_rig_mapper

    return write_rig_mapper(performance, options)


def _read_usd(data: bytes, name: str, fps: float | None) -> TrackFile:
    from app.formats.scenes.usd.reading import read

    return read(data, name, fps)


def _write_usda(performance: Performance, options: WriteOptions) -> Written:
    from app.formats.scenes.usd.writing import write_text

    return write_text(performance, options)


def _write_usdc(performance: Performance, options: WriteOptions) -> Written:
    from app.formats.scenes.usd.writing import write_crate

    return write_crate(performance, options)


def _write_usd_motion(performance: Performance, options: WriteOptions) -> Written:
    from app.formats.scenes.usd.writing import write_motion

    return write_motion(performance, options)


DIALECTS: tuple[Dialect, ...] = (
    Dialect("usda", "USD text", "scene", known.is_usd, _read_usd, ".usda", _write_usda, asks=("max_error",)),
    Dialect("usdc", "USD crate", "scene", known.is_usd, _read_usd, ".usdc", _write_usdc, asks=("max_error",)),
    Dialect(
        "usd-motion", "USD motion without a face", "scene", known.is_usd, _read_usd, ".motion.usda", _write_usd_motion, asks=("max_error",),
    ),
    Dialect(
        "blender", "Blender script", "scene", known.is_blender_script, _read_blender, ".blender.py", _write_blender, asks=("max_error",),
    ),
    Dialect("unreal-table", "Unreal curve table", "scene", known.is_curve_table, _read_table, ".curvetable.csv", _write_table),
    Dialect("unreal-rig", "Unreal Rig Mapper CSV", "scene", known.is_rig_mapper, _read_rig_mapper, ".rigmapper.csv", _write_rig_mapper),
)  # fmt: skip

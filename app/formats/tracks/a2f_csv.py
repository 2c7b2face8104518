"""The CSV of NVIDIA's Audio2Face-3D sample client: seconds, and names with the prefix ``blendShapes.``."""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import angle, is_tongue, left_out
from app.formats.track_file import TrackFile, checked_track
from app.formats.tracks.csv_table import parse_table

NAME = "Audio2Face-3D CSV"


def _title(name: str) -> str:
    return f"blendShapes.{name[0].upper()}{name[1:]}"


HEADER = ("", "timeCode", *(_title(name) for name in ARKIT_CHANNELS))


def looks_like(data: bytes) -> bool:
    """Whether it is text whose header has the client's prefix."""
    line = data[:65536].split(b"\n", 1)[0].lower()
    return b"blendshapes." in line and (b"timecode" in line or b"," in line) and data[:2] != b"\x1f\x8b"


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read the client's animation frames; tongue columns of the 68-shape kind become side channels.

    Raises:
        TrackError: it is not such a file; the sentence names the line.
    """
    return parse_table(data, name, NAME, fps)


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes: an index column without a name, seconds, the 52 shapes and tongue shapes behind them; no other columns are known.

    Raises:
        TrackError: other channels than the 52.
    """
    track = checked_track(performance.arkit)
    side = None if track.side is None else track.side.without_still()
    tongue = [] if side is None else [name for name in side.names if is_tongue(name)]
    columns = [track.weights, *(angle(track, name) for name in tongue)]
    lines = [",".join((*HEADER, *(_title(name) for name in tongue)))]
    for i, row in enumerate(np.column_stack(columns).tolist()):
        lines.append(f"{i},{track.start_s + i / track.fps:.9f}," + ",".join([f"{value:.10f}" for value in row]))
    return Written(("\n".join(lines) + "\n").encode(), left_out(track, NAME, tongue))

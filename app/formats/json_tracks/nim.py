"""The messages of NVIDIA's Audio2Face-3D microservice as JSON: a header with names, then frames with a time code and values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import TrackError
from app.formats.json_tracks.json_takes import Asked
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import is_tongue, left_out
from app.formats.track_file import TrackFile, check_rate, checked_track
from app.formats.tracks.clock import find_clock
from app.formats.tracks.csv_table import Table, file_of
from app.formats.tracks.json_text import as_number, is_json, parsed, row_text, time_json
from app.formats.tracks.sheet import Sheet

NAME = "Audio2Face-3D NIM JSON"
#: messages in messages: no document of this format is nested deeper
_DEEPEST = 12


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with the messages' keys, in either spelling of protobuf."""
    return is_json(data) and (b'"blendShapeWeights"' in data or b'"blend_shape_weights"' in data)


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read messages: a list, one per line, or one that holds all; tongue shapes become side channels.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the time codes'.

    Raises:
        TrackError: broken JSON, no names, or rows that do not fit them.
    """
    document, asked = parsed(data, name), Asked(name, NAME, fps)
    names = next(iter(_found(document, ("blendShapes", "blend_shapes"))), None)
    frames = [frame for rows in _found(document, ("blendShapeWeights", "blend_shape_weights")) for frame in rows]
    if not names or not all(isinstance(each, str) for each in names):
        raise TrackError(f"{name} has no header with blendShapes; keep the service's first message.")
    rows, times = [], []
    for i, frame in enumerate(frames):
        time_s, values = _frame(frame)
        if time_s is None or len(values) != len(names) or any(value is None for value in values):
            raise TrackError(f"{name}, frame {i}: a time code and {len(names)} numbers must stand there.")
        times.append([repr(time_s)])
        rows.append(values)
    if not rows:
        raise TrackError(f"{name} holds no frames; export the take again.")
    clock = find_clock(Sheet(["timeCode"], times, list(range(len(times)))), [0], name, asked.fps)
    check_rate(clock.rate.fps, len(rows), name)
    return file_of(Table(tuple(names), np.array(rows, np.float64), clock), name, NAME)


def _frame(frame: Any) -> tuple[float | None, list[float | None]]:
    if not isinstance(frame, dict):
        return None, []
    values = frame.get("values")
    # protobuf leaves out what is 0
    time_s = as_number(frame.get("timeCode", frame.get("time_code", 0.0)))
    return time_s, [as_number(value) for value in values] if isinstance(values, list) else []


def _found(document: Any, keys: tuple[str, ...], depth: int = 0) -> Iterator[list[Any]]:
    """The lists under a key, wherever they stand, in order."""
    if depth > _DEEPEST:
        return
    if isinstance(document, dict):
        for key, value in document.items():
            if key in keys and isinstance(value, list):
                yield value
            elif isinstance(value, dict | list):
                yield from _found(value, keys, depth + 1)
    elif isinstance(document, list):
        for part in document:
            if isinstance(part, dict | list):
                yield from _found(part, keys, depth + 1)


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes: the messages in which the service would send the take; tongue shapes stand behind the 52.

    Raises:
        TrackError: other channels than the 52.
    """
    track = checked_track(performance.arkit)
    side = None if track.side is None else track.side.without_still()
    tongue = [] if side is None else [i for i, name in enumerate(side.names) if is_tongue(name)]
    names = [name[0].upper() + name[1:] for name in (*ARKIT_CHANNELS, *(() if side is None else (side.names[i] for i in tongue)))]
    values = track.weights if side is None else np.concatenate([track.weights, side.values[:, tongue]], axis=1)
    header = {"animationDataStreamHeader": {"skelAnimationHeader": {"blendShapes": names}, "startTimeCodeSinceEpoch": 0.0}}
    frames = [
        f'{{"timeCode": {time_json(time_s)}, "values": {row_text(row)}}}'
        for row, time_s in zip(values, track.times_s.tolist(), strict=True)
    ]
    data = '{"animationData": {"skelAnimation": {"blendShapeWeights": [' + ",\n".join(frames) + "]}}}"
    kept = [] if side is None else [side.names[i] for i in tongue]
    return Written(f"[{json.dumps(header)},\n{data}]".encode(), left_out(track, NAME, kept))

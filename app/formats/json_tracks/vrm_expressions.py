"""Frames of VRM's preset expressions: five vowel mouths, blinks and looks, which is all that most VRM avatars have."""

from __future__ import annotations

import json

from app.core.vrm_expressions import EXPRESSIONS, expressions_of
from app.formats.json_tracks.json_takes import file_of_document
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import left_out
from app.formats.track_file import TrackFile, checked_track
from app.formats.tracks.json_text import is_json, number_json, parsed, time_json

NAME = "VRM expressions JSON"


def looks_like(data: bytes) -> bool:
    """Whether it is JSON whose frames hold expressions."""
    return is_json(data) and b'"expressions"' in data and b'"frames"' in data


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read expressions as the shapes that they stand for; with ARKit names (PerfectSync) the shapes themselves.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the times'.

    Raises:
        TrackError: broken JSON, or no frames with names.
    """
    return file_of_document(parsed(data, name), name, NAME, fps)


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes: the mouths come from the visemes where they are known, otherwise from the shapes that they resemble most.

    Raises:
        TrackError: other channels than the 52.
    """
    track = checked_track(performance.arkit)
    visemes = performance.visemes if performance.visemes is not None and len(performance.visemes) == len(track) else None
    frames = []
    for row, time_s in zip(expressions_of(track, visemes).tolist(), track.times_s.tolist(), strict=True):
        found = ", ".join([f'"{name}": {number_json(value)}' for name, value in zip(EXPRESSIONS, row, strict=True)])
        frames.append(f'{{"time": {time_json(time_s)}, "expressions": {{{found}}}}}')
    text = json.dumps({"fps": track.fps})[:-1] + ', "frames": [' + ",\n".join(frames) + "]}"
    source = "the shapes that they resemble most" if visemes is None else "the visemes"
    note = f"VRM's preset expressions show mouths (from {source}), blinks and looks; brows, cheeks, jaw and the finer mouth were left out."
    return Written(text.encode(), (note, *left_out(track, NAME)))

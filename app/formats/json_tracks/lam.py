"""The JSON of LAM_Audio2Expression: names in alphabetical order, metadata, and frames with weights, time and a rotation."""

from __future__ import annotations

import json

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.formats.json_tracks.head_turns import HEAD, head_angles
from app.formats.json_tracks.json_takes import file_of_document
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import left_out
from app.formats.track_file import TrackFile, checked_track
from app.formats.tracks.json_text import is_json, parsed, row_text, time_json

NAME = "LAM Audio2Expression JSON"
#: the order of its files
ORDER = tuple(sorted(ARKIT_CHANNELS))


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with this format's keys."""
    return is_json(data) and all(key in data for key in (b'"blendshape_names"', b'"frames"', b'"weights"'))


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read the export: by its names, never by position; a rotation of three numbers becomes the head's angles.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the times' and the metadata's.

    Raises:
        TrackError: broken JSON, or no frames with names.
    """
    return file_of_document(parsed(data, name), name, NAME, fps)


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes.

    The format does not say what its three rotation numbers are; pitch, yaw and roll as Live Link Face gives them are written.

    Raises:
        TrackError: other channels than the 52.
    """
    track = checked_track(performance.arkit)
    weights, angles = track.weights[:, [ARKIT_INDEX[name] for name in ORDER]], head_angles(track)
    turns = [row_text(row) for row in angles] if angles.any() else ["[]"] * len(track)
    frames = [
        f'{{"weights": {row_text(row)}, "time": {time_json(time_s)}, "rotation": {turn}}}'
        for row, time_s, turn in zip(weights, track.times_s.tolist(), turns, strict=True)
    ]
    about = {"fps": track.fps, "frame_count": len(track), "blendshape_names": ORDER}
    head = json.dumps({"names": ORDER, "metadata": about})[:-1]
    return Written((head + ', "frames": [' + ",\n".join(frames) + "]}").encode(), left_out(track, NAME, HEAD))

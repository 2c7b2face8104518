"""JSON as the BEAT dataset has it: 51 names in alphabetical order, without tongueOut, and frames with weights, time and a rotation."""

from __future__ import annotations

import json

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.formats.json_tracks.json_takes import file_of_document
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import left_out
from app.formats.track_file import TrackFile, checked_track, still_sentence
from app.formats.tracks.json_text import is_json, parsed, row_text, time_json

NAME = "BEAT JSON"
#: the order of its files, which programs read by position
ORDER = tuple(sorted(name for name in ARKIT_CHANNELS if name != "tongueOut"))


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with this format's keys."""
    return is_json(data) and all(key in data for key in (b'"names"', b'"frames"', b'"weights"', b'"time"'))


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read such a file, by its names.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the times'.

    Raises:
        TrackError: broken JSON, or no frames with names.
    """
    return file_of_document(parsed(data, name), name, NAME, fps)


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes; its rotations stay empty, because what they mean in the dataset is not said.

    Raises:
        TrackError: other channels than the 52.
    """
    track = checked_track(performance.arkit)
    frames = [
        f'{{"weights": {row_text(row)}, "time": {time_json(time_s)}, "rotation": []}}'
        for row, time_s in zip(track.weights[:, [ARKIT_INDEX[name] for name in ORDER]], track.times_s.tolist(), strict=True)
    ]
    text = json.dumps({"names": ORDER})[:-1] + ', "frames": [' + ",\n".join(frames) + "]}"
    return Written(text.encode(), (*still_sentence(track, NAME, "tongueOut"), *left_out(track, NAME)))

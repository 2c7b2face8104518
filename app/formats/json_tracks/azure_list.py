"""Azure's FacialExpression as browser projects record it: a list of times and 55 named values."""

from __future__ import annotations

from dataclasses import replace

from app.core.arkit import ARKIT_CHANNELS
from app.core.side import SideChannels
from app.formats.json_tracks.azure import ROLLS, told, values_of
from app.formats.json_tracks.json_takes import file_of_document
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import plain_name
from app.formats.track_file import TrackFile, checked_track
from app.formats.tracks.json_text import is_json, number_json, parsed, time_json

NAME = "Recorded Azure blend shapes"
_NAMES = (*ARKIT_CHANNELS, "headRoll", "leftEyeRoll", "rightEyeRoll")


def looks_like(data: bytes) -> bool:
    """Whether it is a list of blend shapes with Azure's three rolls and without other angles."""
    keys = (b'"blendshapes"', b'"headRoll"', b'"leftEyeRoll"', b'"time"')
    return is_json(data) and all(key in data for key in keys) and b"eadYaw" not in data


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read a recording; its rolls get the names under which Azure's are known here.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the times'.

    Raises:
        TrackError: broken JSON, or no frames with names.
    """
    file = file_of_document(parsed(data, name), name, NAME, fps)
    side = file.track.side
    if side is None:
        return file
    known = dict(zip(map(plain_name, _NAMES[-3:]), ROLLS, strict=True))
    named = SideChannels(tuple(known.get(plain_name(title), title) for title in side.names), side.values)
    return replace(file, track=replace(file.track, side=named))


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes, at the track's own rate.

    Raises:
        TrackError: other channels than the 52.
    """
    track = checked_track(performance.arkit)
    starts = [f'"{name}": ' for name in _NAMES]
    frames = []
    for row, time_s in zip(values_of(track).tolist(), track.times_s.tolist(), strict=True):
        shapes = ", ".join([start + number_json(value) for start, value in zip(starts, row, strict=True)])
        frames.append(f'{{"time": {time_json(time_s)}, "blendshapes": {{{shapes}}}}}')
    return Written(("[" + ",\n".join(frames) + "]").encode(), told(track, NAME))

"""Azure's FacialExpression: chunks of 55 values per frame with the number of their first frame, as the Speech SDK hands them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import TrackError
from app.core.foreign import parsed_json
from app.core.resampling import at_rate
from app.core.speech import FACIAL_FPS, FACIAL_VALUES
from app.core.track import BlendshapeTrack
from app.formats.json_tracks.json_takes import file_of_document
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import angle, has_angles, left_out
from app.formats.track_file import TrackFile, checked_track
from app.formats.tracks.clock import find_clock
from app.formats.tracks.csv_table import Table, file_of
from app.formats.tracks.json_text import as_number, is_json, matrix_text, parsed
from app.formats.tracks.sheet import Sheet

NAME = "Azure blend shapes"
#: Azure's three channels behind the 52; their sign and unit are not documented, so that they do not count as angles
ROLLS = ("azureHeadRoll", "azureLeftEyeRoll", "azureRightEyeRoll")
#: what is written there where a track has other angles
FROM = ("HeadRoll", "LeftEyeRoll", "RightEyeRoll")
#: frames of a chunk: a second
_CHUNK = 60
_MOST_FRAMES = 3_600 * 60
_PLACES = ("Animation", "animation", "Animations", "animations", "VisemeResults", "visemes", "events", "chunks")


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with the keys of chunks, also where they stand in texts."""
    return is_json(data) and b"BlendShapes" in data and b"FrameIndex" in data


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read chunks in any order, wherever they stand; frames that are missing between them are interpolated and told.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes Azure's 60.

    Raises:
        TrackError: broken JSON, or rows of another length.
    """
    document = parsed(data, name)
    chunks = list(_chunks(document))
    if not chunks:
        return file_of_document(document, name, NAME, fps)
    frames: dict[int, list[float]] = {}
    for first, rows in chunks:
        for i, row in enumerate(rows):
            frames[first + i] = _row(row, name)
    if not frames:
        raise TrackError(f"{name} holds no frames; export the take again.")
    order = sorted(frames)
    if order[-1] - order[0] > _MOST_FRAMES:
        raise TrackError(f"{name} is longer than an hour; split it into shorter takes.")
    sheet = Sheet(["frame"], [[str(k)] for k in order], order, FACIAL_FPS)
    table = Table((*ARKIT_CHANNELS, *ROLLS), np.array([frames[k] for k in order]), find_clock(sheet, [0], name, fps))
    file = file_of(table, name, NAME)
    start_s = order[0] / file.track.fps
    evidence = file.evidence if fps is not None else "60 fps, as Azure sends blend shapes"
    return replace(file, track=replace(file.track, start_s=start_s), evidence=evidence)


def _row(row: Any, name: str) -> list[float]:
    """55 numbers, NaN where there is none; the last three may be missing."""
    if not isinstance(row, list) or len(row) not in (len(ARKIT_CHANNELS), FACIAL_VALUES):
        raise TrackError(f"{name}: BlendShapes must hold {FACIAL_VALUES} numbers per frame.")
    found = [as_number(value) for value in row]
    return [float("nan") if value is None else value for value in found] + [float("nan")] * (FACIAL_VALUES - len(row))


def _chunks(document: Any) -> Iterable[tuple[int, list[Any]]]:
    """(index of the first frame, rows) of the chunks in a document."""
    if isinstance(document, str) and "BlendShapes" in document:
        try:
            document = parsed_json(document)
        except (ValueError, RecursionError):
            return
    if isinstance(document, dict):
        first, rows = as_number(document.get("FrameIndex")), document.get("BlendShapes")
        if first is not None and isinstance(rows, list) and abs(first) <= 2**31:
            yield int(first), rows
        else:
            for key in _PLACES:
                yield from _chunks(document.get(key))
    elif isinstance(document, list):
        for part in document:
            if isinstance(part, dict | list | str):
                yield from _chunks(part)


def values_of(track: BlendshapeTrack) -> np.ndarray:
    """(n, 55) float32: the 52 and three rolls, Azure's own where they travel along and Live Link Face's otherwise."""
    names = ROLLS if has_angles(track, ROLLS) else FROM
    return np.column_stack([track.weights, *(angle(track, name) for name in names)]).astype(np.float32)


def told(track: BlendshapeTrack, room: str) -> tuple[str, ...]:
    """What has to be said about the columns beside the 52."""
    notes = left_out(track, room, ROLLS if has_angles(track, ROLLS) else FROM)
    if has_angles(track, FROM) and not has_angles(track, ROLLS):
        notes += (f"{room} documents no unit of its rolls; HeadRoll, LeftEyeRoll and RightEyeRoll were written as they are.",)
    return notes


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes: chunks of a second, at 60 frames per second counted from the start of the sound.

    Raises:
        TrackError: other channels than the 52.
    """
    made = at_rate(checked_track(performance.arkit), FACIAL_FPS, on_grid=True)
    track, first = made.track, round(made.track.start_s * FACIAL_FPS)
    if first < 0:
        track, first = track.between(-first, len(track)), 0
    if not len(track):
        raise TrackError("The track ends before the sound begins, which Azure's frames cannot say; choose another format.")
    values = values_of(track)
    chunks = [
        f'{{"FrameIndex": {first + at}, "BlendShapes": {matrix_text(values[at : at + _CHUNK])}}}' for at in range(0, len(values), _CHUNK)
    ]
    notes = (*((made.sentence,) if made.sentence else ()), *told(track, NAME))
    return Written(("[" + ",\n".join(chunks) + "]").encode(), notes)

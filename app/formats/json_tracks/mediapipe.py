"""Results of MediaPipe's FaceLandmarker over time: categories with scores, no tongue, and the head's pose as a matrix."""

from __future__ import annotations

import json

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.formats.json_tracks.head_turns import HEAD, head_angles, matrices_of
from app.formats.json_tracks.json_takes import file_of_document
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import left_out
from app.formats.track_file import TrackFile, checked_track, still_sentence
from app.formats.tracks.json_text import is_json, number_json, parsed, time_json

NAME = "MediaPipe FaceLandmarker JSON"
#: the categories in their order; the first says how little expression there is
CATEGORIES = ("_neutral", *sorted(name for name in ARKIT_CHANNELS if name != "tongueOut"))


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with categories that have scores."""
    return is_json(data) and b'"score"' in data and (b'"categoryName"' in data or b'"category_name"' in data)


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read results, one for each frame of a video; frames without a face are bridged.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the time stamps'.

    Raises:
        TrackError: broken JSON, or no frames with names.
    """
    return file_of_document(parsed(data, name), name, NAME, fps)


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes: the time stamp of every frame in milliseconds, and what the landmarker would give.

    Raises:
        TrackError: other channels than the 52.
    """
    track = checked_track(performance.arkit)
    angles = head_angles(track)
    poses = matrices_of(angles) if angles.any() else None
    starts = [f'{{"index": {i}, "categoryName": "{name}", "displayName": "", "score": ' for i, name in enumerate(CATEGORIES)]
    columns = [ARKIT_INDEX[name] for name in CATEGORIES[1:]]
    frames = []
    for i, (row, time_s) in enumerate(zip(track.weights[:, columns].tolist(), track.times_s.tolist(), strict=True)):
        scores = ["0", *(number_json(value) for value in row)]
        categories = ", ".join([f"{start}{score}}}" for start, score in zip(starts, scores, strict=True)])
        pose = "" if poses is None else f', "facialTransformationMatrixes": [{{"rows": 4, "columns": 4, "data": {poses[i].tolist()}}}]'
        faces = f'[{{"categories": [{categories}], "headIndex": -1, "headName": ""}}]'
        frames.append(f'{{"timestampMs": {time_json(time_s * 1000)}, "faceBlendshapes": {faces}{pose}}}')
    text = json.dumps({"fps": track.fps})[:-1] + ', "results": [' + ",\n".join(frames) + "]}"
    return Written(text.encode(), (*still_sentence(track, NAME, "tongueOut"), *left_out(track, NAME, HEAD)))

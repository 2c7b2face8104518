"""The JSON that Omniverse Audio2Face exports: names, a frame rate and a matrix."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import TrackError
from app.formats.json_tracks.named_weights import track_of
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile, check_rate, require_arkit, starting_at_zero
from app.formats.tracks.json_text import as_number, matrix, matrix_text, parsed, said_rate
from app.formats.tracks.rate import number_text

NAME = "Omniverse Audio2Face JSON"


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with this format's keys."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b'"weightMat"' in data and b'"facsNames"' in data


def _counts(document: dict[str, Any], n_rows: int, n_names: int) -> list[str]:
    """What the file's own counts say against its content."""
    wrong = []
    for key, found, what in (("numFrames", n_rows, "rows"), ("numPoses", n_names, "names")):
        said = as_number(document.get(key))
        if said is not None and said != found:
            wrong.append(f"{key} says {said:g}, but there are {found} {what}")
    return [f"The file's counts do not fit: {'; '.join(wrong)}. What is there was read."] if wrong else []


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read the export.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the file's.

    Raises:
        TrackError: broken JSON, missing keys, or a matrix that does not fit its names.
    """
    document = parsed(data, name)
    if not isinstance(document, dict):
        raise TrackError(f"{name} is JSON, but not an Audio2Face export.")
    names, said = document.get("facsNames"), said_rate(document)
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise TrackError(f"{name}: facsNames must be a list of shape names.")
    if said is None and fps is None:
        raise TrackError(f"{name} has no exportFps, so its frame rate is unknown; state it with --in-fps, or export it again.")
    rate = fps if fps is not None or said is None else said[1]
    assert rate is not None
    values = matrix(document.get("weightMat"), len(names), name, "weightMat")
    check_rate(rate, len(values), name)
    track, warnings = track_of(names, values, rate, name)
    evidence = f"{number_text(rate)} fps as stated" if fps is not None or said is None else f"{number_text(rate)} fps from {said[0]}"
    warnings = _counts(document, len(values), len(names)) + warnings
    path = document.get("trackPath")
    sound = re.split(r"[/\\\\]", path)[-1][:255] if isinstance(path, str) else ""
    source = "header" if fps is None else "stated"
    return TrackFile(track, NAME, fps_from=source, evidence=evidence, warnings=tuple(warnings), sound=sound)


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes; side channels stand behind the 52, a start other than 0 s is resampled away.

    Raises:
        TrackError: other channels than the 52.
    """
    require_arkit(performance.arkit)
    check_rate(performance.arkit.fps, len(performance.arkit), "The track")
    track = starting_at_zero(performance.arkit)
    names, columns = list(ARKIT_CHANNELS), [track.weights]
    side = None if track.side is None else track.side.without_still()
    if side is not None:
        names += side.names
        columns.append(side.values)
    head = {"exportFps": track.fps, "trackPath": performance.sound, "numPoses": len(names), "numFrames": len(track), "facsNames": names}
    text = json.dumps(head)[:-1] + f', "weightMat": {matrix_text(np.concatenate(columns, axis=1))}}}'
    return Written(text.encode())

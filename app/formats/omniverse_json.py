"""The JSON that Omniverse Audio2Face exports: names, a frame rate and a matrix."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, canonical_name
from app.core.errors import TrackError
from app.core.track import BlendshapeTrack
from app.formats.track_file import TrackFile, check_rate, decode_text, require_arkit, starting_at_zero

NAME = "Omniverse Audio2Face JSON"


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with this format's keys."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b'"weightMat"' in data and b'"facsNames"' in data


def _matrix(document: dict[str, Any], names: list[str], name: str) -> np.ndarray:
    rows = document.get("weightMat")
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        raise TrackError(f"{name}: weightMat must hold one list of {len(names)} numbers per frame.")
    try:
        values = np.array(rows, np.float64).reshape(len(rows), len(names))
    except (TypeError, ValueError, OverflowError) as error:
        raise TrackError(f"{name}: weightMat holds something that is not a number.") from error
    if not (np.abs(values) < 3e38).all():
        raise TrackError(f"{name}: weightMat holds a value that is not a finite number.")
    return values


def read(data: bytes, name: str) -> TrackFile:
    """Read the export.

    Raises:
        TrackError: broken JSON, missing keys, or a matrix that does not fit its names.
    """
    try:
        document = json.loads(decode_text(data, name))
    except (ValueError, RecursionError) as error:
        raise TrackError(f"{name} is not valid JSON; export it again.") from error
    if not isinstance(document, dict):
        raise TrackError(f"{name} is JSON, but not an Audio2Face export.")
    names, fps = document.get("facsNames"), document.get("exportFps")
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise TrackError(f"{name}: facsNames must be a list of shape names.")
    if isinstance(fps, bool) or not isinstance(fps, int | float):
        raise TrackError(f"{name} has no exportFps, so its frame rate is unknown; export it again.")
    values = _matrix(document, names, name)
    check_rate(float(fps), len(values), name)
    found = {i: channel for i, n in enumerate(names) if (channel := canonical_name(n)) in ARKIT_INDEX}
    if not found:
        raise TrackError(f"{name} names no ARKit shape in facsNames.")
    if len(set(found.values())) < len(found):
        raise TrackError(f"{name} names a shape twice in facsNames.")
    weights = np.zeros((len(values), len(ARKIT_CHANNELS)), np.float32)
    weights[:, [ARKIT_INDEX[str(channel)] for channel in found.values()]] = values[:, list(found)]
    others = {n: i for i, n in enumerate(names) if i not in found}
    extras = BlendshapeTrack(values[:, list(others.values())], float(fps), 0.0, tuple(others)) if others else None
    lacking = len(ARKIT_CHANNELS) - len(found)
    warnings = (f"The file lacks {lacking} of the 52 channels.",) if lacking else ()
    return TrackFile(BlendshapeTrack(weights, float(fps)), NAME, extras, warnings=warnings)


def write(track: BlendshapeTrack, extras: BlendshapeTrack | None = None) -> str:
    """The file's text.

    Raises:
        TrackError: other channels than the 52.
    """
    require_arkit(track)
    check_rate(track.fps, len(track), "The track")
    track = starting_at_zero(track)
    names, columns = list(ARKIT_CHANNELS), [track.weights.astype(np.float64)]
    if extras is not None:
        names += extras.channels
        columns.append(starting_at_zero(extras).weights.astype(np.float64))
    rows = np.round(np.concatenate(columns, axis=1), 10).tolist()
    document = {
        "exportFps": track.fps, "trackPath": "", "numPoses": len(names), "numFrames": len(track),
        "facsNames": names, "weightMat": rows,
    }  # fmt: skip
    return json.dumps(document)

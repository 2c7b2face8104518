"""The 15 Oculus visemes as weights frame by frame, as OVRLipSync and avatars with viseme targets use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.core.arkit import VISEME_CHANNELS, VISEME_INDEX, VISEMES
from app.core.errors import TrackError
from app.core.mouths.seen_shapes import seen_visemes
from app.core.track import BlendshapeTrack
from app.core.visemes import projection_matrix
from app.formats.cues.json_cues import row_lists
from app.formats.cues.made_motion import MADE_FPS
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile, check_rate, starting_at_zero
from app.formats.tracks.json_text import as_number, is_json, parsed, said_rate
from app.formats.tracks.rate import check_rising, fit_rate, number_text

NAME = "Oculus viseme weights"
#: names in lower case without prefix; the SDK's own names of the last three too
_INDEX = {name.lower(): i for name, i in VISEME_INDEX.items()} | {
    "ih": VISEME_INDEX["I"], "oh": VISEME_INDEX["O"], "ou": VISEME_INDEX["U"],
}  # fmt: skip
_WEIGHT_KEYS = ("visemes", "weights", "values", "Visemes", "blendshapes")
_TIME_KEYS = ("time", "time_s", "timestamp", "t")
#: a frame names at least so many of the 15
_LEAST = 3


def looks_like(data: bytes) -> bool:
    """Whether it is JSON whose frames hold viseme weights by name, or lists of 15 with the names beside them."""
    if not is_json(data) or b"aa" not in data or b"PP" not in data.upper():
        return False
    try:
        return _frames(parsed(data, "")) is not None
    except TrackError:
        return False


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """The weights, and the 52 channels that show the same (``VISEME_RECIPES``).

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None finds it in the file.

    Raises:
        TrackError: it holds none, or values or times that are no numbers.
    """
    document = parsed(data, name)
    frames = _frames(document)
    if frames is None:
        raise TrackError(f"{name} holds no viseme weights; give frames with the names sil, PP, ... U.")
    weights = np.zeros((len(frames), len(VISEMES)), np.float32)
    for i, (row, _) in enumerate(frames):
        for key, value in row.items():
            place, number = _INDEX.get(_plain(key)), as_number(value)
            if place is not None and number is None:
                raise TrackError(f"{name}, frame {i}: {str(value)[:40]!r} for {key} is not a number.")
            if place is not None and number is not None:
                weights[i, place] = number
    rate, start_s, rate_from, evidence = _clock(document, [time for _, time in frames], name, fps)
    check_rate(rate, len(weights), name)
    visemes = BlendshapeTrack(weights, rate, start_s, VISEME_CHANNELS)
    arkit = BlendshapeTrack(np.clip(weights, 0, 1) @ projection_matrix(), rate, start_s)
    note = "The file holds the weights of 15 visemes: the 52 channels were made from them, and its own weights are kept beside."
    return TrackFile(arkit, NAME, fps_from=rate_from, evidence=evidence, warnings=(note,), visemes=visemes)


def _clock(document: Any, times: list[float | None], name: str, fps: float | None) -> tuple[float, float, str, str]:
    """Frames per second, time of the first frame, where that comes from, and the same in words."""
    known = np.array([time for time in times if time is not None], np.float64)
    start_s = float(known[0]) if len(known) == len(times) and len(known) else 0.0
    said = said_rate(document)
    if fps is not None:
        return fps, 0.0, "stated", f"{number_text(fps)} fps as stated"
    if said is not None:
        return said[1], start_s, "header", f"{number_text(said[1])} fps, as {said[0]} says"
    if len(known) == len(times) and len(known) > 1:
        check_rising(known, lambda row: row + 1, name)
        found = fit_rate(known, 1e-3, name)
        return found.fps, start_s, "times", f"{number_text(found.fps)} fps from {len(known):,} times"
    return MADE_FPS, 0.0, "assumed", f"{number_text(MADE_FPS)} fps, assumed"


def _plain(key: str) -> str:
    return key.lower().removeprefix("viseme_")


def _frames(document: Any) -> list[tuple[Mapping[str, Any], float | None]] | None:
    """(weights by name, time in seconds or None) of every frame, or None when it is something else."""
    rows: Any = document
    names: list[str] | None = None
    if isinstance(document, dict):
        for key in ("names", "channels", "visemes", "visemeNames"):
            told = document.get(key)
            if isinstance(told, list) and told and all(isinstance(each, str) for each in told):
                names = told
        rows = next((document[key] for key in ("frames", "weights", "visemes") if _is_rows(document.get(key))), None)
        rows = rows if rows is not None else next(iter(row_lists(document)), None)
    if not isinstance(rows, list) or not rows:
        return None
    found = [_frame(row, names) for row in rows]
    kept = [frame for frame in found if frame is not None]
    return kept if len(kept) == len(found) else None


def _is_rows(rows: Any) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, dict | list) for row in rows)


def _frame(row: Any, names: list[str] | None) -> tuple[Mapping[str, Any], float | None] | None:
    time = None
    if isinstance(row, dict):
        time = next((t for key in _TIME_KEYS if (t := as_number(row.get(key))) is not None), None)
        row = next((row[key] for key in _WEIGHT_KEYS if isinstance(row.get(key), dict | list)), row)
    if isinstance(row, list):
        names = names or (list(VISEMES) if len(row) == len(VISEMES) else None)
        row = dict(zip(names, row, strict=True)) if names is not None and len(names) == len(row) else {}
    if not isinstance(row, dict) or sum(_plain(key) in _INDEX for key in row) < _LEAST:
        return None
    return row, time


def write(performance: Performance, options: WriteOptions) -> Written:
    """``{"fps", "names", "frames": [{"time", "weights"}]}``: the viseme weights of the motion, else those that its mouth shows most."""
    track, made_from = performance.visemes, "the viseme weights"
    if track is None:
        track, made_from = seen_visemes(performance.arkit), "the mouth of the 52 channels, as no viseme weights are known"
    track = starting_at_zero(track)
    frames = [
        json.dumps({"time": round(i / track.fps, 6), "weights": [round(float(value), 5) for value in row]})
        for i, row in enumerate(track.weights)
    ]
    head = f'{{"fps": {track.fps:.10g}, "names": {json.dumps(list(VISEMES))}, "frames": [\n'
    note = f"The frames were made from {made_from}; {NAME}: no room for brows, eyes and head."
    return Written((head + ",\n".join(frames) + "\n]}\n").encode(), (note,))

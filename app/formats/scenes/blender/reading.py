"""The motion in a script for Blender, read back: the script is never run."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.errors import TrackError
from app.core.foreign import is_number
from app.core.head import ANGLES
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.scenes.blender.script import CLOSING, OPENING
from app.formats.strict_json import content_of_json
from app.formats.track_file import MAX_DURATION_S, TrackFile, check_rate, decode_text
from app.formats.tracks.rate import number_text

NAME = "Blender script"


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read the motion that stands in the script.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the script's.

    Raises:
        TrackError: there is none, or it is broken.
    """
    _, opening, rest = decode_text(data, name).partition(OPENING)
    motion, closing, _ = rest.partition(CLOSING)
    document = _parsed(motion, name) if opening and closing else None
    if not isinstance(document, dict) or not isinstance(document.get("shapes"), dict):
        raise TrackError(f"{name} is a script for Blender without its motion; export it again.")
    said, n, start_s = (_number(document, key, name) for key in ("fps", "n_frames", "start_s"))
    rate = fps or said
    if not 1 <= n <= 1e6 or abs(start_s) > MAX_DURATION_S:
        raise TrackError(f"{name} counts {n:g} frames from {start_s:g} s, which is no take; export it again.")
    check_rate(rate, int(n), name)
    weights = _rows(document["shapes"], ARKIT_CHANNELS, int(n), name)
    side = _head(document.get("head"), int(n), name)
    track = BlendshapeTrack(weights, rate, start_s, side=side)
    of_visemes = document.get("visemes")
    visemes = None
    if isinstance(of_visemes, dict) and of_visemes:
        visemes = BlendshapeTrack(_rows(of_visemes, VISEME_CHANNELS, int(n), name), rate, start_s, VISEME_CHANNELS)
    sound = document.get("sound")
    evidence = f"{number_text(rate)} fps as {'stated' if fps else 'the script says'}"
    return TrackFile(
        track, NAME, fps_from="stated" if fps else "header", evidence=evidence, visemes=visemes,
        sound=sound if isinstance(sound, str) else "", duration_s=max(_number(document, "duration_s", name), 0.0),
    )  # fmt: skip


def _parsed(text: str, name: str) -> Any:
    try:
        return content_of_json(text)
    except (ValueError, RecursionError):
        raise TrackError(f"{name}: the motion in the script is broken JSON; export it again.") from None


def _number(document: dict[str, Any], key: str, name: str) -> float:
    value = document.get(key)
    if not is_number(value):
        raise TrackError(f"{name}: {key} must be a number; export it again.")
    return float(value)


def _list(values: Any, name: str) -> np.ndarray:
    if not isinstance(values, list) or not all(map(is_number, values)):
        raise TrackError(f"{name}: the curves must be lists of numbers; export it again.")
    made = np.array(values, np.float64)
    if np.abs(made).max(initial=0.0) > 1e6:
        raise TrackError(f"{name}: the curves hold impossible numbers; export it again.")
    return made


def _rows(curves: dict[str, Any], channels: tuple[str, ...], n: int, name: str) -> np.ndarray:
    """(n, len(channels)) float32; frames that were left out lie on straight lines."""
    rows = np.zeros((n, len(channels)), np.float32)
    for i, channel in enumerate(channels):
        curve = curves.get(channel)
        if not isinstance(curve, dict):
            continue
        values = _list(curve.get("values"), name)
        frames = _list(curve["frames"], name) if "frames" in curve else np.arange(float(n))
        if not len(values) or len(frames) != len(values) or (np.diff(frames) <= 0).any():
            raise TrackError(f"{name}: the curve of {channel} has not as many rising frames as values; export it again.")
        rows[:, i] = np.interp(np.arange(n), frames, values)
    return rows


def _head(columns: Any, n: int, name: str) -> SideChannels | None:
    """The head's rotation under the names of Live Link Face."""
    if not isinstance(columns, list) or len(columns) != 3:
        return None
    x, y, z = (_list(column, name) for column in columns)
    if not len(x) == len(y) == len(z) == n:
        raise TrackError(f"{name}: the head has not as many angles as there are frames; export it again.")
    return SideChannels(ANGLES[:3], np.stack([-z, x, y], axis=1))

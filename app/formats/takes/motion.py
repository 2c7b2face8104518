"""Motion in a take: weights as numpy files beside a few words about them, exactly as they were."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.errors import ProjectError
from app.core.foreign import is_number
from app.core.side import SideChannels
from app.core.track import Animation, BlendshapeTrack
from app.formats.project_files import INSIDE
from app.formats.takes.archive import ARRAY_DAMAGE
from app.formats.track_file import MAX_DURATION_S, MAX_FPS

MAX_ARRAY_BYTES = 2**28
MAX_COLUMNS = 1024
MAX_HEADER = 4096
#: channel lists that are named instead of spelt out
_KNOWN = {"arkit": ARKIT_CHANNELS, "visemes": VISEME_CHANNELS}

#: takes an array's bytes and a wish for its name, and gives the path that the document writes
Keep = Callable[[str, bytes], str]
#: reads a member by the path in the document
Fetch = Callable[[str], bytes]


def array_bytes(array: np.ndarray) -> bytes:
    """(n, m) numbers as a numpy file of float32."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array, dtype="<f4"), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def array_of(data: bytes) -> np.ndarray:
    """The numbers of such a file; nothing in it is ever run.

    Raises:
        ValueError: it is something else, or holds what is no number.
    """
    buffer = io.BytesIO(data)
    try:
        if np.lib.format.read_magic(buffer) != (1, 0):
            raise ValueError("another version")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer, max_header_size=MAX_HEADER)
    except (*ARRAY_DAMAGE, RecursionError) as error:
        raise ValueError("no header of an array") from error
    whole = len(shape) == 2 and not fortran and dtype == np.dtype("<f4") and all(n >= 0 for n in shape) and shape[1] <= MAX_COLUMNS
    body = data[buffer.tell() :]
    if not whole or math.prod(shape) * 4 != len(body):
        raise ValueError("not (n, m) float32")
    array = np.frombuffer(body, "<f4").reshape(shape).astype(np.float32)
    if not np.isfinite(array).all():
        raise ValueError("not numbers")
    return array


def animation_data(animation: Animation, name: str, keep: Keep) -> dict[str, Any]:
    """An animation as the document has it.

    Args:
        animation: what to write.
        name: of its files.
        keep: takes the arrays.
    """
    visemes = animation.visemes
    return {
        "label": animation.label,
        "is_mock": animation.is_mock,
        "owns_eyes": animation.owns_eyes,
        **({"owns_head": True} if animation.owns_head else {}),
        "notes": list(animation.notes),
        "arkit": _track_data(animation.arkit, f"{name}.arkit", keep),
        "visemes": None if visemes is None else _track_data(visemes, f"{name}.visemes", keep),
    }


def animation_of(data: Any, fetch: Fetch) -> Animation:
    """An animation from the document.

    Raises:
        ProjectError, TrackError, ValueError, TypeError, KeyError, AttributeError: it is none.
    """
    arkit, visemes = _track_of(data["arkit"], fetch), data["visemes"]
    if arkit.channels != ARKIT_CHANNELS:
        raise ValueError("not the 52 shapes")
    words = [each for each in data["notes"] if isinstance(each, str)]
    made = None if visemes is None else _track_of(visemes, fetch)
    if not isinstance(data["label"], str) or (made is not None and len(made) != len(arkit)):
        raise ValueError("not an animation")
    return Animation(
        arkit, made, data["label"], data["is_mock"] is True, data["owns_eyes"] is True, tuple(words), data.get("owns_head") is True
    )


def _track_data(track: BlendshapeTrack, name: str, keep: Keep) -> dict[str, Any]:
    known = next((word for word, channels in _KNOWN.items() if channels == track.channels), None)
    side = track.side
    beside = None if side is None else {
        "names": list(side.names), "file": keep(f"{name}.side", array_bytes(np.nan_to_num(side.values, posinf=0.0, neginf=0.0))),
    }  # fmt: skip
    return {
        "file": keep(name, array_bytes(track.weights)),
        "fps": float(track.fps),
        "start_s": float(track.start_s),
        "channels": known or list(track.channels),
        "side": beside,
    }


def _track_of(data: Mapping[str, Any], fetch: Fetch) -> BlendshapeTrack:
    weights, channels = array_of(fetch(data["file"])), data["channels"]
    names = _KNOWN[channels] if isinstance(channels, str) else _names(channels)
    fps, start_s, beside = data["fps"], data["start_s"], data["side"]
    if not is_number(fps) or not is_number(start_s) or not 0 < fps <= MAX_FPS or abs(start_s) > MAX_DURATION_S:
        raise ValueError("no rate of a track")
    if len(weights) / fps > MAX_DURATION_S:
        raise ValueError("longer than any track")
    side = None if beside is None else SideChannels(_names(beside["names"]), array_of(fetch(beside["file"])))
    return BlendshapeTrack(weights, float(fps), float(start_s), names, side)


def _names(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(each, str) and len(each) <= 200 for each in data) or len(set(data)) < len(data):
        raise ValueError("no channel names")
    return tuple(data)


def member_of(text: Any) -> str:
    """The member that a path of the document names.

    Raises:
        ProjectError: it names none.
    """
    if not isinstance(text, str) or not text.startswith(INSIDE):
        raise ProjectError("The take names motion that it does not hold; open its backup or another copy.")
    return text.removeprefix(INSIDE)

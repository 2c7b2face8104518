"""Columns beside the shapes on their way into formats: what has room is kept, what has none is told."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from app.core.head import ANGLES
from app.core.track import BlendshapeTrack


def plain_name(name: str) -> str:
    """A column's name without its spelling: ``HeadYaw``, ``head_yaw`` and ``headYaw`` are one."""
    return name.strip().lower().replace("_", "").replace(" ", "")


_ANGLES = frozenset(plain_name(name) for name in ANGLES)


def is_angle(name: str) -> bool:
    """Whether a column is one of the nine angles of head and eyes."""
    return plain_name(name) in _ANGLES


def is_tongue(name: str) -> bool:
    """Whether a column is one of the tongue shapes of Audio2Face-3D's 68 or 72 names."""
    return plain_name(name).startswith("tongue")


def angle(track: BlendshapeTrack, title: str) -> np.ndarray:
    """(n,) float32 of a column in any spelling; zeros where the track has none."""
    found = None if track.side is None else track.side.find(title)
    return np.zeros(len(track), np.float32) if found is None else found


def has_angles(track: BlendshapeTrack, titles: Collection[str]) -> bool:
    """Whether any of these columns is there and ever moves."""
    return any(angle(track, title).any() for title in titles)


def left_out(track: BlendshapeTrack, room: str, kept: Collection[str] = ()) -> tuple[str, ...]:
    """The sentence about side columns that a format has no room for, () where nothing is lost.

    Args:
        track: what is written.
        room: the format's name.
        kept: names of the columns that it does keep.
    """
    side = None if track.side is None else track.side.without_still()
    known = {plain_name(name) for name in kept}
    lost = [] if side is None else [name for name in side.names if plain_name(name) not in known]
    return (f"{room} has no columns for {', '.join(lost)}; they were left out.",) if lost else ()

"""Edits of the angles of head and eyes that travel beside the shapes: scaled, moved, flattened, smoothed or retimed like any curve."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.edits.edit import CurveEdit, edit_envelope
from app.core.head import ANGLES, angles_in_radians, with_gaze_of_angles
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack

#: kinds that mean the same for an angle as for a weight
TURNING = ("scale", "offset", "flatten", "smooth", "retime")
#: an angle of so many degrees is drawn, and moved by an offset, like a weight of 1
LANE_DEG = 20.0
_EYES = frozenset(ANGLES[3:])
_LOOKS = [i for name, i in ARKIT_INDEX.items() if name.startswith("eyeLook")]
Edits = Callable[[np.ndarray, CurveEdit, BlendshapeTrack, Sequence[str]], np.ndarray]


def turned(track: BlendshapeTrack, edits: Iterable[CurveEdit], edited: Edits) -> BlendshapeTrack:
    """A track with its angles edited, in radians; where the eyes' angles change, and the shapes of looking move, these follow.

    Args:
        track: the 52 channels, their edits done.
        edits: in the order in which they were made.
        edited: columns after an edit.
    """
    side = track.side
    if side is None:
        return track
    before = angles_in_radians(track).astype(np.float32)
    angles = before
    for edit in edits:
        columns = [i for i, name in enumerate(ANGLES) if name in edit.channels and side.find(name) is not None]
        if not columns or edit.kind not in TURNING:
            continue
        rows = angles[:, columns]
        if edit.kind == "offset":
            # an angle has no 0 to 1 that it stays in
            after = rows + np.float32(edit.amount * math.radians(LANE_DEG)) * edit_envelope(edit, track.times_s).astype(np.float32)[:, None]
        else:
            after = edited(rows, edit, track, [ANGLES[i] for i in columns])
        if after is not rows:
            angles = angles.copy() if angles is before else angles
            angles[:, columns] = after
    if angles is before:
        return track
    made = replace(track, side=_put(side, angles))
    changed = np.abs(angles[:, 3:] - before[:, 3:]).max(axis=1) > 0
    return _looking(made, changed) if changed.any() else made


def _put(side: SideChannels, angles: np.ndarray) -> SideChannels:
    """The columns with these (n, 9) angles, all of them in radians; other columns stay."""
    plain = {name.lower(): i for i, name in enumerate(ANGLES)}
    places = [plain.get(name.lower().replace("_", "").replace(" ", ""), -1) for name in side.names]
    columns = [side.values[:, j] if i < 0 else angles[:, i] for j, i in enumerate(places)]
    return SideChannels(side.names, np.stack(columns, axis=1))


def _looking(track: BlendshapeTrack, changed: np.ndarray) -> BlendshapeTrack:
    """The shapes of looking as the eyes' angles have them, in frames in which these were edited; still where they are still throughout."""
    if not track.weights[:, _LOOKS].any():
        return track
    still = track.weights.copy()
    still[:, _LOOKS] = 0.0
    looks = with_gaze_of_angles(track.with_weights(still)).weights
    weights = track.weights.copy()
    weights[np.ix_(changed, np.array(_LOOKS))] = looks[np.ix_(changed, np.array(_LOOKS))]
    return track.with_weights(weights)

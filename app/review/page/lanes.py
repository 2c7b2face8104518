"""The sides of a take as the page plays them: what reaches the mesh in every frame, and the curves to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.avatar.rig import SILENT, AvatarRig
from app.core.head import has_head, head_rotations, with_gaze_of_angles
from app.formats.takes.take import Lane
from app.review.page.store import Store


@dataclass(frozen=True)
class Played:
    """One side, sent through the rig of its avatar.

    Attributes:
        name: ``A``, ``B`` or ``C``.
        lane: as saved.
        names: of the targets that it ever moves.
        weights: (n_frames, len(names)) float32, what the mesh gets.
        turns: (n_frames, 3) pitch, yaw and roll of the head in radians, None where it never turns.
    """

    name: str
    lane: Lane
    names: tuple[str, ...]
    weights: np.ndarray
    turns: np.ndarray | None


def played(name: str, lane: Lane, rig: AvatarRig | None) -> Played:
    """Work out what a side does to its avatar.

    Args:
        name: of the side.
        lane: its motion.
        rig: of its avatar, None where there is none.
    """
    arkit = lane.tuned.arkit
    turns = head_rotations(arkit) if has_head(arkit) else None
    if rig is None:
        return Played(name, lane, (), np.zeros((len(arkit), 0), np.float32), turns)
    visemes = None if lane.tuned.visemes is None else lane.tuned.visemes.sample(arkit.times_s)
    rows = rig.reaching(with_gaze_of_angles(arkit).weights, visemes)
    moved = np.flatnonzero((np.abs(rows) > SILENT).any(0))
    return Played(name, lane, tuple(rig.target_names[i] for i in moved), rows[:, moved], turns)


def side_data(side: Played, body: int | None, store: Store) -> dict[str, Any]:
    """A side as the page reads it.

    Args:
        side: sent through its rig.
        body: number of its avatar in the page, None for none.
        store: takes the arrays.
    """
    lane, arkit = side.lane, side.lane.tuned.arkit
    raw = lane.raw.arkit
    same = raw.fps == arkit.fps and raw.start_s == arkit.start_s and np.array_equal(raw.weights, arkit.weights)
    return {
        "name": side.name,
        "label": lane.tuned.label,
        "mock": lane.tuned.is_mock,
        "source": lane.source,
        "parameters": {str(key): float(value) for key, value in lane.parameters.items()},
        "body": body,
        "fps": arkit.fps,
        "startS": arkit.start_s,
        "frames": len(arkit),
        "targets": list(side.names),
        "weights": store.quantised(side.weights),
        "turns": None if side.turns is None else store.quantised(side.turns.astype(np.float32)),
        "curves": store.quantised(arkit.weights),
        "raw": None if same else {"fps": raw.fps, "startS": raw.start_s, "frames": len(raw), "curves": store.quantised(raw.weights)},
    }

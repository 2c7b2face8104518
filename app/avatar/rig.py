"""From weights to vertex buffers: each channel drives, by name, every morph target that carries it on any part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.avatar.findings import channel_names, missing
from app.avatar.model import Avatar, MeshPart
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, MOUTH_CHANNELS, VISEME_CHANNELS, canonical_name

#: weights below this move nothing that could be seen
SILENT = 1e-5
#: an avatar with fewer of the 15 viseme targets is driven by its ARKit mouth instead, if it has one
ENOUGH_VISEMES = 8
#: OpenBLAS computes a matrix-vector product of fewer elements than this on the calling thread
BLAS_THREAD_SIZE = 9216

_N_ARKIT = len(ARKIT_CHANNELS)
_N_NAMED = _N_ARKIT + len(VISEME_CHANNELS)
_MOUTH_COLUMNS = np.array(sorted(ARKIT_INDEX[name] for name in MOUTH_CHANNELS))


@dataclass(frozen=True)
class Drive:
    """The targets of one part that move something.

    The deltas are cut into blocks because BLAS starts threads above a size, and two threads on a busy machine
    cost milliseconds where one block product costs microseconds.

    Attributes:
        columns: (n,) int64, where each target finds its weight in the rig's weight row.
        blocks: (n_blocks, n, block) float32: position deltas of all moved vertices, then normal deltas, cut and padded.
        moved: (n_moved,) int64 vertex indices, or a slice when they are contiguous.
        neutral: (2, n_moved, 3) float32, their neutral positions and normals.
    """

    columns: np.ndarray
    blocks: np.ndarray
    moved: np.ndarray | slice
    neutral: np.ndarray


def cut_blocks(deltas: np.ndarray) -> np.ndarray:
    """Cut rows into blocks small enough for a product on one thread.

    Args:
        deltas: (n, length) float32.

    Returns:
        (n_blocks, n, block) float32, the last block padded with zeros.
    """
    n, length = deltas.shape
    block = max(16, min(128, BLAS_THREAD_SIZE // n // 16 * 16))
    n_blocks = -(-length // block)
    padded = np.zeros((n, n_blocks * block), np.float32)
    padded[:, :length] = deltas
    return np.ascontiguousarray(padded.reshape(n, n_blocks, block).transpose(1, 0, 2))


class PosedPart:
    """One part in its present pose.

    Attributes:
        source: the part as loaded.
        positions: (n, 3) float32, live.
        normals: (n, 3) float32, live; nearly unit vectors (the shader normalises).
        revision: grows by one whenever the buffers change.
    """

    def __init__(self, source: MeshPart, columns: Mapping[str, int]) -> None:
        self.source = source
        self.positions = source.positions.copy()
        self.normals = source.normals.copy()
        self.revision = 0
        self._drive = build_drive(source, columns)
        if self._drive is not None:
            self._row = np.zeros(len(self._drive.columns), np.float32)
            self._mixed = np.empty((len(self._drive.blocks), self._drive.blocks.shape[2]), np.float32)
            self._shape = self._mixed.reshape(-1)[: self._drive.neutral.size].reshape(self._drive.neutral.shape)

    def apply(self, weights: np.ndarray) -> bool:
        """Move the vertices.

        Args:
            weights: the rig's weight row.

        Returns:
            Whether anything changed.
        """
        drive = self._drive
        if drive is None:
            return False
        row = weights[drive.columns]
        if np.array_equal(row, self._row):
            return False
        self._row = row
        np.matmul(row, drive.blocks, out=self._mixed)
        self._shape += drive.neutral
        self.positions[drive.moved] = self._shape[0]
        self.normals[drive.moved] = self._shape[1]
        self.revision += 1
        return True


def build_drive(part: MeshPart, columns: Mapping[str, int]) -> Drive | None:
    """Collect the targets of a part that something can drive and that move something.

    Args:
        part: the part.
        columns: target name (canonical where it is a channel, else as written) -> column of the weight row.

    Returns:
        The drive, or None when nothing can move.
    """
    if part.targets is None:
        return None
    chosen: dict[int, int] = {}
    for i, name in enumerate(part.targets.names):
        column = columns.get(canonical_name(name) or name, -1)
        if column >= 0 and part.targets.positions[i].any():
            chosen.setdefault(column, i)
    if not chosen:
        return None
    targets = list(chosen.values())
    positions, normals = part.targets.positions[targets], part.targets.normals[targets]
    moved = np.flatnonzero(positions.any(axis=(0, 2)) | normals.any(axis=(0, 2)))
    return Drive(
        columns=np.array(list(chosen), np.int64),
        blocks=cut_blocks(np.stack([positions[:, moved], normals[:, moved]], axis=1).reshape(len(targets), -1)),
        moved=_compact(moved),
        neutral=np.stack([part.positions[moved], part.normals[moved]]),
    )


def _compact(moved: np.ndarray) -> np.ndarray | slice:
    """Indices as a slice where they are contiguous: copying is several times faster."""
    first, last = int(moved[0]), int(moved[-1])
    return slice(first, last + 1) if last - first + 1 == len(moved) else moved


class AvatarRig:
    """Drives an avatar's morph targets by channel name.

    Args:
        avatar: as loaded; it is never changed.
    """

    def __init__(self, avatar: Avatar) -> None:
        self.avatar = avatar
        present = channel_names(avatar.parts)
        self.arkit_missing = missing(ARKIT_CHANNELS, present)
        self.viseme_missing = missing(VISEME_CHANNELS, present)
        self.extra_names = _extra_names(avatar)
        self._names = (*ARKIT_CHANNELS, *VISEME_CHANNELS, *self.extra_names)
        columns = {name: i for i, name in enumerate(self._names)}
        self._extra_columns = {name: columns[name] for name in self.extra_names}
        self._weights = np.zeros(len(self._names), np.float32)
        self._next = np.zeros_like(self._weights)
        self._present = np.array([name in present or i >= _N_NAMED for i, name in enumerate(self._names)])
        self.parts = tuple(PosedPart(part, columns) for part in avatar.parts)

    @property
    def has_arkit(self) -> bool:
        """Whether any of the 52 channels can move this avatar."""
        return len(self.arkit_missing) < _N_ARKIT

    @property
    def has_visemes(self) -> bool:
        """Whether viseme weights drive the mouth: enough viseme targets, or no ARKit mouth to fall back on."""
        n = len(VISEME_CHANNELS) - len(self.viseme_missing)
        return n >= ENOUGH_VISEMES or (n > 0 and set(self.arkit_missing) >= MOUTH_CHANNELS)

    @property
    def applied(self) -> dict[str, float]:
        """Name -> weight of all targets that are not at rest, as last sent to the mesh."""
        shown = np.flatnonzero((np.abs(self._weights) > SILENT) & self._present)
        return {self._names[i]: float(self._weights[i]) for i in shown}

    def pose(self, arkit: np.ndarray, visemes: np.ndarray | None = None, extras: Mapping[str, float] | None = None) -> None:
        """Show one frame.

        When ``visemes`` are given and the avatar has viseme targets, they replace MOUTH_CHANNELS, because both
        together would open the mouth twice; else ARKit drives everything.

        Args:
            arkit: (52,) weights in ARKIT_CHANNELS order, nominally in [0, 1].
            visemes: (15,) weights in VISEME_CHANNELS order, or None.
            extras: further targets by the name in the file (``mouthOpen``); names that do not exist are ignored.
        """
        row = self._next
        row[:_N_ARKIT] = arkit
        if visemes is not None and self.has_visemes:
            row[_MOUTH_COLUMNS] = 0
            row[_N_ARKIT:_N_NAMED] = visemes
        else:
            row[_N_ARKIT:_N_NAMED] = 0
        row[_N_NAMED:] = 0
        for name, value in (extras or {}).items():
            if name in self._extra_columns:
                row[self._extra_columns[name]] = value
        row[np.abs(row) < SILENT] = 0
        if np.array_equal(row, self._weights):
            return
        self._weights, self._next = row, self._weights
        for part in self.parts:
            part.apply(row)

    def reset(self) -> None:
        """Back to neutral."""
        self.pose(np.zeros(_N_ARKIT, np.float32))


def _extra_names(avatar: Avatar) -> tuple[str, ...]:
    """Target names that are neither channels nor visemes, in order of appearance."""
    names: dict[str, None] = {}
    for part in avatar.parts:
        if part.targets:
            names.update({name: None for name in part.targets.names if canonical_name(name) is None})
    return tuple(names)

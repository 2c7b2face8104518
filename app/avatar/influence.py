"""How far each of the 52 shapes moves the skin of one avatar: at a point, and everywhere, as its rig sends them to the mesh."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from app.avatar.drive import Drive
from app.avatar.rig import AvatarRig, PosedPart
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX

#: what moves a point by less, in millimetres, does nothing there that could be seen
LEAST_MM = 0.25
#: shapes that move a point at least by this share of what the first moves it belong together
ALIKE = 0.45
#: vertices that move by less than this share of the most are not lit
_DARK = 0.06
_FLOATS = 6


@dataclass(frozen=True)
class Mover:
    """One shape at one point.

    Attributes:
        channel: one of the 52.
        reach_mm: how far it moves the point at full weight.
    """

    channel: str
    reach_mm: float


class Influence:
    """What the shapes of an avatar move; holds as long as the rig's corrections do.

    Args:
        rig: through whose targets and corrections the shapes go. A mouth that moves by visemes only is moved by the mixture of them
            that stands for the shape.
    """

    def __init__(self, rig: AvatarRig) -> None:
        self._rig = rig
        self.corrections = rig.corrections
        alone = np.zeros((len(ARKIT_CHANNELS) + 1, len(ARKIT_CHANNELS)), np.float32)
        alone[1:] = np.eye(len(ARKIT_CHANNELS), dtype=np.float32)
        reaching = rig.reaching(alone)
        #: (52, targets): what of each target one shape by itself brings
        self._brings = reaching[1:] - reaching[0]
        self._places: dict[int, np.ndarray] = {}

    @property
    def is_current(self) -> bool:
        """Whether the rig is corrected as it was."""
        return self._rig.corrections is self.corrections

    def at(self, part: PosedPart, corners: Sequence[int], shares: Sequence[float]) -> tuple[Mover, ...]:
        """Which shapes move a point of the skin, the farthest first.

        Args:
            part: of the rig.
            corners: three of its vertices.
            shares: barycentric coordinates of the point, one for each.
        """
        drive = part.drive
        if drive is None:
            return ()
        deltas = np.stack([_deltas(drive, run.window, run.deltas, corners, shares) for run in drive.runs])
        # no product of matrices: so small a one is not worth waking the threads of one
        reach_mm = 1e3 * np.linalg.norm(np.einsum("ij,jk->ik", self._brings[:, drive.columns], deltas), axis=1)
        order = np.argsort(-reach_mm, kind="stable")
        return tuple(Mover(ARKIT_CHANNELS[i], float(reach_mm[i])) for i in order if reach_mm[i] >= LEAST_MM)

    def region(self, channels: Collection[str]) -> list[np.ndarray | None]:
        """What some shapes move.

        Args:
            channels: of the 52; where several move a vertex, the one counts that moves it most.

        Returns:
            For each part of the rig (n,) float32: 0 to 1 as shares of the farthest way on all parts; None for parts that do not move.
        """
        rows = self._brings[[ARKIT_INDEX[channel] for channel in channels]]
        ways = [None if part.drive is None else _ways(part.drive, rows) for part in self._rig.parts]
        most = max((float(way.max(initial=0.0)) for way in ways if way is not None), default=0.0)
        shades = [None if way is None or most <= 0.0 else _shade(way, most) for way in ways]
        return [None if shade is None or not shade.any() else shade for shade in shades]


def belonging(movers: Sequence[Mover], most: int = 4) -> tuple[str, ...]:
    """The shapes that move a point about as far as the first of them does.

    Args:
        movers: the farthest first.
        most: never more than this.
    """
    return tuple(mover.channel for mover in movers[:most] if mover.reach_mm >= ALIKE * movers[0].reach_mm)


def _deltas(drive: Drive, window: slice, deltas: np.ndarray, corners: Sequence[int], shares: Sequence[float]) -> np.ndarray:
    """(3,) metres that one target moves a point at full weight."""
    moved = np.zeros(3)
    for corner, share in zip(corners, shares, strict=True):
        first = _FLOATS * int(drive.place[corner]) - window.start
        if 0 <= first < len(deltas):
            moved += share * deltas[first : first + 3]
    return moved


def _ways(drive: Drive, rows: np.ndarray) -> np.ndarray:
    """(n,) metres that the vertices of a part move, in the part's own order.

    Args:
        drive: of the part.
        rows: (k, targets) weights; the farthest way counts.
    """
    farthest = np.zeros(len(drive.place), np.float32)
    for row in rows:
        moved = np.zeros((len(drive.place), 3), np.float32)
        for run in drive.runs:
            if row[run.column]:
                places = slice(run.window.start // _FLOATS, run.window.stop // _FLOATS)
                moved[places] += row[run.column] * run.deltas.reshape(-1, _FLOATS)[:, :3]
        np.maximum(farthest, np.sqrt(np.einsum("ij,ij->i", moved, moved)), out=farthest)
    in_order: np.ndarray = farthest[drive.place]
    return in_order


def _shade(ways: np.ndarray, most: float) -> np.ndarray:
    """Shares of the farthest way: the least are dark, and the rest bright enough to be seen."""
    shares = np.clip((ways / most - _DARK) / (1.0 - _DARK), 0.0, 1.0)
    made: np.ndarray = np.sqrt(shares).astype(np.float32)
    return made

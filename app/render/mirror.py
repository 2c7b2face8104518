"""A rig's pose as another thread may read it while the rig itself moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from app.avatar.motion import Turn
    from app.avatar.rig import AvatarRig, PosedPart


class MirroredPart:
    """One part in the pose that was taken over last; see PosedPart for what its attributes mean."""

    def __init__(self, part: PosedPart) -> None:
        self.source = part.source
        self.positions, self.normals = part.positions.copy(), part.normals.copy()
        self.revision, self.heat, self.lit = part.revision, part.heat, part.lit

    def follow(self, part: PosedPart) -> None:
        """Take over the present pose and colours."""
        if part.revision == self.revision:
            return
        np.copyto(self.positions, part.positions)
        np.copyto(self.normals, part.normals)
        self.revision, self.heat, self.lit = part.revision, part.heat, part.lit


class MirroredRig:
    """All that a renderer asks of a rig.

    Args:
        rig: is followed when ``follow`` is called and not otherwise.
    """

    def __init__(self, rig: AvatarRig) -> None:
        self._rig = rig
        self.avatar = rig.avatar
        self.parts = tuple(MirroredPart(part) for part in rig.parts)
        self.turn: Turn | None = rig.turn

    @property
    def revisions(self) -> tuple[int, ...]:
        """Of the rig itself."""
        return tuple(part.revision for part in self._rig.parts)

    def follow(self) -> None:
        """Take over the rig's present pose; nobody may read this one meanwhile."""
        for own, part in zip(self.parts, self._rig.parts, strict=True):
            own.follow(part)
        self.turn = self._rig.turn

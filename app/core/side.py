"""What a take holds beside its shapes: angles of head and eyes, emotions, a slate; at the same frames, under the file's own names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.sampling import sampled


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "").replace(" ", "")


@dataclass(frozen=True)
class SideChannels:
    """Further columns of a track.

    Attributes:
        names: as the file spells them.
        values: (n_frames, n_names) float32 in the file's own units; read-only.
    """

    names: tuple[str, ...]
    values: np.ndarray

    def __post_init__(self) -> None:
        array = np.ascontiguousarray(self.values, dtype=np.float32)
        if array.ndim != 2 or array.shape[1] != len(self.names):
            raise ValueError(f"values must be (n, {len(self.names)}), not {array.shape}")
        if array is self.values and array.flags.writeable:
            array = array.copy()
        array.flags.writeable = False
        object.__setattr__(self, "values", array)

    def __len__(self) -> int:
        return len(self.values)

    def find(self, name: str) -> np.ndarray | None:
        """(n_frames,) values of a column in any spelling (``HeadYaw``, ``headYaw``, ``head_yaw``), or None."""
        wanted = _plain(name)
        return next((self.values[:, i] for i, own in enumerate(self.names) if _plain(own) == wanted), None)

    def sampled(self, places: np.ndarray) -> SideChannels:
        """The same columns at other places.

        Args:
            places: (m,) in frames, row 0 lies at 0; linear between rows, held outside.
        """
        return SideChannels(self.names, sampled(self.values, places))

    def cut(self, first: int, end: int) -> SideChannels:
        """The frames from ``first`` to before ``end``."""
        return SideChannels(self.names, self.values[first:end])

    def without_still(self) -> SideChannels | None:
        """The columns that are not 0 throughout, or None: an angle that was never tracked is not worth a column."""
        kept = [i for i in range(len(self.names)) if self.values[:, i].any()]
        return SideChannels(tuple(self.names[i] for i in kept), self.values[:, kept]) if kept else None


def joined_sides(sides: Sequence[SideChannels | None]) -> SideChannels | None:
    """Side channels of consecutive chunks, or None where not every chunk has the same ones."""
    first = sides[0]
    parts = [side.values for side in sides if side is not None and first is not None and side.names == first.names]
    if first is None or len(parts) < len(sides):
        return None
    return SideChannels(first.names, np.concatenate(parts))

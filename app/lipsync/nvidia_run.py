"""One clip on its way through NVIDIA's network, animator and solver, at the network's rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.core.arkit import ARKIT_CHANNELS

if TYPE_CHECKING:
    from models.nvidia.face import FaceSolver
    from models.nvidia.streams import RawFrames, Stream


class NetworkRun:
    """One clip on its way through network and solver."""

    def __init__(self, stream: Stream, solver: FaceSolver, fps: float, key: tuple[object, ...]) -> None:
        from models.nvidia.names import SKIN_POSES

        self.stream, self.solver, self.fps, self.key = stream, solver, fps, key
        self._columns = [SKIN_POSES.index(name) for name in ARKIT_CHANNELS]

    def weights(self, raw: RawFrames) -> np.ndarray:
        """(frames, 52) float32 in ARKit's order, kept in 0..1 (NVIDIA's own weights may leave it)."""
        made: np.ndarray = np.clip(self.solver.process(raw).arkit[:, self._columns], 0.0, 1.0).astype(np.float32)
        return made

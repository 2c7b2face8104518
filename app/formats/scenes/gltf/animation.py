"""Curves that become one animation of a file, all their frames or as few keys as an error allows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from app.avatar.fields import Json
from app.formats.scenes.gltf.copy import GlbCopy
from app.formats.scenes.gltf.keys import error_of, kept_keys


@dataclass
class AnimationWriter:
    """Puts curves into one animation of a file.

    Attributes:
        copy: the file.
        times_s: (n,) of all frames.
        max_error: that leaving out keys may make.
        channels: as glTF has them.
        samplers: as glTF has them.
        kept: keys that were written.
        frames: keys that there would be without leaving any out.
        error: the largest difference that was made.
    """

    copy: GlbCopy
    times_s: np.ndarray
    max_error: float = 0.0
    channels: list[Json] = field(default_factory=list)
    samplers: list[Json] = field(default_factory=list)
    kept: int = 0
    frames: int = 0
    error: float = 0.0
    _inputs: dict[bytes, int] = field(default_factory=dict)

    def add(self, node: int, path: str, rows: np.ndarray, scale: float = 1.0) -> None:
        """A curve.

        Args:
            node: that it moves.
            path: glTF's word for what it moves: ``weights``, ``rotation``, ``translation``.
            rows: (n, width) values of all frames.
            scale: errors in the rows times this count like errors of weights.
        """
        rows = np.asarray(rows, np.float32)
        keys = kept_keys(rows, self.max_error / scale)
        self.kept, self.frames = self.kept + len(keys), self.frames + len(rows)
        self.error = max(self.error, scale * error_of(rows, keys))
        output = self.copy.add(rows[keys].reshape(-1) if path == "weights" else rows[keys])
        self.samplers.append({"input": self._input(keys), "output": output, "interpolation": "LINEAR"})
        self.channels.append({"sampler": len(self.samplers) - 1, "target": {"node": node, "path": path}})

    def _input(self, keys: np.ndarray) -> int:
        """The accessor of the keys' times, one for all curves that share them."""
        times = self.times_s[keys].astype(np.float32)
        known = times.tobytes()
        if known not in self._inputs:
            self._inputs[known] = self.copy.add(times, ranged=True)
        return self._inputs[known]

    def finish(self, name: str, fps: float) -> None:
        """Make it the file's last animation."""
        entry = {"name": name, "channels": self.channels, "samplers": self.samplers, "extras": {"fps": fps, "maxError": self.max_error}}
        self.copy.append("animations", entry)

    def told(self, fps: float) -> str:
        """What leaving out keys came to, or ""."""
        if self.max_error <= 0:
            return ""
        return (
            f"{self.kept:,} of {self.frames:,} keys at {fps:g} fps were kept; straight lines between them are off by"
            f" {self.error:.4f} at most."
        )

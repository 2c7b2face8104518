"""Clips that the workers of one machine leave to each other: whoever uploaded one still hears it when its worker was replaced."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import numpy as np

from app.formats.takes.archive import ARRAY_DAMAGE

#: names as workers give them; nothing else is looked for
_NAME = re.compile(r"w\d+-[0-9a-f]{8}")


class LeftClips:
    """A folder of clips that only its user can enter.

    Args:
        folder: made when it is missing.
        keep_s: clips older than this go.
    """

    def __init__(self, folder: Path, keep_s: float) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._keep_s = folder, keep_s

    def leave(self, name: str, frames: np.ndarray, fps: int) -> None:
        """Keep (n, 52) frames; a disk that is full keeps none."""
        file, beside = self._file(name), self._folder / f"{name}.new"
        with contextlib.suppress(OSError):
            with beside.open("wb") as opened:
                np.savez(opened, frames=frames, fps=fps)
            beside.replace(file)

    def find(self, name: str) -> tuple[np.ndarray, int] | None:
        """Frames and their rate; None when nobody left them."""
        if not _NAME.fullmatch(name):
            return None
        try:
            with np.load(self._file(name), allow_pickle=False) as kept:
                return np.asarray(kept["frames"]), int(kept["fps"])
        except (*ARRAY_DAMAGE, OSError):
            return None

    def drop(self, name: str) -> None:
        """Nobody wants it any more."""
        if _NAME.fullmatch(name):
            self._file(name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Drop what a worker left that is no longer there."""
        for file in self._folder.glob("*"):
            with contextlib.suppress(OSError):
                if time.time() - file.stat().st_mtime > self._keep_s:
                    file.unlink()

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.npz"

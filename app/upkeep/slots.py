"""Folders of the running programs, for their autosaves and their logs: one each, locked for as long as its program lives."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from pathlib import Path
from typing import IO

_LOCK = "lock"


def lock(file: IO[bytes]) -> bool:
    """Lock an open file without waiting; the system gives the lock back when the process ends, however that happens."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Slot:
    """A folder that is this program's own for as long as the slot is held.

    Args:
        folder: which.
        locked: its locked file.
    """

    def __init__(self, folder: Path, locked: IO[bytes]) -> None:
        self.folder = folder
        self._locked = locked

    @classmethod
    def claim(cls, folder: Path) -> Slot | None:
        """Take a folder whose program has ended; None while it lives, or when the folder is gone."""
        try:
            file = (folder / _LOCK).open("ab")
        except OSError:
            return None
        if lock(file) and folder.is_dir():
            return cls(folder, file)
        file.close()
        return None

    @classmethod
    def create(cls, parent: Path) -> Slot:
        """A new folder of this program's own.

        Raises:
            OSError: nothing can be written there.
        """
        parent.mkdir(parents=True, exist_ok=True)
        while True:
            folder = parent / f"{time.time_ns():x}-{os.getpid()}"
            folder.mkdir()
            slot = cls.claim(folder)
            if slot is not None:
                return slot
            # another program looked into it before it was locked, and took it for a leftover
            if folder.is_dir():
                raise OSError(f"{folder} cannot be locked")

    def release(self, remove: bool) -> None:
        """Give the folder up.

        Args:
            remove: with all that is in it; otherwise the next program finds it.
        """
        self._locked.close()
        if remove:
            with contextlib.suppress(OSError):
                shutil.rmtree(self.folder)


def deserted(parent: Path) -> list[Path]:
    """The folders whose programs have ended, oldest first."""
    found = []
    for folder in sorted(path for path in parent.glob("*-*") if path.is_dir()):
        slot = Slot.claim(folder)
        if slot is not None:
            slot.release(remove=False)
            found.append(folder)
    return found

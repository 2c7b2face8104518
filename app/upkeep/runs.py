"""The log of each run in a folder of its own, of limited size, and what is found of runs that ended badly.

A run is locked while its program lives. A file for the trail of hard crashes lies beside its log and is taken away when the program ends
in order: where it is left, the program did not.
"""

from __future__ import annotations

import faulthandler
import logging
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from app.core.places import where
from app.keys.secret import LogRedaction
from app.upkeep.scrubbing import scrubbed
from app.upkeep.slots import Slot, deserted

#: of a run's log, which has one older part of the same size
LIMIT_BYTES = 256_000
#: runs that ended and whose logs are kept
KEPT_RUNS = 6
LOG, FAULT = "log.txt", "fault.txt"
_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class ScrubbedLines(logging.Formatter):
    """Lines that may be shown to others, trails of exceptions included."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        return scrubbed(super().format(record))


@dataclass(frozen=True)
class EndedRun:
    """A run that did not end in order.

    Attributes:
        folder: what is left of it.
        process: the number that the system gave it.
        ended_s: when it was heard of last, in seconds since 1970.
        fault: the trail of the crash, "" when it was killed or the machine went off.
        log: the last lines of its log.
    """

    folder: Path
    process: int
    ended_s: float
    fault: str
    log: tuple[str, ...]

    def forget(self) -> None:
        """It was told; the log stays."""
        with suppress(OSError):
            (self.folder / FAULT).unlink(missing_ok=True)


class Run:
    """This program's own run: its log, and the file that a hard crash would write to.

    Args:
        slot: its folder, locked.
    """

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._fault: IO[bytes] = (slot.folder / FAULT).open("wb")
        faulthandler.enable(self._fault, all_threads=True)
        self._lines = RotatingFileHandler(slot.folder / LOG, maxBytes=LIMIT_BYTES, backupCount=1, encoding="utf-8")
        self._lines.setFormatter(ScrubbedLines(_FORM))
        self._handlers: list[logging.Handler] = [self._lines]
        if sys.stderr is not None:  # windowed programs on Windows have none
            seen = logging.StreamHandler()
            seen.setLevel(logging.WARNING)
            seen.addFilter(LogRedaction())
            self._handlers.append(seen)
        for handler in self._handlers:
            logging.getLogger().addHandler(handler)
        self._level = logging.getLogger("app").level
        logging.getLogger("app").setLevel(logging.INFO)

    @classmethod
    def begin(cls, parent: Path | None = None) -> Run | None:
        """Begin to keep a log; None where nothing can be written, which is no reason not to start.

        Args:
            parent: of the runs' folders; None for this user's.
        """
        try:
            return cls(Slot.create(parent or where("logs")))
        except OSError:
            return None

    @property
    def folder(self) -> Path:
        """Where the log is."""
        return self._slot.folder

    def tail(self, n_lines: int = 40) -> tuple[str, ...]:
        """The last lines of the log."""
        self._lines.flush()
        return _tail(self._slot.folder, n_lines)

    def end(self) -> None:
        """The program ends in order."""
        logging.getLogger("app").setLevel(self._level)
        for handler in self._handlers:
            logging.getLogger().removeHandler(handler)
            handler.close()
        faulthandler.disable()
        self._fault.close()
        with suppress(OSError):
            (self._slot.folder / FAULT).unlink(missing_ok=True)
        self._slot.release(remove=False)


def ended_badly(parent: Path | None = None) -> list[EndedRun]:
    """The runs that did not end in order and were not told yet, oldest first."""
    return [_read(folder) for folder in deserted(parent or where("logs")) if (folder / FAULT).exists()]


def forget_old(parent: Path | None = None, keep: int = KEPT_RUNS) -> None:
    """Remove the logs of all but the last runs; those that did not end in order stay until they were told.

    Args:
        parent: of the runs' folders; None for this user's.
        keep: how many ended runs stay.
    """
    told = [folder for folder in deserted(parent or where("logs")) if not (folder / FAULT).exists()]
    for folder in told[: max(len(told) - keep, 0)]:
        shutil.rmtree(folder, ignore_errors=True)


def _tail(folder: Path, n_lines: int) -> tuple[str, ...]:
    lines: list[str] = []
    for path in (folder / f"{LOG}.1", folder / LOG):
        with suppress(OSError):
            lines += path.read_text("utf-8", errors="replace").splitlines()
    return tuple(lines[-n_lines:])


def _read(folder: Path) -> EndedRun:
    number = folder.name.rpartition("-")[2]
    fault, ended_s = "", time.time()
    with suppress(OSError):
        fault = (folder / FAULT).read_text("utf-8", errors="replace").strip()
        ended_s = max(path.stat().st_mtime for path in folder.iterdir())
    return EndedRun(folder, int(number) if number.isdigit() else 0, ended_s, fault, _tail(folder, 40))

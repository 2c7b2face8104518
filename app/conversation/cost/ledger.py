"""The ledger: one small JSON file per month in the user's state folder, with counts and nothing else."""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.beside import write_whole

VERSION = 1
#: how long a writer waits for another one, and after which time that one must have died
WAIT_S, DEAD_S = 2.0, 10.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MonthCounts:
    """What was used in a month.

    Attributes:
        month: like ``2026-11``.
        first_day: of the month on which anything was counted.
        amounts: by ``service/unit`` or ``service/unit/model``.
    """

    month: str
    first_day: int
    amounts: Mapping[str, float] = field(default_factory=dict)

    def of(self, service: str, unit: str = "") -> float:
        """How much of a service was used, over all models."""
        wanted = [service, unit] if unit else [service]
        return sum(amount for key, amount in self.amounts.items() if key.split("/")[: len(wanted)] == wanted)


def merged(one: MonthCounts | None, other: MonthCounts) -> MonthCounts:
    """Both together."""
    if one is None:
        return other
    keys = sorted({*one.amounts, *other.amounts})
    amounts = {key: one.amounts.get(key, 0.0) + other.amounts.get(key, 0.0) for key in keys}
    days = [each.first_day for each in (one, other) if each.amounts]
    return MonthCounts(one.month, min(days, default=one.first_day), amounts)


class Ledger:
    """The months of this user; several programs may write at once.

    Args:
        folder: where the files are; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, month: str) -> Path:
        """The file of a month."""
        return self.folder / f"{month}.json"

    def read(self, month: str) -> MonthCounts:
        """A month as it is written down; a missing file has no counts, a damaged one is set aside."""
        path = self.path(month)
        try:
            return _counts_of(json.loads(path.read_text("utf-8")), month)
        except FileNotFoundError:
            pass
        except OSError as error:
            log.warning("the ledger of %s could not be read: %s", month, error)
        except (ValueError, TypeError, OverflowError, RecursionError):
            log.warning("the ledger of %s was damaged and is set aside", month)
            with suppress(OSError):
                path.replace(path.with_suffix(".damaged"))
        return MonthCounts(month, 31)

    def add(self, counts: MonthCounts) -> MonthCounts:
        """Add to a month.

        Returns:
            The month as it is written down now.

        Raises:
            OSError: it cannot be written; it is as it was.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.path(counts.month)
        with _alone(path.with_suffix(".lock")):
            now = merged(self.read(counts.month), counts)
            amounts = {key: round(amount, 6) for key, amount in now.amounts.items()}
            data = {"version": VERSION, "month": now.month, "first_day": now.first_day, "amounts": amounts}
            write_whole(path, json.dumps(data, indent=1))
        return now


def _counts_of(data: Any, month: str) -> MonthCounts:
    if not isinstance(data, dict) or data.get("month") != month or not isinstance(data.get("amounts"), dict):
        raise ValueError("no ledger")
    amounts = {str(key): float(amount) for key, amount in data["amounts"].items()}
    if not all(math.isfinite(amount) and amount >= 0 for amount in amounts.values()):
        raise ValueError("no amounts")
    return MonthCounts(month, min(max(int(data.get("first_day", 1)), 1), 31), amounts)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a lock that is a file: the one way that is the same on every system; one that was left behind is taken over."""
    ends_s = time.monotonic() + WAIT_S
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except (FileExistsError, PermissionError):  # the second where Windows is still taking a lock away
            with suppress(OSError):
                if time.time() - lock.stat().st_mtime > DEAD_S:
                    lock.unlink()
                    continue
            if time.monotonic() > ends_s:
                raise
            time.sleep(0.02)
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink()

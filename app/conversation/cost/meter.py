"""The meter: counts what paid services were used for, and knows the month so far."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable
from datetime import date
from types import MappingProxyType

from app.conversation.cost.ledger import Ledger, MonthCounts, merged

#: what can be counted
UNITS = MappingProxyType({
    "tts": ("characters",),
    "stt": ("seconds",),
    "chat": ("tokens_in", "tokens_out"),
    "realtime": ("minutes_heard", "minutes_spoken"),
    "gpu": ("hours",),
})  # fmt: skip
#: a model's name and nothing that could be a sentence
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


class Meter:
    """Counts, from any thread; nothing is written before ``flush``.

    Args:
        ledger: keeps the months; None counts for this run only.
        today: for tests.
    """

    def __init__(self, ledger: Ledger | None = None, today: Callable[[], date] = date.today) -> None:
        self._ledger, self._today = ledger, today
        self._lock = threading.Lock()
        #: what is being written must not be written twice
        self._writing = threading.Lock()
        #: what is not in the ledger yet, by month
        self._fresh: dict[str, MonthCounts] = {}
        self._kept: dict[str, MonthCounts] = {}

    def count(self, service: str, unit: str, amount: float, model: str = "") -> None:
        """Something was used; see app.conversation.cost for who counts what.

        Args:
            service: a key of ``UNITS``.
            unit: one of its units.
            amount: how much; what is no positive number counts nothing.
            model: where prices differ by model; what is no model's name is left out.

        Raises:
            ValueError: nothing of that name is counted.
        """
        if unit not in UNITS.get(service, ()):
            raise ValueError(f"{service!r} {unit!r} is not counted")
        if not (math.isfinite(amount) and amount > 0):
            return
        day = self._today()
        key = f"{service}/{unit}" + (f"/{model}" if model and _MODEL.fullmatch(model) else "")
        fresh = MonthCounts(f"{day:%Y-%m}", day.day, {key: float(amount)})
        with self._lock:
            self._fresh[fresh.month] = merged(self._fresh.get(fresh.month), fresh)

    def month(self) -> MonthCounts:
        """The present month so far, with what earlier runs and other windows have written down by the last ``flush``."""
        day = self._today()
        name = f"{day:%Y-%m}"
        with self._lock:
            kept, fresh = self._kept.get(name), self._fresh.get(name)
        if kept is None and self._ledger is not None:
            kept = self._ledger.read(name)
            with self._lock:
                kept = self._kept.setdefault(name, kept)
        if kept is None:
            kept = MonthCounts(name, day.day, {})
        return kept if fresh is None else merged(kept, fresh)

    @property
    def today(self) -> date:
        """The day that the meter goes by."""
        return self._today()

    @property
    def pending(self) -> bool:
        """Whether something was counted that is not written down."""
        return bool(self._fresh)

    def flush(self) -> None:
        """Write down what was counted.

        Raises:
            OSError: the ledger cannot be written; nothing is lost, the next flush tries again.
        """
        if self._ledger is None:
            return
        with self._writing:
            with self._lock:
                fresh = dict(self._fresh)
            for name, counts in fresh.items():
                kept = self._ledger.add(counts)
                with self._lock:
                    self._kept[name] = kept
                    rest = _without(self._fresh.pop(name), counts)
                    if rest is not None:
                        self._fresh[name] = rest


def _without(now: MonthCounts, written: MonthCounts) -> MonthCounts | None:
    """What was counted while the rest was written; None for nothing."""
    left = {key: amount - written.amounts.get(key, 0.0) for key, amount in now.amounts.items()}
    left = {key: amount for key, amount in left.items() if amount > 1e-9}
    return MonthCounts(now.month, now.first_day, left) if left else None

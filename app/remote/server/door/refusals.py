"""Refusals, counted each and noted at most once a second for one reason and one address: a flood must not fill the log."""

from __future__ import annotations

import time

from app.remote.server.logs import note
from app.remote.server.metrics import Metrics

_EVERY_S = 1.0
_MOST_KEPT = 1024


class Refusals:
    """What was refused, by reason and address.

    Args:
        metrics: counts by reason.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        #: reason and address -> when it was noted last, and how often it happened since
        self._kept: dict[tuple[str, str], tuple[float, int]] = {}

    def note(self, reason: str, address: str, **facts: str | float | bool | None) -> None:
        """Count a refusal.

        Args:
            reason: in a word or two.
            address: of the client.
            facts: plain values, never anything secret.
        """
        self._metrics.refused.labels(reason).inc()
        now_s, key = time.monotonic(), (reason, address)
        noted_s, times = self._kept.get(key, (-_EVERY_S, 0))
        if now_s - noted_s < _EVERY_S or (key not in self._kept and len(self._kept) >= _MOST_KEPT):
            if key in self._kept:
                self._kept[key] = (noted_s, times + 1)
            return
        self._kept[key] = (now_s, 0)
        note("refused", reason=reason, client=address, **facts)

    def look(self) -> None:
        """Note what has piled up, forget what is over."""
        now_s = time.monotonic()
        for key, (noted_s, times) in list(self._kept.items()):
            if now_s - noted_s < _EVERY_S:
                continue
            if times:
                note("refused", reason=key[0], client=key[1], times=times)
                self._kept[key] = (now_s, 0)
            else:
                del self._kept[key]

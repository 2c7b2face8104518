"""How rooms that use paid services tell how much they used, without knowing who adds it up."""

from __future__ import annotations

from typing import Protocol


class Count(Protocol):
    """``Meter.count`` of app.conversation.cost satisfies this."""

    def __call__(self, service: str, unit: str, amount: float, model: str = "") -> None:
        """Something was used.

        Args:
            service: ``tts``, ``stt``, ``chat``, ``realtime`` or ``gpu``.
            unit: of that service, see app.conversation.cost.
            amount: how much.
            model: which model, where prices differ by it.
        """
        ...


def uncounted(service: str, unit: str, amount: float, model: str = "") -> None:
    """Count nothing: for what runs where nobody pays."""

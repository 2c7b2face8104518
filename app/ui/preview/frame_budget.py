"""How long pictures may take: one budget for all of them, whoever is on show and whatever plays."""

from __future__ import annotations

from collections.abc import Iterable

from app.render.pacing import FRAME_BUDGET_MS
from app.render.view_gpu import GpuView
from app.render.view_software import SoftwareView

#: pictures per second of an avatar that only breathes and blinks, and what one of them may cost: quality before rate
IDLE_HZ = 15.0
IDLE_BUDGET_MS = 50.0


class FrameBudget:
    """Asks a single picture for quality while the avatar only idles and for rate while it speaks; several share one rate."""

    def __init__(self) -> None:
        self._calm = False
        self._views: tuple[GpuView | SoftwareView, ...] = ()

    def set_calm(self, calm: bool) -> None:
        """Say whether nothing plays and nobody speaks."""
        if calm != self._calm:
            self._calm = calm
            self._share()

    def set_views(self, views: Iterable[GpuView | SoftwareView]) -> None:
        """Say which pictures are drawn now; they share the budget anew."""
        self._views = tuple(views)
        self._share()

    def _share(self) -> None:
        n = len(self._views)
        for view in self._views:
            view.set_budget(IDLE_BUDGET_MS if self._calm and n == 1 else FRAME_BUDGET_MS / n)
            view.set_calm(self._calm)

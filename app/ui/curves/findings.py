"""Findings of the lint in the window: one click goes to the fault and enlarges the curves that show it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.review.finding import Finding
from app.session.base.playback import Playback
from app.session.keep.linting import Linting
from app.ui.curves.curves import CurvesPanel
from app.ui.curves.lint_panel import LintPanel
from app.ui.kit.side_tabs import SideTabs

#: so many curves are enlarged for one finding
MOST_CURVES = 4
#: a fix is looked at so far into its fault at most
_INTO_S = 0.15


class Findings(QObject):
    """Counts on the tab, and goes where a finding is.

    Args:
        linting: finds.
        panel: lists.
        tools: has the panel as one of its tabs.
        side: has the curves as one of its tabs.
        curves: show the fault.
        playback: goes to a fault while its fix is looked at.
    """

    def __init__(
        self, linting: Linting, panel: LintPanel, tools: SideTabs, side: SideTabs, curves: CurvesPanel, *, playback: Playback
    ) -> None:
        super().__init__(panel)
        self._playback = playback
        #: where playback stood before a fix was looked at, and where it was taken
        self._peeked: tuple[float, float] | None = None
        self._linting, self._panel, self._tools, self._side, self._curves = linting, panel, tools, side, curves

    def count(self) -> None:
        """Say on the tab how much there is to repair."""
        n = sum(finding.severity != "note" for finding in self._linting.findings)
        self._tools.setTabText(self._tools.indexOf(self._panel), f"Check ({n})" if n else "Check")

    def show(self, _t: float, channels: tuple[str, ...]) -> None:
        """Enlarge the curves that show a fault."""
        self._side.setCurrentWidget(self._curves)
        self._curves.pick(channels[:MOST_CURVES])

    def peek(self, finding: Finding | None) -> None:
        """While a fix is tried on and nothing plays, be where its fault is; None goes back."""
        if self._peeked is not None:
            before_s, there_s = self._peeked
            self._peeked = None
            if abs(self._playback.now() - there_s) < 1e-3 and not self._playback.playing:
                self._playback.seek(before_s)
        if finding is not None and not self._playback.playing:
            there_s = max(finding.time_s, 0.0) + min(finding.duration_s / 2, _INTO_S)
            self._peeked = self._playback.now(), there_s
            self._playback.seek(there_s)

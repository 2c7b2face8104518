"""Findings of the lint in the window: one click goes to the fault and enlarges the curves that show it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.session.keep.linting import Linting
from app.ui.curves.curves import CurvesPanel
from app.ui.curves.lint_panel import LintPanel
from app.ui.kit.side_tabs import SideTabs

#: so many curves are enlarged for one finding
MOST_CURVES = 4


class Findings(QObject):
    """Counts on the tab, and goes where a finding is.

    Args:
        linting: finds.
        panel: lists.
        tools: has the panel as one of its tabs.
        side: has the curves as one of its tabs.
        curves: show the fault.
    """

    def __init__(self, linting: Linting, panel: LintPanel, tools: SideTabs, side: SideTabs, curves: CurvesPanel) -> None:
        super().__init__(panel)
        self._linting, self._panel, self._tools, self._side, self._curves = linting, panel, tools, side, curves

    def count(self) -> None:
        """Say on the tab how much there is to repair."""
        n = sum(finding.severity != "note" for finding in self._linting.findings)
        self._tools.setTabText(self._tools.indexOf(self._panel), f"Check ({n})" if n else "Check")

    def show(self, _t: float, channels: tuple[str, ...]) -> None:
        """Enlarge the curves that show a fault."""
        self._side.setCurrentWidget(self._curves)
        self._curves.pick(channels[:MOST_CURVES])

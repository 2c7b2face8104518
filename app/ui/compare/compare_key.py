"""The key of the comparison: it begins one, and ends the one that it began."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.session.compare.comparing import Comparing
from app.session.state import State
from app.ui.compare.compare_panel import ComparePanel
from app.ui.kit.side_tabs import SideTabs


class CompareKey:
    """Remembers what it opened, so that it can close it.

    Args:
        panel: of the comparison.
        tabs: have the panel.
        show_tools: shows or hides the tabs.
        state: has the sides.
        comparing: gives a side up.
    """

    def __init__(
        self, panel: ComparePanel, tabs: SideTabs, show_tools: Callable[[bool], object], *, state: State, comparing: Comparing
    ) -> None:
        self._panel, self._tabs, self._show_tools, self._state, self._comparing = panel, tabs, show_tools, state, comparing
        #: the tab that was in front before, None where the tools were closed
        self._before: QWidget | None = None
        self._is_on = False
        #: serial of the side that was added, 0 for none; and who moved it when it was given up
        self._added = 0
        self._spec = ""

    def press(self) -> None:
        """Begin, or end what was begun."""
        if self._is_on and self._panel.isVisible():
            self._end()
        else:
            self._begin()

    def _begin(self) -> None:
        self._before = self._tabs.currentWidget() if self._tabs.isVisible() else None
        self._show_tools(True)
        self._tabs.setCurrentWidget(self._panel)
        self._added = 0
        if not self._comparing.possible:
            if self._spec:
                self._comparing.add(self._spec)
            else:
                self._panel.begin()
            self._added = max(side.serial for side in self._state.sides.values()) if self._comparing.possible else 0
        self._is_on = True

    def _end(self) -> None:
        name = self._state.named(self._added) if self._added else ""
        if name == "A":
            # it has changed places since: what stands against it now is the side from before
            self._comparing.swap()
            name = self._state.named(self._added)
        if name:
            self._spec = str(self._state.sides[name].spec)
            self._comparing.set_source(name, "")
        self._is_on = False
        if self._before is None:
            self._show_tools(False)
        else:
            self._tabs.setCurrentWidget(self._before)

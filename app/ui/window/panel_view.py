"""The line, and which panels are open and in front, for projects: taken down and put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit

from app.formats.project import ProjectView
from app.ui.kit.side_tabs import SideTabs
from app.ui.window.tools import Tools


class PanelView:
    """Takes down what stands around the picture.

    Args:
        line: the line's field.
        actions: those that show and hide panels.
        tools: opens and arranges the tools.
        tabs: name in a project -> tabs.
    """

    def __init__(self, line: QLineEdit, actions: Mapping[str, QAction], tools: Tools, tabs: Mapping[str, SideTabs]) -> None:
        self._line, self._actions, self._tools, self._tabs = line, actions, tools, tabs

    def into(self, view: ProjectView) -> ProjectView:
        """The view with the panels as they are."""
        panels = {name: self._actions[name].isChecked() for name in ("curves", "tools")}
        tabs = {name: _plain(each.tabText(each.currentIndex())) for name, each in self._tabs.items()}
        return replace(view, line=self._line.text(), panels=panels, tabs=tabs)

    def show(self, view: ProjectView, said: str) -> None:
        """Put the panels back.

        Args:
            view: of a project.
            said: the words of its sound, for the line where the view has none.
        """
        line = said if view.line is None else view.line
        if line:
            self._line.setText(line)
            self._line.setCursorPosition(0)
        self._tools.show(view.panels.get("tools", self._actions["tools"].isChecked() or bool(view.layout)))
        curves = self._actions["curves"]
        if view.panels.get("curves", curves.isChecked()) != curves.isChecked():
            curves.trigger()
        for name, tabs in self._tabs.items():
            for i in range(tabs.count()):
                if _plain(tabs.tabText(i)) == view.tabs.get(name):
                    tabs.setCurrentIndex(i)


def _plain(title: str) -> str:
    """A tab's title without its count."""
    return title.partition(" (")[0]

"""The panels on the right, one at a time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTabWidget, QWidget

from app.ui.kit import theme

_SHEET = f"""
QTabWidget::pane {{ border: 0; }}
QTabWidget {{ background: {theme.PANEL}; }}
QTabBar {{ background: {theme.WINDOW}; }}
QTabBar::tab {{ background: {theme.WINDOW}; color: {theme.DIM}; padding: 7px 10px; border: 0; border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ background: {theme.PANEL}; color: {theme.TEXT}; border-bottom: 2px solid {theme.ACCENT}; }}
QTabBar::tab:hover:!selected {{ color: {theme.TEXT}; }}
QTabBar::tab:focus {{ color: {theme.ACCENT}; }}
"""


class SideTabs(QTabWidget):
    """Curves, emotion and what else belongs beside the picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.setStyleSheet(_SHEET)
        self.setAccessibleName("Panels")
        self.tabBar().setDrawBase(False)
        self.tabBar().setExpanding(False)
        # a click leaves the focus on the tab: else the panel's first field takes it, and the keys of the window become letters
        self.tabBar().setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def open(self, panel: QWidget) -> None:
        """Bring a panel to the front."""
        self.setCurrentWidget(panel)
        self.show()

    # -- Qt's own, last as everywhere

    def setVisible(self, visible: bool) -> None:
        """Hidden with the focus inside, the keys go to the window, not to the next field."""
        focused = QApplication.focusWidget()
        if not visible and focused is not None and self.isAncestorOf(focused):
            focused.clearFocus()
        super().setVisible(visible)

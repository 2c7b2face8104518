"""The panels on the right, one at a time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QApplication, QTabWidget, QWidget

from app.ui.kit import theme

_SHEET = f"QTabWidget::pane {{ border: 0; }} QTabWidget {{ background: {theme.PANEL}; }}"
_BAR_SHEET = f"""
QTabBar {{ background: {theme.WINDOW}; font-size: %(font)spx; }}
QTabBar::tab {{ background: {theme.WINDOW}; color: {theme.DIM}; border: 0; border-bottom: 2px solid transparent; }}
QTabBar::tab {{ padding: 7px %(beside)spx; }}
QTabBar::tab:selected {{ background: {theme.PANEL}; color: {theme.TEXT}; border-bottom: 2px solid {theme.ACCENT}; }}
QTabBar::tab:hover:!selected {{ color: {theme.TEXT}; }}
QTabBar::tab:focus {{ color: {theme.ACCENT}; }}
"""
#: font and room beside a word, in pixels: the first with which all tabs fit; with less room than the last asks for, they scroll
_STEPS = (
    (theme.BASE_PX, 10), (theme.BASE_PX, 7), (theme.BASE_PX, 5), (theme.SMALL_PX, 6), (theme.SMALL_PX, 4),
    (theme.SMALL_PX, 3), (theme.SMALL_PX, 2),
)  # fmt: skip


class SideTabs(QTabWidget):
    """Curves, emotion and what else belongs beside the picture; in a narrow column the tabs stand closer, then their words are smaller."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.setStyleSheet(_SHEET)
        self._step = -1
        self.setAccessibleName("Panels")
        self.tabBar().setDrawBase(False)
        self.tabBar().setExpanding(False)
        # a click leaves the focus on the tab: else the panel's first field takes it, and the keys of the window become letters
        self.tabBar().setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._fit()

    def open(self, panel: QWidget) -> None:
        """Bring a panel to the front."""
        self.setCurrentWidget(panel)
        self.show()

    def _fit(self) -> None:
        """Take the widest tabs that fit; the sheet is the bar's alone, because a sheet of ours would style all panels once more."""
        words = [self.tabText(i) for i in range(self.count()) if self.isTabVisible(i)]

        def width(step: tuple[int, int]) -> int:
            font = QFont(self.font())
            font.setPixelSize(step[0])
            metrics = QFontMetrics(font)
            return sum(metrics.horizontalAdvance(word) + 2 * step[1] + 2 for word in words)

        fitting = next((i for i, step in enumerate(_STEPS) if width(step) <= self.width()), len(_STEPS) - 1)
        if fitting != self._step:
            self._step = fitting
            font, beside = _STEPS[fitting]
            self.tabBar().setStyleSheet(_BAR_SHEET % {"font": font, "beside": beside})

    # -- Qt's own, last as everywhere

    def setTabText(self, index: int, text: str) -> None:
        """A longer word may leave less room for the others."""
        super().setTabText(index, text)
        self._fit()

    def setTabVisible(self, index: int, visible: bool) -> None:
        """One tab more or less."""
        super().setTabVisible(index, visible)
        self._fit()

    def tabInserted(self, index: int) -> None:
        """One tab more."""
        super().tabInserted(index)
        self._fit()

    def tabRemoved(self, index: int) -> None:
        """One tab less."""
        super().tabRemoved(index)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another room for the tabs."""
        super().resizeEvent(event)
        self._fit()

    def setVisible(self, visible: bool) -> None:
        """Hidden with the focus inside, the keys go to the window, not to the next field."""
        focused = QApplication.focusWidget()
        if not visible and focused is not None and self.isAncestorOf(focused):
            focused.clearFocus()
        super().setVisible(visible)

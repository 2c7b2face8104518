"""What stands on the picture of a comparison: which side is which, and the edge between two of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.lipsync.registry import title_of
from app.ui.kit import theme
from app.ui.kit.sides import SIDE_COLOURS

if TYPE_CHECKING:
    from app.session.base.side import Side

EDGE_WIDTH = 14
_INK = theme.INK


def chip(side: str, size_px: int = 14) -> str:
    """The side's letter in its colour, as rich text."""
    style = f"background-color:{SIDE_COLOURS[side]}; color:{_INK}; font-size:{size_px}px; font-weight:700;"
    return f"<span style='{style}'>&nbsp;{side}&nbsp;</span>"


def _short(words: str, n: int) -> str:
    return words if n >= len(words) else words[:n].rstrip() + "…"


class SideLabel(QLabel):
    """Which side this is and who moves it; a mock in the colour of warnings."""

    def __init__(self, side: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.side = side
        self.setAccessibleName(f"Side {side}")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_side(self, side: Side, note: str = "", avatar: str = "", most: int = 10_000) -> None:
        """Name the side, its source and, when it is none, that it is a mock.

        Args:
            side: as it is now.
            note: rich text that follows.
            avatar: whom it moves, for a second line; "" where that is plain.
            most: pixels that the label may be wide; long names are shortened.
        """
        words = side.label or title_of(side.spec)
        mock = "&nbsp; <b>MOCK</b>" if side.is_mock and not words.startswith("MOCK") else ""
        dim = theme.INK if side.is_mock else theme.DIM
        more = f"&nbsp; <span style='color:{dim}'>{note}</span>" if note else ""
        ground, ink = (theme.WARNING, theme.INK) if side.is_mock else ("rgba(15, 17, 19, 215)", theme.TEXT)
        self.setStyleSheet(f"background: {ground}; color: {ink}; padding: 5px 9px 5px 6px; border-radius: 4px;")
        self.setToolTip(words)
        for n in (*range(max(len(words), len(avatar)), 6, -2), 6):
            below = f"<br><span style='color:{dim}; font-size:11px'>on {escape(_short(avatar, n))}</span>" if avatar else ""
            self.setText(f"{chip(self.side)}&nbsp; {escape(_short(words, n))}{mock}{more}{below}")
            self.adjustSize()
            if self.width() <= most:
                break


class WipeEdge(QWidget):
    """The edge between two sides, to be dragged."""

    #: share of the width, 0 to 1
    dragged = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName("Edge between the sides")
        self.setToolTip("Drag to wipe between the sides")
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A bright line with a grip."""
        painter = QPainter(self)
        middle = self.width() // 2
        painter.fillRect(QRect(middle - 1, 0, 2, self.height()), Qt.GlobalColor.white)
        painter.setBrush(Qt.GlobalColor.white)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawEllipse(QPoint(middle, self.height() // 2), 6, 6)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the edge."""
        parent = self.parentWidget()
        if parent is not None:
            x = self.mapToParent(event.position().toPoint()).x()
            self.dragged.emit(min(max(x / max(parent.width(), 1), 0.0), 1.0))

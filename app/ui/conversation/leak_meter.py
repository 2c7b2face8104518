"""How much of the program's own sound comes back through the microphone, in decibels."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.kit import theme

#: what is shown: from nothing that could be measured to as loud as it was played, in decibels
LOW_DB, HIGH_DB = -60.0, 0.0
#: more than this of the own sound would be taken for the user's
TOO_MUCH_DB = -20.0
NOTHING = "Nothing is measured until an answer plays; with headphones nothing comes back."


class LeakMeter(QWidget):
    """A bar and a number."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Echo that reaches the microphone")
        self.leak_db: float | None = None
        self.show_leak(None)

    def show_leak(self, leak_db: float | None, note: str = "") -> None:
        """Show what is left of the own sound.

        Args:
            leak_db: decibels below what was played; None while nothing is known.
            note: what is done about it.
        """
        self.leak_db = leak_db
        words = "not measured" if leak_db is None else f"{leak_db:.0f} dB"
        self.setToolTip(f"{NOTHING if leak_db is None else f'Left of the own sound: {words}.'} {note}".strip())
        self.setAccessibleDescription(words)
        self.update()

    # -- Qt's own, last as everywhere

    def sizeHint(self) -> QSize:
        """A line."""
        return QSize(120, 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The bar and the number."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        width, top = self.width() - 84.0, self.height() / 2 - 4
        painter.setBrush(QColor(theme.LINE))
        painter.drawRoundedRect(QRectF(0, top, width, 8), 3, 3)
        leak_db = self.leak_db
        if leak_db is not None:
            share = min(max((leak_db - LOW_DB) / (HIGH_DB - LOW_DB), 0.0), 1.0)
            painter.setBrush(QColor(theme.WARNING if leak_db > TOO_MUCH_DB else theme.GOOD))
            painter.drawRoundedRect(QRectF(0, top, max(share * width, 6.0), 8), 3, 3)
        painter.setPen(QColor(theme.DIM))
        words = "not measured" if leak_db is None else f"{leak_db:.0f} dB"
        painter.drawText(QRectF(width + 4, 0, 80, self.height()), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
        painter.end()

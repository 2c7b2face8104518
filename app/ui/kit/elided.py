"""A line of text that never widens its panel: what does not fit ends in an ellipsis and stands in the tool tip."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QToolTip, QWidget

#: what is left of a text at least, in logical pixels with its ellipsis
LEAST_PX = 24


class ElidedLabel(QLabel):
    """A label of one plain line.

    Args:
        text: the whole of it.
        parent: Qt's.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    @property
    def shown(self) -> str:
        """What is written: the text, or its beginning."""
        metrics, room = self.fontMetrics(), self._room
        # a text that fits exactly is wider by a fraction of a pixel
        fits = metrics.horizontalAdvance(self.text()) <= room
        return self.text() if fits else metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    @property
    def _room(self) -> int:
        margins = self._around()
        return max(self.width() - margins, 0)

    def _around(self) -> int:
        """Pixels left and right of the text, as the style sheet asks for them."""
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text()) if self.text() else 0

    # -- Qt's own, last as everywhere

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        whole = super().sizeHint()
        return QSize(min(whole.width(), LEAST_PX + self._around()), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """What fits."""
        if self.shown == self.text():
            super().paintEvent(event)
            return
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        beside = self._around() // 2
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect().adjusted(beside, 0, -beside, 0), int(Qt.AlignmentFlag.AlignVCenter), self.shown)
        painter.end()

    def event(self, event: QEvent) -> bool:
        """The whole text, and what else there is to say about it."""
        if event.type() == QEvent.Type.ToolTip and self.shown != self.text():
            hint = self.toolTip()
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), f"{self.text()}\n{hint}" if hint else self.text(), self)
            return True
        return super().event(event)

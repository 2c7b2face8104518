"""Names and values of the lanes, left of the curves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QPolygonF, QStaticText, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.core.arkit import ARKIT_INDEX
from app.ui.curves.lanes import LANE_INDEX, Row, row_at, value_text
from app.ui.kit import theme

WIDTH, VALUE = 164, 30
#: a value below this is written in grey
STILL = 0.005


@lru_cache(maxsize=512)
def _static(text: str) -> QStaticText:
    """A text laid out once."""
    made = QStaticText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    return made


class ChannelList(QWidget):
    """Names are painted once into a picture; only the values change."""

    #: a channel lies under the mouse, "" when none does
    hovered = Signal(str)
    #: a lane was clicked: its first channel
    picked = Signal(str)
    #: a heading was clicked: its group
    toggled = Signal(str)
    #: wheel turned: pixels to scroll
    scrolled = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Channels and their values")
        self.setFixedWidth(WIDTH)
        self.setMouseTracking(True)
        self.rows: list[Row] = []
        self.offset = 0.0
        self.values = np.zeros(len(ARKIT_INDEX), np.float32)
        self._missing: Collection[str] = ()
        self._picked: Collection[str] = ()
        self._collapsed: Collection[str] = ()
        self._hovered = ""
        self._picture: QPixmap | None = None
        self._value_font: QFont = theme.interface_font(10)
        #: colour and (52,) weights of further tracks, written below the own ones where there is room
        self.others: list[tuple[str, np.ndarray]] = []
        #: of the own numbers, "" for the usual one
        self.own_colour = ""
        #: channel -> colour and sentence of what it comes from, where that is not what moves the rest
        self.marks: Mapping[str, tuple[str, str]] = {}
        #: why a channel does not move on the face as its curve does, one sentence or ""
        self.explain: Callable[[str], str] = lambda _channel: ""

    def set_rows(
        self, rows: list[Row], offset: float, missing: Collection[str], picked: Collection[str], collapsed: Collection[str]
    ) -> None:
        """Say which lanes are visible.

        Args:
            rows: laid out from 0.
            offset: logical pixels scrolled away above.
            missing: channels that the avatar lacks.
            picked: chosen channels; the others stand back.
            collapsed: groups that are folded away.
        """
        self.rows, self.offset, self._missing, self._picked, self._collapsed = rows, offset, missing, picked, collapsed
        self._picture = None
        self.update()

    def set_marks(self, marks: Mapping[str, tuple[str, str]]) -> None:
        """Mark channels with a dot.

        Args:
            marks: channel -> colour, and a sentence for the tool tip.
        """
        if marks != self.marks:
            self.marks, self._picture = marks, None
            self.update()

    def set_values(self, values: np.ndarray) -> None:
        """Write other values.

        Args:
            values: (52,) float32 weights, or (61,) with the angles behind them, as ``lanes.with_angles`` has them.
        """
        self.values = values
        self.update(self.width() - 2 * VALUE - 6, 0, 2 * VALUE + 6, self.height())

    def set_hovered(self, channel: str) -> None:
        """Light up a lane; "" for none."""
        if channel != self._hovered:
            self._hovered = channel
            self.update()

    # -- drawing

    def _draw_names(self) -> QPixmap:
        picture = theme.blank_picture(self)
        painter = QPainter(picture)
        painter.translate(0, -self.offset)
        for row in self.rows:
            if row.top + row.height > self.offset and row.top < self.offset + self.height():
                self._draw_heading(painter, row) if row.is_heading else self._draw_name(painter, row)
        painter.end()
        return picture

    def _draw_heading(self, painter: QPainter, row: Row) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.FAINT))
        y = row.top + row.height / 2 + 1
        points = [(9, y - 3), (9, y + 3), (13, y)] if row.group in self._collapsed else [(8, y - 2), (14, y - 2), (11, y + 2.5)]
        painter.drawPolygon(QPolygonF([QPointF(*p) for p in points]))
        font = theme.interface_font(theme.SMALL_PX)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(theme.GROUP_COLOURS[row.group]))
        painter.drawText(QRectF(20, row.top + 2, self.width(), row.height), Qt.AlignmentFlag.AlignVCenter, row.title)

    def _draw_name(self, painter: QPainter, row: Row) -> None:
        missing = all(c in self._missing for c in row.channels)
        chosen = any(c in self._picked for c in row.channels)
        back = bool(self._picked) and not chosen
        if chosen:
            painter.fillRect(QRectF(0, row.top + 1, 3, row.height - 2), QColor(theme.GROUP_COLOURS[row.group]))
        mark = next((self.marks[c] for c in row.channels if c in self.marks), None)
        if mark is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mark[0]))
            painter.drawEllipse(QPointF(12, row.top + row.height / 2 + 0.5), 3, 3)
        painter.setPen(QColor(theme.BRIGHT if chosen else theme.FAINT if missing or back else theme.SOFT))
        font = theme.interface_font(min(theme.SMALL_PX, int(row.height) - 3))
        font.setItalic(missing)
        painter.setFont(font)
        name = QRectF(20, row.top, self.width() - 20 - VALUE * (1 if len(row.channels) == 1 else 2) - 6, row.height)
        text = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, int(name.width()))
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_values(self, painter: QPainter) -> None:
        painter.setFont(self._value_font)
        half = painter.fontMetrics().height() / 2
        live, still = QColor(self.own_colour or theme.TEXT), QColor(theme.FAINT)
        for row in self.rows:
            others = self.others[: max(int(row.height / (2 * half)) - 1, 0)]
            y = row.top - self.offset + row.height / 2 - half * (1 + len(others))
            if row.is_heading or y < -16 or y > self.height():
                continue
            for number, channel in enumerate(row.channels):
                i, x = LANE_INDEX[channel], self.width() - VALUE * (len(row.channels) - number)
                value = float(self.values[i]) if i < len(self.values) else 0.0
                painter.setPen(still if abs(value) < STILL or channel in self._missing else live)
                painter.drawStaticText(QPointF(x, y), _static(value_text(channel, value)))
                for place, (colour, values) in enumerate(others, 1):
                    if i >= len(values):
                        continue
                    painter.setPen(QColor(colour))
                    painter.drawStaticText(QPointF(x, y + 2 * half * place), _static(value_text(channel, float(values[i]))))

    # -- Qt's own, last as everywhere

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, the lit lane, values."""
        if self._picture is None:
            self._picture = self._draw_names()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        lit = next((r for r in self.rows if self._hovered and self._hovered in r.channels), None)
        if lit is not None:
            painter.fillRect(QRectF(0, lit.top - self.offset, self.width(), lit.height), QColor(255, 255, 255, 16))
        self._draw_values(painter)
        painter.end()

    def resizeEvent(self, event: object) -> None:
        """Draw the names anew."""
        self._picture = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the lane under the mouse."""
        row = row_at(self.rows, event.position().y() + self.offset)
        self.hovered.emit(row.channels[0] if row and row.channels else "")

    def leaveEvent(self, event: QEvent) -> None:
        """No lane is lit up any more."""
        self.hovered.emit("")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick a lane or fold a group."""
        row = row_at(self.rows, event.position().y() + self.offset)
        if row is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if row.is_heading:
            self.toggled.emit(row.group)
        else:
            self.picked.emit(row.channels[0])

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll."""
        self.scrolled.emit(-event.angleDelta().y() / 120 * 48)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """The full names under the mouse."""
        if isinstance(event, QHelpEvent):
            row = row_at(self.rows, event.pos().y() + self.offset)
            if row is not None and row.channels:
                reasons = dict.fromkeys(reason for c in row.channels if (reason := self.explain(c)))
                reasons |= {self.marks[c][1]: None for c in row.channels if c in self.marks}
                lines = (", ".join(row.channels), *reasons, "Click to isolate it.")
                QToolTip.showText(event.globalPos(), "\n".join(lines), self)
            return True
        return super().event(event)

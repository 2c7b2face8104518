"""How long a turn took, step by step: a painted bar with its sum, and the numbers in its tool tip."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.conversation.events import STAGES, Stage
from app.conversation.turns import Turn, Wait, waterfall
from app.ui.kit import theme

#: one hue per step, as light as those of the curves
COLOURS: Mapping[Stage, str] = MappingProxyType({
    "final_text": "#6fb3e6", "first_token": "#b79be0", "first_sound": "#e3a75f", "first_heard": "#74c69d", "first_lip": "#df8fb0",
})  # fmt: skip
#: what a moment is, and what is waited for until it
WORDS: Mapping[Stage, tuple[str, str]] = MappingProxyType({
    "last_word": ("last word", ""),
    "final_text": ("final text", "recognised"),
    "first_token": ("first token", "answered"),
    "first_sound": ("first sound", "voiced"),
    "first_heard": ("first heard", "played"),
    "first_lip": ("first lip", "on the face"),
})  # fmt: skip
#: the bar is as long as this many seconds at least, so that bars below each other can be compared
LEAST_S = 1.0
_BAR_PX, _HIGH_PX, _SUM_PX = 8, 18, 64


def told(turn: Turn) -> str:
    """The steps of a turn in a line each, with when they were reached and how long they took."""
    waits = {wait.stage: wait for wait in waterfall(turn)}
    known = [stage for stage in STAGES if stage in turn.marks]
    if not known:
        return "Nothing was measured in this turn."
    lines = [f"From {WORDS[known[0]][0]}:"]
    for stage in known[1:]:
        at_ms = 1e3 * (waits[stage].start_s + waits[stage].duration_s)
        lines.append(f"{WORDS[stage][0]}: {at_ms:.0f} ms (+{1e3 * waits[stage].duration_s:.0f} ms until {WORDS[stage][1]})")
    return "\n".join(lines)


def sum_s(turn: Turn) -> float:
    """Seconds from a turn's first moment until it was heard; the face may come a picture later."""
    waits = [wait for wait in waterfall(turn) if wait.stage != "first_lip"]
    return max((wait.start_s + wait.duration_s for wait in waits), default=0.0)


class WaterfallBar(QWidget):
    """The bar of one turn.

    Args:
        turn: whose.
        scale_s: seconds that fill the bar.
    """

    def __init__(self, turn: Turn, scale_s: float = LEAST_S) -> None:
        super().__init__()
        self._turn, self._scale_s = turn, scale_s
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_turn(turn)

    @property
    def waits(self) -> tuple[Wait, ...]:
        """What is painted."""
        return waterfall(self._turn)

    def show_turn(self, turn: Turn) -> None:
        """More is known of the turn."""
        self._turn = turn
        words = told(turn)
        self.setToolTip(words)
        self.setAccessibleName("Latency of the turn")
        self.setAccessibleDescription(words.replace("\n", ", "))
        self.setVisible(bool(self.waits))
        self.update()

    def set_scale(self, scale_s: float) -> None:
        """Say how many seconds fill the bar."""
        self._scale_s = max(scale_s, LEAST_S)
        self.update()

    # -- Qt's own, last as everywhere

    def sizeHint(self) -> QSize:
        """A line."""
        return QSize(200, _HIGH_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The steps, the moment of the first lip, and the sum."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        width, top = self.width() - _SUM_PX, (self.height() - _BAR_PX) / 2
        painter.setBrush(QColor(theme.LINE))
        painter.drawRoundedRect(QRectF(0, top, width, _BAR_PX), 2, 2)
        scale_s = max(self._scale_s, sum_s(self._turn))
        for wait in self.waits:
            x, length = width * wait.start_s / scale_s, width * wait.duration_s / scale_s
            painter.setBrush(QColor(COLOURS[wait.stage]))
            if wait.stage == "first_lip":
                at = min(x + length, width - 1.0)
                painter.drawPolygon(QPolygonF([QPointF(at - 3, top - 4), QPointF(at + 3, top - 4), QPointF(at, top + 2)]))
            else:
                painter.drawRect(QRectF(min(x, width - 1.0), top, max(min(length, width - x), 1.0), _BAR_PX))
        painter.setPen(QColor(theme.DIM))
        font = painter.font()
        font.setPixelSize(theme.SMALL_PX)
        painter.setFont(font)
        place = QRectF(width + 6, 0, _SUM_PX - 6, self.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{1e3 * sum_s(self._turn):.0f} ms")
        painter.end()


class WaterfallLegend(QWidget):
    """What the colours of the bars mean, in one line."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colours of the latency bars")
        self.setToolTip("From the last word: until it is recognised, answered, voiced and played; the mark is the first moving lip")

    # -- Qt's own, last as everywhere

    def sizeHint(self) -> QSize:
        """A line of small text."""
        return QSize(200, 16)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A dot and a word for each."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(theme.SMALL_PX)
        painter.setFont(font)
        x = 0.0
        for stage, colour in COLOURS.items():
            word = WORDS[stage][1]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QRectF(x, self.height() / 2 - 3, 6, 6))
            painter.setPen(QColor(theme.DIM))
            room = painter.fontMetrics().horizontalAdvance(word)
            painter.drawText(QRectF(x + 10, 0, room + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, word)
            x += 10 + room + 11
        painter.end()

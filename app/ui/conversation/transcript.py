"""Everything that was said, newest at the foot; it follows what is said unless the user reads further up."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app.conversation.events import Told
from app.conversation.turns import Turn
from app.ui.conversation.turn_card import NoteRow, TurnCard
from app.ui.conversation.waterfall import LEAST_S, WaterfallLegend, sum_s
from app.ui.kit import theme

EMPTY = (
    "Nothing was said yet.\n\nStart the conversation and talk, hold the key to talk, or type a line. "
    "With headphones the avatar never hears itself."
)
#: so near the foot the transcript goes on following
NEAR_PX = 48
#: cards that are kept; older ones are in the export and among the kept answers
MOST_CARDS = 120


class Transcript(QScrollArea):
    """Cards of turns, and sentences between them."""

    #: number of a turn whose answer is wanted for tuning
    opened = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Transcript")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setStyleSheet(f"QScrollArea {{ background: {theme.PANEL}; border: 0; }} QScrollArea:focus {{ border: 0; }}")
        self.cards: dict[int, TurnCard] = {}
        self._follows = True
        inside = QWidget()
        inside.setObjectName("transcript")
        inside.setStyleSheet(f"QWidget#transcript {{ background: {theme.PANEL}; }}")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(8)
        self.empty = QLabel(EMPTY)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setStyleSheet(f"color: {theme.DIM};")
        self.legend = WaterfallLegend()
        self.legend.hide()
        self._column.addWidget(self.legend)
        self._column.addWidget(self.empty, 1)
        self._column.addStretch(0)
        self.setWidget(inside)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._range_changed)
        bar.valueChanged.connect(self._note_place)

    def show_turn(self, turn: Turn, final: bool) -> None:
        """A turn is new, or more is known of it."""
        card = self.cards.get(turn.number)
        if card is None:
            card = self.cards[turn.number] = TurnCard(turn)
            card.opened.connect(self.opened)
            self._add(card)
        card.show_turn(turn, final)
        scale_s = max((sum_s(each.turn) for each in self.cards.values()), default=LEAST_S)
        for each in self.cards.values():
            each.bar.set_scale(scale_s)
        self.legend.setVisible(any(each.bar.waits for each in self.cards.values()))

    def add_note(self, told: Told) -> None:
        """One sentence below what was said so far."""
        self._add(NoteRow(told))

    def clear(self) -> None:
        """Forget everything."""
        self.cards.clear()
        for i in reversed(range(self._column.count())):
            item = self._column.itemAt(i)
            widget = item.widget() if item is not None else None
            if isinstance(widget, TurnCard | NoteRow):
                self._column.takeAt(i)
                widget.deleteLater()
        self.empty.show()
        self.legend.hide()

    def _add(self, widget: QWidget) -> None:
        self.empty.hide()
        self._column.insertWidget(self._column.count() - 1, widget)
        while len(self.cards) > MOST_CARDS:
            self.cards.pop(next(iter(self.cards))).deleteLater()

    def _range_changed(self, _low: int, high: int) -> None:
        if self._follows:
            self.verticalScrollBar().setValue(high)

    def _note_place(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - NEAR_PX

    # -- Qt's own, last as everywhere

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The bubbles take the new width, and the foot stays in sight."""
        super().resizeEvent(event)
        if self._follows:
            QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(self.verticalScrollBar().maximum()))

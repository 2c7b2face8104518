"""One turn in the transcript: what was asked, what was answered and how far that was heard, and how long it took."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.conversation.events import Told
from app.conversation.turns import Turn
from app.ui.conversation.waterfall import WaterfallBar
from app.ui.kit import theme

#: share of the column that a bubble may take
MOST_WIDE = 0.88
#: between the text and its plate's edge
BESIDE_PX, ABOVE_PX = 11, 7
_ASKED = f"QLabel {{ background: #24384a; color: {theme.TEXT}; border-radius: 9px; padding: {ABOVE_PX}px {BESIDE_PX}px; }}"
_PARTIAL = (
    f"QLabel {{ background: #1f2b36; color: {theme.FAINT}; border-radius: 9px; padding: {ABOVE_PX}px {BESIDE_PX}px; font-style: italic; }}"
)
_ANSWERED = (
    f"QLabel {{ background: {theme.FIELD}; color: {theme.TEXT}; border-radius: 9px; padding: {ABOVE_PX}px {BESIDE_PX}px; }}"
    f'QLabel[opens="true"]:hover {{ background: {theme.HOVERED}; }}'
)
_SMALL = f"color: {theme.DIM}; font-size: {theme.SMALL_PX}px;"
_LINK = f"QToolButton {{ color: {theme.ACCENT}; font-size: {theme.SMALL_PX}px; padding: 1px 4px; }}"


class Bubble(QLabel):
    """Text in a rounded plate, as wide as it needs, at most a share of its column."""

    clicked = Signal()

    def __init__(self, style: str, name: str) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setAccessibleName(name)
        self.setStyleSheet(style)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._pressed_at: QPoint | None = None
        self._plain = ""

    def write(self, plain: str, rich: str = "") -> None:
        """Show a text.

        Args:
            plain: as it is read.
            rich: the same with its marks, "" for none.
        """
        self._plain = plain
        self.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
        self.setText(rich or plain)

    def fit(self, column_px: int) -> None:
        """Take the width that the text needs, within the column."""
        most = max(int(column_px * MOST_WIDE), 80)
        # a fraction of a pixel more than the text, or it wraps
        whole = self.fontMetrics().size(0, self._plain).width() + 2 * BESIDE_PX + 4
        width = min(whole, most)
        self.setFixedSize(width, self._text_height(width - 2 * BESIDE_PX) + 2 * ABOVE_PX + 2)

    def _text_height(self, room_px: int) -> int:
        """Of the text in lines of so many pixels."""
        if self.textFormat() == Qt.TextFormat.RichText:
            page = QTextDocument()
            page.setDefaultFont(self.font())
            page.setDocumentMargin(0)
            page.setHtml(self.text())
            page.setTextWidth(room_px)
            return int(page.size().height()) + 1
        room = QRect(0, 0, room_px, 1 << 16)
        return self.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), self._plain).height()

    # -- Qt's own, last as everywhere

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click opens; a drag selects."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See mousePressEvent."""
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        if self._pressed_at is not None and (at - self._pressed_at).manhattanLength() < 4 and not self.hasSelectedText():
            self.clicked.emit()


class TurnCard(QWidget):
    """What is known of a turn; it grows while the turn goes on.

    Args:
        turn: the first that is known of it.
    """

    #: number of the turn whose answer is wanted for tuning
    opened = Signal(int)

    def __init__(self, turn: Turn) -> None:
        super().__init__()
        self.turn = turn
        self._final = False
        self.asked = Bubble(_PARTIAL, "You")
        self.answered = Bubble(_ANSWERED, "Answer")
        self.answered.clicked.connect(self._open)
        self.mark = QLabel()
        self.mark.setStyleSheet(_SMALL)
        self.mark.setWordWrap(True)
        self.open = QToolButton()
        self.open.setText("Open for tuning")
        self.open.setStyleSheet(_LINK)
        self.open.setToolTip("Open this take: sound, words and motion of all sides, to tune, compare and check")
        self.open.clicked.connect(self._open)
        self.open.hide()
        self.bar = WaterfallBar(turn)
        self._lay_out()
        self.show_turn(turn, final=False)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(5)
        column.addWidget(self.asked, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self.answered, 0, Qt.AlignmentFlag.AlignLeft)
        foot = QHBoxLayout()
        foot.setContentsMargins(2, 0, 0, 0)
        foot.setSpacing(8)
        foot.addWidget(self.mark, 1)
        foot.addWidget(self.open)
        column.addLayout(foot)
        column.addWidget(self.bar)

    def show_turn(self, turn: Turn, final: bool) -> None:
        """More is known.

        Args:
            turn: all that is known.
            final: what was asked does not change any more.
        """
        self.turn, self._final = turn, final
        self.asked.setStyleSheet(_ASKED if final else _PARTIAL)
        self.asked.write(turn.asked or "…")
        self.asked.setVisible(bool(turn.asked) or not turn.answered)
        self._write_answer()
        self.bar.show_turn(turn)
        self.fit()

    def _write_answer(self) -> None:
        turn = self.turn
        heard = turn.answered if turn.believed is None else turn.believed
        rest = turn.answered[len(heard) :] if turn.answered.startswith(heard) else ""
        cut = turn.believed is not None
        if cut:
            tail = f'<span style="color:{theme.FAINT}"><s>{escape(rest.strip())}</s></span>'
            mark = f'<span style="color:{theme.WARNING}">&nbsp;▏</span>'
            self.answered.write(turn.answered + "  ", f"{escape(heard)}{mark}{tail}")
        else:
            self.answered.write(turn.answered)
        self.answered.setVisible(bool(turn.answered))
        words = []
        if cut:
            words.append(f"Interrupted; {turn.heard_s or 0.0:.1f} s were heard.")
        if turn.sentence:
            words.append(turn.sentence)
        self.mark.setText(" ".join(words))
        self.mark.setVisible(bool(words) or not self.open.isHidden())

    def offer_opening(self) -> None:
        """The answer is kept: a click opens it."""
        self.open.show()
        self.mark.show()
        self.answered.setProperty("opens", "true")
        self.answered.setCursor(Qt.CursorShape.PointingHandCursor)
        self.answered.setToolTip(self.open.toolTip())
        self.answered.setStyleSheet(_ANSWERED)

    def _open(self) -> None:
        if not self.open.isHidden():
            self.opened.emit(self.turn.number)

    def fit(self) -> None:
        """Let the bubbles take the width that there is."""
        for bubble in (self.asked, self.answered):
            bubble.fit(max(self.width(), 120))

    # -- Qt's own, last as everywhere

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width."""
        super().resizeEvent(event)
        self.fit()


class NoteRow(QLabel):
    """One sentence between the turns."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.sentence)
        colour = theme.DIM if told.kind == "notice" else theme.ERROR
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setStyleSheet(f"color: {colour}; font-size: {theme.SMALL_PX}px; padding: 2px 14px;")
        self.setAccessibleName("Message" if told.kind == "notice" else "Error")
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

"""The tools of drawing, on the picture while it is drawn on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QWidget

from app.formats.notes import NoteColour
from app.ui.kit import theme
from app.ui.kit.buttons import plain_button, segment_button
from app.ui.review.notes.note_words import COLOURS
from app.ui.review.notes.picture_overlay import Tool

#: shares of the picture's height: a fine line, the usual one, a marker
WIDTHS = (0.003, 0.006, 0.014)
_WIDTH_WORDS = ("Fine", "Medium", "Broad")
_TOOLS: tuple[tuple[Tool, str, str], ...] = (
    ("line", "Line", "Draw freely"), ("arrow", "Arrow", "Drag from its tail to its head"), ("erase", "Erase", "Drag over lines"),
)  # fmt: skip
#: the ones that are told apart on skin
_INKS: tuple[NoteColour, ...] = ("red", "yellow", "green", "cyan", "white")


class PenBar(QFrame):
    """Tool, colour and width of what is drawn.

    Args:
        over: the widget at whose top it stands.
    """

    tool_chosen = Signal(str)
    #: colour, width as a share of the picture's height
    pen_chosen = Signal(str, float)
    #: drawing is over
    closed = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("penBar")
        self.setAccessibleName("Drawing")
        self.setStyleSheet(f"QFrame#penBar {{ background: {theme.PANEL}; border: 1px solid {theme.LINE}; border-radius: 6px; }}")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(4)
        self.tools = self._group(row, [(name, words, hint, None) for name, words, hint in _TOOLS])
        row.addSpacing(8)
        self.colours = self._group(row, [(name, "", f"Draw in {name}", _dot(COLOURS[name], 6.0)) for name in _INKS])
        row.addSpacing(8)
        sizes = [(str(i), "", f"{words} line", _dot(theme.TEXT, 1.5 + 1.8 * i)) for i, words in enumerate(_WIDTH_WORDS)]
        self.widths = self._group(row, sizes)
        row.addSpacing(8)
        done = plain_button("Done", "End drawing (D or Esc)")
        done.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        done.clicked.connect(self.closed)
        row.addWidget(done)
        for group, first in ((self.tools, "line"), (self.colours, "red"), (self.widths, "1")):
            self._choose(group, first)
        self.tools.buttonClicked.connect(lambda button: self.tool_chosen.emit(button.property("choice")))
        for group in (self.colours, self.widths):
            group.buttonClicked.connect(lambda _: self.pen_chosen.emit(*self.pen))
        over.installEventFilter(self)
        self.hide()

    @property
    def pen(self) -> tuple[str, float]:
        """Colour, and width as a share of the picture's height."""
        return _chosen(self.colours), WIDTHS[int(_chosen(self.widths))]

    def restore(self, colour: str, width: float) -> None:
        """Put a remembered pen in force."""
        self._choose(self.colours, colour)
        self._choose(self.widths, str(min(range(len(WIDTHS)), key=lambda i: abs(WIDTHS[i] - width))))
        self.pen_chosen.emit(*self.pen)

    def button(self, choice: str) -> QToolButton:
        """The button of a tool, a colour or a width."""
        groups = (self.tools, self.colours, self.widths)
        return next(b for g in groups for b in g.buttons() if b.property("choice") == choice)  # type: ignore[return-value]

    def _group(self, row: QHBoxLayout, choices: Sequence[tuple[str, str, str, QIcon | None]]) -> QButtonGroup:
        group = QButtonGroup(self)
        for choice, words, hint, icon in choices:
            button = segment_button(words, hint, group, 6)
            button.setProperty("choice", choice)
            button.setAccessibleName(words or hint)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            if icon is not None:
                button.setIcon(icon)
            row.addWidget(button)
        return group

    def _choose(self, group: QButtonGroup, choice: str) -> None:
        for button in group.buttons():
            if button.property("choice") == choice:
                button.setChecked(True)

    def place(self) -> None:
        """In the middle of the top."""
        self.adjustSize()
        self.move(max((self._over.width() - self.width()) // 2, 0), 40)

    # -- Qt's own, last as everywhere

    def showEvent(self, event: object) -> None:
        """Stand over everything."""
        self.place()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle."""
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)


def _chosen(group: QButtonGroup) -> str:
    button = group.checkedButton()
    return "" if button is None else str(button.property("choice"))


def _dot(colour: str, radius: float) -> QIcon:
    pixmap = QPixmap(32, 32)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(int(16 - 2 * radius), int(16 - 2 * radius), int(4 * radius), int(4 * radius))
    painter.end()
    return QIcon(pixmap)

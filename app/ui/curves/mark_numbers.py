"""The marked stretch as numbers: typed with a unit, in force with Enter, and Tab goes on to the next."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QToolButton, QWidget

from app.core.frame_grid import FrameGrid, Unit, shown_length
from app.ui.kit import theme

Field = Literal["start", "end", "length", "to", "by"]
_UNITS = "With a unit or without: 0.35 s, 350 ms, 21 f, a timecode; + or - from what is there"
_FIELDS: dict[Field, tuple[str, str]] = {
    "start": ("Start", "Where the marked stretch begins"),
    "end": ("End", "Where it ends"),
    "length": ("Length", "How long it is; its start stays"),
    "to": ("Stretch to", "Let what is marked last so long: slower or quicker, its start stays (Ctrl and drag an edge)"),
    "by": ("Slide by", "Let what is marked come so much later, or earlier after a minus (Ctrl and drag the stretch)"),
}
_PLACES: dict[Field, tuple[int, int]] = {"start": (0, 0), "end": (0, 2), "length": (0, 4), "to": (1, 0), "by": (1, 2)}
_STYLE = "QLineEdit { padding: 1px 5px; min-height: 18px; }"


class _Box(QLineEdit):
    """One number; Escape gives up what is typed."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = ""
        self.setStyleSheet(_STYLE)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setMinimumWidth(40)

    def show_text(self, text: str) -> None:
        """Show a number; not while another one is typed here."""
        self.shown = text
        if not (self.hasFocus() and self.isModified()):
            self.setText(text)

    def give_up(self) -> None:
        """Show what is in force again."""
        self.setText(self.shown)
        self.setModified(False)

    def event(self, event: QEvent) -> bool:
        """Escape, which leaves the field, leaves nothing typed behind."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.give_up()
        return super().event(event)


class MarkNumbers(QWidget):
    """Fields of the mark, and the switch of the frames that times snap to.

    Attributes:
        fields: by name.
        snap: the switch.
        unit: of a number without one.
    """

    #: field, text
    typed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.unit: Unit = "s"
        self.fields: dict[Field, _Box] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        for field, (words, hint) in _FIELDS.items():
            box, name = _Box(), QLabel(words)
            box.setAccessibleName(words)
            box.setToolTip(f"{hint}.\n{_UNITS}")
            name.setToolTip(hint)
            name.setBuddy(box)
            name.setStyleSheet(f"color: {theme.DIM};")
            box.editingFinished.connect(lambda of=field: self._finish(of))
            row, column = _PLACES[field]
            grid.addWidget(name, row, column)
            grid.addWidget(box, row, column + 1)
            self.fields[field] = box
        self.snap = QToolButton()
        self.snap.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        grid.addWidget(self.snap, 1, 4, 1, 2)

    @property
    def is_typed_in(self) -> bool:
        """Whether one of the fields has the keys."""
        return any(box.hasFocus() for box in self.fields.values())

    def set_snap_action(self, action: QAction) -> None:
        """Let the switch be a command of the window."""
        self.snap.setDefaultAction(action)
        self.snap.setText("Snap")
        self.snap.setStyleSheet(f"QToolButton:!checked {{ border: 1px solid {theme.EDGE}; }}")
        self.snap.setAccessibleName("Snap to frames")

    def show_marked(self, marked: tuple[float, float] | None, grid: FrameGrid) -> None:
        """Write a stretch into the fields.

        Args:
            marked: start and end in seconds, or None.
            grid: says in which unit.
        """
        self.unit = "f" if grid.on else "s"
        start_s, end_s = marked or (0.0, 0.0)
        values: dict[Field, float] = {"start": start_s, "end": end_s, "length": end_s - start_s, "to": end_s - start_s, "by": 0.0}
        for field, value in values.items():
            self.fields[field].show_text(shown_length(value, grid))

    def _finish(self, field: Field) -> None:
        """Enter or Tab: what was typed is to be in force."""
        box = self.fields[field]
        if box.isModified():
            box.setModified(False)
            self.typed.emit(field, box.text())
            box.selectAll()

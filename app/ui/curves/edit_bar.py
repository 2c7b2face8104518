"""The edits of the curves by hand: what can be done to the marked stretch, and the list of what was done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.core.arkit import ARKIT_INDEX
from app.core.curve_edits import AMOUNTS, DRAWN, EDGE_MS, KINDS, CurveEdit, EditKind, retimed_spans
from app.core.head import ANGLES
from app.ui.curves.mark_numbers import MarkNumbers
from app.ui.kit import theme
from app.ui.kit.icons import icon
from app.ui.kit.number_row import Number, NumberRow
from app.ui.kit.shape_names import readable

_HINTS: dict[EditKind, tuple[str, str, str]] = {
    "scale": ("Factor", "", "Multiply the marked stretch"),
    "offset": ("Offset", "", "Add to the marked stretch; weights stay within 0 to 1"),
    "flatten": ("Flatness", "", "Draw the marked stretch towards a straight line between its ends"),
    "smooth": ("Smoothing", " ms", "Take out what is quicker than this in the marked stretch"),
    "pose": ("Strength", "", "How much of the pose is blended in"),
    "keys": ("Strength", "", "How much the curve through the keys takes over"),
    "paste": ("Strength", "", "How much what was pasted takes over"),
    "mirror": ("Strength", "", "How much of the face's other half is taken"),
    "retime": ("Length", "", "How many times as long the stretch becomes"),
    "limit": ("Highest", "", "What is higher is squeezed below this, and flat tops are rounded"),
    "even": ("Evenness", "", "Draw left and right towards their mean"),
    "close": ("Closure", "", "Bring the lips together, by whichever shapes hold them apart"),
}
ROW_PX = 24
HOW = "Hold Shift and drag over the curves to mark a stretch; picked shapes are edited, or all of them."
_EDGE = "How long the edit takes to set in and to fade out within its stretch"
_SMALL = "QPushButton { padding: 3px 6px; }"


def described(edit: CurveEdit) -> str:
    """An edit in words: what, which shapes, when."""
    unit = _HINTS[edit.kind][1]
    if edit.kind == "retime":
        return f"{edit.why or _retimed(edit)}   {shapes_text(edit.channels)}   {edit.start_s:.2f}-{edit.end_s:.2f} s"
    if edit.kind in DRAWN or edit.kind in ("pose", "mirror"):
        return _drawn(edit)
    amount = f"{edit.amount:.0f}{unit}" if unit else f"{edit.amount:+.2f}" if edit.kind == "offset" else f"{edit.amount:.2f}"
    said = edit.why or f"{edit.kind.capitalize()} {amount}"
    return f"{said}   {shapes_text(edit.channels)}   {edit.start_s:.2f}-{edit.end_s:.2f} s"


def _retimed(edit: CurveEdit) -> str:
    """What a change of time does: how many times as long, or by how much later."""
    was_s, now_s = retimed_spans(edit)
    return f"Slide {now_s[0] - was_s[0]:+.2f} s" if abs(edit.amount - 1.0) < 5e-3 else f"Retime ×{edit.amount:.2f}"


def _drawn(edit: CurveEdit) -> str:
    """The words of an edit that draws shapes towards something, which may have a name."""
    n = len(edit.keys)
    what = (
        f"{n} key{'s' if n > 1 else ''}" if edit.kind == "keys" else edit.why or {"paste": "Pasted"}.get(edit.kind, edit.kind.capitalize())
    )
    share = f" {100 * edit.amount:.0f} %" if edit.amount < 1 else ""
    return f"{what}{share}   {shapes_text(edit.channels)}   {edit.start_s:.2f}-{edit.end_s:.2f} s"


def shapes_text(channels: Sequence[str]) -> str:
    """Which shapes, in few words."""
    channels = [name for name in channels if name in ARKIT_INDEX or name in ANGLES]
    if not channels or set(channels) >= set(ARKIT_INDEX):
        return "all shapes"
    names = list(dict.fromkeys(readable(name).removesuffix(" L").removesuffix(" R") for name in channels))
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _row(name: str, hint: str, allowed: tuple[float, float, float], unit: str) -> NumberRow:
    """A number as wide as those of the tuning panel; ``allowed`` is its lowest, highest and usual value."""
    low, high, usual = allowed
    decimals = 0 if unit else 2
    return NumberRow(Number(name, hint, low, high, usual, unit, decimals, slider_steps=200, name_px=84, number_px=74))


class EditBar(QFrame):
    """A panel among the tools; what cannot be used at the moment is hidden."""

    #: do this to the marked stretch
    wanted = Signal(str)
    #: place in the list, field of CurveEdit, value, gesture
    changed = Signal(int, str, float, int)
    #: place in the list
    removed = Signal(int)
    cleared = Signal()
    #: place in the list, -1 for none
    chosen = Signal(int)
    #: give the marked stretch up
    dropped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._edits: tuple[CurveEdit, ...] = ()
        self._marked = ""
        self.head = QLabel()
        self.head.setObjectName("heading")
        self.head.setWordWrap(True)
        self.close_mark = QToolButton()
        self.close_mark.setIcon(icon("cross", theme.DIM))
        self.close_mark.setToolTip("Give the marked stretch up")
        self.close_mark.setAccessibleName("Give the marked stretch up")
        self.close_mark.clicked.connect(self.dropped)
        self.note = QLabel()
        self.note.setObjectName("caption")
        self.note.setWordWrap(True)
        self.buttons = {kind: self._button(kind.capitalize(), _HINTS[kind][2], kind) for kind in KINDS}
        self.amounts = {kind: _row(_HINTS[kind][0], _HINTS[kind][2], AMOUNTS[kind], _HINTS[kind][1]) for kind in _HINTS}
        self.numbers = MarkNumbers()
        self.edge = _row("Soft edge", _EDGE, (0.0, 300.0, EDGE_MS), " ms")
        for kind, row in self.amounts.items():
            row.edited.connect(lambda value, r=self.amounts[kind]: self._change("amount", value, r.gesture))
        self.edge.edited.connect(lambda value: self._change("edge_ms", value, self.edge.gesture))
        self._build_list()
        self._lay_out()
        self.set_edits(())

    def _button(self, text: str, hint: str, kind: EditKind) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        button.setStyleSheet(_SMALL)
        button.clicked.connect(lambda: self.wanted.emit(kind))
        return button

    def _build_list(self) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName("Edits of the curves")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setStyleSheet(
            f"QListWidget {{ background: {theme.PANEL}; }} QListWidget::item {{ height: {ROW_PX}px; padding: 0 4px; }}"
            f" QListWidget::item:hover {{ background: {theme.FIELD}; }} QListWidget::item:selected {{ background: {theme.RAISED}; }}"
        )
        self.list.currentRowChanged.connect(self._choose)
        self.list.installEventFilter(self)
        self.remove = QPushButton("Remove")
        self.remove.setToolTip("Take the chosen edit out (Delete)")
        self.remove.clicked.connect(lambda: self.removed.emit(self.list.currentRow()))
        self.clear = QPushButton("Remove all")
        self.clear.setToolTip("Take all edits of this side out")
        self.clear.clicked.connect(self.cleared)
        for button in (self.remove, self.clear):
            button.setStyleSheet(_SMALL)

    def _lay_out(self) -> None:
        def line(*widgets: QWidget | None) -> QHBoxLayout:
            made = QHBoxLayout()
            made.setSpacing(6)
            for widget in widgets:
                if widget is None:
                    made.addStretch(1)
                else:
                    made.addWidget(widget)
            return made

        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 8, 8)
        column.setSpacing(6)
        top = line(self.head, self.close_mark)
        top.setStretch(0, 1)
        column.addLayout(top)
        column.addLayout(line(*self.buttons.values()))
        column.addWidget(self.numbers)
        column.addWidget(self.note)
        for row in (*self.amounts.values(), self.edge):
            column.addWidget(row)
        column.addWidget(self.list, 1)
        column.addLayout(line(None, self.remove, self.clear))
        column.addStretch(0)
        self._column = column

    def add_foot(self, widget: QWidget) -> None:
        """Put something under the list."""
        self._column.addWidget(widget)

    # -- what is shown

    @property
    def edits(self) -> tuple[CurveEdit, ...]:
        """The edits that are listed."""
        return self._edits

    def set_marked(self, text: str, note: str = "") -> None:
        """Say what is marked, "" for nothing, and what an animator should know about it."""
        self._marked = text
        self.note.setText(note)
        self._show()

    def set_edits(self, edits: tuple[CurveEdit, ...]) -> None:
        """List the edits there are; the chosen one stays chosen, a new one becomes it."""
        row = self.list.currentRow()
        grown = len(edits) > len(self._edits)
        self._edits = edits
        blocked = self.list.blockSignals(True)
        while self.list.count() > len(edits):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(edits):
            self.list.addItem(QListWidgetItem())
        for i, edit in enumerate(edits):
            text = described(edit)
            self.list.item(i).setText(text)
            self.list.item(i).setToolTip(f"{', '.join(edit.channels) or 'All shapes'}; soft edges of {edit.edge_ms:.0f} ms")
        self.list.setCurrentRow(len(edits) - 1 if grown else min(row, len(edits) - 1))
        self.list.blockSignals(blocked)
        self._show()

    def _show(self, *_: object) -> None:
        """Show what belongs to the present state."""
        n, row = len(self._edits), self.list.currentRow()
        edit = self._edits[row] if 0 <= row < n else None
        listed = "1 edit by hand" if n == 1 else f"{n} edits by hand"
        self.head.setText(f"{self._marked} marked" if self._marked else listed if n else HOW)
        self.head.setEnabled(bool(self._marked or n))
        self.close_mark.setVisible(bool(self._marked))
        for button in self.buttons.values():
            button.setVisible(bool(self._marked))
        self.numbers.setVisible(bool(self._marked))
        self.note.setVisible(bool(self._marked) and bool(self.note.text()))
        for kind, amount in self.amounts.items():
            amount.setVisible(edit is not None and edit.kind == kind)
            if edit is not None and edit.kind == kind:
                amount.set_value(edit.amount)
        self.edge.setVisible(edit is not None and edit.kind != "retime")
        if edit is not None:
            self.edge.set_value(edit.edge_ms)
        for widget in (self.remove, self.clear):
            widget.setVisible(n > 0)
        self.remove.setEnabled(edit is not None)

    # -- what the user does

    def _choose(self, row: int) -> None:
        self._show()
        self.chosen.emit(row)

    def _change(self, field: str, value: float, gesture: int) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._edits):
            self.changed.emit(row, field, value, gesture)

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Delete takes the chosen edit out."""
        if watched is not self.list or not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.list.currentRow() >= 0:
            self.removed.emit(self.list.currentRow())
            return True
        return super().eventFilter(watched, event)

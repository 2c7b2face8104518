"""The panel of the comparison: source of side B, layout, and the differences in numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
)

from app.core.regions import REGIONS
from app.lipsync.registry import source_choices
from app.session import Session
from app.session.comparing import LAYOUTS, Layout
from app.ui import theme
from app.ui.tuning_panel import _BUTTON, _SEGMENT

WORDS: dict[Layout, tuple[str, str]] = {
    "one": ("One", "One side at a time; B changes over, X held shows the other"),
    "split": ("Split", "Both sides beside one another"),
    "wipe": ("Wipe", "Both sides in one picture, with an edge to drag"),
    "difference": ("Heat", "Side A, coloured by how far side B is away"),
}
_COLUMNS = (
    ("Region", "Part of the face"), ("RMS", "Root mean square of the difference of weights"), ("r", "Correlation, 1 is the same movement"),
    ("Lag", "By how much B comes after A, in milliseconds"), ("Jitter A", "Restlessness of A, in thousandths of its movement"),
    ("Jitter B", "Restlessness of B, in thousandths of its movement"),
)  # fmt: skip


def _words(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


class ComparePanel(QFrame):
    """Choose what stands against side A, and read how it differs."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session, self._comparing = session, session.comparing
        self.source = QComboBox()
        self.source.setAccessibleName("Source of side B")
        self.source.activated.connect(lambda i: self._comparing.set_source_b(self.source.itemData(i)))
        self.layouts: dict[Layout, QToolButton] = {}
        group = QButtonGroup(self)
        for layout in LAYOUTS:
            button = QToolButton()
            button.setText(WORDS[layout][0])
            button.setToolTip(WORDS[layout][1])
            button.setCheckable(True)
            button.setStyleSheet(_SEGMENT)
            button.clicked.connect(lambda _=False, chosen=layout: self._comparing.set_layout(chosen))
            group.addButton(button)
            self.layouts[layout] = button
        self.blink = self._button("Blink", "Hold down to see the other side (X)")
        self.blink.pressed.connect(lambda: self._comparing.set_blinking(True))
        self.blink.released.connect(lambda: self._comparing.set_blinking(False))
        self.swap = self._button("Swap", "A and B change places")
        self.swap.clicked.connect(self._comparing.swap)
        self.closure = QLabel()
        self.closure.setObjectName("caption")
        self.closure.setWordWrap(True)
        self.closure.setAccessibleName("Closures on P, B and M")
        self._make_table()
        self._lay_out()
        self._comparing.changed.connect(self.refresh)
        self._comparing.measured.connect(self.show_numbers)
        session.source_changed.connect(lambda *_: self.refresh())
        self.refresh()
        self.show_numbers()

    def _button(self, text: str, hint: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(hint)
        button.setStyleSheet(_BUTTON)
        return button

    def _make_table(self) -> None:
        self.table = QTableWidget(len(REGIONS), len(_COLUMNS))
        self.table.setAccessibleName("Differences by region")
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setStyleSheet(
            f"QTableWidget {{ background: {theme.PANEL}; }} QHeaderView::section {{ background: {theme.PANEL}; color: {theme.DIM};"
            f" border: 0; border-bottom: 1px solid {theme.LINE}; padding: 3px; font-size: 11px; }}"
        )
        for i, (title, hint) in enumerate(_COLUMNS):
            item = QTableWidgetItem(title)
            item.setToolTip(hint)
            self.table.setHorizontalHeaderItem(i, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setDefaultSectionSize(24)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 8)
        column.setSpacing(8)
        first = QHBoxLayout()
        first.addWidget(QLabel("Side B"))
        first.addWidget(self.source, 1)
        first.addWidget(self.swap)
        second = QHBoxLayout()
        second.setSpacing(4)
        for button in self.layouts.values():
            second.addWidget(button)
        second.addStretch(1)
        second.addWidget(self.blink)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.table, 1)
        column.addWidget(self.closure)

    # -- what is shown

    def refresh(self) -> None:
        """Show source and layout in force."""
        comparing, slots = self._comparing, self._session.slots
        spec = slots["B"].spec if "B" in slots else ""
        choices = [("None", ""), *((choice.label, choice.spec) for choice in source_choices() if not choice.takes_argument)]
        if spec and all(spec != each for _, each in choices):
            choices.append((spec, spec))
        self.source.clear()
        for name, each in choices:
            self.source.addItem(name, each)
        self.source.setCurrentIndex(next(i for i, (_, each) in enumerate(choices) if each == spec))
        for layout, button in self.layouts.items():
            button.setChecked(layout == comparing.layout)
            button.setEnabled(comparing.possible)
        self.blink.setEnabled(comparing.possible)
        self.swap.setEnabled(comparing.possible)

    def show_numbers(self) -> None:
        """Write the differences."""
        numbers = self._comparing.numbers
        for row, region in enumerate(REGIONS):
            found = None if numbers is None else next(r for r in numbers.regions if r.region == region)
            texts = (
                (region.capitalize(), "–", "–", "–", "–", "–") if found is None
                else (region.capitalize(), f"{found.rms:.3f}", _words(found.correlation, ".2f"), _words(found.lag_ms, "+.0f"),
                      f"{1e3 * found.jitter_a:.1f}", f"{1e3 * found.jitter_b:.1f}")
            )  # fmt: skip
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(
                    Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight)
                )
                self.table.setItem(row, column, item)
        if numbers is None or numbers.closure_a is None or numbers.closure_b is None:
            self.closure.setText("Choose a source for side B to compare." if not self._comparing.possible else "")
        else:
            self.closure.setText(f"Lips meet on P, B and M: A {100 * numbers.closure_a:.0f} %, B {100 * numbers.closure_b:.0f} %")

"""The panel of the comparison: the sides, how they are laid out, and the differences in numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QFrame, QLabel, QSlider, QToolButton, QVBoxLayout

from app.lipsync.azure import THREE_LANES, lanes_missing
from app.lipsync.registry import source_choices
from app.session.compare.comparing import LAYOUTS, SIDES, Comparing, Layout
from app.session.compare.dual import Dual
from app.session.state import State
from app.ui.compare.difference_table import DifferenceTable, closure_text
from app.ui.compare.dual_row import DualRow
from app.ui.compare.side_row import SideRow
from app.ui.kit.buttons import plain_button, segment_button
from app.ui.kit.flow import flowing

WORDS: dict[Layout, tuple[str, str]] = {
    "one": ("One", "One side at a time; B changes over, X held shows the other"),
    "split": ("Split", "All sides beside one another"),
    "wipe": ("Wipe", "Two sides in one picture, with an edge to drag"),
    "overlay": ("Ghost", "The other side as a tinted ghost over side A"),
    "difference": ("Heat", "Side A, coloured by how far the other side is away"),
}
#: what is put against the sources on show, the most telling first
PREFERRED = ("a2f", "visemes", "visemes:visemesync", "a2f:light")


class ComparePanel(QFrame):
    """Choose what stands against side A, and read how it differs.

    Args:
        state: whose sides are compared.
        comparing: how they are laid out.
        avatars: tells name and file of the avatars that a side can show.
        known: tells spec, label and hint of sources with an argument that were used before.
        dual: lets one side stand in for another.
    """

    #: side, source as on the command line
    source_chosen = Signal(str, str)
    #: how much of the ghost covers side A, 0 to 1
    ghost_chosen = Signal(float)

    def __init__(
        self,
        state: State,
        comparing: Comparing,
        avatars: Callable[[], list[tuple[str, Path]]] = list,
        known: Callable[[], tuple[tuple[str, str, str], ...]] = tuple,
        *,
        dual: Dual,
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._state, self._comparing, self._avatars, self._known = state, comparing, avatars, known
        self.dual = DualRow(dual)
        self._make_rows()
        self._make_layouts()
        self._make_switches()
        self.table = DifferenceTable()
        self.closure = QLabel()
        self.closure.setObjectName("caption")
        self.closure.setWordWrap(True)
        self.closure.setAccessibleName("Closures on P, B and M")
        self._lay_out()
        self.refresh()
        self.show_numbers()

    # -- building

    def _make_rows(self) -> None:
        self.rows = {side: SideRow(side) for side in SIDES}
        for side, row in self.rows.items():
            row.soloed.connect(partial(self._comparing.solo, side))
            row.soloed.connect(self.refresh)
            row.source_chosen.connect(partial(self.source_chosen.emit, side))
            row.avatar_chosen.connect(partial(self._comparing.side_rigs.set_avatar, side))
            row.removed.connect(self.add_side if side == "A" else partial(self._comparing.set_source, side, ""))
        self.add = self.rows["A"].remove
        self.swap = plain_button("Swap", "")
        self.swap.clicked.connect(self._comparing.swap)
        self.azure = plain_button("Azure: all three lanes", "")
        self.azure.clicked.connect(lambda: self._comparing.set_lanes(THREE_LANES))
        self.show_lanes()

    def _make_layouts(self) -> None:
        self.layouts: dict[Layout, QToolButton] = {}
        group = QButtonGroup(self)
        for layout in LAYOUTS:
            button = segment_button(WORDS[layout][0], WORDS[layout][1], group, 9)
            button.clicked.connect(lambda _=False, chosen=layout: self._comparing.set_layout(chosen))
            self.layouts[layout] = button
        self.blink = plain_button("Blink", "Hold down to see the other side (X)")
        self.blink.pressed.connect(lambda: self._comparing.set_blinking(True))
        self.blink.released.connect(lambda: self._comparing.set_blinking(False))

    def _make_switches(self) -> None:
        self.pair_words = QLabel("A against")
        self.pairs: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        for side in SIDES[1:]:
            button = segment_button(side, f"Wipe, ghost, heat, swap and the numbers take side {side}", group, 9)
            button.setAccessibleName(f"A against {side}")
            button.clicked.connect(lambda _=False, chosen=side: self._comparing.set_pair(chosen))
            self.pairs[side] = button
        self.linked = QCheckBox("Cameras linked")
        self.linked.setToolTip("Off: every side is turned and zoomed by itself")
        self.linked.clicked.connect(self._comparing.set_linked)
        self.ghost_words = QLabel("Ghost")
        self.ghost = QSlider(Qt.Orientation.Horizontal)
        self.ghost.setAccessibleName("How much of the ghost is seen")
        self.ghost.setToolTip("How much of the ghost is seen")
        self.ghost.setRange(10, 90)
        self.ghost.setValue(50)
        self.ghost.setMaximumWidth(140)
        self.ghost.valueChanged.connect(lambda value: self.ghost_chosen.emit(value / 100.0))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 8)
        column.setSpacing(6)
        for row in self.rows.values():
            column.addWidget(row)
        column.addWidget(self.dual)
        how = (*self.layouts.values(), self.blink, self.swap, self.azure)
        column.addLayout(flowing(*how, self.pair_words, *self.pairs.values(), self.linked, self.ghost_words, self.ghost, spacing=4))
        column.addWidget(self.table, 1)
        column.addWidget(self.closure)

    # -- what is shown

    def refresh(self, *_: object) -> None:
        """Show the sides and the layout in force."""
        comparing, sides = self._comparing, self._state.sides
        for side, row in self.rows.items():
            row.setVisible(side in sides)
            if side in sides:
                row.show_source(str(sides[side].spec), self._known())
                row.show_avatar(sides[side].avatar, self._other_avatars())
                row.letter.setEnabled(comparing.possible)
                row.letter.setChecked(comparing.soloed == side)
        self.add.setEnabled(len(sides) < len(SIDES))
        for layout, button in self.layouts.items():
            button.setChecked(layout == comparing.layout)
            button.setEnabled(comparing.possible)
        pair = comparing.pair
        self.blink.setEnabled(comparing.possible and comparing.layout != "split")
        self.swap.setEnabled(comparing.possible)
        self.swap.setText(f"Swap A and {pair}" if pair else "Swap")
        self.swap.setToolTip(f"A and {pair or 'B'} change places, with source, tuning and avatar")
        for widget in (self.pair_words, *self.pairs.values()):
            widget.setVisible(len(comparing.others) > 1)
        if pair:
            self.pairs[pair].setChecked(True)
        self.linked.setVisible(comparing.possible and comparing.layout == "split")
        self.linked.setChecked(comparing.linked)
        for ghostly in (self.ghost_words, self.ghost):
            ghostly.setVisible(comparing.possible and comparing.layout == "overlay")

    def show_lanes(self, *_: object) -> None:
        """Offer Azure's lanes where the speech has them, and say why where it has not."""
        missing = lanes_missing(self._state.speech)
        self.azure.setEnabled(not missing)
        self.azure.setToolTip(missing or "Azure's visemes, Azure's blendshapes and Audio2Face beside one another, on this sound")

    def show_ghost(self, share: float) -> None:
        """Show how much of the ghost is seen, 0 to 1."""
        with QSignalBlocker(self.ghost):
            self.ghost.setValue(round(100 * share))

    def show_numbers(self) -> None:
        """Write the differences of the pair and the closures of all."""
        comparing = self._comparing
        self.table.show_numbers(comparing.pair, comparing.numbers)
        self.closure.setText(closure_text(comparing.numbers_by) if comparing.possible else "Add a side to compare it with side A.")

    def _other_avatars(self) -> list[tuple[str, Path]]:
        return [(name, path) for name, path in self._avatars() if path != self._state.avatar_path]

    # -- what the user does

    def begin(self) -> None:
        """Put another source against the one on show, unless there is one already."""
        if not self._comparing.possible:
            self.add_side()

    def add_side(self) -> None:
        """Put one more source against A: the most telling one that is not there yet."""
        used = {str(side.spec) for side in self._state.sides.values()}
        free = [choice.spec for choice in source_choices() if not choice.takes_argument and choice.spec not in used]
        wanted = [spec for spec in PREFERRED if spec in free] or free or ["visemes"]
        self._comparing.add(wanted[0])

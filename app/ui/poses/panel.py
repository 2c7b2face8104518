"""The panel of poses: search, the grid, how a pose is blended in, and what is done with the library."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFrame, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout

from app.core.regions import PARTS
from app.ui.kit.buttons import plain_button
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.flow import flowing
from app.ui.kit.number_row import NUMBER_STYLE, Number, NumberRow
from app.ui.poses.pose_grid import PoseGrid

#: how long a pose stands, usually: an expression that goes with a word
USUAL_MS = 600.0
_STRENGTH = "How much of the pose is blended in"
_LENGTH = "How long the pose stands round the cursor, with its soft edges; a marked stretch goes before it"
#: parts of the face as the picker calls them; "" is all of it
PARTS_OFFERED = {"Whole face": "", "Picked curves": "picked", **{f"Only the {part}": part for part in PARTS}}


class PosesPanel(QFrame):
    """A panel among the tools."""

    #: blend the pose of that name in
    blended = Signal(str)
    #: keep the present face
    save_wanted = Signal()
    renaming = Signal(str)
    removed = Signal(str)
    #: keep the mirror image of the pose of that name
    mirror_kept = Signal(str)
    import_wanted = Signal()
    #: name of the pose, "" for all of the user's own
    export_wanted = Signal(str)
    #: it came to be seen, or not
    seen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a pose")
        self.search.setAccessibleName("Find a pose")
        self.search.setClearButtonEnabled(True)
        self.part = QComboBox()
        self.part.setAccessibleName("Part of the face")
        self.part.setToolTip("What of the face is blended in, or saved")
        self.part.addItems(list(PARTS_OFFERED))
        self.grid = PoseGrid()
        self.strength = NumberRow(Number("Strength", _STRENGTH, 0.0, 1.0, 1.0, name_px=76, number_px=74))
        self.strength.set_value(1.0)
        self.length = QDoubleSpinBox()
        self.length.setRange(60.0, 10_000.0)
        self.length.setDecimals(0)
        self.length.setSingleStep(50.0)
        self.length.setSuffix(" ms")
        self.length.setValue(USUAL_MS)
        self.length.setAccessibleName("Length of a pose")
        self.length.setToolTip(_LENGTH)
        self.length.setStyleSheet(NUMBER_STYLE)
        self.length.setFixedWidth(66)
        self.blend = plain_button("Blend in", "Blend the chosen pose in at the cursor or over the marked stretch (Enter, double click)")
        self.mirror = plain_button("Mirror", "Blend poses in with left and right exchanged")
        self.mirror.setCheckable(True)
        self.save = plain_button("Save…", "Keep the face at the cursor as a pose")
        self.more = plain_button("More ▾", "Rename, delete, import, export")
        self.more.setPopupMode(self.more.ToolButtonPopupMode.InstantPopup)
        self.note = ElidedLabel()
        self.note.setObjectName("caption")
        self.note.hide()
        self._make_menu()
        self._lay_out()
        self._connect()

    def _make_menu(self) -> None:
        menu = QMenu(self)
        self.rename_action = menu.addAction("Rename…\tF2")
        self.delete_action = menu.addAction("Delete\tDel")
        self.mirror_action = menu.addAction("Keep mirror image")
        menu.addSeparator()
        self.import_action = menu.addAction("Import…")
        self.export_action = menu.addAction("Export pose…")
        self.export_all_action = menu.addAction("Export all of your own…")
        self.more.setMenu(menu)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 8, 8)
        column.setSpacing(6)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.search, 1)
        top.addWidget(self.part)
        column.addLayout(top)
        column.addWidget(self.grid, 1)
        column.addWidget(self.note)
        column.addWidget(self.strength)
        column.addLayout(flowing(self.blend, self.length, self.mirror, self.save, self.more))

    def _connect(self) -> None:
        grid = self.grid
        self.search.textChanged.connect(grid.filter)
        self.search.returnPressed.connect(self._choose_first)
        grid.blended.connect(self.blended)
        grid.removed.connect(self.removed)
        grid.renaming.connect(self.renaming)
        grid.currentItemChanged.connect(lambda *_: self.show_choice())
        grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        grid.customContextMenuRequested.connect(lambda place: self.more.menu().popup(grid.mapToGlobal(place)))
        self.mirror.toggled.connect(grid.set_mirrored)
        self.blend.clicked.connect(lambda: self.blended.emit(grid.chosen))
        self.save.clicked.connect(self.save_wanted)
        self.rename_action.triggered.connect(lambda: self.renaming.emit(grid.chosen))
        self.delete_action.triggered.connect(lambda: self.removed.emit(grid.chosen))
        self.mirror_action.triggered.connect(lambda: self.mirror_kept.emit(grid.chosen))
        self.import_action.triggered.connect(self.import_wanted)
        self.export_action.triggered.connect(lambda: self.export_wanted.emit(grid.chosen))
        self.export_all_action.triggered.connect(lambda: self.export_wanted.emit(""))

    @property
    def part_key(self) -> str:
        """The chosen part: a key of PARTS, ``picked``, or "" for all."""
        return PARTS_OFFERED[self.part.currentText()]

    def set_note(self, text: str) -> None:
        """What an animator should know about poses on this avatar, "" for nothing."""
        self.note.setText(text)
        self.note.setToolTip(text)
        self.note.setVisible(bool(text))

    def show_choice(self, is_own: bool | None = None) -> None:
        """Offer what can be done with the chosen pose.

        Args:
            is_own: whether it is one of the user's own; None to leave that as it is.
        """
        there = bool(self.grid.chosen)
        for action in (self.mirror_action, self.export_action):
            action.setEnabled(there)
        self.blend.setEnabled(there)
        if is_own is not None:
            self.rename_action.setEnabled(there and is_own)
            self.delete_action.setEnabled(there and is_own)

    def _choose_first(self) -> None:
        """Enter in the search goes on to the first pose that was found."""
        first = next((self.grid.item(i) for i in range(self.grid.count()) if not self.grid.item(i).isHidden()), None)
        if first is not None:
            self.grid.setCurrentItem(first)
            self.grid.setFocus()

    # -- Qt's own, last as everywhere

    def showEvent(self, event: QShowEvent) -> None:
        """Pictures are wanted."""
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """No more pictures are wanted."""
        super().hideEvent(event)
        self.seen.emit(False)

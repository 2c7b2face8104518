"""The dialog that lets a user say which shapes of a file make which channels, and see each of them on the face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.avatar.names.mapping import CHANNELS, LARGEST_WEIGHT, read_mapping, write_mapping
from app.avatar.vocabulary import Pull
from app.core.errors import AvatarError
from app.ui.kit import theme
from app.ui.kit.flow import flowing
from app.ui.kit.number_row import Number, NumberRow
from app.ui.shapes.draft import MappingDraft
from app.ui.shapes.target_list import TargetList

SIDES = {"whole face": "", "left side only": "left", "right side only": "right"}
_HOW = "Choose a shape of the file: the face shows it. Then say which channel or viseme it makes."


class ShapesDialog(QDialog):
    """Assigns targets to channels; nothing of the avatar changes before OK.

    Args:
        draft: of the avatar on show.
        try_on: shows target -> weight on the face and nothing else; None lets the face go on.
        parent: window.
    """

    def __init__(self, draft: MappingDraft, try_on: Callable[[Mapping[str, float] | None], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Shapes of {draft.avatar.name}")
        self.draft, self._try_on = draft, try_on
        self.targets = TargetList(draft.targets)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setAccessibleName("What there is to map")
        self.strength = NumberRow(Number("On the face", "How far the chosen shape is shown", default=1.0, name_px=84))
        self._make_channel()
        self._make_buttons()
        self._lay_out()
        self.targets.chosen.connect(self._target_chosen)
        self.strength.edited.connect(lambda _: self._show_target())
        self.finished.connect(lambda _: self._try_on(None))
        self.resize(640, min(720, self.screen().availableSize().height() - 60))
        self.refresh()

    # -- building

    def _make_channel(self) -> None:
        """What is assigned: to which channel, how much of it, on which side."""
        self.channel = QComboBox()
        self.channel.setAccessibleName("Channel or viseme")
        self.channel.setEditable(True)
        self.channel.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.channel.addItems(CHANNELS)
        completer = QCompleter(CHANNELS, self.channel)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.channel.setCompleter(completer)
        hint = "Of the shape, at the channel's full weight"
        self.weight = NumberRow(Number("Weight", hint, -LARGEST_WEIGHT, LARGEST_WEIGHT, 1.0, name_px=84, slider_steps=160))
        self.side = QComboBox()
        self.side.setAccessibleName("Side of the face")
        for words, side in SIDES.items():
            self.side.addItem(words, side)
        self.add = QPushButton("Add to the channel")
        self.instead = QPushButton("Make the channel of it alone")
        self.add.clicked.connect(lambda: self._assign(instead=False))
        self.instead.clicked.connect(lambda: self._assign(instead=True))
        self.recipe = QListWidget()
        self.recipe.setAccessibleName("What makes the channel")
        self.recipe.setMaximumHeight(72)
        self.recipe.setStyleSheet(f"QListWidget {{ background: {theme.PANEL}; border: 1px solid {theme.LINE}; }}")
        self.whole = QPushButton("Show the channel")
        self.whole.setToolTip("Everything that makes the channel, on the face")
        self.whole.clicked.connect(self._show_channel)
        self.remove = QPushButton("Take out")
        self.remove.setToolTip("The chosen shape takes no part in this channel any more")
        self.remove.clicked.connect(self._remove)
        self.leave = QPushButton("As the names say")
        self.leave.setToolTip("Give up what was assigned to this channel by hand")
        self.leave.clicked.connect(lambda: self._do(lambda: self.draft.leave(self.channel_name)))
        self.channel.currentTextChanged.connect(lambda _: self._write_channel())
        self.recipe.currentRowChanged.connect(lambda _: self._enable())

    def _make_buttons(self) -> None:
        self.undo, self.redo = QPushButton("Undo"), QPushButton("Redo")
        self.undo.clicked.connect(lambda: self._do(self.draft.undo))
        self.redo.clicked.connect(lambda: self._do(self.draft.redo))
        for keys, button in ((QKeySequence.StandardKey.Undo, self.undo), (QKeySequence.StandardKey.Redo, self.redo)):
            QShortcut(keys, self, button.click)
        self.take_in, self.give_out = QPushButton("Import…"), QPushButton("Export…")
        self.take_in.clicked.connect(self._ask_import)
        self.give_out.clicked.connect(self._ask_export)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Use and keep")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(self.note)
        column.addWidget(self.targets, 1)
        column.addWidget(self.strength)
        where = QHBoxLayout()
        makes = QLabel("Makes")
        makes.setFixedWidth(84)
        makes.setBuddy(self.channel)
        where.addWidget(makes)
        where.addWidget(self.channel, 1)
        where.addWidget(self.side)
        column.addLayout(where)
        column.addWidget(self.weight)
        column.addLayout(flowing(self.add, self.instead))
        column.addWidget(self.recipe)
        column.addLayout(flowing(self.whole, self.remove, self.leave))
        foot = QHBoxLayout()
        for button in (self.undo, self.redo, self.take_in, self.give_out):
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(self.buttons)
        column.addLayout(foot)

    # -- what is shown

    @property
    def channel_name(self) -> str:
        """The channel that is written in the box, "" for none of them."""
        text = self.channel.currentText().strip()
        return text if text in CHANNELS else ""

    def refresh(self) -> None:
        """Write what the draft says."""
        drives = self.draft.drives()
        idle = sum(facts.name not in drives for facts in self.draft.targets)
        self.note.setText(f"{len(self.draft.targets)} shapes, {idle} of them drive nothing. {_HOW}")
        self.targets.show_drives(drives)
        self._write_channel()

    def say(self, sentence: str) -> None:
        """Write a sentence above the list."""
        self.note.setText(sentence)

    def _write_channel(self) -> None:
        """What makes the channel, as it is and not as it was."""
        self.recipe.clear()
        for pull in self.draft.recipe(self.channel_name):
            item = QListWidgetItem(pull.words)
            item.setData(Qt.ItemDataRole.UserRole, pull.target)
            self.recipe.addItem(item)
        self._enable()

    def _enable(self) -> None:
        known, target = bool(self.channel_name), bool(self.targets.target)
        for button in (self.add, self.instead):
            button.setEnabled(known and target)
        self.whole.setEnabled(self.recipe.count() > 0)
        self.remove.setEnabled(self.recipe.currentRow() >= 0)
        self.leave.setEnabled(known and self.draft.by_hand(self.channel_name))
        self.undo.setEnabled(self.draft.can_undo)
        self.redo.setEnabled(self.draft.can_redo)

    def _target_chosen(self, target: str) -> None:
        drives = self.draft.drives().get(target, ())
        if drives:
            self.channel.setCurrentText(drives[0])
        self._enable()
        self._show_target()

    def _show_target(self) -> None:
        target = self.targets.target
        self._try_on({target: self.strength.value} if target else None)

    def _show_channel(self) -> None:
        weights: dict[str, float] = {}
        for pull in self.draft.recipe(self.channel_name):
            weights[pull.target] = weights.get(pull.target, 0.0) + pull.weight * self.strength.value
        self._try_on(weights)

    # -- what is done

    def _do(self, change: Callable[[], object]) -> None:
        change()
        self.refresh()

    def _assign(self, instead: bool) -> None:
        pull = Pull(self.targets.target, self.weight.value, self.side.currentData())
        self._do(lambda: self.draft.add(self.channel_name, pull, instead))

    def _remove(self) -> None:
        target = self.recipe.currentItem().data(Qt.ItemDataRole.UserRole)
        self._do(lambda: self.draft.remove(self.channel_name, target))

    def _ask_import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import a mapping", "", "Avatar mappings (*.json)")
        if not path:
            return
        try:
            self.draft.replace(read_mapping(Path(path)))
        except AvatarError as error:
            self.say(str(error))
            return
        self.refresh()

    def _ask_export(self) -> None:
        name = f"{self.draft.avatar.name}-mapping.json"
        path, _ = QFileDialog.getSaveFileName(self, "Export the mapping", name, "Avatar mappings (*.json)")
        if not path:
            return
        drives = self.draft.drives()
        chosen = Path(path)
        try:
            write_mapping(
                chosen if chosen.suffix else chosen.with_suffix(".json"), self.draft.mapping,
                [facts.name for facts in self.draft.targets if facts.name not in drives],
            )  # fmt: skip
        except AvatarError as error:
            self.say(str(error))

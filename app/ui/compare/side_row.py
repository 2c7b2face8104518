"""One side of the comparison in its panel: who moves it, whom it shows, and a way to see it alone or give it up."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QWidget

from app.lipsync.registry import source_choices
from app.ui.kit import theme
from app.ui.kit.file_filters import filter_of
from app.ui.kit.icons import icon
from app.ui.kit.picker import Picker
from app.ui.kit.sides import SIDE_COLOURS

_TRACK, _AVATAR = "ask track", "ask avatar"
_HINT = 3


def _letter_style(side: str) -> str:
    colour = SIDE_COLOURS[side]
    return (
        f"QToolButton {{ background: transparent; color: {colour}; border: 2px solid {colour}; border-radius: 4px; font-weight: 700;"
        f" min-width: 20px; min-height: 18px; padding: 0; }} QToolButton:checked, QToolButton:pressed {{ background: {colour};"
        f" color: {theme.INK}; }} QToolButton:disabled {{ color: {theme.FAINT}; border-color: {theme.LINE}; }}"
        f" QToolButton:focus {{ border-color: {theme.TEXT}; }}"
    )


class SideRow(QWidget):
    """Letter, source, avatar, and a cross.

    Args:
        side: ``A``, ``B`` or ``C``.
    """

    #: show this side alone, or everything again
    soloed = Signal()
    #: a source, as on the command line
    source_chosen = Signal(str)
    #: a file, or None for the avatar on show
    avatar_chosen = Signal(object)
    #: the button at the end was pressed: give this side up, or, on side A, add one
    removed = Signal()

    def __init__(self, side: str) -> None:
        super().__init__()
        self.side = side
        self.letter = QToolButton()
        self.letter.setText(side)
        self.letter.setCheckable(True)
        self.letter.setStyleSheet(_letter_style(side))
        self.letter.setAccessibleName(f"Side {side} alone")
        self.letter.setToolTip(f"Show side {side} alone, and back (Ctrl+{'ABC'.index(side) + 1})")
        self.letter.clicked.connect(self.soloed)
        self.source = Picker(f"Source of side {side}", f"Source of side {side}", 120)
        self.source.activated.connect(self._choose_source)
        self.avatar = Picker(f"Avatar of side {side}", f"Avatar of side {side}", 84)
        self.avatar.activated.connect(self._choose_avatar)
        self.remove = QToolButton()
        self.remove.setIcon(icon("cross", theme.DIM))
        self.remove.setAccessibleName(f"Give side {side} up")
        self.remove.setToolTip(f"Take side {side} out of the comparison")
        self.remove.clicked.connect(self.removed)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.letter)
        line.addWidget(self.source, 3)
        line.addWidget(self.avatar, 2)
        line.addWidget(self.remove)
        self.avatar.setVisible(side != "A")
        if side == "A":
            self._become_adder()
        self._spec = ""

    def _become_adder(self) -> None:
        """Side A is never given up: its button adds a side instead."""
        self.remove.setIcon(icon("plus", theme.TEXT))
        self.remove.setAccessibleName("Add a side")
        self.remove.setToolTip("Put another source against side A, up to three sides")

    def show_source(self, spec: str, known: tuple[tuple[str, str, str], ...] = ()) -> None:
        """List the sources and show which one is on.

        Args:
            spec: of the side.
            known: spec, label and hint of sources with an argument that can be chosen too.
        """
        self._spec = spec
        choices = [(choice.spec, choice.label, choice.about) for choice in source_choices() if not choice.takes_argument] + list(known)
        if all(spec != each for each, _, _ in choices):
            kind, _, argument = spec.partition(":")
            choices.append((spec, f"{kind.capitalize()}: {Path(argument).name}" if argument else spec, spec))
        self.source.clear()
        for each, label, about in choices:
            self.source.addItem(label, each)
            self.source.setItemData(self.source.count() - 1, about, _HINT)
        self.source.insertSeparator(self.source.count())
        self.source.addItem("Track file…", _TRACK)
        self.source.setCurrentIndex(self.source.findData(spec))

    def show_avatar(self, own: Path | None, others: list[tuple[str, Path]]) -> None:
        """List the avatars and show which one is on.

        Args:
            own: the side's own file, None for the avatar on show.
            others: name and file of avatars to choose from.
        """
        self.avatar.clear()
        self.avatar.addItem("Same avatar", None)
        known = list(others)
        if own is not None and all(own != path for _, path in known):
            known.append((own.stem, own))
        for name, path in known:
            self.avatar.addItem(name, path)
            self.avatar.setItemData(self.avatar.count() - 1, str(path), _HINT)
        self.avatar.insertSeparator(self.avatar.count())
        self.avatar.addItem("Open…", _AVATAR)
        self.avatar.setCurrentIndex(0 if own is None else next(i for i, (_, path) in enumerate(known, 1) if path == own))

    def _choose_source(self, index: int) -> None:
        chosen = self.source.itemData(index)
        if chosen == _TRACK:
            self.source.setCurrentIndex(self.source.findData(self._spec))
            path, _ = QFileDialog.getOpenFileName(self, f"Track for side {self.side}", "", filter_of("track"))
            chosen = f"file:{path}" if path else ""
        if chosen:
            self.source_chosen.emit(chosen)

    def _choose_avatar(self, index: int) -> None:
        chosen = self.avatar.itemData(index)
        if chosen == _AVATAR:
            path, _ = QFileDialog.getOpenFileName(self, f"Avatar for side {self.side}", "", filter_of("avatar"))
            if not path:
                self.avatar.setCurrentIndex(0)
                return
            chosen = Path(path)
        self.avatar_chosen.emit(chosen)

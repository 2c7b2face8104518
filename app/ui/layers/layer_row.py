"""One layer in its panel: its colour, which part of the face, from where, alone, on, away."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout

from app.core.layers import Layer
from app.core.source_spec import SourceSpec
from app.lipsync.layered import layer_title
from app.ui.kit import theme
from app.ui.kit.buttons import plain_button
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.icons import icon
from app.ui.kit.picker import Picker
from app.ui.layers.layer_words import ASK_FILE, LayerOffer, colour_of, motion_endings, region_choices, source_of_file

_HINT = 3


def dropped_file(event: QDragEnterEvent | QDropEvent) -> Path | None:
    """The one file of motion that is dragged, None for anything else."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].suffix.lower() in motion_endings() else None


class LayerRow(QFrame):
    """A row; what the user does is told with signals.

    Args:
        index: its place in the side's list, from below.
    """

    #: it was clicked: its numbers are wanted
    chosen = Signal()
    #: a part of the face: a tuple of regions
    where_chosen = Signal(object)
    #: a SourceSpec, or None for a file that is to be asked for
    source_chosen = Signal(object)
    #: whether it is to be seen alone
    soloed = Signal(bool)
    #: whether it acts
    switched = Signal(bool)
    removed = Signal()
    #: its source gave up: it is to begin again
    retried = Signal()

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index
        self.setAcceptDrops(True)
        self.setObjectName("layer")
        self.dot = QLabel("●")
        self.dot.setStyleSheet(f"color: {colour_of(index)}; background: transparent;")
        self.dot.setToolTip("Shapes of this layer have a dot of this colour in the curves")
        self.where = Picker(f"Part of layer {index + 1}", "Which part of the face", 92)
        self.where.activated.connect(lambda i: self.where_chosen.emit(tuple(self.where.itemData(i).split("+"))))
        self.source = Picker(f"Source of layer {index + 1}", "Where its motion comes from", 92)
        self.source.activated.connect(self._choose_source)
        self.solo = plain_button("S", "See this layer alone while the rest of the face rests")
        self.solo.setCheckable(True)
        self.solo.setAccessibleName(f"Layer {index + 1} alone")
        self.solo.setStyleSheet(
            f"{self.solo.styleSheet()} QToolButton {{ padding: 3px 6px; }} QToolButton:checked {{ background: {theme.WARNING};"
            f" color: {theme.INK}; }}"
        )
        self.solo.clicked.connect(self.soloed)
        self.on = QCheckBox()
        self.on.setAccessibleName(f"Layer {index + 1} acts")
        self.on.setToolTip("Off: its part of the face moves as what is below it")
        self.on.clicked.connect(self.switched)
        self.remove = QToolButton()
        self.remove.setIcon(icon("cross", theme.DIM))
        self.remove.setAccessibleName(f"Remove layer {index + 1}")
        self.remove.setToolTip("Remove this layer; its part goes back to what is below it")
        self.remove.clicked.connect(self.removed)
        self.fault = ElidedLabel()
        self.fault.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.again = plain_button("Try again", "Let the source of this layer begin again")
        self.again.clicked.connect(self.retried)
        self._spec = SourceSpec("")
        self._shown: object = None
        self._lay_out()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(5)
        line.addWidget(self.dot)
        line.addWidget(self.where, 4)
        line.addWidget(self.source, 5)
        for widget in (self.solo, self.on, self.remove):
            line.addWidget(widget)
        below = QHBoxLayout()
        below.setContentsMargins(18, 0, 0, 0)
        below.addWidget(self.fault, 1)
        below.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 4, 4)
        column.setSpacing(3)
        column.addLayout(line)
        column.addLayout(below)

    def show_layer(self, layer: Layer, offers: list[LayerOffer], *, solo: bool, picked: bool) -> None:
        """Show a layer as it is now.

        Args:
            layer: which.
            offers: what else it could show.
            solo: whether it is seen alone.
            picked: whether its numbers are on show.
        """
        shown = (layer, offers, solo, picked)
        if shown == self._shown:
            return  # a list that is open stays as it is
        self._shown, self._spec = shown, layer.source
        self.where.clear()
        for where, title in region_choices(layer):
            self.where.addItem(title, "+".join(where))
        self.where.setCurrentIndex(self.where.findData("+".join(layer.where)))
        self.source.clear()
        known = offers if any(offer.spec == layer.source for offer in offers) else [
            LayerOffer(layer.source, layer_title(layer.source), layer.source.argument), *offers,
        ]  # fmt: skip
        for offer in known:
            self.source.addItem(offer.label, str(offer.spec))
            self.source.setItemData(self.source.count() - 1, offer.hint, _HINT)
        self.source.insertSeparator(self.source.count())
        self.source.addItem("Track or take file…", ASK_FILE)
        self._show_source()
        with QSignalBlocker(self.solo), QSignalBlocker(self.on):
            self.solo.setChecked(solo)
            self.on.setChecked(layer.on)
        ground = theme.RAISED if picked else "transparent"
        self.setStyleSheet(f"QFrame#layer {{ background: {ground}; border-radius: 5px; }}")

    def show_state(self, fault: str, busy: bool) -> None:
        """Show why its motion is not there.

        Args:
            fault: a sentence, "" while nothing is wrong.
            busy: it is being made.
        """
        self.fault.setText(fault or ("Its motion is being made…" if busy else ""))
        colour = theme.WARNING if fault else theme.DIM
        self.fault.setStyleSheet(f"color: {colour}; background: transparent; font-size: {theme.SMALL_PX}px;")
        self.fault.setVisible(bool(self.fault.text()))
        self.again.setVisible(bool(fault))

    def _show_source(self) -> None:
        self.source.setCurrentIndex(self.source.findData(str(self._spec)))

    def _choose_source(self, index: int) -> None:
        words = self.source.itemData(index)
        self._show_source()
        if words:
            self.source_chosen.emit(None if words == ASK_FILE else SourceSpec.parse(words))

    # -- Qt's own, last as everywhere

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Its numbers are wanted."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()
        super().mousePressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A track or a take can be dropped here."""
        if dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Its motion comes from the file from now on."""
        path = dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.source_chosen.emit(source_of_file(path))

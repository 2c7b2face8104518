"""The panel of a side's layers: a row for each, the upper ones above, and the numbers of the chosen one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget

from app.core.layers import MOST_GAIN, USUAL_FADE_S, Layer
from app.ui.kit.buttons import plain_button
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.number_row import Number, NumberRow
from app.ui.layers.layer_row import LayerRow, dropped_file
from app.ui.layers.layer_words import LayerOffer, region_choices, source_of_file

HOW = (
    "Take a part of this face from another source: press Add, or right-click the curves and choose"
    " “Replace only the lips of this motion”. A track or a take can be dropped here."
)
#: Alt and an arrow move the chosen layer in time by so much, with Shift by the second
NUDGES_MS = (10.0, 1.0)
_OFFSET = "Later is positive; Alt and ← or → nudge it by 10 ms, with Shift by 1 ms"
_FADE = "How long the layer takes over and gives back, at the ends of its stretch and where its motion ends earlier than the sound"


def _row(name: str, hint: str, *, low: float, high: float, usual: float, unit: str = " ms") -> NumberRow:
    decimals, steps = (0, 200) if unit else (2, 200)
    return NumberRow(Number(name, hint, low, high, usual, unit, decimals, slider_steps=steps, name_px=76, number_px=74))


class LayersPanel(QFrame):
    """A panel among the tools."""

    #: place of the layer, field of Layer, value, gesture (0 for a step of its own)
    changed = Signal(int, str, object, int)
    #: place of the layer, SourceSpec, or None for a file that is to be asked for
    source_chosen = Signal(int, object)
    #: regions, SourceSpec: one more layer
    added = Signal(object, object)
    #: place of the layer, -1 for all
    soloed = Signal(int)
    removed = Signal(int)
    retried = Signal(int)
    #: place of the layer: act in the loop's stretch only, or in all of the sound
    spanned = Signal(int, bool)
    #: the menu that adds a layer is to be filled
    menu_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAcceptDrops(True)
        self.rows: list[LayerRow] = []
        self._layers: tuple[Layer, ...] = ()
        self._offers: list[LayerOffer] = []
        self._picked = -1
        self.head = ElidedLabel()
        self.head.setObjectName("heading")
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(lambda: self.menu_wanted.emit(self.menu))
        self.add = plain_button("Add", "Take a part of this face from another source")
        self.add.setMenu(self.menu)
        self.add.setPopupMode(self.add.ToolButtonPopupMode.InstantPopup)
        self.how = QLabel(HOW)
        self.how.setObjectName("caption")
        self.how.setWordWrap(True)
        self.gain = _row("Gain", "Factor on the layer's weights and angles", low=0.0, high=MOST_GAIN, usual=1.0, unit="")
        self.offset = _row("Offset", _OFFSET, low=-1000.0, high=1000.0, usual=0.0)
        self.fade = _row("Crossfade", _FADE, low=0.0, high=1000.0, usual=1e3 * USUAL_FADE_S)
        self.span = QCheckBox()
        self.span.setToolTip("The layer acts between the in and out points alone ([ and ] set them)")
        self.span.clicked.connect(lambda on: self.spanned.emit(self._picked, on))
        for row, name, scale in ((self.gain, "gain", 1.0), (self.offset, "offset_s", 1e-3), (self.fade, "fade_s", 1e-3)):
            row.edited.connect(lambda value, r=row, n=name, k=scale: self.changed.emit(self._picked, n, value * k, r.gesture))
        self._lay_out()
        self.show_layers((), [], -1)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.head)
        top.addStretch(1)
        top.addWidget(self.add)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(2)
        inside = QWidget()
        inside.setObjectName("panel")
        self.numbers = QWidget()
        below = QVBoxLayout(self.numbers)
        below.setContentsMargins(6, 6, 0, 0)
        below.setSpacing(4)
        for widget in (self.gain, self.offset, self.fade, self.span):
            below.addWidget(widget)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(4)
        column.addLayout(self._list)
        column.addWidget(self.numbers)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setStyleSheet("QScrollArea { background: transparent; } QWidget#panel { background: transparent; }")
        scroll.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 10, 8, 8)
        whole.setSpacing(6)
        whole.addLayout(top)
        whole.addWidget(self.how)
        whole.addWidget(scroll, 1)

    # -- what is shown

    @property
    def picked(self) -> int:
        """The place of the layer whose numbers are on show, -1 for none."""
        return self._picked

    def show_layers(self, layers: tuple[Layer, ...], offers: list[LayerOffer], solo: int) -> None:
        """Show a side's layers; a new one is picked.

        Args:
            layers: the lowest first.
            offers: what they could show.
            solo: place of the one that is seen alone, -1 for none.
        """
        grown = len(layers) > len(self._layers)
        self._layers, self._offers = layers, offers
        self._picked = len(layers) - 1 if grown else min(self._picked, len(layers) - 1)
        if self._picked < 0 and layers:
            self._picked = len(layers) - 1
        while len(self.rows) > len(layers):
            row = self.rows.pop()
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(layers):
            self._list.insertWidget(0, self._new_row(len(self.rows)))
        for row, layer in zip(self.rows, layers, strict=True):
            row.show_layer(layer, offers, solo=row.index == solo, picked=row.index == self._picked)
        self.how.setVisible(not layers)
        self._show_numbers()

    def show_state(self, index: int, fault: str, busy: bool) -> None:
        """Show how far a layer's motion is; see LayerRow.show_state."""
        self.rows[index].show_state(fault, busy)

    def _new_row(self, index: int) -> LayerRow:
        row = LayerRow(index)
        row.chosen.connect(lambda: self.pick(index))
        row.where_chosen.connect(lambda where: self.changed.emit(index, "where", where, 0))
        row.source_chosen.connect(lambda source: self.source_chosen.emit(index, source))
        row.soloed.connect(lambda on: self.soloed.emit(index if on else -1))
        row.switched.connect(lambda on: self.changed.emit(index, "on", on, 0))
        row.removed.connect(lambda: self.removed.emit(index))
        row.retried.connect(lambda: self.retried.emit(index))
        self.rows.append(row)
        return row

    def pick(self, index: int) -> None:
        """Show the numbers of another layer."""
        self._picked = index
        for row, layer in zip(self.rows, self._layers, strict=True):
            row.show_layer(layer, self._offers, solo=row.solo.isChecked(), picked=row.index == index)
        self._show_numbers()

    def _show_numbers(self) -> None:
        self.numbers.setVisible(self._picked >= 0)
        if self._picked < 0:
            return
        layer = self._layers[self._picked]
        for row, value in ((self.gain, layer.gain), (self.offset, 1e3 * layer.offset_s), (self.fade, 1e3 * layer.fade_s)):
            row.set_value(value)
        span = layer.span_s
        self.span.setChecked(span is not None)
        self.span.setText("Only from in to out point" if span is None else f"Only from {span[0]:.2f} to {span[1]:.2f} s")

    # -- Qt's own, last as everywhere

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt and an arrow nudge the chosen layer in time."""
        direction = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not direction or not event.modifiers() & Qt.KeyboardModifier.AltModifier or self._picked < 0:
            super().keyPressEvent(event)
            return
        step_ms = NUDGES_MS[bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)]
        wanted = min(max(1e3 * self._layers[self._picked].offset_s + direction * step_ms, -1000.0), 1000.0)
        self.changed.emit(self._picked, "offset_s", wanted / 1e3, 1)
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A track or a take can be dropped here."""
        if dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask which part of the face comes from the file."""
        path = dropped_file(event)
        if path is None:
            return
        event.acceptProposedAction()
        menu = QMenu(self)
        for where, title in region_choices():
            menu.addAction(f"{title} from {path.name}", partial(self.added.emit, where, source_of_file(path)))
        place: QPoint = self.mapToGlobal(event.position().toPoint())
        menu.popup(place)

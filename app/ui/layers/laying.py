"""Carries out what is done with layers, in their panel and in the menus, and shows how they stand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.core.errors import PreviewError
from app.core.layers import HEAD_ANGLES, LIVE
from app.core.source_spec import SourceSpec
from app.lipsync.layered import layer_title
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.live.incoming import Incoming
from app.session.motion.layers import Layers
from app.session.state import State
from app.ui.curves.curves import CurvesPanel
from app.ui.kit.side_tabs import SideTabs
from app.ui.layers.layer_menu import fill_layer_menu, fill_sources
from app.ui.layers.layer_words import LayerOffers, colour_of, source_of_file
from app.ui.layers.layers_panel import LayersPanel


class Laying(QObject):
    """Stands between the session's layers, their panel, the curves and the menus; what is done is done to the side on show.

    Args:
        panel: shows the layers.
        tabs: among which it stands.
        curves: mark whose shapes are whose.
        offers: what layers can show.
        state: the side on show.
        layers: of the sides.
        playback: its loop is the stretch of a layer.
        messages: told what cannot be done.
        asks_file: asks for a track or a take, None when nothing is chosen.
        incoming: the live face.
    """

    #: a layer turns the head: the head of the track is to be followed
    head_wanted = Signal()
    #: a layer shows the live face: faces from outside are to be heard
    live_wanted = Signal()
    #: a layer was laid by a menu: the panel is to be seen
    wanted = Signal()

    def __init__(
        self, panel: LayersPanel, tabs: SideTabs, curves: CurvesPanel, offers: LayerOffers, *, state: State, layers: Layers,
        playback: Playback, messages: Messages, asks_file: Callable[[], Path | None], incoming: Incoming,
    ) -> None:  # fmt: skip
        super().__init__(panel)
        self._incoming = incoming
        self._panel, self._tabs, self._curves, self._offers = panel, tabs, curves, offers
        self._state, self._layers, self._playback, self._messages, self._asks_file = state, layers, playback, messages, asks_file
        panel.changed.connect(self.change)
        panel.source_chosen.connect(self.set_source)
        panel.added.connect(self.lay)
        panel.soloed.connect(lambda index: layers.set_solo(state.shown, index))
        panel.removed.connect(lambda index: layers.remove(state.shown, index))
        panel.retried.connect(self.try_again)
        panel.spanned.connect(self.set_span)
        panel.menu_wanted.connect(self.fill)
        curves.menu_wanted.connect(self.offer)

    # -- what is shown

    def show(self, *_: object) -> None:
        """Show the layers of the side on show."""
        side, layers = self._state.shown_side, self._layers
        self._panel.show_layers(side.layers, self._offers.of(side.name), layers.solo_of(side.name))
        self.show_rest()
        for index in range(len(side.layers)):
            fault = self._live_fault() if side.layers[index].source == LIVE else layers.fault_of(side.name, index)
            self._panel.show_state(index, fault, layers.is_busy(side.name, index))
        n = sum(layer.on for layer in side.layers)
        self._tabs.setTabText(self._tabs.indexOf(self._panel), f"Layers ({n})" if n else "Layers")
        self._mark()

    def show_rest(self, *_: object) -> None:
        """Say what moves the rest of the face on show."""
        side = self._state.shown_side
        rest = side.own.label.removeprefix("File: ") if side.own is not None and not side.kept else layer_title(side.spec)
        self._panel.head.setText(f"Side {side.name}: {'the rest' if side.layers else 'all'} from {rest}")

    def _live_fault(self) -> str:
        """Why no live face is seen, in a sentence, or ""."""
        incoming = self._incoming
        if not incoming.active:
            return "No face is listened for; press here to begin."
        return "" if incoming.newest is not None and not incoming.is_lost else "No face comes in; the one below shows."

    def _mark(self) -> None:
        """Shapes that come from a layer have its colour in the curves."""
        side = self._state.shown_side
        marks: dict[str, tuple[str, str]] = {}
        for index, layer in enumerate(side.layers):
            if layer.on and not side.kept:
                marks |= dict.fromkeys(layer.channels, (colour_of(index), f"From the layer “{layer_title(layer.source)}”."))
        self._curves.set_marks(marks)

    # -- what the user does

    def try_again(self, index: int) -> None:
        """Let the source of a layer that gave up begin again."""
        if self._layers.of(self._state.shown)[index].source == LIVE:
            self.live_wanted.emit()
        else:
            self._layers.try_again(self._state.shown, index)

    def lay(self, where: tuple[str, ...], source: SourceSpec | None) -> None:
        """Take a part of the face on show from a source, or from a file that is asked for."""
        chosen = self._asked(source)
        if chosen is not None:
            self._layers.lay(self._state.shown, where, chosen)
            self._follow_head()
            self.wanted.emit()

    def set_source(self, index: int, source: SourceSpec | None) -> None:
        """Give a layer another source, or a file that is asked for."""
        chosen = self._asked(source)
        if chosen is not None:
            self._layers.change(self._state.shown, index, "", source=chosen)

    def change(self, index: int, field: str, value: object, gesture: int) -> None:
        """Change a field of a layer; a field that is left because its layer was removed changes nothing any more."""
        if index >= len(self._layers.of(self._state.shown)):
            return
        try:
            self._layers.change(self._state.shown, index, f"{field} {gesture}" if gesture else "", **{field: value})
        except PreviewError as error:
            self._messages.fail(str(error))
        self._follow_head()

    def set_span(self, index: int, on: bool) -> None:
        """Let a layer act between the in and out points alone, or everywhere."""
        loop = self._playback.loop
        if on and loop is None:
            self._messages.fail("Set the in and the out point first ([ and ]); the layer then acts between them.")
            self.show()
            return
        self.change(index, "span_s", loop if on else None, 0)

    def fill(self, menu: QMenu) -> None:
        """Fill a menu with all that can be taken from somewhere for the side on show."""
        menu.clear()
        fill_layer_menu(menu, self._offers.of(self._state.shown), self.lay)

    def fill_lips(self, menu: QMenu) -> None:
        """Fill the menu that replaces only the lips."""
        menu.clear()
        fill_sources(menu, self._offers.of(self._state.shown), partial(self.lay, ("lips",)))

    def offer(self, place: QPoint) -> None:
        """Open that menu."""
        menu = QMenu(self._panel)
        self.fill(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def offer_for(self, widget: QWidget, side: str, place: QPoint) -> None:
        """Open the menu for a side that is named somewhere; it is shown, so that one sees what happens.

        Args:
            widget: was clicked.
            side: whose name stands there.
            place: within it.
        """
        if self._state.shown != side:
            self._state.show(side)
        self.offer(widget.mapToGlobal(place))

    # -- inside

    def _asked(self, source: SourceSpec | None) -> SourceSpec | None:
        if source is None:
            path = self._asks_file()
            source = None if path is None else source_of_file(path)
        if source == LIVE:
            self.live_wanted.emit()
        if source is not None:
            self._offers.remember(source)
        return source

    def _follow_head(self) -> None:
        if any(layer.on and set(layer.angles) & set(HEAD_ANGLES) for layer in self._state.shown_side.layers):
            self.head_wanted.emit()

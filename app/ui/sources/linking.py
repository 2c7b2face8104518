"""Servers in the window: the dialog, the panel, the dot, and the question when one is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from app.lipsync.feeling import default_source
from app.remote.link.addresses import host_of
from app.ui.sources.link_panel import LinkDot, LinkPanel
from app.ui.sources.remote_dialog import RemoteDialog
from app.ui.sources.speak_bar import KnownSource

if TYPE_CHECKING:
    from app.ui.window.main_window import MainWindow

#: place in the status bar: after activity, bar and cross
_BEFORE_FIGURES = 3
_REAL, _MOCK = "Motion made by this server.", "This server moves the mouth without listening."


class LinkParts(QObject):
    """Everything about servers that the window shows.

    Args:
        window: built, with its menus.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        session = self._session = window.session
        self.servers = session.links.servers
        self.panel = LinkPanel(session.links)
        self.panel.hide()
        self.dot = LinkDot(session.links)
        window.status.insertPermanentWidget(_BEFORE_FIGURES, self.dot)
        self.dot.hide()
        self.dot.clicked.connect(self.show_panel)
        self.panel.change_wanted.connect(self.ask)
        window.speak_bar.source_wanted.connect(self._wanted)
        session.links.changed.connect(self._link_changed)
        session.links.lost.connect(self._offer)
        session.links.found.connect(self._withdraw)
        session.live.named.connect(window.show_source_tag)
        self.servers.changed.connect(self._list)
        self.servers.key_kept.connect(self._tell_key)
        self.servers.restore(window.settings.servers)
        self._place()

    # -- what is shown

    def _list(self) -> None:
        """Let the picker offer the servers that are known, and the settings keep them."""
        known, label = self.servers.known, self.servers.label
        offered = tuple(KnownSource(spec, label(spec), _MOCK if mode == "mock" else _REAL) for spec, mode in known.items())
        self._window.speak_bar.set_known("servers", offered)
        self._window.settings.servers = dict(known)

    def _place(self) -> None:
        """The tab is there as long as a server moves something."""
        side, wanted = self._window.side, bool(self._session.links.remote_sides)
        index = side.indexOf(self.panel)
        if wanted and index < 0:
            side.addTab(self.panel, "Link")
        elif not wanted and index >= 0:
            side.removeTab(index)

    def show_panel(self) -> None:
        """Bring the figures to the front."""
        self._window.actions_by_name["curves"].setChecked(True)
        self._window.side.open(self.panel)
        self.panel.refresh()

    def _link_changed(self, slot_name: str) -> None:
        self._place()
        slot, status = self._session.state.sides.get(slot_name), self._session.links.statuses.get(slot_name)
        if slot is not None and status is not None and slot.abilities.is_linked and status.healthy and status.server:
            self.servers.remember(str(slot.spec), status.mock)

    # -- choosing a server

    def _wanted(self, kind: str) -> None:
        if kind == "remote":
            self.ask()

    def ask(self) -> None:
        """Ask for a server, and let it move what is shown."""
        side = self._session.state.shown_side
        dialog = RemoteDialog(self.servers, str(side.spec) if side.abilities.is_linked else "", self._window)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        found, key = dialog.found, dialog.key.text().strip()
        dialog.deleteLater()
        if not accepted or found is None:
            return
        if key:
            self.servers.keep_key(found.spec, key)
        self.servers.remember(found.spec, found.status.mock)
        self._window.choose_source(found.spec)

    def _tell_key(self, place: str) -> None:
        if place == "session":
            self._session.messages.tell(
                "There is no keyring to keep the key in, so it is used until the program closes and then forgotten."
            )

    # -- a server that is lost

    def _offer(self, slot: str, sentence: str) -> None:
        """Say it, and ask what to do; nothing else moves the face before somebody has decided."""
        session = self._session
        local = str(default_source())
        actions: list[tuple[str, Callable[[], object]]] = []
        if not session.live.active or local.startswith("a2f"):
            words = "Use the local network" if local.startswith("a2f") else "Use visemes"
            actions.append((words, lambda: self._use(slot, local)))
        if session.live.active:
            actions.append(("Stop live", session.live.stop))
        else:
            actions.append(("Use mock", lambda: self._use(slot, "mock")))
        actions.append(("Keep trying", lambda: session.motion.try_again(slot)))
        if session.state.sides[slot].failed:
            actions.append(("Change the server…", self.ask))
        self._window.preview.banner.offer(sentence, tuple(actions))

    def _use(self, slot: str, spec: str) -> None:
        """Another source for this slot, until further notice: the server stays the one that is remembered."""
        if slot in self._session.state.sides:
            self._session.sources.choose(slot, spec)

    def _withdraw(self, slot_name: str) -> None:
        slot, status = self._session.state.sides.get(slot_name), self._session.links.statuses.get(slot_name)
        if self._window.preview.banner.withdraw() and slot is not None and status is not None and status.healthy:
            self._window.preview.banner.show_notice(f"The server {host_of(str(slot.spec))} is back; the motion goes on.")

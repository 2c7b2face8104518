"""Servers in the window: the dialog, the panel, the dot, and the question when one is lost."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from app.lipsync.feeling import default_source
from app.lipsync.registry import abilities_of
from app.remote.link.addresses import host_of
from app.session.base.messages import Messages
from app.session.compare.dual import Dual
from app.session.link.links import Links
from app.session.live.live import Live
from app.session.motion.motion import Motion
from app.session.motion.sources import Sources
from app.session.state import State
from app.settings import SourceSettings
from app.ui.kit.banner import Banner
from app.ui.kit.side_tabs import SideTabs
from app.ui.sources.link_panel import LinkPanel
from app.ui.sources.remote_dialog import RemoteDialog
from app.ui.sources.source_choice import SourceChoice
from app.ui.sources.speak_bar import KnownSource, SpeakBar

_REAL, _MOCK = "Motion made by this server.", "This server moves the mouth without listening."


class ServerOffers(QObject):
    """The servers that the picker of sources has, and the dialog that asks for one.

    Args:
        bar: its picker offers them.
        choice: lets one move what is shown.
        settings: remember them.
        state: says which is in use.
        links: know the servers.
        messages: told where a key is.
        window: parent of the dialog.
    """

    def __init__(
        self, bar: SpeakBar, choice: SourceChoice, settings: SourceSettings, *, state: State, links: Links, messages: Messages,
        window: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(bar)
        self._bar, self._choice, self._settings = bar, choice, settings
        self._state, self._links, self._messages, self._window = state, links, messages, window
        self.servers = links.servers

    def restore(self) -> None:
        """Offer the servers that were used before."""
        self.servers.restore(self._settings.servers, self._settings.trusted)

    def refresh(self) -> None:
        """Let the picker offer the servers that are known, and the settings keep them."""
        known, label = self.servers.known, self.servers.label
        offered = tuple(KnownSource(spec, label(spec), _MOCK if mode == "mock" else _REAL) for spec, mode in known.items())
        self._bar.set_known("servers", offered)
        self._settings.servers, self._settings.trusted = dict(known), self.servers.trusted

    def learn(self, name: str) -> None:
        """A side's link changed: a server that answers well is remembered."""
        side, status = self._state.sides.get(name), self._links.statuses.get(name)
        if side is not None and status is not None and side.abilities.is_linked and status.healthy and status.server:
            self.servers.remember(str(side.spec), status.mock)

    def ask(self) -> None:
        """Ask for a server, and let it move what is shown."""
        side = self._state.shown_side
        dialog = RemoteDialog(self.servers, str(side.spec) if side.abilities.is_linked else "", self._window)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        found, key = dialog.found, dialog.key.text().strip()
        dialog.deleteLater()
        if not accepted or found is None:
            return
        if key:
            self.servers.keep_key(found.spec, key)
        self.servers.remember(found.spec, found.status.mock)
        self._choice.choose(found.spec)

    def tell_key(self, place: str) -> None:
        """Say where a key is kept, where that is not in the keyring."""
        if place == "session":
            self._messages.tell("There is no keyring to keep the key in, so it is used until the program closes and then forgotten.")


class LinkWatch(QObject):
    """The tab of the links, and the question when a server is lost.

    Args:
        panel: figures of the links.
        side: has the panel as a tab as long as a server moves something.
        banner: asks.
        offers: ask for another server.
        state: whose sides are moved.
        links: tell of servers.
        live: may be moved by a server too.
        motion: tries again.
        sources: change who moves a side.
        dual: may have decided beforehand what moves the face then.
    """

    def __init__(
        self, panel: LinkPanel, side: SideTabs, banner: Banner, offers: ServerOffers, *, state: State, links: Links, live: Live,
        motion: Motion, sources: Sources, dual: Dual,
    ) -> None:  # fmt: skip
        super().__init__(panel)
        self._dual = dual
        self._panel, self._side, self._banner, self._offers = panel, side, banner, offers
        self._state, self._links, self._live, self._motion, self._sources = state, links, live, motion, sources

    def place(self, *_: object) -> None:
        """The tab is there as long as a server moves something."""
        wanted, index = bool(self._links.remote_sides), self._side.indexOf(self._panel)
        if wanted and index < 0:
            self._side.addTab(self._panel, "Link")
        elif not wanted and index >= 0:
            self._side.removeTab(index)

    def show(self) -> None:
        """Bring the figures to the front."""
        self._side.open(self._panel)
        self._panel.refresh()

    def offer(self, side: str, sentence: str) -> None:
        """Say that a server is lost, and ask what to do; nothing else moves the face before somebody has decided."""
        if self._stands_in(side):
            what = sentence.partition(". ")[0].removesuffix(".")
            self._banner.show_notice(f"{what}. The sound goes on, and visemes move the face until it is back.")
            return
        local, live = str(default_source()), self._live
        has_network = abilities_of(local).is_own_network
        actions: list[tuple[str, Callable[[], object]]] = []
        if not live.hears_microphone or has_network:
            words = "Use the local network" if has_network else "Use visemes"
            actions.append((words, lambda: self._use(side, local)))
        if live.hears_microphone:
            actions.append(("Stop live", live.stop))
        else:
            actions.append(("Use mock", lambda: self._use(side, "mock")))
        actions.append(("Keep trying", lambda: self._motion.try_again(side)))
        if self._state.sides[side].failed:
            actions.append(("Change the server…", self._offers.ask))
        self._banner.offer(sentence, tuple(actions), "server")

    def _stands_in(self, side: str) -> bool:
        """Whether visemes take over from this side by themselves, so that there is nothing to ask."""
        return self._dual.mode == "dual" and side == "B" and not self._live.hears_microphone and not self._state.sides[side].failed

    def _use(self, side: str, spec: str) -> None:
        """Another source for this side, until further notice: the server stays the one that is remembered."""
        if side in self._state.sides:
            self._sources.choose(side, spec)

    def withdraw(self, name: str) -> None:
        """The server is back: there is nothing to decide any more."""
        side, status = self._state.sides.get(name), self._links.statuses.get(name)
        if (self._banner.withdraw("server") or self._stands_in(name)) and side is not None and status is not None and status.healthy:
            self._banner.show_success(f"The server {host_of(str(side.spec))} is back; the motion goes on.")

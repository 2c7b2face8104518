"""Live faces in the window: what the panel, the commands and the signs do."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.core.errors import StreamingError
from app.core.source_spec import SourceSpec
from app.session.live.incoming import Incoming
from app.session.live.live import Live
from app.session.live.take_files import FaceTake
from app.session.live.taking import Taking
from app.session.motion.sources import Sources
from app.session.speech.speeches import Speeches
from app.session.state import State
from app.session.streaming.live_out import ChosenReceiver, LiveOut
from app.settings import LiveSettings, ReceiverSettings
from app.streaming.address import Address
from app.ui.kit.banner import Banner
from app.ui.live.panel import LivePanel


class LiveFaces(QObject):
    """Lets the panel work, opens what was recorded, and remembers receivers and ports.

    Args:
        panel: is shown.
        banner: offers what was recorded.
        actions: the commands that show what is live.
        settings: remember.
        live_out: sends.
        incoming: listens.
        taking: records.
        live: is moved.
        state: has the side on show.
        sources: open tracks.
        speeches: open sounds.
        opens: bring the panel to the front.
    """

    def __init__(
        self, panel: LivePanel, banner: Banner, actions: dict[str, QAction], settings: LiveSettings, *, live_out: LiveOut,
        incoming: Incoming, taking: Taking, live: Live, state: State, sources: Sources, speeches: Speeches, opens: Callable[[], object],
    ) -> None:  # fmt: skip
        super().__init__(panel)
        self._panel, self._banner, self._actions, self._settings = panel, banner, actions, settings
        self._out, self._incoming, self._taking, self._live = live_out, incoming, taking, live
        self._state, self._sources, self._speeches, self._opens = state, sources, speeches, opens
        panel.out.toggled.connect(live_out.toggle)
        panel.out.refused.connect(banner.show_error)
        panel.into.toggled.connect(incoming.toggle)
        panel.into.followed.connect(live.follow)
        panel.take.toggled.connect(taking.toggle)
        for changed in (live_out.changed, incoming.toggled, taking.changed):
            changed.connect(self._show)
        incoming.toggled.connect(lambda on: self._find_host() if on else None)
        taking.recorded.connect(self.offer)

    # -- commands

    def open(self, *_: object) -> None:
        """Show the panel."""
        self._opens()

    def stop_live(self) -> None:
        """End what moves the live face: the microphone, or the stream with its port."""
        if self._live.follows_stream:
            self._incoming.stop()
        else:
            self._live.stop()

    def offer(self, take: FaceTake) -> None:
        """A take was written: say so, and open it at a press."""
        name = self._state.shown
        sentence = f"Recorded {take.duration_s:.1f} s of {take.subject} as {take.track.name}. {' '.join(take.notes)}".strip()
        self._banner.show_success(sentence, f"Show on side {name}", lambda: self.show_take(take, name))

    def show_take(self, take: FaceTake, name: str) -> None:
        """Let a take move a side, with its sound where it has one; the clip then shows it.

        Args:
            take: was recorded.
            name: of the side.
        """
        self._live.stop()
        if take.sound is not None:
            self._speeches.open(take.sound)
        elif self._state.speech is None or name == "A":
            self._sources.open_track(take.track)
            return
        self._sources.choose(name if name in self._state.sides else "A", SourceSpec("file", str(take.track)))

    # -- what is remembered

    def restore(self) -> None:
        """Put receivers and ports back; nothing is sent and nothing is listened to before somebody asks for it."""
        settings, receivers = self._settings, []
        for kept in settings.receivers:
            with suppress(StreamingError):
                receivers.append(ChosenReceiver(Address.parse(kept.address), kept.on))
        self._out.set_subject(settings.subject)
        self._out.set_life(settings.life)
        self._out.set_names(settings.names)
        self._out.set_receivers(tuple(dict.fromkeys(receivers)))
        self._incoming.listen_at(settings.wire, settings.port, settings.host)
        self._incoming.want(settings.follow)
        self._taking.with_sound = settings.sound
        self._panel.out.refresh()
        self._panel.into.refresh()
        self._panel.take.refresh()

    def note(self) -> None:
        """Take down what is remembered."""
        settings, incoming = self._settings, self._incoming
        settings.receivers = [ReceiverSettings(str(receiver.address), receiver.on) for receiver in self._out.chosen]
        settings.subject, settings.life, settings.names = self._out.subject, self._out.with_life, self._out.names
        settings.wire, settings.port, settings.host, settings.follow = incoming.wire, incoming.port, incoming.host, incoming.wanted
        settings.sound = self._taking.with_sound

    # -- inside

    def _show(self, *_: object) -> None:
        """The commands are checked while what they do is on."""
        for name, on in (("live_out", self._out.active), ("live_in", self._incoming.active), ("record_face", self._taking.recording)):
            self._actions[name].setChecked(on)

    def _find_host(self) -> None:
        self._panel.into.host = own_host()
        self._panel.into.refresh()


def own_host() -> str:
    """The address at which other machines reach this one, as far as it knows; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            # an address for documentation (RFC 5737): connecting a datagram socket only picks the network that leads there
            asked.connect(("192.0.2.1", 9))
            return str(asked.getsockname()[0])
        except OSError:
            return "127.0.0.1"

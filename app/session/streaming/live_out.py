"""Live out: what is shown goes to other programs, while it plays, stands still, is scrubbed, or follows a live face."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from app.core.errors import StreamingError
from app.core.hosts import is_loopback
from app.session.base.media_place import MediaPlace, place_of
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.workers import Job, Workers
from app.session.pose.posing import Posing
from app.session.streaming.sampler import FaceSampler
from app.streaming.address import Address
from app.streaming.broadcast import Broadcast, StreamOptions
from app.streaming.tally import ReceiverCounters
from app.streaming.wires import NameStyle

#: faces a second
RATE = 60.0
_IMPORTS = "live out"
#: of a token that others join with
_TOKEN_BYTES = 9
SUBJECT = "VisemeSync"


@dataclass(frozen=True)
class ChosenReceiver:
    """A program in the list.

    Attributes:
        address: where it is.
        on: whether it is sent to.
    """

    address: Address
    on: bool = True


class LiveOut(QObject):
    """Publishes what is shown, and lets a broadcast send it on a thread of its own.

    The broadcast asks for a face sixty times a second and gets it from what was published last, moved on by the time that has passed
    since; a window that is busy for a while costs no frame.

    Args:
        posing: knows what is shown.
        playback: knows where it plays.
        messages: told what cannot be sent to.
        parent: the session.

    Attributes:
        chosen: where to, in the user's order.
        subject: whose face it is, as receivers call it.
        with_life: whether idle life of the avatar is sent too.
        names: how shapes are called, for VMC.
        token: that clients of our WebSocket have to say, another one at every start; "" while only this machine can join.
    """

    #: it began or ended, or the receivers are others
    changed = Signal()

    def __init__(self, posing: Posing, playback: Playback, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chosen: tuple[ChosenReceiver, ...] = ()
        self.subject, self.with_life, self.token = SUBJECT, False, ""
        self.names: NameStyle = "PascalCase"
        self._posing, self._playback, self._messages = posing, playback, messages
        self._sampler = FaceSampler()
        self._place: MediaPlace | None = None
        self._broadcast: Broadcast | None = None
        self._workers, self._is_warm = Workers(messages.fail_task, self), False
        for changed in (playback.playback_changed, playback.moved, playback.loop_changed, playback.output_changed):
            changed.connect(self.publish)

    @property
    def active(self) -> bool:
        """Whether faces are sent."""
        return self._broadcast is not None

    @property
    def counters(self) -> tuple[ReceiverCounters, ...]:
        """What was counted of each receiver that is sent to; () while nothing is sent."""
        return () if self._broadcast is None else self._broadcast.counters()

    @property
    def skipped(self) -> int:
        """Moments without a face, because the machine was too busy."""
        return 0 if self._broadcast is None else self._broadcast.skipped

    # -- what the user does

    def toggle(self, on: bool) -> None:
        """Begin or end."""
        if on:
            self.start()
        else:
            self.stop()

    def start(self) -> None:
        """Send from now on to all receivers that are on; those that cannot be sent to are said."""
        if self._broadcast is not None:
            return
        if not any(receiver.on for receiver in self.chosen):
            self._messages.fail("Nobody is sent to; add a receiver under Live, or switch one on.")
            self.changed.emit()
            return
        self.token = secrets.token_urlsafe(_TOKEN_BYTES) if self._lets_others_join else ""
        self._broadcast = Broadcast(self._sampler.face, options=StreamOptions(rate=RATE, names=self.names, token=self.token))
        self._place = None
        self.publish()
        self._send_to_chosen()
        if self._broadcast is not None:
            self._broadcast.start()
        self.changed.emit()

    def stop(self) -> None:
        """Send nothing more."""
        broadcast, self._broadcast = self._broadcast, None
        if broadcast is not None:
            broadcast.close()
            self.token = ""
            self.changed.emit()

    def set_receivers(self, receivers: tuple[ChosenReceiver, ...]) -> None:
        """Send to others; while it sends, from the next face on."""
        if receivers == self.chosen:
            return
        self.chosen = receivers
        if self._broadcast is not None and self._lets_others_join and not self.token:
            self._begin_anew()
        elif self._broadcast is not None:
            self._send_to_chosen()
        self.changed.emit()

    def set_subject(self, subject: str) -> None:
        """Call the face so; "" for the program's own name."""
        self.subject = subject.strip() or SUBJECT
        self.publish()

    def set_names(self, names: NameStyle) -> None:
        """Call the shapes so, for VMC; those who receive are sent to anew."""
        if names != self.names:
            self.names = names
            if self._broadcast is not None:
                self._begin_anew()
            self.changed.emit()

    def set_life(self, on: bool) -> None:
        """Send idle life as the avatar shows it, or the motion alone."""
        self.with_life = on
        self.publish()

    # -- what is shown

    def publish(self, *_: object) -> None:
        """This is shown from now on; called with every picture, and when playing begins, ends or jumps."""
        if self._broadcast is None:
            return
        self._place = place_of(self._playback, time.perf_counter(), self._place)
        self._sampler.publish(self._posing.shown_face(self._place), self.subject, self.with_life)

    # -- inside

    @property
    def _lets_others_join(self) -> bool:
        """Whether other machines reach a WebSocket of the list, so that it asks for a token."""
        return any(each.on and each.address.wire == "websocket" and not is_loopback(each.address.host) for each in self.chosen)

    def _begin_anew(self) -> None:
        self.stop()
        self.start()

    def _send_to_chosen(self) -> None:
        """Bring the broadcast in line with the list; one that cannot be sent to is switched off, and said."""
        assert self._broadcast is not None
        wanted = [receiver.address for receiver in self.chosen if receiver.on]
        if any(address.wire == "websocket" for address in wanted) and not self._is_warm:
            # what a server is made of is imported where the window does not wait for it
            wanted = [address for address in wanted if address.wire != "websocket"]
            self._workers.start(_IMPORTS, self._import_server)
        for address in self._broadcast.addresses:
            if address not in wanted:
                self._broadcast.remove(address)
        for address in wanted:
            try:
                self._broadcast.add(address)
            except StreamingError as error:
                self._messages.fail(str(error))
                self.chosen = tuple(replace(each, on=each.on and each.address != address) for each in self.chosen)
        if not any(receiver.on for receiver in self.chosen):
            self.stop()

    def _import_server(self, job: Job) -> None:
        with suppress(ModuleNotFoundError):  # who makes the server says it better
            import websockets.asyncio.server  # noqa: F401

        job.post(self._warm)

    def _warm(self) -> None:
        self._is_warm = True
        if self._broadcast is not None:
            self._send_to_chosen()
            self.changed.emit()

    def close(self) -> None:
        """End the threads."""
        self.stop()
        self._workers.close()

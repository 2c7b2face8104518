"""Live in: the face that a phone or a webcam tracker sends, heard on a thread of its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.core.errors import StreamingError
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.live.stream_rest import StreamRest
from app.streaming.address import ANY, PORTS, TITLES, Address, Wire
from app.streaming.heard import HeardFace, Sender, SenderCounters
from app.streaming.listener import FaceListener

#: whether the stream is lost, and who sends, is looked at so often
_LOOK_MS = 100
_JOINS, _LEAVES = "live in", "leaving live in"
#: this machine
HERE = "127.0.0.1"


def name_of(sender: Sender) -> str:
    """What a person knows a sender by: its subject, or its machine where the wire has no subjects."""
    return sender.subject or sender.host


class Incoming(QObject):
    """A port at which faces are heard, and whose of them is followed.

    What comes is kept as it came, untuned; ``Live`` shows it tuned, and others take it from ``newest`` and ``recent``.

    Args:
        messages: told what cannot be listened at.
        parent: the session.
        clock_s: seconds as ``HeardFace.arrived_s`` counts them.

    Attributes:
        wire: what is listened for.
        host: whose WebSocket is joined; the other wires are listened for on all networks of this machine.
        port: where; 0 takes a free one.
        token: that the WebSocket asks for; of this session only, never kept.
        wanted: name of whose face is followed when several send, "" for the first.
        joining: whether a WebSocket is being joined.
        followed: who is followed, None until somebody sends.
    """

    #: it began or ceased to listen
    toggled = Signal(bool)
    #: a tuple of HeardFace of the one who is followed came, in their order
    came = Signal(object)
    #: who sends, whether it is lost, or who is followed
    changed = Signal()
    _arrived = Signal()

    def __init__(self, messages: Messages, parent: QObject | None = None, clock_s: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(parent)
        self.wire: Wire = "livelink"
        self.host = HERE
        self.port = PORTS[self.wire]
        self.wanted = self.token = ""
        self.followed: Sender | None = None
        self.clock_s = clock_s
        self._messages = messages
        self._listener: FaceListener | None = None
        self._workers, self.joining = Workers(self._refused, self), False
        #: WebSockets that a worker has joined and nobody has taken over yet
        self._brought: list[FaceListener] = []
        self._inbox: deque[HeardFace] = deque(maxlen=1024)
        self._rest = StreamRest()
        self._newest: HeardFace | None = None
        self._told: tuple[object, ...] = ()
        self._arrived.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    # -- what is known

    @property
    def active(self) -> bool:
        """Whether it listens."""
        return self._listener is not None

    @property
    def address(self) -> Address | None:
        """Where it listens, with the port that it got."""
        return None if self._listener is None else self._listener.address

    @property
    def newest(self) -> HeardFace | None:
        """The newest face of the one who is followed, as it came; None before the first, and while nothing is listened to."""
        return self._newest

    @property
    def recent(self) -> tuple[HeardFace, ...]:
        """The faces of the last ten seconds and more of the one who is followed, the newest last."""
        if self._listener is None or self.followed is None:
            return ()
        return self._listener.recent(self.followed)

    @property
    def senders(self) -> tuple[Sender, ...]:
        """Who has sent faces."""
        return () if self._listener is None else self._listener.senders()

    @property
    def counters(self) -> SenderCounters | None:
        """What was counted of the one who is followed."""
        if self._listener is None or self.followed is None:
            return None
        return next((one for one in self._listener.counters() if one.sender == self.followed), None)

    @property
    def fault(self) -> str:
        """What is wrong with what comes, "" for nothing."""
        return "" if self._listener is None else self._listener.fault

    @property
    def is_lost(self) -> bool:
        """Whether faces came, and none for a second."""
        return self._rest.is_lost(self.clock_s())

    @property
    def share(self) -> float:
        """How much of the newest face is shown, 0 to 1: a lost one goes to rest."""
        return self._rest.share(self.clock_s())

    @property
    def label(self) -> str:
        """Who moves the face, as shown on the picture."""
        if self.followed is None:
            return f"{TITLES[self.wire]}, waiting"
        held = self._newest is not None and self._newest.face.is_held
        state = "lost, at rest" if self.is_lost else "sees no face" if held else "live"
        return f"{name_of(self.followed)}, {state}"

    # -- what the user does

    def toggle(self, on: bool) -> None:
        """Begin or end."""
        if on:
            self.start()
        else:
            self.stop()

    def start(self) -> None:
        """Listen from now on; a port that cannot be listened at ends in a sentence. A WebSocket is joined off the GUI thread."""
        if self._listener is not None or self.joining:
            return
        if self.wire == "websocket":
            self.joining = True
            self._workers.start(_JOINS, partial(self._join, Address(self.wire, self.host, self.port)))
            self.changed.emit()
            return
        try:
            self._begin(FaceListener(Address(self.wire, ANY, self.port), self._hear))
        except StreamingError as error:
            self._refused(self.wire, str(error))

    def _begin(self, listener: FaceListener) -> None:
        self._listener, self.joining = listener, False
        self._timer.start()
        self.toggled.emit(True)

    def _join(self, address: Address, job: Job) -> None:
        listener = FaceListener(address, self._hear, self.token)
        if job.cancel.is_set():
            listener.close()
            return
        self._brought.append(listener)
        job.post(lambda: self._begin(self._brought.pop()))

    def _refused(self, _task: str, sentence: str) -> None:
        self.joining = False
        self._messages.fail(sentence)
        self.toggled.emit(False)

    def stop(self) -> None:
        """Listen no more."""
        if self.joining:
            self._workers.cancel(_JOINS)
            self.joining = False
            self.toggled.emit(False)
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self._timer.stop()
        if self.wire == "websocket":
            # it may be trying to join again, which takes its time to give up
            self._workers.start(_LEAVES, lambda _job: listener.close())
        else:
            listener.close()
        self._inbox.clear()
        self.followed, self._newest, self._rest = None, None, StreamRest()
        self.toggled.emit(False)

    def listen_at(self, wire: Wire, port: int, host: str = "") -> None:
        """Listen for something else, or elsewhere; at once while it listens.

        Args:
            wire: what is listened for.
            port: where.
            host: whose WebSocket is joined, "" for the same as before.
        """
        if (wire, port, host or self.host) == (self.wire, self.port, self.host):
            return
        was_active = self.active
        self.stop()
        self.wire, self.port, self.host = wire, port, host or self.host
        if was_active:
            self.start()

    def want(self, name: str) -> None:
        """Follow another sender.

        Args:
            name: as ``name_of`` gives it, "" for whoever sends.
        """
        if name != self.wanted:
            self.wanted = name
            if self.followed is not None and name not in ("", name_of(self.followed)):
                self.followed, self._newest, self._rest = None, None, StreamRest()
            self.changed.emit()

    # -- on the listening thread

    def _hear(self, heard: HeardFace) -> None:
        self._inbox.append(heard)
        self._arrived.emit()

    # -- in the GUI thread

    def _drain(self) -> None:
        """Take what has come since the last time."""
        faces = []
        while self._inbox:
            faces.append(self._inbox.popleft())
        if self._listener is None or not faces:
            return
        self._choose(faces[-1].sender)
        own = tuple(heard for heard in faces if heard.sender == self.followed)
        if own:
            for heard in own:
                self._rest.note(heard.arrived_s)
            self._newest = own[-1]
            self.came.emit(own)
        self.look()

    def _choose(self, latest: Sender) -> None:
        """Who is followed: the one that is wanted; else whoever sent first, until it is lost."""
        if self.wanted:
            if name_of(latest) == self.wanted:
                self.followed = latest
        elif self.followed is None or (self.followed != latest and self.is_lost):
            self.followed = latest

    def look(self) -> None:
        """Notice that the stream was lost or came back, or that somebody else sends."""
        told = (self.label, self.senders, self.fault)
        if told != self._told:
            self._told = told
            self.changed.emit()

    def close(self) -> None:
        """End the threads."""
        self.stop()
        self._workers.close()
        while self._brought:
            self._brought.pop().close()

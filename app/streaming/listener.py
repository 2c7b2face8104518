"""Live in: faces that other programs send, read on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from app.core.errors import StreamingError
from app.streaming.address import Address
from app.streaming.heard import HeardFace, HeardSender, Sender, SenderCounters
from app.streaming.livelink import LiveLinkReader
from app.streaming.ports import Arrival, UdpPort
from app.streaming.vmc.reader import VmcReader
from app.streaming.websocket.client import FaceSocket
from app.streaming.websocket.messages import MessageReader
from app.streaming.wires import FaceReader

#: senders that are told apart; a further one takes the place of the one that was silent for longest
MAX_SENDERS = 16


class FaceListener:
    """Hears faces at a port of this machine, or from another program's WebSocket. Close it, or use it in a ``with``.

    Args:
        address: where to listen: host ``0.0.0.0`` is every network, port 0 takes a free port; or the WebSocket to join.
        on_face: called on the listening thread for every face that is not dropped; it must not wait.
        token: that the WebSocket asks for.

    Raises:
        StreamingError: the port is in use, the host is not of this machine, or a package is missing.
        ServiceError: the WebSocket cannot be reached, or refuses.
    """

    def __init__(self, address: Address, on_face: Callable[[HeardFace], None] | None = None, token: str = "") -> None:
        self._on_face = on_face
        self._lock = threading.Lock()
        self._senders: dict[Sender, HeardSender] = {}
        self._readers: dict[tuple[str, int], FaceReader] = {}
        self._bad, self._fault = 0, ""
        self._ended = threading.Event()
        self._way: UdpPort | FaceSocket = FaceSocket(address, token) if address.wire == "websocket" else UdpPort(address)
        self._thread = threading.Thread(target=self._run, name="live in", daemon=True)
        self._thread.start()

    @property
    def address(self) -> Address:
        """Where it listens, with the port that it got."""
        return self._way.address

    @property
    def fault(self) -> str:
        """Why nothing can be heard now, or what was wrong with the last datagram; "" after a good one."""
        return self._way.fault or self._fault

    @property
    def unreadable(self) -> int:
        """Datagrams that could not be read."""
        return self._bad

    def senders(self) -> tuple[Sender, ...]:
        """Who has sent faces, in the order in which they came."""
        with self._lock:
            return tuple(self._senders)

    def newest(self, sender: Sender | None = None) -> HeardFace | None:
        """The last face of a sender, or of all; None when there is none."""
        with self._lock:
            heard = [one.newest for one in self._chosen(sender)]
        return max((face for face in heard if face is not None), key=lambda face: face.arrived_s, default=None)

    def recent(self, sender: Sender | None = None) -> tuple[HeardFace, ...]:
        """The last faces of a sender, the newest last; None takes the one whose face is the newest."""
        newest = self.newest(sender)
        if newest is None:
            return ()
        with self._lock:
            return tuple(face for one in self._chosen(newest.sender) for face in one.recent)

    def counters(self) -> tuple[SenderCounters, ...]:
        """One for each sender; from any thread."""
        with self._lock:
            return tuple(one.counters() for one in self._senders.values())

    def close(self) -> None:
        """End; returns when the thread has ended."""
        self._ended.set()
        self._way.wake()
        self._thread.join()
        self._way.close()

    def __enter__(self) -> FaceListener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _chosen(self, sender: Sender | None) -> Iterator[HeardSender]:
        if sender is None:
            yield from self._senders.values()
        elif sender in self._senders:
            yield self._senders[sender]

    def _run(self) -> None:
        for arrival in self._way.arrivals(self._ended):
            if arrival.data is None:
                self._readers.clear()
            else:
                self._take(arrival)

    def _take(self, arrival: Arrival) -> None:
        host, port = arrival.host, arrival.port
        try:
            for face in self._reader(host, port).faces(arrival.data):
                with self._lock:
                    heard = self._sender(Sender(host, port, face.subject)).take(face, arrival.arrived_s)
                if heard is not None and self._on_face is not None:
                    self._on_face(heard)
        except StreamingError as error:
            self._bad += 1
            self._fault = str(error)
        else:
            self._fault = ""

    def _reader(self, host: str, port: int) -> FaceReader:
        """The reader of a sender; the oldest goes when there are too many."""
        key = (host, port)
        if key not in self._readers:
            while len(self._readers) >= MAX_SENDERS:
                del self._readers[next(iter(self._readers))]
            self._readers[key] = reader_of(self._way.address)
        return self._readers[key]

    def _sender(self, sender: Sender) -> HeardSender:
        if sender not in self._senders:
            while len(self._senders) >= MAX_SENDERS:
                del self._senders[min(self._senders, key=self._last_heard_s)]
            self._senders[sender] = HeardSender(sender)
        return self._senders[sender]

    def _last_heard_s(self, sender: Sender) -> float:
        newest = self._senders[sender].newest
        return 0.0 if newest is None else newest.arrived_s


def reader_of(address: Address) -> FaceReader:
    """A new reader of the wire that is spoken at an address."""
    if address.wire == "websocket":
        return MessageReader()
    return VmcReader() if address.wire == "vmc" else LiveLinkReader()

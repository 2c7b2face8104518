"""Live in: faces that other programs send, read on a thread of its own."""

from __future__ import annotations

import errno
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

from app.core.errors import StreamingError
from app.streaming.address import TITLES, Address
from app.streaming.heard import HeardFace, HeardSender, Sender, SenderCounters
from app.streaming.livelink import LiveLinkReader
from app.streaming.wires import FaceReader

#: longer datagrams are cut off by the system, and then refused by their reader
_MAX_DATAGRAM = 65535
#: the thread looks this often whether it shall end
_LOOK_S = 0.1
#: senders that are told apart; a further one takes the place of the one that was silent for longest
MAX_SENDERS = 16
#: what the system may keep while this program is busy: two seconds of faces of several senders
_BUFFER_BYTES = 1 << 20


class FaceListener:
    """Hears faces at a port of this machine. Close it, or use it in a ``with``.

    Args:
        address: where to listen; host ``0.0.0.0`` is every network, port 0 takes a free port.
        on_face: called on the listening thread for every face that is not dropped; it must not wait.

    Raises:
        StreamingError: the port is in use, or the host is not of this machine.
    """

    def __init__(self, address: Address, on_face: Callable[[HeardFace], None] | None = None) -> None:
        self._on_face = on_face
        self._lock = threading.Lock()
        self._senders: dict[Sender, HeardSender] = {}
        self._readers: dict[tuple[str, int], FaceReader] = {}
        self._bad, self._fault = 0, ""
        self._ended = threading.Event()
        self._socket = bound(address)
        self._address = Address(address.wire, address.host, self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._run, name="live in", daemon=True)
        self._thread.start()

    @property
    def address(self) -> Address:
        """Where it listens, with the port that it got."""
        return self._address

    @property
    def fault(self) -> str:
        """What was wrong with the last datagram that could not be read; "" while there was none, or after a good one."""
        return self._fault

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
        self._thread.join()
        self._socket.close()

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
        while not self._ended.is_set():
            try:
                datagram, place = self._socket.recvfrom(_MAX_DATAGRAM)
            except TimeoutError:
                continue
            except ConnectionError:  # Windows tells here that something sent from this socket was refused
                continue
            except OSError as error:
                self._fault = f"Nothing more can be heard at port {self._address.port} ({error.strerror}); listen again."
                return
            self._take(datagram, str(place[0]), int(place[1]), time.perf_counter())

    def _take(self, datagram: bytes, host: str, port: int, arrived_s: float) -> None:
        reader = self._reader(host, port)
        try:
            for face in reader.faces(datagram):
                with self._lock:
                    heard = self._sender(Sender(host, port, face.subject)).take(face, arrived_s)
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
            self._readers[key] = reader_of(self._address)
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
    return LiveLinkReader()


def bound(address: Address) -> socket.socket:
    """A socket that hears datagrams at an address.

    Raises:
        StreamingError: the port is in use, or the host is not of this machine.
    """
    made: socket.socket | None = None
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
        made = socket.socket(family, kind, protocol)
        if sys.platform == "win32":  # else another program could take the port away
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        made.bind(place)
    except (OSError, UnicodeError) as error:
        if made is not None:
            made.close()
        raise StreamingError(_why_not_bound(address, error)) from error
    made.settimeout(_LOOK_S)
    return made


def _why_not_bound(address: Address, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if isinstance(error, socket.gaierror | UnicodeError) or number == errno.EADDRNOTAVAIL:
        return f"{address.host[:60]} is no address of this machine; listen at 0.0.0.0 to hear all its networks."
    if number == errno.EADDRINUSE or (isinstance(error, PermissionError) and address.port > 1023):
        return (
            f"Port {address.port} is in use; close the other program that receives {TITLES[address.wire]} (Unreal, another window), "
            "or listen at another port."
        )
    if isinstance(error, PermissionError):
        return f"Port {address.port} may not be listened at; choose one above 1023."
    return f"Port {address.port} cannot be listened at ({getattr(error, 'strerror', None) or error}); choose another."

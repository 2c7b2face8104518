"""The other ends of a broadcast: each takes faces without ever holding up the others."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Sequence
from typing import Protocol

from app.core.errors import StreamingError
from app.core.face_frame import FaceFrame
from app.streaming.address import TITLES, Address, place_of
from app.streaming.tally import ReceiverCounters, Tally
from app.streaming.wires import FaceWriter

#: the first wait after a failure; each further one is twice as long
_FIRST_WAIT_S = 0.25
#: a program that starts late is found within this time
_LONGEST_WAIT_S = 4.0
#: so many faces in a row without a failure, and the receiver counts as reached: a refusal is told one face later than it happens
_TRUSTED_AFTER = 20


class Receiver(Protocol):
    """One program that gets faces."""

    @property
    def address(self) -> Address:
        """Where it is."""
        ...

    def send(self, face: FaceFrame, due_s: float) -> None:
        """Send a face, or count that it could not be; neither raises nor waits.

        Args:
            face: as stamped for this moment.
            due_s: that moment, on ``time.perf_counter``.
        """
        ...

    def counters(self) -> ReceiverCounters:
        """What was counted; from any thread."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class UdpReceiver:
    """A program that gets datagrams.

    A name is looked up on a thread of its own. What fails is tried again, after 0.25 s first and every 4 s at last.

    Args:
        address: of the program.
        writer: makes the datagrams.
    """

    def __init__(self, address: Address, writer: FaceWriter) -> None:
        self._address, self._writer, self._tally = address, writer, Tally(address)
        self._socket: socket.socket | None = None
        self._lookup: threading.Thread | None = None
        self._found: socket.socket | str | None = None
        self._again_s, self._failures, self._good = 0.0, 0, 0
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def address(self) -> Address:
        """Where it is."""
        return self._address

    def counters(self) -> ReceiverCounters:
        """What was counted; from any thread."""
        return self._tally.counters()

    def send(self, face: FaceFrame, due_s: float) -> None:
        """Send a face, or count that it could not be; neither raises nor waits."""
        with self._lock:  # against close
            if not self._is_closed and due_s >= self._again_s and self._is_open(due_s):
                self._send(face, due_s)

    def close(self) -> None:
        """Close the socket; a name that is still being looked up is forgotten."""
        with self._lock:
            self._is_closed = True
            for opened in (self._socket, self._found):
                if isinstance(opened, socket.socket):
                    opened.close()
            self._socket = None

    def _send(self, face: FaceFrame, due_s: float) -> None:
        assert self._socket is not None  # as _is_open says
        try:
            datagrams = self._writer.datagrams(face)
            for datagram in datagrams:
                self._socket.send(datagram)
        except StreamingError as error:  # the face's fault, not the receiver's
            self._tally.failed(str(error))
        except BlockingIOError:
            self._tally.failed(f"The network takes faces more slowly than they are sent to {self._address}; lower the rate.")
        except OSError as error:
            self._fail(fault_of(self._address, error), due_s)
        else:
            self._count(datagrams, face, due_s)

    def _count(self, datagrams: Sequence[bytes], face: FaceFrame, due_s: float) -> None:
        self._tally.sent(len(datagrams), sum(map(len, datagrams)), due_s, face.happened_s)
        self._good += 1
        if self._good == _TRUSTED_AFTER:
            self._failures = 0
            self._tally.say("")

    def _fail(self, fault: str, due_s: float) -> None:
        self._tally.failed(fault)
        self._again_s = due_s + min(_FIRST_WAIT_S * 2**self._failures, _LONGEST_WAIT_S)
        self._failures, self._good = min(self._failures + 1, 10), 0

    def _is_open(self, due_s: float) -> bool:
        """Whether there is a socket; begins to make one where there is none."""
        if self._socket is not None:
            return True
        if self._lookup is None:
            self._lookup = threading.Thread(target=self._look_up, name=f"look up {self._address.host[:60]}", daemon=True)
            self._lookup.start()
            if is_numeric(self._address.host):
                self._lookup.join()  # no name server is asked
        if self._lookup.is_alive():
            return False
        self._lookup = None
        if isinstance(self._found, str):
            self._fail(self._found, due_s)
        else:
            self._socket = self._found
        self._found = None
        return self._socket is not None

    def _look_up(self) -> None:
        try:
            found: socket.socket | str = connected(self._address)
        except StreamingError as error:
            found = str(error)
        self._found = found
        if self._is_closed and isinstance(found, socket.socket):
            found.close()


def is_numeric(host: str) -> bool:
    """Whether a host is an address rather than a name."""
    try:
        socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except OSError:
        return False
    return True


def connected(address: Address) -> socket.socket:
    """A socket for datagrams to an address; connected, so that refusals are heard of.

    Raises:
        StreamingError: the name is unknown, or the network is down.
    """
    try:
        family, place = place_of(address)
        made = socket.socket(family, socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise StreamingError(fault_of(address, error)) from error
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        made.connect(place)
    except OSError as error:
        made.close()
        raise StreamingError(fault_of(address, error)) from error
    return made


def fault_of(address: Address, error: Exception) -> str:
    """What a failure of the network means, and what to do.

    Args:
        address: that was to be reached.
        error: of the network.
    """
    program = TITLES[address.wire]
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"There is no machine called {address.host[:60]!r}; check the name, or write its IP address."
    if isinstance(error, ConnectionError):
        return f"Nothing listens at {address.host} port {address.port}; start the program that receives {program} there and check its port."
    number = getattr(error, "errno", None)
    if number in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL):
        return f"{address.host} cannot be reached; check that both machines are on the same network."
    if number in (errno.EACCES, errno.EPERM):
        return f"Sending to {address.host} port {address.port} is not allowed; check the firewall."
    if number == errno.EMSGSIZE:
        return f"A face is too large for one packet to {address.host}; choose a shorter subject."
    return f"Nothing can be sent to {address.host} port {address.port} ({getattr(error, 'strerror', None) or error}); check the network."

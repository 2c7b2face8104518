"""A port of this machine at which datagrams arrive."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from app.core.errors import StreamingError
from app.streaming.address import ANY, TITLES, Address, place_of

#: longer datagrams are cut off by the system, and then refused by their reader
_MAX_DATAGRAM = 65535
#: who waits looks this often whether it shall end
LOOK_S = 0.1
#: Linux says when a datagram reached the machine (SO_TIMESTAMPNS), by the clock of the day; a longer wait than this is a clock that was set
_SYSTEM_STAMPS = 35 if sys.platform == "linux" else None
_STAMP = struct.Struct("@ll")
_LONGEST_WAIT_S = 2.0
#: what the system may keep while this program is busy: two seconds of faces of several senders
_BUFFER_BYTES = 1 << 20


class Arrival(NamedTuple):
    """What came from somebody.

    Attributes:
        data: a datagram or a message; None when a connection begins, so that what was known of the one before is forgotten.
        host: address of who sent it.
        port: that it was sent from.
        arrived_s: when it reached this machine, on ``time.perf_counter``.
    """

    data: str | bytes | None
    host: str
    port: int
    arrived_s: float


class UdpPort:
    """Hears datagrams.

    Args:
        address: where to listen.

    Attributes:
        fault: why nothing can be heard any more, "" while it can.

    Raises:
        StreamingError: the port is in use, or the host is not of this machine.
    """

    def __init__(self, address: Address) -> None:
        self._socket = _bound(address)
        self.address = Address(address.wire, address.host, self._socket.getsockname()[1])
        self.fault = ""

    def arrivals(self, ended: threading.Event) -> Iterator[Arrival]:
        """What comes, until ``ended``."""
        while not ended.is_set():
            try:
                datagram, place, arrived_s = self._received()
            except TimeoutError:
                continue
            except ConnectionError:  # Windows tells here that something sent from this socket was refused
                continue
            except OSError as error:
                self.fault = f"Nothing more can be heard at port {self.address.port} ({error.strerror}); listen again."
                return
            if ended.is_set():
                return
            yield Arrival(datagram, str(place[0]), int(place[1]), arrived_s)

    def _received(self) -> tuple[bytes, Any, float]:
        """A datagram, who sent it, and when it arrived: as the system says where it does, for this thread may be late."""
        if sys.platform == "win32" or _SYSTEM_STAMPS is None:
            datagram, place = self._socket.recvfrom(_MAX_DATAGRAM)
            return datagram, place, time.perf_counter()
        datagram, beside, _, place = self._socket.recvmsg(_MAX_DATAGRAM, 64)
        waited_s = 0.0
        for level, kind, data in beside:
            if (level, kind) == (socket.SOL_SOCKET, _SYSTEM_STAMPS) and len(data) == _STAMP.size:
                seconds, nanoseconds = _STAMP.unpack(data)
                waited_s = time.time() - seconds - nanoseconds * 1e-9
        return datagram, place, time.perf_counter() - (waited_s if 0.0 < waited_s < _LONGEST_WAIT_S else 0.0)

    def wake(self) -> None:
        """Let who waits in ``arrivals`` look at once whether it shall end."""
        host = {ANY: "127.0.0.1", "::": "::1"}.get(self.address.host, self.address.host)
        with contextlib.suppress(OSError), socket.socket(self._socket.family, socket.SOCK_DGRAM) as caller:
            caller.sendto(b"", (host, self.address.port))

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


def _bound(address: Address) -> socket.socket:
    """A socket that hears datagrams at an address.

    Raises:
        StreamingError: the port is in use, or the host is not of this machine.
    """
    made: socket.socket | None = None
    try:
        family, place = place_of(address)
        made = socket.socket(family, socket.SOCK_DGRAM)
        if sys.platform == "win32":  # else another program could take the port away
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        if _SYSTEM_STAMPS is not None:
            with contextlib.suppress(OSError):
                made.setsockopt(socket.SOL_SOCKET, _SYSTEM_STAMPS, 1)
        made.bind(place)
    except (OSError, UnicodeError) as error:
        if made is not None:
            made.close()
        raise StreamingError(_why_not_bound(address, error)) from error
    made.settimeout(LOOK_S)
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

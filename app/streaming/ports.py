"""A port of this machine at which datagrams arrive."""

from __future__ import annotations

import errno
import socket
import sys
import threading
from collections.abc import Iterator
from typing import NamedTuple

from app.core.errors import StreamingError
from app.streaming.address import TITLES, Address

#: longer datagrams are cut off by the system, and then refused by their reader
_MAX_DATAGRAM = 65535
#: who waits looks this often whether it shall end
LOOK_S = 0.1
#: what the system may keep while this program is busy: two seconds of faces of several senders
_BUFFER_BYTES = 1 << 20


class Arrival(NamedTuple):
    """What came from somebody.

    Attributes:
        data: a datagram or a message; None when a connection begins, so that what was known of the one before is forgotten.
        host: address of who sent it.
        port: that it was sent from.
    """

    data: str | bytes | None
    host: str
    port: int


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
                datagram, place = self._socket.recvfrom(_MAX_DATAGRAM)
            except TimeoutError:
                continue
            except ConnectionError:  # Windows tells here that something sent from this socket was refused
                continue
            except OSError as error:
                self.fault = f"Nothing more can be heard at port {self.address.port} ({error.strerror}); listen again."
                return
            yield Arrival(datagram, str(place[0]), int(place[1]))

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

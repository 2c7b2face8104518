"""One connection as the door sees it, from the moment at which it is accepted."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.types import Scope

#: under this name an application finds its connection among the extensions of its scope
DOOR = "visemesync.door"
#: headers of a request; what a browser sends has about twenty
MOST_HEADERS = 64
#: what is sent must be read within this time before the next part of it is waited for no longer
UNREAD_S = 60.0
#: whoever connects gets this long before others are let in for it
FRESH_S = 0.5
#: a connection that was closed gets this long to take what it was sent
FAREWELL_S = 5.0


class Phase(IntEnum):
    """What a connection is doing; the lower, the sooner it makes way for another one."""

    LEAVING = 0  # it has its answer and is being closed
    HEAD = 1  # TLS, or the head of a request, is not complete
    RESTING = 2  # kept open between two requests
    HELD = 3  # it gave a wrong token, and waits for the answer
    UNREAD = 4  # what it is sent is not read
    FRESH = 5  # it has just connected: its head is about to come
    SILENT = 6  # a WebSocket on which nothing has begun
    BODY = 7  # an upload is coming
    BUSY = 8  # it is being answered, or carries a stream: it stays


class Line(Protocol):
    """What a guest needs of a transport, or of what is to become one."""

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""

    def abort(self) -> None:
        """Close it at once."""


class Wire(Protocol):
    """The straight way on a WebSocket, past queues and tasks; see app.remote.server.door.sockets."""

    def listen(self, hear: Callable[[bytes], bool] | None) -> None:
        """Tell binary messages as they come, as long as they are heard; None: no more."""

    def say(self, message: bytes | str) -> bool:
        """Send a message at once; whether that was possible."""


class Guest:
    """One connection.

    Args:
        address: whom it is counted for, see ``counted_as``.
        transport: of the connection; the outermost where there are two.
        end: ends it with a status and a sentence.

    Attributes:
        phase: what it does now; set by ``enter``.
        since_s: of the phase, on the monotonic clock.
        deadline_s: on the same clock; when it has passed, ``late`` is called. None for no limit.
        unread_s: since when the other side has not read what it is sent; None when it reads.
        wire: the straight way, once it is a WebSocket.
    """

    def __init__(self, address: str, transport: Line, end: Callable[[int, str], None]) -> None:
        self.address, self.transport, self.end = address, transport, end
        self.late: Callable[[], None] = transport.abort
        self.phase, self.since_s = Phase.HEAD, time.monotonic()
        self.deadline_s: float | None = None
        self.unread_s: float | None = None
        self.wire: Wire | None = None
        self._closing_s: float | None = None

    def enter(self, phase: Phase, limit_s: float | None = None) -> None:
        """Begin a phase; one that goes on keeps its beginning and its deadline."""
        if phase is not self.phase or self.deadline_s is None:
            self.phase, self.since_s = phase, time.monotonic()
            self.deadline_s = None if limit_s is None else self.since_s + limit_s

    def order(self, now_s: float) -> tuple[Phase, float]:
        """The least of several makes way first."""
        fresh = self.phase is Phase.HEAD and now_s - self.since_s < FRESH_S
        return Phase.FRESH if fresh else self.phase, self.since_s

    def begins(self) -> None:
        """A stream begins on it: it stays."""
        self.phase, self.since_s, self.deadline_s = Phase.BUSY, time.monotonic(), None

    def rests(self) -> None:
        """Its stream has ended, and another one may begin."""
        self.phase, self.since_s, self.deadline_s = Phase.SILENT, time.monotonic(), None

    def look(self, now_s: float) -> None:
        """End it if its time is over; called every now and then."""
        if self.transport.is_closing():
            self._closing_s = now_s if self._closing_s is None else self._closing_s
            if now_s - self._closing_s > FAREWELL_S:
                self.transport.abort()
        elif self.unread_s is not None and now_s - self.unread_s > UNREAD_S:
            self.transport.abort()
        elif self.deadline_s is not None and now_s > self.deadline_s:
            self.late()


def counted_as(host: str) -> str:
    """The address that connections of a host are counted for: its own, or the /64 network that an IPv6 host may choose from.

    Args:
        host: an IP address, or anything else, which stands for itself.
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address) if address.is_loopback else str(ipaddress.ip_network((address, 64), strict=False))


def guest_of(scope: Scope) -> Guest | None:
    """The connection that a request or a WebSocket came on; None where no door stands before the application."""
    guest: Guest | None = scope.get("extensions", {}).get(DOOR)
    return guest


def wire_of(scope: Scope) -> Wire | None:
    """The straight way of a WebSocket; None where there is none, and every message goes through the application's queue."""
    return guest.wire if (guest := guest_of(scope)) is not None else None


def client_of(connection: HTTPConnection) -> str:
    """The address that a request or a WebSocket is counted for."""
    return counted_as(connection.client.host) if connection.client else ""


def stream_begins(scope: Scope) -> None:
    """Something plays on a WebSocket now."""
    if (guest := guest_of(scope)) is not None:
        guest.begins()


def stream_rests(scope: Scope) -> None:
    """Nothing plays on a WebSocket at present."""
    if (guest := guest_of(scope)) is not None:
        guest.rests()

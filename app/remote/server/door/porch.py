"""Where TLS is agreed on: a connection has its place, and its time, before it has said a word."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

from app.remote.server.door.entry import Door
from app.remote.server.door.guests import FAREWELL_S, Guest, Phase, counted_as
from app.remote.server.door.requests import DoorHttp

#: after the system had no descriptor left for a connection
_AGAIN_S = 0.1


class Shaking:
    """A connection whose handshake is going on.

    Args:
        accepted: the connection.
        door: gives places.
        context: certificate and key.
        make: a protocol for it, once it speaks TLS.
    """

    def __init__(self, accepted: socket.socket, door: Door, context: ssl.SSLContext, make: Callable[[], DoorHttp]) -> None:
        self._accepted, self._door, self._context, self._make = accepted, door, context, make
        self._task: asyncio.Task[None] | None = None

    def is_closing(self) -> bool:
        """See asyncio.Transport."""
        return self._task is None or self._task.done()

    def abort(self) -> None:
        """See asyncio.Transport."""
        if self._task is not None:
            self._task.cancel()

    def begin(self, guest: Guest) -> asyncio.Task[None]:
        """Begin the handshake of a guest that has its place."""
        self._task = task = asyncio.create_task(self._agree(guest))
        task.add_done_callback(lambda _: self._failed(guest, "given up") if task.cancelled() else None)  # perhaps before its first step
        return task

    def _failed(self, guest: Guest, why: str) -> None:
        self._door.places.leave(guest)
        self._door.refusals.note("tls", guest.address, why=why)
        self._accepted.close()

    async def _agree(self, guest: Guest) -> None:
        def inner() -> DoorHttp:
            protocol = self._make()
            protocol.guest = guest
            return protocol

        loop, limit_s = asyncio.get_running_loop(), self._door.settings.request_s
        times = {"ssl_handshake_timeout": limit_s, "ssl_shutdown_timeout": FAREWELL_S}
        try:
            await loop.connect_accepted_socket(inner, self._accepted, ssl=self._context, **times)
        except OSError as error:
            self._failed(guest, type(error).__name__)


class Porch:
    """Accepts connections that are to speak TLS; asyncio's own server shows them only when their handshake is over.

    Args:
        listener: bound; this begins to listen.
        door: gives places.
        context: certificate and key.
        make: a protocol for a connection.
        backlog: connections that may wait to be accepted.
    """

    def __init__(self, listener: socket.socket, door: Door, context: ssl.SSLContext, make: Callable[[], DoorHttp], *, backlog: int) -> None:
        self._listener, self._door, self._context, self._make = listener, door, context, make
        self._shaking: set[asyncio.Task[None]] = set()
        listener.listen(backlog)
        listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accept nobody any more."""
        for task in (self._accepting, *self._shaking):
            task.cancel()

    async def wait_closed(self) -> None:
        """Until nothing is going on here."""
        await asyncio.gather(self._accepting, *self._shaking, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, address = await loop.sock_accept(self._listener)
            except OSError:
                await asyncio.sleep(_AGAIN_S)
                continue
            shaking = Shaking(accepted, self._door, self._context, self._make)
            guest = Guest(counted_as(str(address[0])), shaking, lambda *_, shaking=shaking: shaking.abort())
            guest.enter(Phase.HEAD, self._door.settings.request_s)
            refusal = self._door.places.admit(guest)
            if refusal is not None:  # in TLS it cannot be told why
                self._door.refusals.note("places", guest.address, status=refusal.status)
                accepted.close()
                continue
            task = shaking.begin(guest)
            self._shaking.add(task)
            task.add_done_callback(self._shaking.discard)

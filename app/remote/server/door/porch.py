"""Where TLS is agreed on: a connection has its place, and its time, before it has said a word."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, cast

from uvicorn.protocols.utils import get_remote_addr

from app.remote.server.door.entry import DoorConfig
from app.remote.server.door.guests import FAREWELL_S, Guest, Phase, counted_as
from app.remote.server.door.requests import DoorHttp


class Porch(asyncio.Protocol):
    """One connection that is to speak TLS; the arguments are uvicorn's."""

    def __init__(self, config: DoorConfig, server_state: Any, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None):
        self._config = config
        self._inner = DoorHttp(config, server_state, app_state, _loop)
        self._shaking: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        outer = cast("asyncio.Transport", transport)
        host = (get_remote_addr(outer) or ("", 0))[0]
        guest = Guest(counted_as(host), outer, lambda *_: outer.abort())
        guest.enter(Phase.HEAD, self._config.door.settings.request_s)
        refusal = self._config.door.places.admit(guest)
        if refusal is not None:
            self._config.door.refusals.note("places", guest.address, status=refusal.status)
            outer.abort()
            return
        self._shaking = asyncio.get_running_loop().create_task(self._shake(outer, guest))

    async def _shake(self, outer: asyncio.Transport, guest: Guest) -> None:
        context, door = self._config.tls, self._config.door
        limit_s = door.settings.request_s
        self._inner.guest = guest
        try:
            if context is None:
                raise OSError("no certificate")
            loop = asyncio.get_running_loop()
            inner = await loop.start_tls(
                outer, self._inner, context, server_side=True, ssl_handshake_timeout=limit_s, ssl_shutdown_timeout=FAREWELL_S
            )
        except (OSError, ssl.SSLError, RuntimeError) as error:
            door.places.leave(guest)
            door.refusals.note("tls", guest.address, why=type(error).__name__)
            outer.abort()
            return
        if inner is None or inner.is_closing():
            door.places.leave(guest)
            return
        self._inner.connection_made(inner)


def protocol_for(certificate: object) -> type[asyncio.Protocol]:
    """The protocol of a new connection."""
    return Porch if certificate else DoorHttp

"""WebSockets as uvicorn speaks them, with floods of what no application ever sees turned away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.server import ServerProtocol

from app.remote.server.door.entry import DoorConfig
from app.remote.server.door.guests import DOOR, Guest
from app.remote.server.door.portions import Portions
from app.remote.server.door.straight import FrameWalk, framed, told

#: pings and pongs that may come at once, and per second in the long run; a keepalive is one in many seconds
PINGS_AT_ONCE, PINGS_PER_S = 100.0, 5.0
#: parts that a message may come in
MOST_PARTS = 1024


class Handshakes(ServerProtocol):
    """Refuses handshakes as everything here is refused: in JSON, with one sentence."""

    def reject(self, status: Any, text: str) -> Response:
        """See ServerProtocol."""
        sentence = text.strip().partition("\n")[0] or "This WebSocket is refused."
        response = super().reject(status, json.dumps({"detail": sentence}))
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response


class DoorSocket(WebSocketsSansIOProtocol):
    """One WebSocket; the arguments are uvicorn's, and the connection that it came on."""

    config: DoorConfig

    def __init__(self, config: DoorConfig, server_state: Any, app_state: dict[str, Any], *, guest: Guest) -> None:
        super().__init__(config, server_state, app_state)
        self.conn = Handshakes(max_size=config.ws_max_size, logger=self.logger)
        self._door, self.guest = config.door, guest
        self._served, self.app = self.app, self._announced
        self._portions: Portions | None = None
        self._hear: Callable[[bytes], bool] | None = None
        self._walk = FrameWalk()
        guest.wire = self
        self._pings, self._pings_s = PINGS_AT_ONCE, self.loop.time()

    async def _announced(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[DOOR] = self.guest
        await self._served(scope, receive, send)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self.guest.end, self.guest.late = self._make_way, self.transport.abort
        self._portions = Portions(self.transport, self._take, lambda: not self.read_paused)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        if self._portions is not None:
            self._portions.end()
        self._door.places.leave(self.guest)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._portions is None or self.disconnected:
            return
        if self._hear is not None and self._walk.between and not self.frames and self._portions.idle:
            data = told(data, self._told)
        if data:
            self._portions.feed(data)

    def _take(self, piece: bytes) -> None:
        if not self.transport.is_closing():
            if self.handshake_initiated:  # which came in pieces of its own
                self._walk.past(piece)
            super().data_received(piece)

    def listen(self, hear: Callable[[bytes], bool] | None) -> None:
        """Tell whole binary messages as they come, as long as nothing else waits; what is not heard goes the way of all others.

        Args:
            hear: takes a message, or says that it cannot now; None: no more.
        """
        self._hear = hear

    def _told(self, message: bytes) -> bool:
        return self._hear is not None and self.queue.empty() and not self.close_sent and self._hear(message)

    def say(self, message: bytes | str) -> bool:
        """Send a message at once; False where it has to wait for a client that does not read, or can no longer be sent."""
        if not self.writable.is_set() or self.close_sent or self.disconnected or self.transport.is_closing():
            return False
        self.transport.write(framed(message))
        return True

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        super().pause_writing()
        self.guest.unread_s = self.loop.time()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        super().resume_writing()
        self.guest.unread_s = None

    def handle_events(self) -> None:
        """See WebSocketsSansIOProtocol; a handshake that cannot be read is answered too."""
        super().handle_events()
        if self.conn.handshake_exc is not None and not self.handshake_initiated and not self.transport.is_closing():
            self.transport.write(
                self.conn.reject(400, "This is not the handshake of a WebSocket; check what the client sends.").serialize()
            )
            self.transport.close()

    def handle_ping(self) -> None:
        """Answer, unless nobody reads the answers; RFC 6455, 5.5.3 leaves pongs out that came too late."""
        if not self._counted():
            return
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_pong(self, event: Frame) -> None:
        """Heed the answer to a ping of ours."""
        if self.pending_ping_payload is not None and bytes(event.data) == self.pending_ping_payload:
            super().handle_pong(event)
        else:
            self._counted()

    def handle_cont(self, event: Frame) -> None:
        """Take a further part of a message."""
        if len(self.frames) >= MOST_PARTS:
            self._fail(1009, f"A message comes in at most {MOST_PARTS} parts.")
        elif not self.transport.is_closing():
            super().handle_cont(event)

    def _counted(self) -> bool:
        """Whether one more ping or pong is not too many."""
        now_s = self.loop.time()
        self._pings = min(self._pings + (now_s - self._pings_s) * PINGS_PER_S, PINGS_AT_ONCE) - 1
        self._pings_s = now_s
        if self._pings >= 0:
            return not self.transport.is_closing()
        self._fail(1008, "Too many pings; one in some seconds keeps a connection open.")
        return False

    def _fail(self, code: int, reason: str) -> None:
        """Close over what the other side does."""
        if self.transport.is_closing():
            return
        self._door.refusals.note("flood", self.guest.address, code=code)
        self.conn.data_to_send()
        self._say_goodbye(code, reason)

    def _make_way(self, _: int, sentence: str) -> None:
        """Close for another connection."""
        if self.handshake_complete:
            self._say_goodbye(1013, sentence)
        if not self.transport.is_closing() or self.transport.get_write_buffer_size():
            self.transport.abort()

    def _say_goodbye(self, code: int, reason: str) -> None:
        if self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if not self.close_sent:
            payload = Frame(Opcode.CLOSE, code.to_bytes(2, "big") + reason.encode()[:120])
            self.transport.write(payload.serialize(mask=False))
        self.stop_keepalive()
        self.close_sent = self.disconnected = True
        self.writable.set()
        self.transport.close()

"""HTTP as uvicorn speaks it with h11, with limits on time and size that uvicorn has no option for."""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from typing import Any, cast

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from app.remote.server.door.entry import DoorConfig
from app.remote.server.door.guests import DOOR, MOST_HEADERS, Guest, Phase, counted_as
from app.remote.server.door.portions import Portions
from app.remote.server.door.sockets import DoorSocket

#: one line of a head that becomes a WebSocket's; websockets reads lines of 8 KiB
MOST_LINE = 8000
#: an upload that is still coming may be this slow (bytes per second) after its first seconds
LEAST_RATE = 8192.0
#: a client that goes on sending after its answer is read so long, and so many bytes, so that the answer is not lost on the way
LINGER_S, MOST_UNHEARD = 2.0, 1 << 20


class DoorHttp(H11Protocol):
    """One HTTP connection; the arguments are uvicorn's."""

    config: DoorConfig

    def __init__(self, config: DoorConfig, server_state: Any, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None):
        super().__init__(config, server_state, app_state, _loop)
        self._door, self._settings = config.door, config.door.settings
        self._served, self.app = self.app, self._announced
        self.guest: Guest | None = None
        self._portions: Portions | None = None
        #: nothing that comes is listened to any more
        self._deaf = False
        self._body_bytes = self._unheard = 0

    async def _announced(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[DOOR] = self.guest
        await self._served(scope, receive, send)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(transport)
        address = counted_as(self.client[0] if self.client else "")
        self._portions = Portions(transport, self._take, lambda: not self.flow.read_paused)
        if self.guest is None:
            self.guest = Guest(address, transport, self._make_way)
            refusal = self._door.places.admit(self.guest)
        else:  # it has come through TLS, and has its place
            self.guest.end, self.guest.transport, refusal = self._make_way, transport, None
        self.guest.late = self._late
        self.guest.enter(Phase.HEAD, self._settings.request_s)
        self.ws_protocol_class = functools.partial(DoorSocket, guest=self.guest)  # type: ignore[assignment]
        if refusal is not None:
            self._door.refusals.note("places", address, status=refusal.status)
            if self._door.places.may_tell(self.guest):
                self.refuse(*refusal)
            else:
                transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        super().connection_lost(exc)
        if self._portions is not None:
            self._portions.end()
        if self.guest is not None:
            self._door.places.leave(self.guest)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if not self._deaf and self._portions is not None:
            self._portions.feed(data)
        else:
            self._unheard += len(data)
            if self._unheard > MOST_UNHEARD:
                self.transport.abort()

    def _take(self, piece: bytes) -> None:
        if self._deaf:
            return
        self._body_bytes += len(piece)
        try:
            super().data_received(piece)
        except h11.LocalProtocolError:  # a broken body, and its answer has begun already
            self.transport.abort()
        self._watch(bool(piece))

    def on_response_complete(self) -> None:
        """See H11Protocol."""
        super().on_response_complete()
        self._watch(False)

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        super().pause_writing()
        if self.guest is not None:
            self.guest.unread_s = self.loop.time()
            if self.guest.phase is Phase.BUSY:
                self.guest.enter(Phase.UNREAD)

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        super().resume_writing()
        if self.guest is not None:
            self.guest.unread_s = None
            if self.guest.phase is Phase.UNREAD:
                self.guest.begins()

    def _watch(self, something_came: bool) -> None:
        """Say what the connection is doing now."""
        guest = self.guest
        if guest is None or self._deaf or self.transport.is_closing():
            return
        answering = self.cycle is not None and not self.cycle.response_complete
        if self.conn.their_state is h11.SEND_BODY:
            if not answering:
                guest.enter(Phase.LEAVING, LINGER_S)
            elif guest.phase is not Phase.BODY:
                self._body_bytes = 0
                guest.enter(Phase.BODY, self._settings.body_s)
        elif answering:
            if guest.phase not in (Phase.HELD, Phase.UNREAD):
                guest.begins()
        elif something_came or self.conn.trailing_data[0]:
            guest.enter(Phase.HEAD, self._settings.request_s)
        else:
            guest.enter(Phase.RESTING)

    def _late(self) -> None:
        guest = self.guest
        if guest is None or guest.deadline_s is None:
            return
        if guest.phase is Phase.BODY:
            allowed_s = self._settings.body_s + self._body_bytes / LEAST_RATE
            if self.flow.read_paused or self.loop.time() < guest.since_s + allowed_s:
                guest.deadline_s = self.loop.time() + 1.0
                return
            self._end(408, "The upload comes too slowly; send it faster, or a shorter clip.")
        elif guest.phase is Phase.HEAD:
            words = f"The request was not complete after {self._settings.request_s:g} seconds; connect again and send it whole."
            self._end(408, words)
        else:
            self.transport.abort()

    def _end(self, status: int, sentence: str) -> None:
        if self.guest is not None:
            self._door.refusals.note("late", self.guest.address, phase=self.guest.phase.name.lower())
        self.refuse(status, sentence)

    def send_400_response(self, msg: str) -> None:
        """See H11Protocol; what h11 could not read."""
        error = sys.exc_info()[1]
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if self.guest is not None:
            self._door.refusals.note("malformed", self.guest.address, status=status)
        if status == 431:
            self.refuse(
                431, f"The head of a request has at most {self._settings.max_header_bytes >> 10} KiB; send fewer and shorter headers."
            )
        else:
            self.refuse(400, "This is not a request in HTTP/1.1; check what the client sends.")

    def refuse(self, status: int, sentence: str) -> None:
        """Answer and close; what comes after is not read.

        Args:
            status: of the answer.
            sentence: of the answer.
        """
        if self.transport.is_closing() or self._deaf:
            self.transport.abort()
            return
        self._deaf = True
        if self._portions is not None:
            self._portions.end()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE, h11.ERROR):
            self.transport.abort()
            return
        body = json.dumps({"detail": sentence}).encode()
        headers = ["Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close"]
        if status in (429, 503):
            headers.append("Retry-After: 2")
        head = f"HTTP/1.1 {status} {STATUS_PHRASES[status].decode()}\r\n" + "\r\n".join(headers) + "\r\n\r\n"
        self.transport.write(head.encode() + body)
        self._leave()

    def _make_way(self, status: int, sentence: str) -> None:
        """Close for another connection, at once."""
        self.refuse(status, sentence)
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _leave(self) -> None:
        """Wait a moment, so that the answer is read before the connection is closed over what still comes."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.guest is not None:
            self.guest.begins()
            self.guest.enter(Phase.LEAVING, LINGER_S)
            self.guest.late = self.transport.abort
        if self.transport.can_write_eof():
            self.transport.write_eof()
            if not self.transport.is_closing():
                self.transport.resume_reading()
        else:
            self.transport.close()

    def eof_received(self) -> None:
        """See asyncio.Protocol; the other side has read what it was told, or will not finish what it began."""
        if self._deaf:
            self.transport.close()

    def shutdown(self) -> None:
        """See H11Protocol."""
        if self._deaf:
            self.transport.abort()
        else:
            super().shutdown()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """See H11Protocol; websockets reads the head again, and does not answer what it cannot read."""
        if len(self.headers) > MOST_HEADERS or max(len(event.target), *(len(n) + len(v) for n, v in self.headers)) > MOST_LINE:
            self.refuse(
                431, f"A WebSocket's handshake has at most {MOST_HEADERS} headers of {MOST_LINE} characters; send fewer or shorter ones."
            )
            return
        names = {name for name, _ in self.headers}
        if event.method != b"GET" or event.http_version != b"1.1" or names & {b"transfer-encoding", b"content-length"}:
            self.refuse(400, "A WebSocket is opened with GET in HTTP/1.1 and without a body; check what the client sends.")
            return
        self._deaf = True
        guest = cast("Guest", self.guest)
        guest.rests()
        super().handle_websocket_upgrade(event)
        if self._portions is not None:
            self._portions.end()

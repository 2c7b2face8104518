"""Our WebSocket: a small server that hands every client the newest face, and waits for none of them."""

from __future__ import annotations

import asyncio
import errno
import hmac
import socket
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from app.audio.priority import come_first
from app.core.errors import StreamingError
from app.core.face_frame import FaceFrame
from app.core.hosts import is_loopback
from app.core.installation import how_to_get
from app.streaming.address import Address
from app.streaming.tally import ReceiverCounters, Tally
from app.streaming.websocket.messages import Hello, encode_face

if TYPE_CHECKING:
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

MAX_CLIENTS = 32
#: clients have nothing to say
_MAX_FROM_CLIENT = 1024
#: what may lie between this program and a client before its faces wait: about half a second of them here, a second in the system
_HELD_BACK_BYTES = 8192
_SYSTEM_BYTES = 8192


class FaceServer:
    """A receiver of a broadcast that other programs join.

    Args:
        address: where it listens; ``host`` is a network of this machine, port 0 takes a free one.
        token: asked of every client; "" for none, which is allowed on this machine only.

    Raises:
        StreamingError: others could join without a token, the port is in use, or the host is not of this machine.
    """

    def __init__(self, address: Address, token: str = "") -> None:
        if not token and not is_loopback(address.host):
            raise StreamingError(f"A server on {address.host} can be reached by others; give it a token with --token.")
        self._asked, self._token, self._tally = address, token, Tally(address)
        self._clients: set[_Client] = set()
        self._hello = Hello()
        self._loop = asyncio.new_event_loop()
        self._server: Server | None = None
        self._stop = asyncio.Event()
        self._ready, self._fault = threading.Event(), ""
        self._port = address.port
        self._thread = threading.Thread(target=self._serve, name="faces over websocket", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._fault:
            self._thread.join()
            raise StreamingError(self._fault)

    @property
    def address(self) -> Address:
        """As it was asked for; see ``port``."""
        return self._asked

    @property
    def port(self) -> int:
        """That it listens at."""
        return self._port

    def counters(self) -> ReceiverCounters:
        """What was counted; from any thread."""
        return self._tally.counters()

    def send(self, face: FaceFrame, due_s: float) -> None:
        """Hand a face to every client; neither raises nor waits."""
        try:
            message = encode_face(face)
        except StreamingError as error:
            self._tally.failed(str(error))
            return
        self._tally.sent(0, 0, due_s, face.happened_s)
        hello = Hello(fps=face.fps, subject=face.subject)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hand_out, hello, message)

    def close(self) -> None:
        """Say goodbye to the clients and end; returns when the thread has ended."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _serve(self) -> None:
        come_first()
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._ready.set()
            self._loop.close()

    async def _run(self) -> None:
        try:
            from websockets.asyncio.server import serve
        except ModuleNotFoundError:
            self._fault = f"The WebSocket needs the package websockets; {how_to_get('websockets', 'streaming')}."
            return
        try:
            server = await serve(
                self._welcome, self._asked.host, self._asked.port, process_request=self._refusal, compression=None,
                max_size=_MAX_FROM_CLIENT, write_limit=_HELD_BACK_BYTES, close_timeout=0.5, open_timeout=5, server_header=None,
            )  # fmt: skip
        except (OSError, UnicodeError) as error:
            self._fault = f"Port {self._asked.port} of {self._asked.host} cannot be served ({_words(error)}); choose another port."
            return
        self._port = next(iter(server.sockets)).getsockname()[1]
        self._ready.set()
        async with server:
            await self._stop.wait()
            for client in list(self._clients):
                client.drop()

    def _refusal(self, connection: ServerConnection, request: Request) -> Response | None:
        """The answer to a client that may not join, None for one that may."""
        if len(self._clients) >= MAX_CLIENTS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Too many clients have joined; close one of them.\n")
        if self._token and not hmac.compare_digest(_token_of(request).encode(), self._token.encode()):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "Give this server's token: Authorization: Bearer TOKEN, or ?token=TOKEN.\n")
        origin = request.headers.get("Origin")
        if not self._token and origin is not None and not is_loopback(urlsplit(origin).hostname or ""):
            return connection.respond(HTTPStatus.FORBIDDEN, "This page may not join without a token; start the server with --token.\n")
        return None

    async def _welcome(self, connection: ServerConnection) -> None:
        place = connection.transport.get_extra_info("socket")
        place.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SYSTEM_BYTES)
        client = _Client(connection, self._tally)
        self._clients.add(client)
        self._tally.joined(len(self._clients))
        client.greet(self._hello)
        try:
            await client.serve()
        finally:
            self._clients.discard(client)
            self._tally.joined(len(self._clients))

    def _hand_out(self, hello: Hello, message: bytes) -> None:
        if hello != self._hello:
            self._hello = hello
            for client in self._clients:
                client.greet(hello)
        for client in self._clients:
            client.offer(message)


class _Client:
    """One that joined: the newest face waits for it, and an older one that it did not take in time is dropped."""

    def __init__(self, connection: ServerConnection, tally: Tally) -> None:
        self._connection, self._tally = connection, tally
        self._news = asyncio.Event()
        self._hello: str | None = None
        self._face: bytes | None = None

    def greet(self, hello: Hello) -> None:
        """Say who sends before the next face."""
        self._hello = hello.text()
        self._news.set()

    def offer(self, message: bytes) -> None:
        """Here is a newer face."""
        if self._face is not None:
            self._tally.dropped(1)
        self._face = message
        self._news.set()

    def drop(self) -> None:
        """Cut off a client that takes nothing any more, so that nobody waits for its goodbye."""
        if self._face is not None:
            self._connection.transport.abort()

    async def serve(self) -> None:
        """Send what comes until the client goes; what it says is ignored."""
        tasks = (asyncio.ensure_future(self._feed()), asyncio.ensure_future(self._ignore()))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _feed(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            hello, self._hello = self._hello, None
            if hello is not None:
                await self._send(hello)
            face, self._face = self._face, None
            if face is not None:
                await self._send(face)

    async def _send(self, message: str | bytes) -> None:
        await self._connection.send(message)
        self._tally.reached(1, len(message))

    async def _ignore(self) -> None:
        async for _ in self._connection:
            pass


def _token_of(request: Request) -> str:
    """What a client gave: ``Authorization: Bearer TOKEN``, or ``?token=TOKEN`` where it cannot send headers, as in a browser."""
    words = request.headers.get("Authorization", "").split(maxsplit=1)
    if len(words) == 2 and words[0].lower() == "bearer":
        return words[1].strip()
    return parse_qs(urlsplit(request.path).query).get("token", [""])[0]


def _words(error: Exception) -> str:
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            return "it is in use"
        case errno.EADDRNOTAVAIL:
            return "that is no address of this machine"
        case errno.EACCES | errno.EPERM:
            return "that is not allowed"
    return "there is no such address"

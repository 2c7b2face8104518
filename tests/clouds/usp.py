"""The Speech service's protocol over a WebSocket: its frames, and a server of them that a test can make refuse, hang or drop.

A text message is header lines ``Name:Value`` ended by CRLF, an empty line and a body; a binary one begins with the length of
its header block in two bytes, big-endian. The real SDK talks to ``ws://127.0.0.1:PORT/…`` as it talks to the cloud.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMessage, WSMsgType, web

from tests.clouds.listening import listen, listen_no_more, port_of

#: the service counts time in 100 ns
TICKS_PER_S = 10_000_000


@dataclass(frozen=True)
class Frame:
    """One message of the client's.

    Attributes:
        path: what it is about (``ssml``, ``speech.config``, ``audio``).
        headers: by their names in small letters.
        body: text, or bytes of a binary message.
    """

    path: str
    headers: dict[str, str]
    body: str | bytes

    @property
    def request_id(self) -> str:
        """Every answer repeats it."""
        return self.headers.get("x-requestid", "")

    @property
    def data(self) -> Any:
        """A JSON body."""
        return json.loads(self.body)


def decoded(message: WSMessage) -> Frame:
    """Read a message of the client's."""
    body: str | bytes
    if message.type == WSMsgType.TEXT:
        head, _, body = message.data.partition("\r\n\r\n")
    else:
        (length,) = struct.unpack(">H", message.data[:2])
        head, body = message.data[2 : 2 + length].decode(), message.data[2 + length :]
    pairs = (line.split(":", 1) for line in head.split("\r\n") if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    return Frame(headers.get("path", ""), headers, body)


def text_message(path: str, request_id: str, body: object) -> str:
    """A text message of the service's with a JSON body."""
    return f"X-RequestId:{request_id}\r\nContent-Type:application/json; charset=utf-8\r\nPath:{path}\r\n\r\n{json.dumps(body)}"


def binary_message(path: str, request_id: str, stream_id: str, data: bytes) -> bytes:
    """A binary message of the service's; no data ends the stream."""
    head = f"X-RequestId:{request_id}\r\nContent-Type:audio/x-wav\r\nX-StreamId:{stream_id}\r\nPath:{path}\r\n".encode()
    return struct.pack(">H", len(head)) + head + data


class Dropped(Exception):
    """The server cut the line on purpose."""


class Link:
    """One WebSocket of a client's.

    Args:
        number: of the handshake, counted from 1.
        socket: aiohttp's.
        request: of the handshake.

    Attributes:
        kept: whatever the server keeps for this client.
    """

    def __init__(self, number: int, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.number, self.socket, self.request = number, socket, request
        self.kept: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def tell(self, path: str, request_id: str, body: object) -> None:
        """Send a text message."""
        await self.socket.send_str(text_message(path, request_id, body))

    async def send(self, path: str, request_id: str, stream_id: str, data: bytes) -> None:
        """Send a binary message."""
        await self.socket.send_bytes(binary_message(path, request_id, stream_id, data))

    def drop(self) -> None:
        """Cut the line without a word.

        Raises:
            Dropped: always, so that nothing more is done for this client.
        """
        if self.request.transport is not None:
            self.request.transport.abort()
        raise Dropped

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something while the socket is still read; it ends with the line."""

        async def run() -> None:
            with contextlib.suppress(Dropped, ConnectionError, asyncio.CancelledError):
                await work

        task = asyncio.ensure_future(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # one that was cancelled before it began was never awaited
        task.add_done_callback(lambda _task: work.close())

    def end(self) -> None:
        """Stop what is done for this client."""
        for task in tuple(self._tasks):
            task.cancel()


@dataclass(frozen=True)
class Handshake:
    """How a client came.

    Attributes:
        path: with its query.
        headers: by their names in small letters.
    """

    path: str
    headers: dict[str, str] = field(repr=False)


class UspServer:
    """A server on a free port of this machine, in a thread of its own. Use it as ``with UspServer() as server:``.

    Faults are attributes that a test sets at any time:

    Attributes:
        keys: that are let in; any other is refused with 401.
        refuse: HTTP status that handshakes are refused with, 0 for none.
        refuse_times: how many are refused; -1 for all.
        never_answers: handshakes are taken and left hanging.
        handshakes: of all clients, in order; refused ones too.
        frames: of all clients, as (number of the handshake, frame).
    """

    def __init__(self, keys: tuple[str, ...] = ("good-key",)) -> None:
        self.keys = set(keys)
        self.refuse, self.refuse_times, self.never_answers = 0, -1, False
        self.handshakes: list[Handshake] = []
        self.frames: list[tuple[int, Frame]] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._links: set[Link] = set()
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="usp-server")
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def address(self) -> str:
        """``ws://127.0.0.1:PORT``."""
        return f"ws://127.0.0.1:{self.port}"

    def wait_until(self, holds: Callable[[], bool], timeout_s: float = 10.0) -> bool:
        """Wait until something holds that a message or handshake makes true; returns whether it does."""
        with self._changed:
            return self._changed.wait_for(holds, timeout_s)

    def paths(self) -> list[str]:
        """What the frames so far were about, in order."""
        return [frame.path for _, frame in self.frames]

    # -- for the services

    async def received(self, link: Link, frame: Frame) -> None:
        """A client sent something."""

    async def asked(self, request: web.Request) -> web.StreamResponse:
        """A client asked by plain HTTP."""
        return web.Response(status=404)

    # -- the server

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._open())
        ready.set()
        self._loop.run_forever()

    async def _open(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", self._serve)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        self._listening = await listen(self._runner)
        self.port = port_of(self._listening)

    async def _close(self) -> None:
        assert self._runner is not None and self._runner.server is not None
        await listen_no_more(self._listening)
        for link in tuple(self._links):
            link.end()
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await self._runner.cleanup()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # transports that were aborted let their sockets go in the next turns of the loop
        for _ in range(5):
            await asyncio.sleep(0)

    def _note(self, kept: list[Any], what: object) -> None:
        with self._changed:
            kept.append(what)
            self._changed.notify_all()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self._note(self.handshakes, Handshake(request.path_qs, headers))
        number = len(self.handshakes)
        if self.never_answers:
            await asyncio.Event().wait()
        if self.refuse and self.refuse_times:
            self.refuse_times -= 1
            return web.Response(status=self.refuse, text="refused", headers={"Retry-After": "2"})
        in_query = request.query.get("Ocp-Apim-Subscription-Key", "")  # pages cannot send headers with a handshake
        if (
            headers.get("ocp-apim-subscription-key") or headers.get("authorization", "").removeprefix("Bearer ") or in_query
        ) not in self.keys:
            return web.Response(status=401, text="Unauthorized")
        if headers.get("upgrade", "").lower() != "websocket":
            return await self.asked(request)
        return await self._talk(number, request)

    async def _talk(self, number: int, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=0, protocols=("USP",))
        await socket.prepare(request)
        link = Link(number, socket, request)
        self._links.add(link)
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    frame = decoded(message)
                    self._note(self.frames, (number, frame))
                    await self.received(link, frame)
        except (Dropped, ConnectionError):
            pass
        finally:
            link.end()
            self._links.discard(link)
        return socket

"""``WS /v1/stream``: sound in while it is spoken, frames out as soon as they exist."""

from __future__ import annotations

import asyncio
import contextlib
import time

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketState

from app.remote.protocol.messages import (
    Ack,
    Cancel,
    Cancelled,
    Closing,
    End,
    Ended,
    Failed,
    Frames,
    Message,
    Ping,
    Pong,
    Resume,
    Sound,
    Start,
    WireError,
)  # fmt: skip
from app.remote.protocol.wire import decode, encode
from app.remote.server.door.guests import client_of, stream_begins, stream_rests, wire_of
from app.remote.server.logs import note
from app.remote.server.state import ServerState, state_of
from app.remote.server.streams.live import LiveStream

router = APIRouter()
#: error code -> WebSocket close code (RFC 6455, IANA); others are 1008
CLOSE_CODES = {"bad_message": 1007, "busy": 1013, "engine": 1011, "closing": 1012, "too_long": 1009}
_ABOUT = """The streaming protocol (docs/server.md). Open it as a WebSocket, send `{"type": "start", "rate": 16000, "encoding": "s16le",
"fps": 30}`, wait for `ready`, send binary sound messages, read binary frame messages, send `{"type": "end"}`, read to `ended`.
A plain GET is answered 426."""


@router.get("/v1/stream", status_code=426, tags=["streaming"], description=_ABOUT)
async def stream_needs_a_socket() -> JSONResponse:
    """Open /v1/stream as a WebSocket."""
    detail = {"detail": "Open /v1/stream as a WebSocket; the protocol is in docs/server.md."}
    return JSONResponse(detail, 426, {"Upgrade": "websocket", "Connection": "Upgrade"})


class Replaced(Exception):
    """Another connection took the stream over."""


class Connection:
    """One socket and the stream that it carries.

    Args:
        socket: accepted.
        server: the application's parts.
    """

    def __init__(self, socket: WebSocket, server: ServerState) -> None:
        self._socket, self._server = socket, server
        self._stream: LiveStream | None = None
        self._number = 0
        #: the last stream ended well, and its client wants to begin another one here
        self._kept = False
        #: the first word of the next stream, where it came while the last one was still being put away
        self._early: Start | Resume | None = None
        #: past queues and tasks, while the reader waits for a message and the writer for something to send
        self._wire = wire_of(socket.scope)
        self._reader_waits = self._writer_waits = False
        self._sequence = 0
        #: when anything came, and when anything but a ping did
        self._loop = asyncio.get_running_loop()
        self._came_s = self._spoke_s = self._loop.time()

    async def run(self) -> None:
        """Serve until a stream fails or is lost, or ends and no other is to follow."""
        try:
            self._stream = await self._begin()
            await self._carry_until_replaced(self._stream)
            while self._kept and not self._server.draining:
                self._stream.detach(self._number)
                self._stream = None
                self._stream = await self._begin_another()
                await self._carry_until_replaced(self._stream)
            if self._kept:
                await self._close(CLOSE_CODES["closing"])
        except WireError as error:
            if error.code == "idle" and self._kept and self._stream is None:
                await self._close(1000)
            else:
                await self._fail(error)
        except (WebSocketDisconnect, RuntimeError) as error:
            # the peer went away, or went away while something was being sent
            if isinstance(error, RuntimeError) and self._socket.client_state != WebSocketState.DISCONNECTED and not _is_closed(error):
                raise
            self._lost(error)
        except Replaced:
            await self._close(1000)
        finally:
            if self._stream is not None:
                self._stream.detach(self._number)

    async def _begin_another(self) -> LiveStream:
        """As _begin; a server that stops closes the connection while nothing begins."""
        self._server.resting.add(self._socket)
        stream_rests(self._socket.scope)
        try:
            message = self._early or await self._first_word()
            while isinstance(message, Ack | End):  # on their way while the last frames of the stream before were
                message = await self._first_word()
        finally:
            self._server.resting.discard(self._socket)
        return await self._begun(message)

    async def _begin(self) -> LiveStream:
        return await self._begun(await self._first_word())

    async def _first_word(self) -> Message:
        """What is no ping, within the time that a connection may be idle.

        Raises:
            WireError: ``idle``, or ``bad_message``.
            WebSocketDisconnect: the client is gone.
        """
        until_s = self._loop.time() + self._server.settings.idle_s
        try:
            while isinstance(message := await self._receive(until_s), Ping):
                await self._send(Pong(message.id))
        except TimeoutError:
            raise self._idle() from None
        return message

    def _idle(self) -> WireError:
        limit_s = self._server.settings.idle_s
        return WireError("idle", f"Nothing came for {limit_s:g} seconds; take the stream up again when there is sound.")

    async def _begun(self, message: Message) -> LiveStream:
        self._kept, self._early = False, None
        engine = self._server.engine
        if engine is None or not self._server.ready:
            raise WireError("closing", "The server is stopping or not ready yet; try again in a moment.")
        if isinstance(message, Start):
            stream = self._server.streams.open(message, engine, client_of(self._socket))
            self._number = await stream.attach()
        elif isinstance(message, Resume):
            stream = self._server.streams.find(message.token)
            self._number = await stream.attach()
            stream.rewind(message.next_frame)
        else:
            raise WireError("bad_message", f"A connection begins with 'start' or 'resume', not {message.type!r}.")
        stream_begins(self._socket.scope)
        await self._send(stream.ready(isinstance(message, Resume)))
        return stream

    async def _carry_until_replaced(self, stream: LiveStream) -> None:
        """As _carry.

        Raises:
            Replaced: another connection took the stream over.
        """
        stream.carrier = asyncio.create_task(self._carry(stream))
        try:
            await stream.carrier
        except asyncio.CancelledError:
            if stream.connection == self._number:
                stream.carrier.cancel()
                raise
            raise Replaced from None

    async def _carry(self, stream: LiveStream) -> None:
        """Read and write at once; whichever ends first ends the other."""
        tasks = {asyncio.create_task(self._read(stream)), asyncio.create_task(self._write(stream))}
        if self._wire is not None:
            self._wire.listen(self._hear_at_once)
            stream.say = self._say_at_once
        try:
            done, open_ones = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if any(_is_gone(task.exception()) for task in done) and open_ones:
                # the peer has left: what it said before, a cancellation perhaps, is still read
                more, _ = await asyncio.wait(open_ones, timeout=1.0)
                done |= more
            for task in done:
                task.result()
        finally:
            stream.say = None
            if self._wire is not None:
                self._wire.listen(None)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _hear_at_once(self, data: bytes) -> bool:
        """Take sound in the turn in which it came; whether it was, see LiveStream.hear_at_once."""
        if not self._reader_waits or self._stream is None or not self._stream.hear_at_once(data):
            return False
        self._came_s = self._spoke_s = self._loop.time()
        return True

    def _say_at_once(self) -> bool:
        """Send frames in the turn in which they were made; False where the writer has to."""
        stream, wire = self._stream, self._wire
        if not self._writer_waits or stream is None or wire is None:
            return False
        while (frames := stream.frames_to_send(self._sequence)) is not None:
            if not wire.say(encode(frames, stream.start.frames)):
                return False
            self._sequence += 1
            stream.was_sent(frames, 0.0)
        return True

    async def _next(self, stream: LiveStream) -> Message:
        """The next message of a running stream that is not heard at once.

        Raises:
            WireError: ``idle`` or ``silent``, or ``bad_message``.
            WebSocketDisconnect: the client is gone.
        """
        settings = self._server.settings
        self._came_s = self._loop.time()
        while True:
            idle_s, silent_s = self._came_s + settings.idle_s, self._spoke_s + settings.silent_s
            self._reader_waits = True
            try:
                message = await self._receive(None if stream.sound_ended else min(idle_s, silent_s))
                break
            except TimeoutError:  # which sound that was heard at once did not put off
                now_s = self._loop.time()
                if now_s >= self._came_s + settings.idle_s:
                    raise self._idle() from None
                if now_s >= self._spoke_s + settings.silent_s:
                    words = f"Nothing but pings came for {settings.silent_s:g} seconds; take the stream up again when there is sound."
                    raise WireError("silent", words) from None
            finally:
                self._reader_waits = False
        if not isinstance(message, Ping):
            self._spoke_s = self._loop.time()
        return message

    async def _read(self, stream: LiveStream) -> None:
        self._spoke_s = self._loop.time()
        while True:
            message = await self._next(stream)
            match message:
                case Sound():
                    await stream.hear(message)
                    await self._wait_for_room(stream)
                case Ack():
                    stream.acknowledge(message.next_frame)
                case End():
                    stream.finish()
                case Ping():
                    await self._send(Pong(message.id))
                case Cancel():
                    self._server.streams.forget(stream, "cancelled")
                    await self._send(Cancelled())
                    await self._close(1000)
                    return
                case Start() | Resume() if self._kept:
                    self._early = message
                    return
                case _:
                    raise WireError("bad_message", f"A running stream does not take {message.type!r}.")

    async def _wait_for_room(self, stream: LiveStream) -> None:
        """Not reading is the back-pressure: the socket fills up and the client has to wait."""
        while stream.ahead_s > 2 * self._server.settings.window_s and not stream.done:
            stream.moved.clear()
            await stream.moved.wait()

    async def _write(self, stream: LiveStream) -> None:
        self._sequence = 0
        while True:
            message = stream.next_message(self._sequence)
            if message is None:
                stream.changed.clear()
                self._writer_waits = True
                try:
                    await stream.changed.wait()
                finally:
                    self._writer_waits = False
                continue
            if isinstance(message, Ended):  # before it is sent: the client may answer with the next start at once
                self._kept = stream.start.keep and not self._server.draining
                stream.account.ended("ended")
            begun_s = time.monotonic()
            await self._send(message, stream.start.frames)
            if isinstance(message, Frames):
                self._sequence += 1
                stream.was_sent(message, time.monotonic() - begun_s)
                await asyncio.sleep(0)
            elif isinstance(message, Ended):
                stream.told_end = True
                if not self._kept:
                    await self._close(1000)
                return

    async def _receive(self, until_s: float | None) -> Message:
        """The next message.

        Args:
            until_s: on the loop's clock; None to wait for ever.

        Raises:
            TimeoutError: nothing came until then.
            WireError: ``bad_message``.
            WebSocketDisconnect: the client is gone.
        """
        async with asyncio.timeout_at(until_s):  # wait_for would start a task for every message
            event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1006))
        text = event.get("text")
        return decode(text if text is not None else event.get("bytes") or b"")

    async def _send(self, message: Message, frames_as: str = "binary") -> None:
        """Send; a client that does not read for too long is let go.

        Raises:
            WireError: ``slow``.
        """
        data = encode(message, "json" if frames_as == "json" else "binary")
        sending = self._socket.send_text(data) if isinstance(data, str) else self._socket.send_bytes(data)
        try:
            async with asyncio.timeout(self._server.settings.idle_s):
                await sending
        except TimeoutError:
            raise WireError("slow", "The frames were not read in time; take the stream up again.") from None

    async def _fail(self, error: WireError) -> None:
        """Say what is wrong; streams that the client can take up again stay."""
        note("stream failed", code=error.code, client=client_of(self._socket))
        if error.code == "busy":
            self._server.metrics.refused.labels("busy").inc()
        if self._stream is not None and error.code not in ("idle", "silent", "slow", "closing"):
            self._server.streams.forget(self._stream, error.code)
        elif self._stream is not None and error.code == "closing":  # the client begins another one
            self._stream.account.ended(error.code)
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            if error.code != "slow":
                await asyncio.wait_for(self._socket.send_text(str(encode(Failed(error.code, str(error), error.retry_after_s)))), 1.0)
            await asyncio.wait_for(self._socket.close(CLOSE_CODES.get(error.code, 1008)), 1.0)

    async def _close(self, code: int) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.close(code)

    def _lost(self, error: Exception) -> None:
        """Log a connection that ended before its stream; one that ends after it is none."""
        stream = self._stream
        if stream is None or stream.closed or stream.told_end:
            return
        left = isinstance(error, WebSocketDisconnect) and error.code in (1000, 1001)
        note("client left" if left else "connection lost", frames=stream.sent)


def _is_gone(error: BaseException | None) -> bool:
    return isinstance(error, WebSocketDisconnect) or (isinstance(error, RuntimeError) and _is_closed(error))


def _is_closed(error: RuntimeError) -> bool:
    """Starlette's and uvicorn's words for a send after the peer has gone."""
    return "close" in str(error).lower() or "disconnect" in str(error).lower()


@router.websocket("/v1/stream")
async def stream(socket: WebSocket) -> None:
    """See docs/server.md."""
    server = state_of(socket)
    await socket.accept()
    server.connected(socket)
    try:
        await Connection(socket, server).run()
    finally:
        server.disconnected(socket)


async def announce_closing(server: ServerState) -> None:
    """Tell every running stream that the server is about to stop, and close the connections that carry none."""
    text = str(encode(Closing("The server is stopping; take the stream up again when it is back.")))
    for socket in list(server.sockets):
        if socket in server.resting:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await socket.close(CLOSE_CODES["closing"])
        elif socket.url.path.endswith("/v1/stream"):
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
                await asyncio.wait_for(socket.send_text(text), 1.0)

"""What one voice costs the event loop, found by letting a few voices of the mock speak to it over lines that lead nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import statistics
import time
from collections.abc import Iterator
from typing import Any

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from uvicorn.server import ServerState as UvicornState

from app.remote.protocol.messages import End, Sound, Start
from app.remote.protocol.wire import encode
from app.remote.server.door.entry import Door, DoorConfig
from app.remote.server.door.guests import Guest
from app.remote.server.door.sockets import DoorSocket
from app.remote.server.logs import silence
from app.remote.server.metrics import Metrics
from app.remote.server.settings import ServerSettings
from app.remote.server.state import ServerState
from app.remote.server.stream_routes import Connection
from app.remote.server.streams.bridge_sessions import BridgeSessions
from app.remote.server.streams.live import LiveStreams
from app.remote.server.voices.admission import Admission
from app.remote.server.voices.animators import RATE, MockAnimator
from app.remote.server.voices.engine import Engine, Worker
from app.remote.server.voices.pace import carried
from app.remote.server.voices.process import ProcessWorker
from app.remote.server.voices.worker import EngineWorker

VOICES, SPOKEN_S = 4, 3.0
_BLOCK = RATE // 30
#: with real sockets it costs so many times as much; an engine in a process of its own makes up for them: here the mock is counted too
WIRE = 1.8
#: how often it is measured
_TIMES = 3
#: first byte of a frame that closes (RFC 6455, 5.5.1)
_GOODBYE = 0x88
_HANDSHAKE = (
    b"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def _from_client(message: str | bytes) -> bytes:
    """A message as one frame of a client's, under a mask of nothing."""
    kind, data = (0x81, message.encode()) if isinstance(message, str) else (0x82, message)
    size = bytes((0x80 | len(data),)) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return bytes((kind,)) + size + bytes(4) + data


class _Line(asyncio.Transport):
    """One voice in memory: says its sound block by block, and hears its frames."""

    def __init__(self) -> None:
        super().__init__()
        self._answered, self._closed = asyncio.Event(), asyncio.Event()

    @staticmethod
    def _spoken() -> Iterator[bytes]:
        yield _HANDSHAKE
        yield _from_client(encode(Start()))
        silence = bytes(2 * _BLOCK)
        for sequence in range(round(SPOKEN_S * RATE) // _BLOCK):
            at = sequence * _BLOCK
            yield _from_client(encode(Sound(sequence, at, at / RATE, silence)))
        yield _from_client(encode(End()))

    async def speak(self, protocol: DoorSocket) -> None:
        """Say everything to one end of the line, and wait until it is hung up."""
        protocol.connection_made(self)
        for words in self._spoken():
            self._answered.clear()
            protocol.data_received(words)
            with contextlib.suppress(TimeoutError):  # every block waits for the frame of the one before, as it does in real time
                async with asyncio.timeout(0.05):
                    await self._answered.wait()
        await self._closed.wait()
        protocol.connection_lost(None)

    def write(self, data: Any) -> None:
        """See asyncio.Transport; what says goodbye is hung up."""
        self._answered.set()
        if data[0] == _GOODBYE:
            self.close()

    def close(self) -> None:
        """See asyncio.Transport."""
        self._closed.set()

    def is_closing(self) -> bool:
        """See asyncio.Transport."""
        return self._closed.is_set()

    def abort(self) -> None:
        """See asyncio.Transport."""
        self.close()

    def pause_reading(self) -> None:
        """See asyncio.Transport; what is said next is said all the same."""

    def resume_reading(self) -> None:
        """See asyncio.Transport."""

    def get_write_buffer_size(self) -> int:
        """See asyncio.Transport."""
        return 0


async def _spoken_to() -> float:
    settings, metrics = ServerSettings(source="mock"), Metrics()
    engine = Engine(EngineWorker(MockAnimator("james"), 0.0), Admission(VOICES), metrics)
    state = ServerState(settings, metrics, Door(settings, metrics), engine, BridgeSessions(1.0), LiveStreams(settings, metrics), set())

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await Connection(socket, state).run()

    config = DoorConfig(answer, state.door, lifespan="off", log_config=None, proxy_headers=False, ws_per_message_deflate=False)
    config.load()
    engine.start()
    try:
        begun_s = time.process_time()
        await asyncio.gather(*(_one(config) for _ in range(VOICES)))
        return time.process_time() - begun_s
    finally:
        state.streams.close()
        await asyncio.to_thread(engine.stop)


async def _one(config: DoorConfig) -> None:
    line = _Line()
    await line.speak(DoorSocket(config, UvicornState(), {}, guest=Guest("", line, lambda *_: None)))


@functools.cache
def loop_share() -> float:
    """Of a core, what the event loop and the mock need for one voice in memory; measured once, on a thread without a loop of its own."""
    with silence():
        _, *shares = [asyncio.run(_spoken_to()) / (VOICES * SPOKEN_S) for _ in range(_TIMES + 1)]  # the first one pays for what is new
    return statistics.median(shares)


def admission_for(settings: ServerSettings, worker: Worker) -> Admission:
    """Measure what a server carries.

    Args:
        settings: its ceiling and its neighbours.
        worker: not started yet.
    """
    apart = isinstance(worker, ProcessWorker)
    share = loop_share() * (1.0 if apart else WIRE)
    return Admission(carried(worker.pace(), share, apart, settings.neighbours), settings.max_streams)

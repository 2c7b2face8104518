"""What one voice costs the event loop, found by letting a few voices of the mock speak to it without a network."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import statistics
import time
from typing import Any

from starlette.websockets import WebSocket

from app.remote.protocol.messages import End, Sound, Start
from app.remote.protocol.wire import encode
from app.remote.server.door.entry import Door
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

VOICES, SPOKEN_S = 4, 1.0
_BLOCK = RATE // 30
#: the same with sockets costs so many times as much
WIRE = 2.5
#: how often it is measured
_TIMES = 3


class _Mouthpiece:
    """One voice in memory: says its sound block by block, and hears its frames."""

    def __init__(self) -> None:
        self._words = self._spoken()
        self._answered = asyncio.Event()
        self._answered.set()

    @staticmethod
    def _spoken() -> Any:
        yield {"type": "websocket.receive", "text": encode(Start())}
        silence = bytes(2 * _BLOCK)
        for sequence in range(round(SPOKEN_S * RATE) // _BLOCK):
            at = sequence * _BLOCK
            yield {"type": "websocket.receive", "bytes": encode(Sound(sequence, at, at / RATE, silence))}
        yield {"type": "websocket.receive", "text": encode(End())}

    async def receive(self) -> Any:
        """See ASGI."""
        with contextlib.suppress(TimeoutError):  # every block waits for the frame of the one before, as it does in real time
            async with asyncio.timeout(0.05):
                await self._answered.wait()
        self._answered.clear()
        return next(self._words, {"type": "websocket.disconnect", "code": 1000})

    async def send(self, message: Any) -> None:
        """See ASGI."""
        self._answered.set()


async def _spoken_to() -> float:
    settings, metrics = ServerSettings(source="mock"), Metrics()
    engine = Engine(EngineWorker(MockAnimator("james"), 0.0), Admission(VOICES), metrics)
    state = ServerState(settings, metrics, Door(settings, metrics), engine, BridgeSessions(1.0), LiveStreams(settings, metrics), set())
    engine.start()
    try:
        begun_s = time.thread_time()
        await asyncio.gather(*(_one(state) for _ in range(VOICES)))
        return time.thread_time() - begun_s
    finally:
        state.streams.close()
        await asyncio.to_thread(engine.stop)


async def _one(state: ServerState) -> None:
    voice = _Mouthpiece()
    socket = WebSocket({"type": "websocket", "path": "/v1/stream", "headers": []}, voice.receive, voice.send)
    socket.client_state = socket.application_state = socket.application_state.CONNECTED
    await Connection(socket, state).run()


@functools.cache
def loop_share() -> float:
    """Of a core, what the event loop needs for one voice; measured once in a process, on a thread without a loop of its own."""
    with silence():
        _, *shares = [asyncio.run(_spoken_to()) / (VOICES * SPOKEN_S) for _ in range(_TIMES + 1)]  # the first one pays for what is new
    return WIRE * statistics.median(shares)


def admission_for(settings: ServerSettings, worker: Worker) -> Admission:
    """Measure what a server carries.

    Args:
        settings: its ceiling and its neighbours.
        worker: not started yet.
    """
    apart = isinstance(worker, ProcessWorker)
    return Admission(carried(worker.pace(), loop_share(), apart, settings.neighbours), settings.max_streams)

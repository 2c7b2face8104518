"""What the routes of one application share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fastapi import WebSocket
from starlette.requests import HTTPConnection

from app.remote.server.door.entry import Door
from app.remote.server.embedded_voice import EmbeddedVoice
from app.remote.server.metrics import Metrics
from app.remote.server.settings import ServerSettings
from app.remote.server.streams.bridge_sessions import BridgeSessions
from app.remote.server.streams.live import LiveStreams
from app.remote.server.voices.engine import Engine


@dataclass
class ServerState:
    """The parts of a running server.

    Attributes:
        settings: as started.
        metrics: figures.
        door: decides who comes in.
        engine: None until it is loaded.
        sessions: of VisemeSync's contract.
        streams: of our own protocol.
        sockets: open WebSocket connections.
        resting: of these, the ones that are kept between two streams.
        draining: the server is stopping and takes nothing new.
        voice: speaks for pages that have no key.
        answering: (role, text) of a conversation -> the answer to its last question; None where nobody answers.
        replica: the name of this server among several behind one address, "" when it is alone.
    """

    settings: ServerSettings
    metrics: Metrics
    door: Door
    engine: Engine | None
    sessions: BridgeSessions
    streams: LiveStreams
    sockets: set[WebSocket]
    resting: set[WebSocket] = field(default_factory=set)
    voice: EmbeddedVoice = field(default_factory=EmbeddedVoice)
    answering: Callable[[Sequence[tuple[str, str]]], str] | None = None
    draining: bool = False
    replica: str = ""

    @property
    def ready(self) -> bool:
        """Whether voices are served."""
        return self.engine is not None and self.engine.running and not self.draining

    def connected(self, socket: WebSocket) -> None:
        """Count a connection."""
        self.sockets.add(socket)
        self.metrics.connections.set(len(self.sockets))

    def disconnected(self, socket: WebSocket) -> None:
        """A connection is gone."""
        self.sockets.discard(socket)
        self.metrics.connections.set(len(self.sockets))

    async def sweep_forever(self) -> None:
        """Drop sessions and lost streams that nobody came back for."""
        while True:
            await asyncio.sleep(1.0)
            self.sessions.sweep()
            self.streams.sweep()
            self.metrics.sessions.set(len(self.sessions))
            self.metrics.streams.set(len(self.streams))
            if self.engine is not None:
                self.engine.judge()


def state_of(connection: HTTPConnection) -> ServerState:
    """The state of the application that a request belongs to."""
    state: ServerState = connection.app.state.server
    return state

"""Runs the application under uvicorn and stops it without cutting anybody off."""

from __future__ import annotations

import asyncio
import socket as sockets
import ssl
import time
from dataclasses import replace
from typing import Any

import uvicorn
from fastapi import FastAPI

from app.core.errors import ServiceError
from app.remote.protocol.wire import MAX_MESSAGE
from app.remote.server import whereabouts
from app.remote.server.application import create_app, load_engine
from app.remote.server.door.descriptors import make_room_for
from app.remote.server.door.entry import DoorConfig
from app.remote.server.door.listening import bind
from app.remote.server.door.porch import Porch
from app.remote.server.door.requests import DoorHttp
from app.remote.server.door.sockets import DoorSocket
from app.remote.server.logs import LOG_CONFIG, note
from app.remote.server.own_cost import admission_for
from app.remote.server.settings import ServerSettings
from app.remote.server.state import ServerState
from app.remote.server.stream_routes import announce_closing
from app.remote.server.talk_routes import Answering

#: connections that the system may hand over at once, before the door has counted them
BACKLOG = 256


class GracefulServer(uvicorn.Server):
    """Lets running streams finish before the sockets are closed; what does not finish in time is told to come back.

    Args:
        config: of uvicorn.
        state: of the application.
        voices: that it was measured to carry.
    """

    def __init__(self, config: uvicorn.Config, state: ServerState, voices: int = 0) -> None:
        super().__init__(config)
        self._state, self.voices = state, voices
        #: that is told to health checks once voices are served; "" for a server that others stand for
        self.address = ""
        self._own: list[sockets.socket] = []

    async def startup(self, sockets: list[sockets.socket] | None = None) -> None:
        """Listen, and tell so; where TLS is spoken, the door accepts."""
        config = self.config
        if isinstance(config, DoorConfig) and config.tls is not None:
            await super().startup([])
            self._own = [bind(self._state.settings)] if sockets is None else []
            context, make = config.tls, self._protocol
            porches: list[Any] = [Porch(each, config.door, context, make, backlog=config.backlog) for each in sockets or self._own]
            self.servers = porches
        else:
            await super().startup(sockets)
        if self.started and self.address:
            whereabouts.announce(self.address)

    def _protocol(self) -> DoorHttp:
        protocol: Any = self.config.http_protocol_class
        made: DoorHttp = protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        return made

    async def on_tick(self, counter: int) -> bool:
        """See uvicorn.Server; ten times a second."""
        self._state.door.look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[sockets.socket] | None = None) -> None:
        """Tell, wait, close."""
        if self.address:
            whereabouts.withdraw()
        self._state.draining = True
        await announce_closing(self._state)
        give_up_s = time.monotonic() + self._state.settings.drain_s
        while self._state.sockets and time.monotonic() < give_up_s and not self.force_exit:
            await asyncio.sleep(0.05)
        if self._state.sockets:
            note("streams cut off", count=len(self._state.sockets))
        await super().shutdown(sockets)
        for listener in self._own:
            listener.close()


def build_server(settings: ServerSettings, answering: Answering | None = None) -> GracefulServer:
    """Load the source and prepare a server.

    Args:
        settings: what to serve.
        answering: answers pages that have no chat model; None where nobody does.

    Returns:
        The server; ``run()`` it, or ``await serve()``; ``should_exit`` stops it.

    Raises:
        SourceError: the source is missing something.
        SettingsError: the TLS files are no certificate and key.
        ServiceError: too few files may be open.
    """
    settings = replace(settings, connections=make_room_for(settings.connections, BACKLOG))
    worker = load_engine(settings)
    admission = admission_for(settings, worker)
    app = create_app(settings, worker, answering=answering, admission=admission)
    return GracefulServer(config_for(app), app.state.server, admission.capacity)


def config_for(app: FastAPI, **changes: Any) -> DoorConfig:
    """uvicorn's settings for an application of ours: h11, because it limits the head of a request, behind the door.

    Args:
        app: see create_app.
        changes: of uvicorn's options.
    """
    state: ServerState = app.state.server
    settings = state.settings
    options: dict[str, Any] = {
        "host": settings.host, "port": settings.port, "http": DoorHttp, "ws": DoorSocket,
        "h11_max_incomplete_event_size": settings.max_header_bytes, "backlog": BACKLOG,
        "ws_max_size": MAX_MESSAGE, "ws_ping_interval": 20.0, "ws_ping_timeout": 30.0, "ws_per_message_deflate": False,
        # nobody but the proxy reaches a server behind it; elsewhere a caller is who connected, whatever it claims
        "proxy_headers": settings.behind_proxy or bool(settings.proxies),
        "forwarded_allow_ips": "*" if settings.behind_proxy else list(settings.proxies),
        "log_config": LOG_CONFIG, "access_log": False, "server_header": False, "timeout_graceful_shutdown": 5,
        "ssl_certfile": settings.tls_certificate, "ssl_keyfile": settings.tls_key,
    }  # fmt: skip
    return DoorConfig(app, state.door, **{**options, **changes})


def serve(settings: ServerSettings, answering: Answering | None = None) -> None:
    """Serve until the process is told to stop.

    Args:
        settings: what to serve.
        answering: answers pages that have no chat model; None where nobody does.

    Raises:
        ServiceError: the port is taken, or the TLS files are no certificate and key.
        SourceError: the source is missing something.
    """
    listener = bind(settings)
    try:
        server = build_server(settings, answering)
        host, port = listener.getsockname()[:2]
        server.address = whereabouts.url_of(host, port, settings.tls_certificate is not None)
        voices = "1 voice" if server.voices == 1 else f"{server.voices} voices"
        certificate = whereabouts.certificate_line(settings.tls_certificate)
        print(f"Serving {settings.source} on {server.address} to at most {voices} at once (Ctrl+C stops){certificate}", flush=True)
        server.run(sockets=[listener])
    except ssl.SSLError as error:
        raise ServiceError("The TLS certificate and its key do not belong together; choose matching PEM files.") from error
    finally:
        listener.close()

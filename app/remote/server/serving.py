"""Runs the application under uvicorn and stops it without cutting anybody off."""

from __future__ import annotations

import asyncio
import socket as sockets
import ssl
import time

import uvicorn

from app.core.errors import ServiceError
from app.lipsync.registry import abilities_of
from app.remote.protocol.wire import MAX_MESSAGE
from app.remote.server import whereabouts
from app.remote.server.application import create_app
from app.remote.server.logs import LOG_CONFIG, note
from app.remote.server.settings import ServerSettings
from app.remote.server.state import ServerState
from app.remote.server.stream_routes import announce_closing
from app.remote.server.talk_routes import Answering
from app.remote.server.voices.animators import Animator, make_animator
from app.remote.server.voices.process import ProcessWorker


class GracefulServer(uvicorn.Server):
    """Lets running streams finish before the sockets are closed; what does not finish in time is told to come back.

    Args:
        config: of uvicorn.
        state: of the application.
    """

    def __init__(self, config: uvicorn.Config, state: ServerState) -> None:
        super().__init__(config)
        self._state = state
        #: that is told to health checks once voices are served; "" for a server that others stand for
        self.address = ""

    async def startup(self, sockets: list[sockets.socket] | None = None) -> None:
        """Listen, and tell so."""
        await super().startup(sockets)
        if self.started and self.address:
            whereabouts.announce(self.address)

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


def load_engine(settings: ServerSettings) -> Animator | ProcessWorker:
    """Load the source, the network in a process of its own.

    Args:
        settings: what to serve.

    Raises:
        SourceError: the source is missing something.
    """
    if abilities_of(settings.source).is_own_network:
        return ProcessWorker(settings.source, settings.device, settings.model, settings.batch_wait_s)
    return make_animator(settings.source, settings.device, settings.model)


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
    """
    app = create_app(settings, load_engine(settings), answering=answering)
    config = uvicorn.Config(
        app, settings.host, settings.port, ws="websockets-sansio", ws_max_size=MAX_MESSAGE, ws_ping_interval=20.0, ws_ping_timeout=30.0,
        ws_per_message_deflate=False, log_config=LOG_CONFIG, access_log=False, server_header=False, timeout_graceful_shutdown=5,
        ssl_certfile=settings.tls_certificate, ssl_keyfile=settings.tls_key,
    )  # fmt: skip
    return GracefulServer(config, app.state.server)


def bind(settings: ServerSettings) -> sockets.socket:
    """Open the port, so that a port in use is one sentence.

    Raises:
        ServiceError: the address cannot be listened on.
    """
    family = sockets.AF_INET6 if ":" in settings.host else sockets.AF_INET
    listener = sockets.socket(family, sockets.SOCK_STREAM)
    listener.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"Nothing can listen on {settings.host}:{settings.port} ({error.strerror}); choose another port with --port."
        ) from error
    return listener


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
        print(f"Serving {settings.source} on {server.address} (Ctrl+C stops)", flush=True)
        server.run(sockets=[listener])
    except ssl.SSLError as error:
        raise ServiceError("The TLS certificate and its key do not belong together; choose matching PEM files.") from error
    finally:
        listener.close()

"""The socket that a server, or the proxy in front of several, listens on."""

from __future__ import annotations

import socket as sockets

from app.core.errors import ServiceError
from app.remote.server.settings import ServerSettings


def bind(settings: ServerSettings) -> sockets.socket:
    """Open the port, so that a port in use is one sentence.

    Raises:
        ServiceError: the address cannot be listened on.
    """
    family = sockets.AF_INET6 if ":" in settings.host else sockets.AF_INET
    # named as TCP: asyncio sends small answers at once only on sockets that say what they are; others wait 40 ms for an acknowledgement
    listener = sockets.socket(family, sockets.SOCK_STREAM, sockets.IPPROTO_TCP)
    listener.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"Nothing can listen on {settings.host}:{settings.port} ({error.strerror}); choose another port with --port."
        ) from error
    return listener

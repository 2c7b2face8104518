"""Which names a server answers to, and which pages may use it from a browser."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.hosts import is_loopback
from app.remote.server.settings import ServerSettings

#: nothing but a page of the server itself reads these in a browser
OWN_PAGES_ONLY = ("/metrics",)
_EVERYWHERE = ("", "0.0.0.0", "::")


class Origins:
    """Decides by the headers ``Host`` and ``Origin``.

    A page whose name was made to mean this machine (DNS rebinding) is told by its name in ``Host``. An address in numbers cannot be made to
    mean another one, so it is always good.

    Args:
        settings: the address listened on, further names, and the origins that may call.
    """

    def __init__(self, settings: ServerSettings) -> None:
        host = settings.host.strip("[]").lower()
        self._names = {host, *(_name(each) for each in settings.hosts)}
        everywhere = host in _EVERYWHERE
        if not is_loopback(host):
            own = socket.gethostname().lower()
            self._names |= {own, f"{own}.local"}
        # who listens everywhere is called by names that nobody knows beforehand, and without the token they open nothing
        self._any_name = "*" in settings.hosts or (everywhere and settings.guarded and not settings.hosts)
        self._listed = {each.rstrip("/").lower() for each in settings.cors}

    def host_allowed(self, host: str) -> bool:
        """Whether a request for a host is answered; browsers always name one, so nothing is said against none."""
        name = _name(host)
        return not name or self._any_name or name in self._names or is_local(name) or _is_number(name)

    def origin_allowed(self, origin: str, host: str) -> bool:
        """Whether a page may call.

        Args:
            origin: the header; a page from disk or in a sandbox says ``null``.
            host: the header of the same request.
        """
        return "*" in self._listed or origin.lower() in self._listed or self.is_own(origin, host) or is_local_page(origin)

    def is_own(self, origin: str, host: str) -> bool:
        """Whether a page came from this server."""
        parts = _parts(origin)
        return parts is not None and bool(host) and _parts(f"{parts[0]}://{host.strip().lower()}") == parts


class Cors(CORSMiddleware):
    """Tells browsers which pages may read the answers; refusals are JSON, and nobody's page reads the figures.

    Args:
        app: what answers.
        origins: decides.
        listed: origins that may call.
    """

    def __init__(self, app: ASGIApp, origins: Origins, listed: tuple[str, ...]) -> None:
        super().__init__(
            app,
            allow_origins=listed,
            allow_methods=("*",),
            allow_headers=("*",),
            expose_headers=("Retry-After",),
            allow_private_network=True,
        )
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http" and scope["path"].endswith(OWN_PAGES_ONLY):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def is_allowed_origin(self, origin: str) -> bool:
        """See CORSMiddleware."""
        return self._origins.origin_allowed(origin, "")

    def preflight_response(self, request_headers: Headers) -> Response:
        """See CORSMiddleware."""
        answer = super().preflight_response(request_headers)
        if answer.status_code == 200:
            return answer
        headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        return JSONResponse({"detail": "This page may not use this server; list its origin with --cors."}, 403, headers)


def is_local(name: str) -> bool:
    """Whether a name means the machine on which it is said."""
    return is_loopback(name) or name.endswith(".localhost")


def is_local_page(origin: str) -> bool:
    """Whether a page comes from the machine on which it is looked at."""
    parts = _parts(origin)
    return parts is not None and parts[0] in ("http", "https") and is_local(parts[1])


def _parts(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port."""
    try:
        parts = urlsplit(origin)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    if not parts.hostname or parts.path or parts.query or parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port


def _name(host: str) -> str:
    """The name in a Host header, without port, brackets and the dot at its end."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    if name.count(":") == 1:
        name = name.partition(":")[0]
    return name.removesuffix(".")


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

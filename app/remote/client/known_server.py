"""What is kept of a server from one sentence to the next: its report, and connections that are open already."""

from __future__ import annotations

import socket as sockets
import ssl
import threading
import time
import weakref
from contextlib import ExitStack, suppress
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from websockets.protocol import State
from websockets.sync.client import ClientConnection

from app.core.errors import ServiceError
from app.remote.client.http import ServerReport, probe
from app.remote.link.proxies import proxy_for
from app.remote.link.tls import context_for

#: a report is believed for so long; a server that is exchanged in between says in ``ready`` what it is
REPORT_S = 15.0
#: idle HTTP connections are dropped a little before uvicorn drops them (5 s)
_EXPIRY_S = 4.0
_TIMEOUT_S = 5.0


class KnownServer:
    """A server that was asked before. Any thread may use it; get it from ``known_server``.

    Args:
        url: of the server.
        key: its token, "" for none.
        fingerprint: of the one certificate that is taken, "" for what authorities vouch for.

    Attributes:
        proxy: on the way, None without one.

    Raises:
        ServiceError: the key can be none.
    """

    def __init__(self, url: str, key: str, fingerprint: str = "") -> None:
        if not key.isascii() or not key.isprintable():
            raise ServiceError("This token holds characters that no token has; copy it again.")
        self.url, self.key, self.fingerprint = url, key, fingerprint
        self.proxy = proxy_for(url)
        self._lock = threading.Lock()
        self._report: ServerReport | None = None
        self._learned_s = 0.0

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """How it must prove itself; None where the way is not encrypted.

        Raises:
            ServiceError: the file of further authorities cannot be read.
        """
        return context_for(self.fingerprint) if self.url.startswith("https://") else None

    @cached_property
    def client(self) -> httpx.Client:
        """For HTTP requests, with the token; connections stay open for a few seconds.

        Raises:
            ServiceError: as ``tls``, or the proxy is none that can be used.
        """
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else None
        limits = httpx.Limits(keepalive_expiry=_EXPIRY_S)
        verify = self.tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the empty one is never used, and costs nothing
        try:
            client = httpx.Client(timeout=_TIMEOUT_S, headers=headers, limits=limits, verify=verify, trust_env=False, proxy=self.proxy)
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise unusable_proxy(self.url) from error
        weakref.finalize(self, client.close)
        return client

    def report(self) -> ServerReport:
        """What the server says about itself: what it said a moment ago, or an answer of now.

        Raises:
            ServiceError: as ``ask``.
        """
        with self._lock:
            known, age_s = self._report, time.monotonic() - self._learned_s
        return known if known is not None and age_s < REPORT_S else self.ask()

    def ask(self) -> ServerReport:
        """Ask it now.

        Raises:
            ServiceError: it cannot be reached, refuses, or is something else.
        """
        self.forget()
        report = probe(self.client, self.url)
        with self._lock:
            self._report, self._learned_s = report, time.monotonic()
        return report

    def forget(self) -> None:
        """Something went wrong: do not believe what it said before."""
        with self._lock:
            self._report = None


def unusable_proxy(url: str) -> ServiceError:
    """The error of a proxy of another kind than http."""
    host = urlsplit(url).hostname
    return ServiceError(
        f"The proxy that this computer names (HTTP_PROXY, HTTPS_PROXY or ALL_PROXY) is of a kind that cannot be used here; name one that"
        f" speaks http, or add {host} to NO_PROXY."
    )


_servers: weakref.WeakValueDictionary[tuple[str, str, str], KnownServer] = weakref.WeakValueDictionary()
_servers_lock = threading.Lock()


def known_server(url: str, key: str, fingerprint: str = "") -> KnownServer:
    """The one of this address, key and certificate; known as long as a source that uses it exists.

    Args:
        url: of the server.
        key: its token, "" for none.
        fingerprint: of the one certificate that is taken, "" for what authorities vouch for.

    Raises:
        ServiceError: the key can be none.
    """
    with _servers_lock:
        server = _servers.get((url, key, fingerprint))
        if server is None:
            server = _servers[url, key, fingerprint] = KnownServer(url, key, fingerprint)
        return server


class OpenSocket(NamedTuple):
    """A connection to ``/v1/stream``.

    Attributes:
        socket: to speak and hear through.
        session: the word it was opened with (see open_socket).
        leave: closes it.
    """

    socket: ClientConnection
    session: str
    leave: ExitStack


class KeptSocket:
    """A stream's connection between two sentences: one at most, closed when nobody wants it any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OpenSocket | None = None

    def take(self) -> OpenSocket | None:
        """The connection, which is the caller's now; None when there is none that is open."""
        kept = self._exchange(None)
        if kept is not None and kept.socket.state is not State.OPEN:
            kept.leave.close()
            return None
        return kept

    def give(self, opened: OpenSocket) -> None:
        """Keep a connection whose stream is at its end."""
        former = self._exchange(opened)
        if former is not None:
            former.leave.close()

    def drop(self) -> None:
        """Close what is kept, without a word and without waiting; its thread ends by itself."""
        kept = self._exchange(None)
        if kept is not None:
            with suppress(OSError):  # it was closed already
                kept.socket.socket.shutdown(sockets.SHUT_RDWR)

    def _exchange(self, opened: OpenSocket | None) -> OpenSocket | None:
        with self._lock:
            kept, self._kept = self._kept, opened
        return kept

"""What a server is told before it starts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.core.errors import PreviewError
from app.core.hosts import is_loopback

#: names that VisemeSync's settings know; ``GET /health`` reports one of them
BRIDGE_MODELS = ("james", "claire", "mark")
#: shorter tokens can be guessed
LEAST_TOKEN = 16
_MOST_TOKEN_FILE = 1 << 20
_SHORT = f"A token has at least {LEAST_TOKEN} characters; make one with: openssl rand -hex 24."


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


class SettingsError(PreviewError):
    """Settings that cannot be served."""


def read_tokens(path: Path) -> tuple[str, ...]:
    """The tokens in a file: one a line, blank lines and what begins with ``#`` left out.

    Args:
        path: of the file.

    Raises:
        SettingsError: it cannot be read, or holds no tokens, or one that is too short.
    """
    try:
        with path.open(encoding="utf-8") as file:
            lines = file.read(_MOST_TOKEN_FILE).splitlines()
    except (OSError, ValueError) as error:
        raise SettingsError(f"The tokens in {path} cannot be read; write a text file with one token a line.") from error
    words = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")]
    for number, word in words:
        if len(word) < LEAST_TOKEN:
            raise SettingsError(
                f"Line {number} of {path} is no token; one has at least {LEAST_TOKEN} characters, as openssl rand -hex 24 makes it."
            )
    if not words:
        raise SettingsError(f"There are no tokens in {path}; write one a line, each at least {LEAST_TOKEN} characters long.")
    return tuple(word for _, word in words)


def _check_address(proxy: str) -> None:
    try:
        ipaddress.ip_network(proxy)
    except ValueError as error:
        raise SettingsError(
            f"{proxy} is no address of a proxy; give one in numbers such as 10.0.0.5, or a network such as 10.0.0.0/24."
        ) from error


@dataclass(frozen=True)
class ServerSettings:
    """Everything that can be set; the defaults serve one desk.

    Attributes:
        source: ``a2f``, ``a2f:light``, ``nvidia:FOLDER``, ``mock`` or any other source that needs no phones.
        device: ``auto``, ``cpu`` or ``cuda``.
        host: to listen on.
        port: to listen on; 0 takes a free one.
        token: asked of every caller; "" for none, which is allowed on this machine only.
        tokens: further ones that are as good.
        token_file: holds tokens, one a line, ``#`` begins a remark; read again when it changes.
        cors: web origins that may call beside pages of this server and of the machine on which they are looked at; ``*`` for all.
        hosts: names that this server goes by, beside the address listened on; ``*`` for any.
        tls_certificate: PEM file; with ``tls_key`` the server speaks https and wss.
        tls_key: PEM file.
        model: the name that VisemeSync's health report carries, an NVIDIA bundle's own name wins.
        fps: frames per second of VisemeSync's routes.
        emotion_strength: reported to VisemeSync's client.
        smoothing: reported to VisemeSync's client.
        max_upload_bytes: larger uploads are refused.
        max_clip_s: longer clips and streams are refused.
        max_streams: never more voices than this at once; None for as many as the server is measured to carry.
        neighbours: other servers that work on the same cores of this machine, and of which this one's measurement has to leave something.
        trace: address of an OpenTelemetry collector that traces of voices are sent to (OTLP over HTTP); "" for none.
        idle_s: a stream that sends nothing, or reads nothing, for this long is closed.
        silent_s: a stream that sends nothing but pings for this long is closed.
        resume_s: a lost stream is kept for this long.
        session_s: VisemeSync's sessions are kept this long after their stream, ten times as long before it.
        window_s: seconds of sound a client may send ahead of its frames.
        batch_wait_s: the longest that a voice waits for others to share a call with.
        drain_s: running streams get this long to finish when the server stops.
        max_header_bytes: of the head of a request.
        request_s: from the connection to the whole head of a request, TLS and a WebSocket's handshake included.
        body_s: an upload may be slow for so long; after it, it comes with 8 KiB a second at least.
        connections: at once.
        per_address: connections of one address, this machine's own too.
        worker: its name among several behind one address, "" when it is alone.
        sessions_folder: where several on one machine leave each other the clips of VisemeSync's sessions; None when it is alone.
        proxies: addresses or networks of proxies in front, of our operator's: they say whose a request is, and count connections.
        behind_proxy: it is reached through HAProxy alone, which counts connections and tells whose they are (``X-Forwarded-For``).
    """

    source: str = "a2f"
    device: str = "auto"
    host: str = "127.0.0.1"
    port: int = 8000
    token: str = field(default="", repr=False)
    tokens: tuple[str, ...] = field(default=(), repr=False)
    token_file: Path | None = None
    cors: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    model: str = "james"
    fps: int = 30
    emotion_strength: float = 0.6
    smoothing: float = 0.3
    max_upload_bytes: int = 64 << 20
    max_clip_s: float = 1800.0
    max_streams: int | None = None
    neighbours: int = 0
    trace: str = ""
    idle_s: float = 30.0
    silent_s: float = 120.0
    resume_s: float = 30.0
    session_s: float = 60.0
    window_s: float = 10.0
    batch_wait_s: float = 0.01
    drain_s: float = 10.0
    max_header_bytes: int = 16 << 10
    request_s: float = 10.0
    body_s: float = 20.0
    connections: int = 512
    per_address: int = 64
    worker: str = ""
    sessions_folder: Path | None = None
    behind_proxy: bool = False
    proxies: tuple[str, ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether callers have to give a token."""
        return bool(self.token or self.tokens or self.token_file)

    def __post_init__(self) -> None:
        self._check_tokens()
        if self.per_address < 1 or self.connections < 1:
            raise SettingsError("At least one connection has to be allowed; choose --per-address from 1.")
        if not self.guarded and not is_loopback(self.host):
            raise SettingsError(f"A server on {self.host} can be reached by others; give it a token with --token.")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise SettingsError("TLS needs both a certificate and its key; give --tls-cert and --tls-key.")
        for path in (self.tls_certificate, self.tls_key):
            if path is not None and not path.is_file():
                raise SettingsError(f"There is no TLS file at {path}; check the path.")
        if self.trace and not _is_address(self.trace):
            raise SettingsError(f"{self.trace!r} is not the address of a collector; write --trace http://HOST:4318.")
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"A port is a number from 0 to 65535, not {self.port}.")
        for proxy in self.proxies:
            _check_address(proxy)
        if self.max_streams is not None and self.max_streams < 1:
            raise SettingsError(f"A server carries at least 1 voice, not {self.max_streams}; leave --max-streams out to have it measured.")
        if not 0 <= self.batch_wait_s <= 0.02:
            raise SettingsError("Voices may wait at most 20 ms for each other; set batch_wait_s from 0 to 0.02.")

    def _check_tokens(self) -> None:
        if any(len(token) < LEAST_TOKEN for token in (self.token, *self.tokens) if token) or "" in self.tokens:
            raise SettingsError(_SHORT)
        if self.token_file is not None:
            read_tokens(self.token_file)

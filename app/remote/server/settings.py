"""What a server is told before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.core.errors import PreviewError
from app.core.hosts import is_loopback

#: names that VisemeSync's settings know; ``GET /health`` reports one of them
BRIDGE_MODELS = ("james", "claire", "mark")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


class SettingsError(PreviewError):
    """Settings that cannot be served."""


@dataclass(frozen=True)
class ServerSettings:
    """Everything that can be set; the defaults serve one desk.

    Attributes:
        source: ``a2f``, ``a2f:light``, ``nvidia:FOLDER``, ``mock`` or any other source that needs no phones.
        device: ``auto``, ``cpu`` or ``cuda``.
        host: to listen on.
        port: to listen on; 0 takes a free one.
        token: asked of every caller; "" for none, which is allowed on this machine only.
        cors: web origins that may call; ``*`` for all.
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
        resume_s: a lost stream is kept for this long.
        session_s: VisemeSync's sessions are kept this long after their stream, ten times as long before it.
        window_s: seconds of sound a client may send ahead of its frames.
        batch_wait_s: the longest that a voice waits for others to share a call with.
        drain_s: running streams get this long to finish when the server stops.
    """

    source: str = "a2f"
    device: str = "auto"
    host: str = "127.0.0.1"
    port: int = 8000
    token: str = ""
    cors: tuple[str, ...] = ("*",)
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
    resume_s: float = 30.0
    session_s: float = 60.0
    window_s: float = 10.0
    batch_wait_s: float = 0.01
    drain_s: float = 10.0

    def __post_init__(self) -> None:
        if not self.token and not is_loopback(self.host):
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
        if self.max_streams is not None and self.max_streams < 1:
            raise SettingsError(f"A server carries at least 1 voice, not {self.max_streams}; leave --max-streams out to have it measured.")
        if not 0 <= self.batch_wait_s <= 0.02:
            raise SettingsError("Voices may wait at most 20 ms for each other; set batch_wait_s from 0 to 0.02.")

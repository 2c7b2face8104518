"""A plain HTTP or HTTPS server on this machine whose every answer a test decides: its status, its clock, its words."""

from __future__ import annotations

import datetime
import ssl
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self


class PlainService:
    """The server, as a context.

    Attributes:
        status: of every answer.
        body: of every answer.
        behind_s: by how much its clock is behind ours.
        asked: first lines and headers of all questions.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.status, self.body, self.behind_s = 200, b"[]", 0.0
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._http = _PlainHttp(("127.0.0.1", 0), _Answer)
        self._http.service = self
        self.port = self._http.server_address[1]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, name="plain service")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _PlainHttp(ThreadingHTTPServer):
    service: PlainService
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that refuses our certificate is part of the tests."""


class _Answer(BaseHTTPRequestHandler):
    server: _PlainHttp
    timeout = 5

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The time by the server's clock."""
        return formatdate(time.time() - self.server.service.behind_s, usegmt=True)

    def _answer(self) -> None:
        service = self.server.service
        service.asked.append((self.requestline, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(service.status)
        self.send_header("Content-Length", str(len(service.body)))
        self.end_headers()
        self.wfile.write(service.body)

    do_GET = do_POST = do_CONNECT = _answer


def self_signed(folder: Path) -> Path:
    """A certificate of this machine that nobody vouches for, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    form = serialization.PrivateFormat.PKCS8
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path

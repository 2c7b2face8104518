"""Encrypted ways to servers: who vouches for a certificate, or which certificate alone is taken."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path
from typing import Any

from app.core.errors import ServiceError
from app.remote.link.trust import fingerprint_of

#: a file (PEM) with further authorities, or with the certificates of servers themselves
CA_VARIABLE = "VISEMESYNC_TLS_CA"


class OtherCertificate(ssl.SSLError):
    """The server shows another certificate than the one that was trusted; nothing has been sent to it."""


class SpeaksTls(ServiceError):
    """A server was asked without encryption, and wants some."""


class _FingerprintContext(ssl.SSLContext):
    """Takes one certificate, whoever signed it, and no other."""

    fingerprint = ""


def _compare(greeted: ssl.SSLSocket | ssl.SSLObject) -> None:
    """Before anything is sent: is it the certificate that was trusted?"""
    shown, context = greeted.getpeercert(binary_form=True), greeted.context
    if shown is None or not isinstance(context, _FingerprintContext) or fingerprint_of(shown) != context.fingerprint:
        raise OtherCertificate("another certificate")


class _FingerprintSocket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        _compare(self)


class _FingerprintObject(ssl.SSLObject):
    """The same inside the encrypted way to a proxy."""

    def do_handshake(self) -> None:
        super().do_handshake()
        _compare(self)


def context_for(fingerprint: str = "") -> ssl.SSLContext:
    """How a server must prove itself.

    Args:
        fingerprint: of the one certificate that was trusted for it; "" for what authorities vouch for: those of the system, those that
            browsers know, and those of the file that ``VISEMESYNC_TLS_CA`` names.

    Raises:
        ServiceError: that file cannot be read.
    """
    if fingerprint:
        pinned = _FingerprintContext(ssl.PROTOCOL_TLS_CLIENT)
        pinned.check_hostname = False  # it is this very certificate, whatever name stands in it
        pinned.verify_mode = ssl.CERT_NONE
        pinned.fingerprint = fingerprint
        pinned.sslsocket_class, pinned.sslobject_class = _FingerprintSocket, _FingerprintObject
        return pinned
    context = ssl.create_default_context()
    try:
        import certifi
    except ModuleNotFoundError:  # the system's alone
        pass
    else:
        context.load_verify_locations(certifi.where())
    file = os.environ.get(CA_VARIABLE, "").strip()
    if file:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a server's own certificate may stand there as well
        _load(context, Path(file))
    return context


def _load(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as error:
        raise ServiceError(f"{file} holds no certificates; give --tls-ca or {CA_VARIABLE} a PEM file.") from error
    except OSError as error:
        words = error.strerror or "it cannot be read"
        raise ServiceError(f"{file} cannot be read ({words}); check the file of --tls-ca or {CA_VARIABLE}.") from error


def fingerprint_of_file(certificate: Path) -> str:
    """The fingerprint of the first certificate in a file (PEM), "" where there is none."""
    try:
        text = certificate.read_text("ascii", errors="replace")
        begin = text.index(ssl.PEM_HEADER)
        return fingerprint_of(ssl.PEM_cert_to_DER_cert(text[begin : text.index(ssl.PEM_FOOTER, begin) + len(ssl.PEM_FOOTER)]))
    except (OSError, ValueError):
        return ""


def shown_certificate(host: str, port: int, timeout_s: float = 3.0) -> bytes:
    """Look at the certificate that a server shows; nothing is sent to it.

    Args:
        host: where.
        port: where.
        timeout_s: at most for connecting and for greeting, each.

    Returns:
        The certificate (DER); b"" when nobody speaks TLS there.
    """
    looking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    looking.check_hostname = False
    looking.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), timeout_s) as way, looking.wrap_socket(way, server_hostname=host) as greeted:
            return greeted.getpeercert(binary_form=True) or b""
    except (OSError, ValueError):
        return b""


def tls_error(error: BaseException) -> ssl.SSLError | None:
    """What of TLS lies under an error, however deep."""
    found: Any = error
    seen: set[int] = set()
    while found is not None and id(found) not in seen:
        if isinstance(found, ssl.SSLError):
            return found
        seen.add(id(found))
        found = found.__cause__ or found.__context__
    return None

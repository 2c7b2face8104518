"""Which certificates of servers a person has trusted, by their fingerprints, as ssh keeps the keys of hosts."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Mapping

from app.core.errors import ServiceError

_IN_ADDRESS = re.compile(r"#sha-?256[=:]([^#]*)$", re.IGNORECASE)
_HEX = re.compile(r"[0-9A-F]{64}")


class UntrustedCertificate(ServiceError):
    """Nobody vouches for the certificate that a server shows.

    Args:
        message: one sentence.
        server: name of the server (see link.addresses.server_name).
        fingerprint: SHA-256 of what it shows.
    """

    def __init__(self, message: str, server: str, fingerprint: str) -> None:
        super().__init__(message)
        self.server, self.fingerprint = server, fingerprint


def fingerprint_of(certificate: bytes) -> str:
    """The SHA-256 of a certificate (DER), as browsers and openssl write it: 32 pairs of digits with colons."""
    return hashlib.sha256(certificate).digest().hex(":").upper()


def read_fingerprint(text: str) -> str:
    """A fingerprint as people write it, with or without colons, large or small.

    Raises:
        ServiceError: it is none.
    """
    digits = re.sub(r"[:\s]", "", text).upper()
    if not _HEX.fullmatch(digits):
        raise ServiceError("A fingerprint is the SHA-256 of a certificate, 64 digits from 0 to F; the server prints it when it starts.")
    return ":".join(digits[i : i + 2] for i in range(0, 64, 2))


def split_fingerprint(address: str) -> tuple[str, str]:
    """Part an address from the ``#sha256=FINGERPRINT`` at its end.

    Args:
        address: of a server, with a token perhaps.

    Returns:
        The address without it, and the fingerprint or "".

    Raises:
        ServiceError: something else stands there.
    """
    found = _IN_ADDRESS.search(address)
    return (address, "") if found is None else (address[: found.start()], read_fingerprint(found.group(1)))


def without_fingerprint(spec: str) -> str:
    """A source's words without any ``#sha256=...``: what a file from somebody else names is not trusted for that."""
    return _IN_ADDRESS.sub("", spec)


class TrustedCertificates:
    """Fingerprints by the names of servers. Any thread may use it."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def find(self, server: str) -> str:
        """The fingerprint that was trusted for a server, "" for none."""
        with self._lock:
            return self._known.get(server, "")

    def use(self, server: str, fingerprint: str) -> None:
        """Trust this certificate of a server, and no other; "" trusts none any more."""
        with self._lock:
            self._known.pop(server, None)
            if fingerprint:
                self._known[server] = read_fingerprint(fingerprint)

    def learn(self, server: str, fingerprint: str) -> None:
        """Trust a certificate unless another one of this server is trusted already, which only a person changes."""
        if not self.find(server):
            self.use(server, fingerprint)

    def restore(self, kept: Mapping[str, str]) -> None:
        """Take up what was kept; what is no fingerprint is left out."""
        for server, fingerprint in kept.items():
            try:
                self.use(server, fingerprint)
            except ServiceError:
                continue

    def kept(self) -> dict[str, str]:
        """All of them, by name."""
        with self._lock:
            return dict(self._known)


#: of this process
TRUSTED = TrustedCertificates()

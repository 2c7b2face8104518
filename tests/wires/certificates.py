"""Certificates of servers, made for a test."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    """One with its key.

    Attributes:
        cert, key: PEM files.
        fingerprint: SHA-256, pairs of digits with colons.
    """

    cert: Path
    key: Path
    fingerprint: str

    def context(self) -> ssl.SSLContext:
        """As a server uses it."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.cert, self.key)
        return made


def self_signed(folder: Path, host: str = "127.0.0.1", days: int = 2) -> Certificate:
    """A certificate that signs itself, as `openssl req -x509` makes one.

    Args:
        folder: for the files.
        host: that it is made for.
        days: that it is good for; negative for one that has expired.
    """
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    called = x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=9))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([called]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = [folder / f"{host}{days}.{kind}.pem" for kind in ("cert", "key")]
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return Certificate(files[0], files[1], made.fingerprint(hashes.SHA256()).hex(":").upper())

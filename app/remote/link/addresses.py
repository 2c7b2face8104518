"""Addresses of servers as people write them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from app.core.errors import ServiceError

_IN_ADDRESS = re.compile(r"/t/([^/?#]+)/*$")
KINDS = ("remote", "nim")


def server_url(text: str) -> str:
    """Complete an address: ``host:8000`` becomes ``http://host:8000``; no slash at the end.

    Raises:
        ServiceError: it is no address.
    """
    url = (text if "://" in text else f"http://{text}").rstrip("/")
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise ServiceError(f"{text!r} is not a server address; write remote:http://HOST:PORT.")
    return url


def split_token(address: str) -> tuple[str, str]:
    """Part an address from the ``/t/TOKEN`` at its end.

    Args:
        address: of a server.

    Returns:
        The address without it, and the token or "".
    """
    found = _IN_ADDRESS.search(address)
    return (address, "") if found is None else (address[: found.start()], found.group(1))


def is_remote(spec: str) -> bool:
    """Whether a source, by its words, is a server."""
    return spec.partition(":")[0] in KINDS


def server_name(spec: str) -> str:
    """One name for all ways to write a server, as its key is filed.

    Args:
        spec: ``remote:URL`` without a token, or ``nim:HOST:PORT``.

    Raises:
        ServiceError: it is no address.
    """
    kind, _, address = spec.partition(":")
    return f"remote:{server_url(address)}" if kind == "remote" else f"{kind}:{address}"


def host_of(spec: str) -> str:
    """Host and port of a server, for people."""
    address = spec.partition(":")[2]
    return urlsplit(address if "://" in address else f"//{address}").netloc.rpartition("@")[2] or address

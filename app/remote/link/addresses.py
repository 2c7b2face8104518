"""Servers as people write them: what kinds there are, and their addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.errors import ServiceError

_IN_ADDRESS = re.compile(r"/t/([^/?#]+)/*$")


@dataclass(frozen=True)
class ServerKind:
    """What is the same for all servers of one kind, known before any of them was asked.

    Attributes:
        word: what stands before the colon of a source's words.
        title: as pickers name it.
        listens_live: whether a microphone's voice can be sent there while it is spoken (see link.meter.HearsFar).
        beat_s: an idle server is asked how it is at most so often.
        complete: an address as it was typed -> the one way to write it.
    """

    word: str
    title: str
    listens_live: bool
    beat_s: float
    complete: Callable[[str], str]


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


#: by word; a microservice has no cheap question, so it is asked less often
KINDS = {
    "remote": ServerKind("remote", "Remote", True, 5.0, server_url),
    "nim": ServerKind("nim", "NVIDIA NIM", False, 30.0, str.strip),
}


def kind_of(spec: str) -> ServerKind | None:
    """What kind of server a source, by its words, is; None for a source that is none."""
    return KINDS.get(spec.partition(":")[0])


def is_remote(spec: str) -> bool:
    """Whether a source, by its words, is a server."""
    return kind_of(spec) is not None


def server_name(spec: str) -> str:
    """One name for all ways to write a server, as its key is filed.

    Args:
        spec: ``remote:URL`` without a token, or ``nim:HOST:PORT``.

    Raises:
        ServiceError: it is no address.
    """
    word, _, address = spec.partition(":")
    kind = KINDS.get(word)
    return spec if kind is None else f"{word}:{kind.complete(address)}"


def host_of(spec: str) -> str:
    """Host and port of a server, for people."""
    address = spec.partition(":")[2]
    return urlsplit(address if "://" in address else f"//{address}").netloc.rpartition("@")[2] or address


def is_far(spec: str) -> bool:
    """Whether a server stands beyond this machine and its own network, where it is likely to be rented by the hour."""
    try:
        host = (urlsplit(f"//{host_of(spec)}").hostname or "").lower()
    except ValueError:
        return False
    if not host or host == "localhost" or host.endswith((".local", ".lan", ".internal")) or "." not in host.strip("[]").replace(":", "."):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return True

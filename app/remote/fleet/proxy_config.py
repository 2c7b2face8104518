"""What HAProxy is told: the template haproxy.cfg, filled in."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from app.remote.server.settings import ServerSettings

TEMPLATE = Path(__file__).with_name("haproxy.cfg")
#: HAProxy's socket for orders, and the supervisor's for figures, in the fleet's folder
ADMIN, FIGURES = "admin.sock", "figures.sock"
#: requests that one address may have refused in ten seconds
ERRORS = 60
#: connections that are no requests yet, above those of one address that are answered 429
_UNSPOKEN = 32
#: one of HAProxy's threads carries several workers
_WORKERS_A_THREAD = 4
#: where the certificate lies in the folder; HAProxy finds the key beside it
_CERTIFICATE, _KEY = "server.pem", "server.pem.key"


@dataclass(frozen=True)
class Front:
    """Where HAProxy listens and what it leans on.

    Attributes:
        folder: the fleet's, readable by its user alone.
        descriptor: of the socket that is bound to the server's address already.
    """

    folder: Path
    descriptor: int


def socket_path(folder: Path, name: str) -> Path:
    """Where the worker of a name is reached on this machine."""
    return folder / f"{name}.sock"


def configuration(settings: ServerSettings, front: Front, addresses: Mapping[str, str]) -> str:
    """The configuration as a text.

    Args:
        settings: of the server; TLS, limits and times are HAProxy's part of them.
        front: where it listens.
        addresses: of the workers, by name, as HAProxy writes them: ``unix@PATH`` or ``HOST:PORT``.
    """
    threads = max(1, min(os.cpu_count() or 1, len(addresses) // _WORKERS_A_THREAD))
    connections = min(settings.connections * len(addresses), _most_connections())
    words = {
        "folder": front.folder,
        "threads": threads,
        "connections": connections,
        "request": f"{round(settings.request_s * 1000)}ms",
        "door": " ".join([f"fd@{front.descriptor}", *_tls(settings, front.folder)]),
        "per_address": settings.per_address,
        "address_limit": settings.per_address + _UNSPOKEN,
        "address_rate": 10 * settings.per_address,
        "errors": ERRORS,
        "worker_connections": settings.connections,
        "workers": "\n".join(line for name, address in addresses.items() for line in _worker(name, address)),
    }
    return Template(TEMPLATE.read_text("utf-8")).substitute(words)


def certificate_order(folder: Path) -> Path:
    """By what path HAProxy knows the certificate."""
    return folder / _CERTIFICATE


def _worker(name: str, address: str) -> list[str]:
    """A worker and what belongs to it by name: sessions, streams that are taken up again, whoever asks for it."""
    named = (f"path_reg ^(/t/[^/]*)?/ws/{name}-", f"req.hdr(x-session-id) -m beg {name}-", f"url_param(worker) -m str {name}")
    return [*(f"    use-server {name} if {{ {condition} }}" for condition in named), f"    server {name} {address}"]


def _tls(settings: ServerSettings, folder: Path) -> list[str]:
    """The certificate is looked for beside a link to it, so that no key is copied."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return []
    for name, file in ((_CERTIFICATE, settings.tls_certificate), (_KEY, settings.tls_key)):
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(file.resolve())
    return ["ssl", "crt", str(folder / _CERTIFICATE), "alpn", "http/1.1"]


def _most_connections() -> int:
    """As many as the system lets a program have files for: a connection takes two."""
    if sys.platform == "win32":
        raise OSError("HAProxy is not there for Windows")
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 1 << 20 if files == resource.RLIM_INFINITY else max((files - 256) // 2, 64)

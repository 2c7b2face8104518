"""What a server says of itself at ``/metrics``: processor time, memory, voices."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx

from app.core.errors import ServiceError
from app.remote.client.http import check_answer
from app.remote.client.known_server import KnownServer
from app.remote.client.reaching import why_not

_LINE = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
_BUSY = ("process_cpu_seconds_total", "visemesync_engine_process_cpu_seconds_total")
_MEMORY = ("process_resident_memory_bytes", "visemesync_engine_process_resident_memory_bytes")


@dataclass(frozen=True)
class ServerFigures:
    """Of a server and its engine, or of all servers behind one address.

    Attributes:
        busy_s: seconds of processor time since the start; None where it is not told.
        memory: bytes; None where it is not told.
        capacity: voices that are offered; None where it is not told.
    """

    busy_s: float | None = None
    memory: float | None = None
    capacity: int | None = None


def read_figures(text: str) -> ServerFigures:
    """From Prometheus' exposition format; values of several servers are added up."""
    sums: dict[str, float] = {}
    for name, _, value in _LINE.findall(text):
        if name in (*_BUSY, *_MEMORY, "visemesync_voices_capacity"):
            try:
                sums[name] = sums.get(name, 0.0) + float(value)
            except ValueError:
                continue
    busy = [sums[name] for name in _BUSY if name in sums]
    memory = [sums[name] for name in _MEMORY if name in sums]
    capacity = sums.get("visemesync_voices_capacity")
    return ServerFigures(sum(busy) if busy else None, sum(memory) if memory else None, None if capacity is None else int(capacity))


def server_figures(server: KnownServer) -> ServerFigures:
    """Ask a server.

    Args:
        server: that is asked.

    Raises:
        ServiceError: it cannot be reached, or refuses.
    """
    try:
        answer = server.client.get(f"{server.url}/metrics")
        if answer.status_code == 404:  # an older server, or VisemeSync's
            return ServerFigures()
        return read_figures(check_answer(answer).text)
    except httpx.HTTPError as error:
        raise why_not(server.url, error) from error
    except httpx.InvalidURL as error:
        raise ServiceError(f"{server.url!r} is not a server address; write http://HOST:PORT.") from error

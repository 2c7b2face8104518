"""What a page of another site tries in the browser of somebody whose server runs on this machine."""

from __future__ import annotations

import contextlib

from tests.attacks import wire
from tests.attacks.bombs import wav
from tests.attacks.victim import Victim

EVIL = "https://evil.example"


def foreign_page(victim: Victim, _: float, origin: str = EVIL) -> str:
    """A page opens a socket, posts, and reads."""
    more = f"Origin: {origin}\r\n"
    seen = []
    try:
        with contextlib.closing(wire.opened(victim.port, victim.token, more=more)):
            seen.append("socket opened")
    except ConnectionError:
        seen.append("socket refused")
    answer = wire.exchanged(victim.port, wire.posted("/process-sync", wav(16000, 16000), more=more, token=victim.token))
    seen.append(f"post {wire.status_of(answer)}")
    for path in ("/health", "/metrics"):
        head = read(victim, path, more).partition(b"\r\n\r\n")[0]
        seen.append(f"{path} {'readable' if b'access-control-allow-origin' in head.lower() else 'not readable'}")
    return ", ".join(seen)


def wrong_host(victim: Victim, _: float) -> str:
    """A page whose name was made to mean this machine (DNS rebinding)."""
    host = f"evil.example:{victim.port}"
    answers = [read(victim, path, f"Origin: http://{host}\r\n", host) for path in ("/health", "/metrics", "/")]
    request = wire.upgrade(token=victim.token, more=f"Origin: http://{host}\r\n", host=host)
    with contextlib.closing(wire.connected(victim.port)) as one:
        one.sendall(request)
        answers.append(wire.received(one, 1 << 12, until=b"\r\n\r\n"))
    return "answered " + ", ".join(str(wire.status_of(answer)) for answer in answers)


def odd_paths(victim: Victim, _: float) -> str:
    """Paths that no file can have."""
    paths = ("/demo/three/a%00.js", "/demo/%00", "/%00", "/demo/three/..%2f..%2f..%2fpackage.json", "/ws/%00")
    return "answered " + ", ".join(str(wire.status_of(read(victim, path))) for path in paths)


def read(victim: Victim, path: str, more: str = "", host: str = "127.0.0.1") -> bytes:
    """A GET with headers of one's own."""
    bearer = f"Authorization: Bearer {victim.token}\r\n" if victim.token else ""
    return wire.exchanged(victim.port, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{bearer}{more}\r\n".encode())

"""Attacks by number: what is never finished, what never ends, what is not read."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time

from tests.attacks import wire
from tests.attacks.victim import Victim

#: half a request
HALF = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "


def endless_header(victim: Victim, seconds: float) -> str:
    """One connection, one header without an end."""
    with wire.connected(victim.port) as one:
        one.sendall(HALF)
        taken = wire.poured(one, b"a" * (1 << 16), seconds, 200 << 20)
    return f"{taken / (1 << 20):.1f} MB taken"


def endless_headers(victim: Victim, seconds: float) -> str:
    """One connection, header after header."""
    with wire.connected(victim.port) as one:
        one.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        taken = wire.poured(one, b"a: b\r\n" * 10_000, seconds, 200 << 20)
    return f"{taken / (1 << 20):.1f} MB taken"


def _held(victim: Victim, first: bytes, count: int, seconds: float) -> str:
    """Many connections that say the same and then nothing."""
    ones: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        end_s = time.monotonic() + seconds
        for _ in range(count):
            with contextlib.suppress(OSError):
                one = stack.enter_context(wire.connected(victim.port, 1.0))
                one.sendall(first)
                ones.append(one)
        threading.Event().wait(max(end_s - time.monotonic(), 0))
        return f"{_still_open(ones)} of {count} connections held"


def _still_open(ones: list[socket.socket]) -> int:
    """How many connections the server keeps; what it is just closing is waited for."""
    now, same, give_up_s = len(ones), 0, time.monotonic() + 10
    while same < 3 and time.monotonic() < give_up_s:
        threading.Event().wait(0.1)
        before, now = now, sum(not wire.is_closed(one) for one in ones)
        same = same + 1 if now == before < len(ones) else 0
    return now


def half_requests(victim: Victim, seconds: float, count: int = 1100) -> str:
    """Requests of which only the first lines come."""
    return _held(victim, HALF, count, seconds)


def half_handshakes(victim: Victim, seconds: float, count: int = 600) -> str:
    """Handshakes of WebSockets that stop before their end."""
    return _held(victim, wire.upgrade(token=victim.token)[:-4], count, seconds)


def silent_sockets(victim: Victim, seconds: float, count: int = 600) -> str:
    """WebSockets that are opened and say nothing."""
    return _held(victim, wire.upgrade(token=victim.token), count, seconds)


def quick_resets(victim: Victim, seconds: float, count: int = 256) -> str:
    """Streams that are begun and reset at once, until no place is left."""
    sound = b"VS\1\1" + bytes(20) + bytes(640)
    begun = 0
    for _ in range(count):
        with contextlib.suppress(OSError):
            one = wire.opened(victim.port, victim.token)
            one.sendall(wire.frame(wire.TEXT, b'{"type":"start"}') + wire.frame(wire.BINARY, sound))
            wire.received(one, 4)
            wire.reset(one)
            begun += 1
    locked_s = _locked_out_s(victim, seconds)
    return f"{begun} begun, then no place for {locked_s:.1f} s"


def _locked_out_s(victim: Victim, seconds: float) -> float:
    """How long an honest stream is told that all places are taken, at most so many seconds."""
    begun_s = time.monotonic()
    while time.monotonic() - begun_s < seconds:
        with contextlib.suppress(OSError):
            one = wire.opened(victim.port, victim.token)
            one.sendall(wire.frame(wire.TEXT, b'{"type":"start"}'))
            answer = wire.received(one, 1 << 12, until=b"}")
            one.sendall(wire.frame(wire.TEXT, b'{"type":"cancel"}'))
            one.close()
            if b'"ready"' in answer:
                break
        threading.Event().wait(0.1)
    return time.monotonic() - begun_s


def ping_flood(victim: Victim, seconds: float) -> str:
    """Pings whose pongs are not read."""
    with contextlib.closing(wire.opened(victim.port, victim.token)) as one:
        taken = wire.poured(one, wire.frame(wire.PING, b"p" * 125) * 512, seconds)
    return f"{taken / (1 << 20):.0f} MB of pings taken"


def small_pings(victim: Victim, seconds: float) -> str:
    """Empty pings, as many as fit."""
    with contextlib.closing(wire.opened(victim.port, victim.token)) as one:
        taken = wire.poured(one, wire.frame(wire.PING, b"") * 10_000, seconds)
    return f"{taken // 6} pings taken"


def empty_fragments(victim: Victim, seconds: float) -> str:
    """A message of empty parts that never ends."""
    with contextlib.closing(wire.opened(victim.port, victim.token)) as one:
        one.sendall(wire.frame(wire.BINARY, b"", final=False))
        taken = wire.poured(one, wire.frame(wire.CONTINUATION, b"", final=False) * 10_000, seconds)
    return f"{taken // 6} fragments taken"


def oversized_frames(victim: Victim, seconds: float, count: int = 64) -> str:
    """Frames that claim 1 TB, and frames just over the limit that are never finished."""
    ones = []
    for _ in range(count):
        with contextlib.suppress(OSError):
            one = wire.opened(victim.port, victim.token)
            one.sendall(b"\x82\xff" + (1 << 40).to_bytes(8, "big") + bytes(4) + b"x" * 1000)
            ones.append(one)
    closed = sum(wire.is_closed(one, min(seconds, 5.0)) for one in ones)
    for one in ones:
        one.close()
    return f"{closed} of {len(ones)} closed"


def endless_chunks(victim: Victim, seconds: float) -> str:
    """A body in chunks of one byte that never ends."""
    with wire.connected(victim.port) as one:
        bearer = f"Authorization: Bearer {victim.token}\r\n" if victim.token else ""
        head = f"POST /process HTTP/1.1\r\nHost: 127.0.0.1\r\n{bearer}Transfer-Encoding: chunked\r\n"
        one.sendall(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode())
        taken = wire.poured(one, b"1\r\n-\r\n" * 10_000, seconds)
    return f"{taken / (1 << 20):.0f} MB taken"


def slow_bodies(victim: Victim, seconds: float, count: int = 300) -> str:
    """Uploads that come byte by byte."""
    whole = wire.posted("/process", bytes(1 << 20), token=victim.token)
    ones = []
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            with contextlib.suppress(OSError):
                one = stack.enter_context(wire.connected(victim.port, 1.0))
                one.sendall(whole[:400])
                ones.append(one)
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            for one in ones:
                with contextlib.suppress(OSError):
                    one.send(b"\0")
            threading.Event().wait(0.5)
        held = _still_open(ones)
    return f"{held} of {count} uploads held"


def unread_answers(victim: Victim, seconds: float, count: int = 64) -> str:
    """Large answers that are asked for and not read."""
    request = f"GET /demo/avatar.glb HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {victim.token or 'none'}\r\n\r\n".encode()
    return _held(victim, request, count, seconds)


def wrong_tokens(victim: Victim, seconds: float, threads: int = 8) -> str:
    """Guesses at the token, one after the other on kept connections."""
    counts = [0] * threads

    def guess(which: int) -> None:
        end_s, i = time.monotonic() + seconds, 0
        while time.monotonic() < end_s:
            with contextlib.suppress(OSError), wire.connected(victim.port) as one:
                while time.monotonic() < end_s:
                    i += 1
                    word = f"guess-{which:04}-{i:012}"
                    one.sendall(f"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {word}\r\n\r\n".encode())
                    answer = wire.received(one, 1 << 12, until=b"}", patience_s=seconds)
                    counts[which] += bool(answer)
                    if not answer or b"connection: close" in answer.lower():
                        break

    guessing = [threading.Thread(target=guess, args=(which,)) for which in range(threads)]
    for each in guessing:
        each.start()
    for each in guessing:
        each.join()
    return f"{sum(counts) / seconds:.1f} guesses answered per second"


def many_parts(victim: Victim, seconds: float) -> str:
    """Uploads of a thousand files each."""
    part = b'--x\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\n' + b"\0" * 60_000 + b"\r\n"
    body = part * 990 + b"--x--\r\n"
    bearer = f"Authorization: Bearer {victim.token}\r\n" if victim.token else ""
    head = f"POST /process HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{bearer}Content-Type: multipart/form-data; boundary=x\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    statuses: list[int] = []
    posting = [
        threading.Thread(target=lambda: statuses.append(wire.status_of(wire.exchanged(victim.port, request, seconds)))) for _ in range(4)
    ]
    for each in posting:
        each.start()
    for each in posting:
        each.join()
    return f"answered {json.dumps(sorted(statuses))}"

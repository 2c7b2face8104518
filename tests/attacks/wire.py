"""Raw sockets: what an attacker writes is not what any library would write."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import time

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
RESET = struct.pack("ii", 1, 0)
TEXT, BINARY, CONTINUATION, PING = 1, 2, 0, 9


def connected(port: int, patience_s: float = 10.0) -> socket.socket:
    """A connection to this machine."""
    return socket.create_connection(("127.0.0.1", port), patience_s)


def upgrade(path: str = "/v1/stream", token: str = "", more: str = "", host: str = "127.0.0.1") -> bytes:
    """The head of a WebSocket's handshake."""
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    lines = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{bearer}{more}"
    return f"{lines}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n".encode()


def frame(opcode: int, payload: bytes, final: bool = True) -> bytes:
    """A masked frame of a client."""
    head = bytes([(0x80 if final else 0) | opcode])
    size = len(payload)
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 1 << 16:
        head += bytes([0x80 | 126]) + struct.pack(">H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", size)
    return head + bytes(4) + payload  # a mask of zeros leaves the payload as it is


def opened(port: int, token: str = "", path: str = "/v1/stream", more: str = "") -> socket.socket:
    """An open WebSocket."""
    one = connected(port)
    one.sendall(upgrade(path, token, more))
    answer = received(one, 1 << 14, until=b"\r\n\r\n")
    if b" 101 " not in answer.split(b"\r\n")[0]:
        one.close()
        raise ConnectionError(answer.split(b"\r\n")[0].decode("latin-1"))
    return one


def received(one: socket.socket, most: int = 1 << 16, until: bytes = b"", patience_s: float = 10.0) -> bytes:
    """What comes, up to a mark, an end or so many bytes."""
    data, give_up_s = b"", time.monotonic() + patience_s
    while len(data) < most and (not until or until not in data) and time.monotonic() < give_up_s:
        one.settimeout(max(give_up_s - time.monotonic(), 0.01))
        try:
            part = one.recv(most - len(data))
        except (TimeoutError, OSError):
            break
        if not part:
            break
        data += part
    return data


def poured(one: socket.socket, data: bytes, seconds: float, most: int = 1 << 30) -> int:
    """Send the same again and again until the other side has enough -> bytes that were taken."""
    one.setblocking(False)
    sent, end_s = 0, time.monotonic() + seconds
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < end_s and sent < most:
            if ready(one, select.POLLOUT, 0.1):
                with contextlib.suppress(BlockingIOError):
                    # always a whole piece, so that frames stay frames
                    part = one.send(data)
                    sent += part
                    while part < len(data) and time.monotonic() < end_s:
                        ready(one, select.POLLOUT, 0.1)
                        with contextlib.suppress(BlockingIOError):
                            part += one.send(data[part:])
    return sent


def ready(one: socket.socket, what: int, wait_s: float) -> bool:
    """Whether something can be read or written; any number of sockets may be open."""
    poll = select.poll()
    poll.register(one, what)
    return bool(poll.poll(wait_s * 1000))


def reset(one: socket.socket) -> None:
    """Close without a farewell."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    one.close()


def is_closed(one: socket.socket, patience_s: float = 0.0) -> bool:
    """Whether the other side has ended the connection; what it sent before is read."""
    give_up_s = time.monotonic() + patience_s
    while True:
        if ready(one, select.POLLIN, max(give_up_s - time.monotonic(), 0)):
            try:
                if not one.recv(1 << 16):
                    return True
                continue
            except BlockingIOError:
                pass
            except OSError:
                return True
        if time.monotonic() >= give_up_s:
            return False


def status_of(answer: bytes) -> int:
    """The status of an answer, 0 where there is none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def exchanged(port: int, request: bytes, patience_s: float = 60.0) -> bytes:
    """Send a whole request, read to the end of the connection (ask for ``Connection: close``)."""
    one = connected(port)
    try:
        with contextlib.suppress(OSError):
            one.sendall(request)
        return received(one, 1 << 26, patience_s=patience_s)
    finally:
        one.close()


def posted(path: str, body: bytes, *, more: str = "", kind: str = "audio/wav", token: str = "", host: str = "127.0.0.1") -> bytes:
    """A request with one upload."""
    mark = os.urandom(8).hex()
    part = f'--{mark}\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\nContent-Type: {kind}\r\n\r\n'.encode()
    whole = part + body + f"\r\n--{mark}--\r\n".encode()
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{bearer}{more}"
    return f"{head}Content-Type: multipart/form-data; boundary={mark}\r\nContent-Length: {len(whole)}\r\n\r\n".encode() + whole

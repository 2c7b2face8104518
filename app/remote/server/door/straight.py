"""The straight way of a WebSocket's messages: whole ones are told in the turn in which they come, without parser, queue and task.

What is rare (texts, messages in parts, pings, the end) goes the way of uvicorn and websockets; this only has to know where a frame begins.
"""

from __future__ import annotations

from collections.abc import Callable

try:
    from websockets.speedups import apply_mask
except ImportError:  # no wheel for this machine
    from websockets.utils import apply_mask

#: first byte of a text and of a binary message in one frame (RFC 6455, 5.2: FIN, no extension, opcode)
_TEXT, _BINARY = 0x81, 0x82
_MASKED, _MASK_BYTES = 0x80, 4
#: a length up to 125 stands in one byte, a longer one in 2 or 8 more, as these values of it say
_SHORT, _IN_TWO, _IN_EIGHT = 125, 126, 127
#: bytes that are looked at in one turn of the event loop
_MOST = 4096


class FrameWalk:
    """Walks over all that a parser is given, and knows whether the next byte begins a frame."""

    def __init__(self) -> None:
        self._owed = 0
        self._head = b""

    @property
    def between(self) -> bool:
        """Whether the next byte begins a frame."""
        return not self._owed and not self._head

    def past(self, piece: bytes) -> None:
        """Walk on."""
        at = 0
        while at < len(piece):
            if self._owed:
                step = min(self._owed, len(piece) - at)
                self._owed -= step
                at += step
                continue
            missing = _head_bytes(self._head) - len(self._head)
            self._head += piece[at : at + missing]
            at += missing
            if len(self._head) == _head_bytes(self._head):
                self._owed, self._head = _body_bytes(self._head), b""


def _head_bytes(head: bytes) -> int:
    """Bytes of a head without its mask, as far as its beginning tells."""
    length = head[1] & ~_MASKED if len(head) > 1 else 0
    return 2 + (2 if length == _IN_TWO else 8 if length == _IN_EIGHT else 0)


def _body_bytes(head: bytes) -> int:
    """Bytes that follow on a whole head, the mask among them."""
    length = head[1] & ~_MASKED
    size = length if length <= _SHORT else int.from_bytes(head[2:], "big")
    return size + (_MASK_BYTES if head[1] & _MASKED else 0)


def told(data: bytes, hear: Callable[[bytes], bool]) -> bytes:
    """Tell the whole binary messages at the beginning of what came, as long as they are heard.

    Args:
        data: what a client sent, from the beginning of a frame on.
        hear: takes a message, or says that it cannot now.

    Returns:
        What is left.
    """
    at, end = 0, len(data)
    while end - at > 2 + _MASK_BYTES and data[at] == _BINARY and at < _MOST:
        length, body = data[at + 1] - _MASKED, at + 2 + _MASK_BYTES
        if not 0 <= length <= _IN_TWO:
            break
        if length == _IN_TWO:
            length, body = int.from_bytes(data[at + 2 : at + 4], "big"), body + 2
        if body + length > end:
            break
        if not hear(apply_mask(data[body : body + length], data[body - _MASK_BYTES : body])):
            break
        at = body + length
    return data[at:] if at else data


def framed(message: bytes | str) -> bytes:
    """A message of the server's as one frame."""
    kind, data = (_TEXT, message.encode()) if isinstance(message, str) else (_BINARY, message)
    size = len(data)
    if size <= _SHORT:
        return bytes((kind, size)) + data
    if size < 1 << 16:
        return bytes((kind, _IN_TWO, size >> 8, size & 0xFF)) + data
    return bytes((kind, _IN_EIGHT)) + size.to_bytes(8, "big") + data

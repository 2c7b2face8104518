"""The messages of an OSC datagram, read so that no bytes can hold up the thread that reads them.

python-osc, which makes our messages, is not used to read those of strangers: a bundle whose sizes run backwards keeps it busy for ever.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.errors import StreamingError

_BUNDLE = b"#bundle\x00"
#: bundles in bundles; VMC has one level
_DEEPEST = 4
_INT = struct.Struct(">i")
#: type tag -> how its argument is packed; those without one carry no bytes
_NUMBERS = {"i": ">i", "f": ">f", "h": ">q", "d": ">d", "t": ">Q", "c": ">i", "r": ">I", "m": ">I"}
_CONSTANTS = {"T": True, "F": False, "N": None, "I": None}


@dataclass(frozen=True)
class OscMessage:
    """One message.

    Attributes:
        address: ``/VMC/Ext/Blend/Val``, ...
        arguments: numbers, texts, and None for what has no value.
    """

    address: str
    arguments: tuple[float | str | bool | None, ...]


def messages(datagram: bytes) -> Iterator[OscMessage]:
    """The messages of a datagram, those in bundles too, in their order.

    Raises:
        StreamingError: it is no OSC.
    """
    yield from _messages(datagram, 0, len(datagram), _DEEPEST)


def _messages(data: bytes, at: int, end: int, deepest: int) -> Iterator[OscMessage]:
    if data[at : at + 8] != _BUNDLE:
        yield _message(data[at:end])
        return
    if deepest == 0:
        raise _damaged()
    at += 16  # the mark and a time, which VMC does not use
    while at < end:
        if at + 4 > end:
            raise _damaged()
        (size,) = _INT.unpack_from(data, at)
        at += 4
        if size <= 0 or at + size > end:
            raise _damaged()
        yield from _messages(data, at, at + size, deepest - 1)
        at += size


def _message(data: bytes) -> OscMessage:
    address, at = _text(data, 0)
    if not address.startswith("/"):
        raise StreamingError("A packet is no OSC message; check that the sender speaks VMC.")
    if at >= len(data):
        return OscMessage(address, ())
    tags, at = _text(data, at)
    arguments: list[float | str | bool | None] = []
    for tag in tags.removeprefix(","):
        if tag in _CONSTANTS:
            arguments.append(_CONSTANTS[tag])
        elif tag in _NUMBERS:
            layout = _NUMBERS[tag]
            size = struct.calcsize(layout)
            if at + size > len(data):
                raise _damaged()
            arguments.append(struct.unpack_from(layout, data, at)[0])
            at += size
        elif tag in "sS":
            text, at = _text(data, at)
            arguments.append(text)
        elif tag == "b":
            if at + 4 > len(data):
                raise _damaged()
            (size,) = _INT.unpack_from(data, at)
            if size < 0 or at + 4 + size > len(data):
                raise _damaged()
            arguments.append(None)
            at += 4 + (size + 3) // 4 * 4
        elif tag not in "[]":
            raise StreamingError(f"An OSC message has an argument of the unknown type {tag!r}; check the sender.")
    return OscMessage(address, tuple(arguments))


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text that a zero ends, and where the next argument begins: at the next multiple of four."""
    end = data.find(b"\x00", at)
    if end < 0:
        raise _damaged()
    return data[at:end].decode("utf-8", "replace"), end // 4 * 4 + 4


def _damaged() -> StreamingError:
    return StreamingError("A packet is damaged or is no OSC; check that the sender speaks VMC.")

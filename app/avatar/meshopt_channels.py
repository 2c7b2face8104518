"""KHR_meshopt_compression's newer attribute streams and its colour filter, in numpy.

Version 1 of the vertex codec adds to version 0 (meshopt.py): 0 and 1 bit groups, bytes that are all zero or stored as they are, and
channels of four bytes whose differences are taken over 16 bits or by exclusive or (Khronos glTF registry, KHR_meshopt_compression).
"""

from __future__ import annotations

import numpy as np

from app.avatar.fields import broken

VERSION_1 = 0xA1
_GROUP = 16
_TAIL_BYTES = 24
_BLOCK_BYTES, _BLOCK_ELEMENTS = 8192, 256
#: bits of a group's values by the two bits of its header, for each of the two kinds of byte that are neither zero nor literal
_BITS = ((0, 1, 2, 4), (1, 2, 4, 8))
_ZERO, _LITERAL = 2, 3


def decode_channels(data: bytes, count: int, stride: int) -> np.ndarray:
    """Decode an attribute stream of version 1.

    Args:
        data: the stream.
        count: elements.
        stride: bytes per element, a multiple of 4.

    Returns:
        (count, stride) uint8.

    Raises:
        AvatarError: the stream is damaged.
    """
    tail = stride + stride // 4
    end = len(data) - max(tail, _TAIL_BYTES)
    blocks = -(-count // min((_BLOCK_BYTES // stride) & ~(_GROUP - 1), _BLOCK_ELEMENTS))
    if end < 1 + blocks * (stride // 4) or data[0] != VERSION_1:
        raise broken("a compressed attribute has no valid header, or is too short for its count")
    stream = np.frombuffer(data, np.uint8)
    planes = _Planes(data, stream, end).read(count, stride)
    last = stream[len(data) - tail : len(data) - tail + stride]
    modes = stream[len(data) - stride // 4 :]
    elements = np.empty((count, stride), np.uint8)
    for channel, mode in enumerate(modes.tolist()):
        columns = slice(4 * channel, 4 * channel + 4)
        elements[:, columns] = _undone(planes[columns], last[columns], mode)
    return elements


class _Planes:
    """Reads the bytes of each place in an element one after the other.

    Args:
        data: the stream; ``stream`` the same as an array.
        end: where its last block must have ended.
    """

    def __init__(self, data: bytes, stream: np.ndarray, end: int) -> None:
        self._data = data
        self._stream = np.concatenate([stream, np.zeros(64, np.uint8)])
        self._end = end
        self._position = 1

    def read(self, count: int, stride: int) -> np.ndarray:
        """(stride, count) uint8, differences as they are stored."""
        largest = min((_BLOCK_BYTES // stride) & ~(_GROUP - 1), _BLOCK_ELEMENTS)
        planes = np.zeros((stride, count), np.uint8)
        for start in range(0, count, largest):
            n = min(largest, count - start)
            control = self._data[self._position : self._position + stride // 4]
            self._position += stride // 4
            for place in range(stride):
                self._check()
                kind = (control[place // 4] >> (2 * (place % 4))) & 3
                if kind == _LITERAL:
                    self._check(n)
                    planes[place, start : start + n] = self._stream[self._position : self._position + n]
                    self._position += n
                elif kind != _ZERO:
                    planes[place, start : start + n] = self._groups(-(-n // _GROUP), _BITS[kind])[:n]
        self._check()
        return planes

    def _check(self, ahead: int = 0) -> None:
        """Refuse to read beyond the end, now or after some more bytes."""
        if self._position + ahead > self._end:
            raise broken("a compressed attribute ends too early")

    def _groups(self, n_groups: int, bits: tuple[int, ...]) -> np.ndarray:
        header = int.from_bytes(self._data[self._position : self._position + -(-n_groups // 4)], "little")
        self._position += -(-n_groups // 4)
        values = np.zeros((n_groups, _GROUP), np.uint8)
        for group in range(n_groups):
            self._check()
            values[group] = self._group(bits[(header >> (2 * group)) & 3])
        return values.reshape(-1)

    def _group(self, bits: int) -> np.ndarray | int:
        if bits == 0:
            return 0
        start = self._position
        self._position += 2 * bits
        packed = self._stream[start : start + 2 * bits]
        if bits == 8:
            return packed
        shifts = np.arange(8, dtype=np.uint8) if bits == 1 else np.arange(8 - bits, -1, -bits, dtype=np.uint8)
        sentinel = (1 << bits) - 1
        values = ((packed[:, None] >> shifts) & sentinel).reshape(-1)
        escaped = values == sentinel
        n = int(escaped.sum())
        values[escaped] = self._stream[self._position : self._position + n]
        self._position += n
        return values


def _undone(planes: np.ndarray, last: np.ndarray, mode: int) -> np.ndarray:
    """The four bytes of a channel from their differences.

    Args:
        planes: (4, count) uint8.
        last: (4,) uint8, what comes before the first element.
        mode: the channel's byte in the tail.

    Returns:
        (count, 4) uint8.
    """
    kind = mode & 3
    if kind == 3:
        raise broken("it uses an unknown kind of compressed channel")
    packed = np.ascontiguousarray(planes.T)
    dtype = np.dtype(("<u1", "<u2", "<u4")[kind])
    values: np.ndarray = packed.view(dtype)
    first: np.ndarray = np.ascontiguousarray(last).view(dtype)
    if kind == 2:
        turn = np.uint32((32 - (mode >> 4)) & 31)
        turned = (values << turn) | (values >> np.uint32((32 - int(turn)) & 31))
        turned[0] ^= first
        return np.bitwise_xor.accumulate(turned, axis=0).view(np.uint8)
    one = dtype.type(1)
    deltas = (values >> one) ^ (~(values & one) + one)
    deltas[0] += first
    return np.cumsum(deltas, axis=0, dtype=dtype).view(np.uint8)


def decode_colors(elements: np.ndarray) -> np.ndarray:
    """The colour filter: RGBA from luma, two differences and an alpha whose highest bit tells the scale.

    Args:
        elements: (n, 4) or (n, 8) uint8, four components of one or two bytes.

    Returns:
        (n, 4) uint8 or uint16.
    """
    if elements.shape[1] not in (4, 8):
        raise broken("compressed colours have an impossible stride")
    unsigned: np.ndarray = elements.view(np.uint8 if elements.shape[1] == 4 else np.uint16)
    signed: np.ndarray = elements.view(np.int8 if elements.shape[1] == 4 else np.int16)
    alpha = unsigned[:, 3].astype(np.int64)
    scale = alpha.copy()
    for shift in (1, 2, 4, 8):
        scale |= scale >> shift
    luma, orange, green = unsigned[:, 0].astype(np.int64), signed[:, 1].astype(np.int64), signed[:, 2].astype(np.int64)
    rgba = np.stack([luma + orange - green, luma + green, luma - orange - green, ((alpha << 1) & scale) | (alpha & 1)], axis=1)
    largest = float(np.iinfo(unsigned.dtype).max)
    return np.clip(np.rint(rgba * (largest / np.maximum(scale, 1))[:, None]), 0, largest).astype(unsigned.dtype)

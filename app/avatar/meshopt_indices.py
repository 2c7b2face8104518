"""EXT_meshopt_compression, modes 1 and 2: triangle lists and index sequences.

Written after the bitstream in the extension's own appendix A (Khronos glTF registry). Each code depends on the
ones before it, so these are plain loops: about 2 microseconds per triangle.
"""

from __future__ import annotations

import numpy as np

from app.avatar.fields import broken

_TRIANGLE_HEADER = 0xE1
_SEQUENCE_HEADER = 0xD1
_MASK = 0xFFFFFFFF


class _Reader:
    """Bytes and varints from a stream, refusing to read beyond its end."""

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self._data = data
        self._position = position
        self._end = end
        self.last = 0

    def byte(self) -> int:
        if self._position >= self._end:
            raise broken("a compressed index list ends too early")
        value = self._data[self._position]
        self._position += 1
        return value

    def varint(self) -> int:
        """Unsigned LEB128 of at most five bytes."""
        value = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                break
        return value & _MASK

    def index(self) -> int:
        """An index as a zigzag difference to the last one read so."""
        value = self.varint()
        self.last = (self.last + ((value >> 1) ^ -(value & 1))) & _MASK
        return self.last


class _TriangleState:
    """The decoder's memory: recent edges and vertices, and the next vertex never seen."""

    def __init__(self, reader: _Reader) -> None:
        self.reader = reader
        self.next = 0
        self.edges: list[tuple[int, int]] = [(0, 0)] * 16
        self.vertices = [0] * 16
        self.out: list[int] = []

    def fresh(self) -> int:
        """The next unseen vertex."""
        self.next = (self.next + 1) & _MASK
        return (self.next - 1) & _MASK

    def push_vertex(self, vertex: int) -> None:
        del self.vertices[0]
        self.vertices.append(vertex)

    def push_edges(self, *edges: tuple[int, int]) -> None:
        del self.edges[: len(edges)]
        self.edges.extend(edges)

    def along_edge(self, code: int) -> None:
        """Codes 0x00 to 0xef: a recent edge and one more vertex."""
        a, b = self.edges[15 - (code >> 4)]
        kind = code & 15
        if kind == 0:
            c = self.fresh()
        elif kind < 13:
            c = self.vertices[15 - kind]
        elif kind == 15:
            c = self.reader.index()
        else:
            c = self.reader.last = (self.reader.last + (1 if kind == 14 else -1)) & _MASK
        if kind == 0 or kind >= 13:
            self.push_vertex(c)
        self.push_edges((c, b), (a, c))
        self.out += (a, b, c)

    def apart(self, code: int, table: bytes) -> None:
        """Codes 0xf0 to 0xff: three vertices by a table, or spelt out."""
        if code < 0xFE:
            pair = table[code & 15]
            a = self.fresh()
        else:
            pair = self.reader.byte()
            if pair == 0:
                self.next = 0
            a = self.fresh() if code == 0xFE else self.reader.index()
        b_code, c_code = pair >> 4, pair & 15
        # where each comes from is settled before any of them enters the memory of recent vertices
        before = self.vertices[:]
        b = self._vertex(b_code, before)
        c = self._vertex(c_code, before)
        for vertex, new in ((a, True), (b, b_code in (0, 15)), (c, c_code in (0, 15))):
            if new:
                self.push_vertex(vertex)
        self.push_edges((b, a), (c, b), (a, c))
        self.out += (a, b, c)

    def _vertex(self, code: int, recent: list[int]) -> int:
        if code == 0:
            return self.fresh()
        return self.reader.index() if code == 15 else recent[16 - code]


def decode_triangles(data: bytes, count: int) -> np.ndarray:
    """Mode 1.

    Args:
        data: the stream.
        count: indices, a multiple of 3.

    Returns:
        (count,) uint32.

    Raises:
        AvatarError: the stream is damaged.
    """
    n = count // 3
    if len(data) < 1 + n + 16 or data[0] != _TRIANGLE_HEADER:
        raise broken("a compressed triangle list has no valid header")
    table = data[-16:]
    state = _TriangleState(_Reader(data, 1 + n, len(data) - 16))
    for code in data[1 : 1 + n]:
        if code < 0xF0:
            state.along_edge(code)
        else:
            state.apart(code, table)
    return np.array(state.out, np.uint32)


def decode_indices(data: bytes, count: int) -> np.ndarray:
    """Mode 2: differences to one of two running indices.

    Args:
        data: the stream.
        count: indices.

    Returns:
        (count,) uint32.

    Raises:
        AvatarError: the stream is damaged.
    """
    if len(data) < 1 + count + 4 or data[0] != _SEQUENCE_HEADER:
        raise broken("a compressed index list has no valid header")
    reader = _Reader(data, 1, len(data) - 4)
    last = [0, 0]
    out = np.empty(count, np.uint32)
    for i in range(count):
        value = reader.varint()
        which = value & 1
        last[which] = (last[which] + ((value >> 2) ^ -((value >> 1) & 1))) & _MASK
        out[i] = last[which]
    return out

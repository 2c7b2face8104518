"""EXT_meshopt_compression and KHR_meshopt_compression in numpy: their wheel does not exist for Windows.

Written after the bitstream in the extension's own appendix (Khronos glTF registry, EXT_meshopt_compression, appendices A and B).
"""

from __future__ import annotations

import numpy as np

from app.avatar.fields import broken
from app.avatar.meshopt_channels import VERSION_1, decode_channels, decode_colors
from app.avatar.meshopt_indices import decode_indices, decode_triangles

_VERTEX_HEADER = 0xA0
_GROUP = 16
_BLOCK_BYTES = 8192
_BLOCK_ELEMENTS = 256
_TAIL_BYTES = 32


def decode_view(data: bytes, count: int, stride: int, mode: str, filter_name: str = "NONE") -> np.ndarray:
    """Decode one compressed buffer view.

    Args:
        data: the compressed stream.
        count: elements.
        stride: bytes per element.
        mode: ``ATTRIBUTES``, ``TRIANGLES`` or ``INDICES``.
        filter_name: ``NONE``, ``OCTAHEDRAL``, ``QUATERNION``, ``EXPONENTIAL`` or ``COLOR``.

    Returns:
        (count * stride,) uint8.

    Raises:
        AvatarError: the stream is damaged or of an unknown kind.
    """
    if mode in ("TRIANGLES", "INDICES"):
        if stride not in (2, 4) or (mode == "TRIANGLES" and count % 3):
            raise broken("a compressed index list has impossible sizes")
        indices = decode_triangles(data, count) if mode == "TRIANGLES" else decode_indices(data, count)
        return indices.astype(np.uint16 if stride == 2 else np.uint32).view(np.uint8)
    if mode != "ATTRIBUTES":
        raise broken(f"it uses the unknown compression mode {mode[:20]!r}")
    if stride % 4:
        raise broken("a compressed attribute has an impossible stride")
    elements = decode_channels(data, count, stride) if data[:1] == bytes([VERSION_1]) else decode_attributes(data, count, stride)
    filters = {
        "NONE": _unfiltered, "OCTAHEDRAL": decode_octahedral, "QUATERNION": decode_quaternion, "EXPONENTIAL": decode_exponential,
        "COLOR": decode_colors,
    }  # fmt: skip
    if filter_name not in filters:
        raise broken(f"it uses the unknown compression filter {filter_name[:20]!r}")
    return np.ascontiguousarray(filters[filter_name](elements)).view(np.uint8).reshape(-1)


def decode_attributes(data: bytes, count: int, stride: int) -> np.ndarray:
    """Mode 0: bytes as zigzag differences to the element before, in groups of 16 with 0, 2, 4 or 8 bits each.

    Args:
        data: the stream.
        count: elements.
        stride: bytes per element, a multiple of 4.

    Returns:
        (count, stride) uint8.

    Raises:
        AvatarError: the stream is damaged.
    """
    tail = max(_TAIL_BYTES, stride)
    if len(data) < 1 + tail or data[0] != _VERTEX_HEADER:
        raise broken("a compressed attribute has no valid header")
    stream = np.frombuffer(data, np.uint8)
    blocks = _block_sizes(count, stride)
    if sum((n + 4 * _GROUP - 1) // (4 * _GROUP) * stride for n in blocks) > len(data):
        raise broken("a compressed attribute is too short for its count")
    modes, offsets = _walk(data, stream, blocks, stride, len(data) - tail)
    groups = _expand(stream, modes, offsets)
    deltas = (groups >> 1) ^ -(groups & 1)
    elements = _deinterleave(deltas, blocks, stride)
    np.cumsum(elements, axis=1, dtype=np.uint8, out=elements)
    elements += stream[len(stream) - stride :][:, None]
    return np.ascontiguousarray(elements.T)


def _block_sizes(count: int, stride: int) -> list[int]:
    largest = min((_BLOCK_BYTES // stride) & ~(_GROUP - 1), _BLOCK_ELEMENTS)
    full, rest = divmod(count, largest)
    return [largest] * full + ([rest] if rest else [])


def _walk(data: bytes, stream: np.ndarray, blocks: list[int], stride: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """Find where each group of 16 deltas starts; how long one is depends on its own content, so this goes one by one."""
    # the length of a group that starts at each byte, for each mode: bits and one extra byte per sentinel (all bits set)
    nibbles = ((stream & 15) == 15).astype(np.int64) + ((stream >> 4) == 15)
    pairs = sum(((stream >> shift) & 3) == 3 for shift in (0, 2, 4, 6)).astype(np.int64)
    lengths = (None, (4 + _windowed(pairs, 4)).tolist(), (8 + _windowed(nibbles, 8)).tolist(), None)
    modes, offsets = bytearray(), []
    position = 1
    for block in blocks:
        n_groups = -(-block // _GROUP)
        n_header = -(-n_groups // 4)
        for _ in range(stride):
            header = int.from_bytes(data[position : position + n_header], "little")
            position += n_header
            for group in range(n_groups):
                if position > end:
                    raise broken("a compressed attribute ends too early")
                mode = (header >> (2 * group)) & 3
                modes.append(mode)
                offsets.append(position)
                if mode:
                    known = lengths[mode]
                    position += _GROUP if known is None else known[min(position, len(known) - 1)]
    if position > end:
        raise broken("a compressed attribute ends too early")
    return np.frombuffer(bytes(modes), np.uint8), np.array(offsets, np.int64)


def _windowed(counts: np.ndarray, width: int) -> np.ndarray:
    """Sums of ``width`` values from each place on."""
    sums = np.concatenate([[0], np.cumsum(np.concatenate([counts, np.zeros(width, np.int64)]))])
    made: np.ndarray = sums[width:-1] - sums[: -width - 1]
    return made


def _expand(stream: np.ndarray, modes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """(n_groups, 16) uint8 zigzag deltas."""
    padded = np.concatenate([stream, np.zeros(64, np.uint8)])
    groups = np.zeros((len(modes), _GROUP), np.uint8)
    raw = modes == 3
    groups[raw] = padded[offsets[raw, None] + np.arange(_GROUP)]
    for mode, bits in ((1, 2), (2, 4)):
        chosen = modes == mode
        starts = offsets[chosen, None]
        packed = padded[starts + np.arange(2 * bits)]
        shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
        values = ((packed[:, :, None] >> shifts) & ((1 << bits) - 1)).reshape(-1, _GROUP)
        escaped = values == (1 << bits) - 1
        where = starts + 2 * bits + np.cumsum(escaped, axis=1) - 1
        groups[chosen] = np.where(escaped, padded[where], values)
    return groups


def _deinterleave(deltas: np.ndarray, blocks: list[int], stride: int) -> np.ndarray:
    """(stride, count) uint8 from groups in stream order: block, byte, group."""
    n_full = len(blocks) - (1 if blocks[-1] != blocks[0] else 0)
    per_block = -(-blocks[0] // _GROUP)
    split = n_full * stride * per_block
    full = deltas[:split].reshape(n_full, stride, per_block * _GROUP)[:, :, : blocks[0]]
    parts = [full.transpose(1, 0, 2).reshape(stride, -1)]
    if n_full < len(blocks):
        parts.append(deltas[split:].reshape(stride, -1)[:, : blocks[-1]])
    return np.concatenate(parts, axis=1)


def _unfiltered(elements: np.ndarray) -> np.ndarray:
    return elements


def decode_octahedral(elements: np.ndarray) -> np.ndarray:
    """Filter 1: unit vectors from two octahedral coordinates; the third component stores what 1.0 is.

    Args:
        elements: (n, 4) or (n, 8) uint8, four int8 or int16 components.

    Returns:
        (n, 4) int8 or int16, normalized x, y, z and the fourth component as it was.
    """
    if elements.shape[1] not in (4, 8):
        raise broken("compressed normals have an impossible stride")
    narrow = elements.shape[1] == 4
    values: np.ndarray = elements.view(np.int8 if narrow else np.int16)
    largest = np.float32(127 if narrow else 32767)
    one = np.where(values[:, 2] == 0, 1, values[:, 2]).astype(np.float32)
    x, y = values[:, 0] / one, values[:, 1] / one
    z = 1 - np.abs(x) - np.abs(y)
    folded = np.minimum(z, 0)
    # the lower half of the octahedron is folded outward
    vectors = np.stack([x + np.where(x >= 0, folded, -folded), y + np.where(y >= 0, folded, -folded), z], axis=1)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result = values.copy()
    result[:, :3] = np.rint(vectors / np.where(lengths > 0, lengths, 1) * largest)
    return result


def decode_quaternion(elements: np.ndarray) -> np.ndarray:
    """Filter 2: unit quaternions from their three smaller components.

    Args:
        elements: (n, 8) uint8, four int16 components.

    Returns:
        (n, 4) int16, normalized.
    """
    if elements.shape[1] != 8:
        raise broken("compressed rotations have an impossible stride")
    values = elements.view(np.int16)
    one = (values[:, 3] | 3).astype(np.float32)
    smaller = values[:, :3] / np.where(one == 0, 1, one)[:, None] * np.float32(np.sqrt(0.5))
    largest = np.sqrt(np.maximum(0, 1 - (smaller**2).sum(1)))
    place = (values[:, 3] & 3).astype(np.int64)
    rows = np.arange(len(values))
    result = np.zeros_like(values)
    for i, component in enumerate((largest, smaller[:, 0], smaller[:, 1], smaller[:, 2])):
        result[rows, (place + i) % 4] = np.rint(np.clip(component, -1, 1) * 32767)
    return result


def decode_exponential(elements: np.ndarray) -> np.ndarray:
    """Filter 3: floats from 24 bits of mantissa and 8 bits of exponent.

    Args:
        elements: (n, stride) uint8, stride a multiple of 4.

    Returns:
        (n, stride / 4) float32.
    """
    values = elements.view(np.int32)
    exponents = np.clip(values >> 24, -100, 100)
    mantissas = (values << 8) >> 8
    made: np.ndarray = np.ldexp(mantissas.astype(np.float32), exponents).astype(np.float32)
    return made

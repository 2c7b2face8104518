"""Version 1 of meshopt's vertex codec, against a plain encoder written here after the extension's text."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.meshopt import decode_view
from app.avatar.meshopt_channels import decode_colors
from app.core.errors import AvatarError

_BITS = ((0, 1, 2, 4), (1, 2, 4, 8))


def group_bytes(values: list[int], bits: int) -> bytes | None:
    """16 values with some bits each and what does not fit behind them; None where that cannot hold them."""
    if bits == 0:
        return None if any(values) else b""
    if bits == 8:
        return bytes(values)
    sentinel = (1 << bits) - 1
    small = [min(value, sentinel) for value in values]
    per = 8 // bits
    packed = bytearray()
    for start in range(0, 16, per):
        byte = 0
        for i, value in enumerate(small[start : start + per]):
            byte |= value << (i if bits == 1 else 8 - bits * (i + 1))
        packed.append(byte)
    return bytes(packed) + bytes(value for value in values if value >= sentinel)


def plane_bytes(plane: np.ndarray) -> tuple[int, bytes]:
    """One byte place of a block: its kind and the shortest coding."""
    if not plane.any():
        return 2, b""
    padded = [*plane.tolist(), *[0] * (-len(plane) % 16)]
    found = [(3, plane.tobytes())]
    for kind, table in enumerate(_BITS):
        header, body = 0, b""
        for group in range(len(padded) // 16):
            values = padded[16 * group : 16 * group + 16]
            coded = [(len(c), k, c) for k, bits in enumerate(table) if (c := group_bytes(values, bits)) is not None]
            _, mode, data = min(coded)
            header |= mode << (2 * group)
            body += data
        found.append((kind, header.to_bytes(-(-len(padded) // 64), "little") + body))
    return min(found, key=lambda choice: len(choice[1]))


def differences(elements: np.ndarray, mode: int) -> np.ndarray:
    """(n, 4) uint8 of one channel as its mode stores it; the element before the first equals the first."""
    values = np.ascontiguousarray(elements).view(("<u1", "<u2", "<u4")[mode & 3])
    before = np.concatenate([values[:1], values[:-1]])
    if mode & 3 == 2:
        turn = np.uint32(mode >> 4)
        turned = values ^ before
        return ((turned << turn) | (turned >> np.uint32((32 - int(turn)) & 31))).view(np.uint8)
    delta = (values - before).astype(values.dtype)
    sign = -(delta >> np.array(8 * values.dtype.itemsize - 1, values.dtype)).astype(np.int64)
    return ((delta.astype(np.int64) << 1) ^ sign).astype(values.dtype).view(np.uint8)


def encode(elements: np.ndarray, modes: list[int]) -> bytes:
    """An ATTRIBUTES stream of version 1."""
    _, stride = elements.shape
    count = len(elements)
    deltas = np.concatenate([differences(elements[:, 4 * c : 4 * c + 4], mode) for c, mode in enumerate(modes)], axis=1)
    largest = min((8192 // stride) & ~15, 256)
    out = b"\xa1"
    for start in range(0, count, largest):
        planes = [plane_bytes(np.ascontiguousarray(deltas[start : start + largest, k])) for k in range(stride)]
        control = [sum(planes[4 * c + j][0] << (2 * j) for j in range(4)) for c in range(stride // 4)]
        out += bytes(control) + b"".join(data for _, data in planes)
    tail = elements[0].tobytes() + bytes(modes)
    return out + bytes(max(0, 24 - len(tail))) + tail


def walks(rng: np.random.Generator, count: int, kind: str) -> np.ndarray:
    """(count, 4) uint8: bytes, 16-bit numbers or floats that change a little, or hardly ever, from one to the next."""
    if kind == "bytes":
        return np.cumsum(rng.integers(-1, 2, (count, 4)), axis=0).astype(np.uint8)
    if kind == "rare":
        return np.where(rng.random((count, 4)) < 0.05, 7, 0).astype(np.uint8)
    if kind == "shorts":
        return np.cumsum(rng.integers(-300, 300, (count, 2)), axis=0).astype("<u2").view(np.uint8)
    return np.cumsum(rng.normal(0, 0.01, (count, 1)), axis=0).astype("<f4").view(np.uint8)


@pytest.mark.parametrize("count", [1, 16, 17, 256, 600])
@pytest.mark.parametrize("mode", [0, 1, 2, 2 | 8 << 4])
@pytest.mark.parametrize("kind", ["bytes", "rare", "shorts", "floats"])
def test_every_channel_mode_comes_back(rng, count, mode, kind):
    elements = np.concatenate([walks(rng, count, kind), walks(rng, count, "bytes")], axis=1)
    decoded = decode_view(encode(elements, [mode, 0]), count, 8, "ATTRIBUTES")
    np.testing.assert_array_equal(decoded.reshape(count, 8), elements)


def test_noise_is_refused_or_decoded_but_never_crashes(rng):
    for length in (0, 1, 24, 60, 400):
        for count in (1, 48, 300, 2**30):
            data = b"\xa1" + rng.integers(0, 256, length, np.uint8).tobytes()
            try:
                assert len(decode_view(data, count, 8, "ATTRIBUTES")) == 8 * count
            except AvatarError:
                continue


def test_filtered_colours_come_back():
    # a scale of 8 bits: white, and a red of full luma: Y = (R + 2 G + B) / 4, Co = (R - B) / 2, Cg = (2 G - R - B) / 4, rounded
    stored = np.array([[255, 0, 0, 255], [64, 127, 192, 255]], np.uint8)
    colours = decode_colors(stored)
    np.testing.assert_array_equal(colours[0], [255, 255, 255, 255])
    np.testing.assert_allclose(colours[1].astype(int), [255, 0, 1, 255], atol=1)

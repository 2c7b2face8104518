"""Writes meshopt_streams.npz: what the reference encoder makes of known numbers, so that the tests need no encoder.

Run it by hand where the ``meshoptimizer`` wheel (Linux) is installed: ``python tests/unit/avatar/write_meshopt_streams.py``.
The streams are in the version 0 that EXT_meshopt_compression names.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("meshopt_streams.npz")
STRIDES = (4, 8, 12, 16, 48, 256)
COUNTS = (1, 15, 16, 17, 255, 256, 257, 600)
SIDE = 40


def attribute_values(stride: int, count: int) -> np.ndarray:
    """(count, stride) uint8 smooth bytes with a few wild ones, the same at every call."""
    rng = np.random.Generator(np.random.PCG64([stride, count]))
    smooth = np.cumsum(rng.integers(-3, 4, (count, stride)), axis=0)
    noise = rng.integers(0, 256, (count, stride))
    return np.where(rng.random((count, stride)) < 0.05, noise, smooth).astype(np.uint8)


def triangle_lists() -> dict[str, np.ndarray]:
    """Index lists by name, uint32: a grid, wild triangles, and both in turn."""
    grid = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel()
    regular = np.stack([a, b, c, c, b, d], axis=1).reshape(-1, 3)
    wild = np.random.Generator(np.random.PCG64(7)).integers(0, SIDE * SIDE, (300, 3))
    lists = {"grid": regular, "wild": wild, "both": np.concatenate([regular, wild, regular])}
    return {name: triangles.astype(np.uint32).ravel() for name, triangles in lists.items()}


def main() -> None:
    """Encode everything with the reference and write it."""
    import meshoptimizer

    meshoptimizer.encode_vertex_version(0)
    meshoptimizer.encode_index_version(1)
    streams = {}
    for stride in STRIDES:
        for count in COUNTS:
            values = attribute_values(stride, count)
            streams[f"attributes {stride} {count}"] = meshoptimizer.encode_vertex_buffer(values.view(np.float32), count, stride)
    for name, flat in triangle_lists().items():
        streams[f"triangles {name}"] = meshoptimizer.encode_index_buffer(flat, len(flat), SIDE * SIDE)
        streams[f"sequence {name}"] = meshoptimizer.encode_index_sequence(flat, len(flat), SIDE * SIDE)
    np.savez_compressed(FILE, **{name: np.frombuffer(bytes(stream), np.uint8) for name, stream in streams.items()})


if __name__ == "__main__":
    main()

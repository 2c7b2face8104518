"""Real files beside the checkout, where they are: more to begin from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_SHARED = Path(__file__).resolve().parents[4] / "shared"


def files(pattern: str, most: int = 12, most_bytes: int = 400_000) -> Iterator[bytes]:
    """The contents of shared files, the small ones.

    Args:
        pattern: of their paths below the shared folder.
        most: how many, spread over all that fit.
        most_bytes: of one.
    """
    found = [path for path in sorted(_SHARED.glob(pattern)) if path.stat().st_size <= most_bytes]
    for path in found[:: max(len(found) // most, 1)]:
        yield path.read_bytes()


def beginnings(pattern: str, lines: int = 40, most: int = 12) -> Iterator[bytes]:
    """The first lines of shared text files."""
    for data in files(pattern, most, 1 << 24):
        yield b"".join(data.splitlines(keepends=True)[:lines])

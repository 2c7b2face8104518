"""The page's numbers, pictures and sound, one after the other, and where each of them is."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

#: what JavaScript's typed arrays demand of where they begin
_ALIGNMENT = 4


class Store:
    """Takes arrays and files, and gives the places where the page finds them again."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._size

    def add(self, data: bytes) -> list[int]:
        """Put bytes in.

        Args:
            data: whatever it is.

        Returns:
            Where they begin, and how many they are.
        """
        place = [self._size, len(data)]
        padded = data + bytes(-len(data) % _ALIGNMENT)
        self._pieces.append(padded)
        self._size += len(padded)
        return place

    def array(self, values: np.ndarray) -> dict[str, Any]:
        """Put an array in as it is.

        Args:
            values: of a type that JavaScript has: 8, 16 or 32 bit whole numbers, or float32.

        Returns:
            Its place, and its type as numpy spells it.
        """
        little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        return {"at": self.add(little.tobytes()), "type": values.dtype.str[1:]}

    def quantised(self, values: np.ndarray, kind: str = "i2") -> dict[str, Any]:
        """Put real numbers in as small whole ones.

        Args:
            values: of any shape.
            kind: ``i2`` or ``i1``.

        Returns:
            As ``array``, with the factor that brings them back; none is further from its value than half of that.
        """
        most = float(np.iinfo(kind).max)
        scale = float(np.abs(values).max(initial=0.0)) / most or 1.0
        return {**self.array(np.rint(values / scale).astype(kind)), "scale": scale}

    def ranged(self, values: np.ndarray) -> dict[str, Any]:
        """Put the rows of a table in as 16 bit between the lowest and the highest of each column.

        Args:
            values: (n, columns).

        Returns:
            As ``array``, with the lowest values and the factors.
        """
        low, high = (f(values, axis=0).astype(np.float64) if len(values) else np.zeros(values.shape[1]) for f in (np.min, np.max))
        scale = np.where(high > low, (high - low) / 65535.0, 1.0)
        return {**self.array(np.rint((values - low) / scale).astype("u2")), "low": low.tolist(), "scale": scale.tolist()}

    def text(self) -> str:
        """All of it as base64."""
        return base64.b64encode(b"".join(self._pieces)).decode("ascii")

"""NumPy archives of a bundle, read array by array, checked before they are trusted."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.lib import format as npy

from models.nvidia.errors import BundleError

#: the largest real array is 272 x 61520 x 3 float32 = 0.2 GB
MAX_ARRAY_BYTES = 4_000_000_000
_BROKEN = (OSError, ValueError, KeyError, EOFError, SyntaxError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


class Archive:
    """An open ``.npz`` file."""

    def __init__(self, path: Path):
        self.name = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError) as error:
            raise BundleError(f"{self.name} is missing or is not a NumPy archive; download the bundle again.") from error
        self.names = tuple(n.removesuffix(".npy") for n in self._zip.namelist() if n.endswith(".npy"))

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def describe(self, name: str) -> tuple[tuple[int, ...], np.dtype]:
        """Shape and dtype of an array, from its header alone."""
        shape, dtype, _ = self._header(name)
        return shape, dtype

    def _header(self, name: str) -> tuple[tuple[int, ...], np.dtype, int]:
        try:
            with self._zip.open(f"{name}.npy") as file:
                version = npy.read_magic(file)
                read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
                shape, _, dtype = read(file)
                return shape, dtype, self._zip.getinfo(f"{name}.npy").file_size
        except _BROKEN as error:
            raise self._refusal(name) from error

    def _refusal(self, name: str) -> BundleError:
        why = "is damaged" if name in self.names else "is missing"
        return BundleError(f"{self.name}: the array {name} {why}; download the bundle again.")

    def array(self, name: str, kinds: str, shape: tuple[int | None, ...]) -> np.ndarray:
        """Read one array.

        Args:
            name: its name in the archive.
            kinds: accepted numpy dtype kinds (``f``, ``iu``, ``SU``).
            shape: expected size per axis, None for any.

        Returns:
            float32 for ``f``, int64 for ``iu``, as stored for strings.

        Raises:
            BundleError: missing, damaged, pickled, of another kind or shape, or with values that are not numbers.
        """
        found, dtype, stored = self._header(name)
        if dtype.hasobject:
            raise BundleError(
                f"{self.name}: the array {name} holds pickled Python objects, which are never opened; use NVIDIA's own files."
            )
        if len(found) != len(shape) or any(want is not None and want != have for want, have in zip(shape, found, strict=True)):
            wanted = " x ".join("any" if size is None else str(size) for size in shape)
            have = " x ".join(str(size) for size in found) or "a single value"
            raise BundleError(f"{self.name}: the array {name} must be {wanted} but is {have}; the files belong to different bundles.")
        if dtype.kind not in kinds:
            raise BundleError(f"{self.name}: the array {name} has the wrong type {dtype}; download the bundle again.")
        size = math.prod(found) * dtype.itemsize
        if size > MAX_ARRAY_BYTES or size > stored:
            raise self._refusal(name)
        return self._converted(name, self._read(name))

    def _read(self, name: str) -> np.ndarray:
        try:
            with self._zip.open(f"{name}.npy") as file:
                return npy.read_array(file, allow_pickle=False)
        except _BROKEN as error:
            raise self._refusal(name) from error

    def _converted(self, name: str, array: np.ndarray) -> np.ndarray:
        if array.dtype.kind == "f":
            with np.errstate(over="ignore", invalid="ignore"):
                array = np.ascontiguousarray(array, np.float32)
            if not np.isfinite(array).all():
                raise BundleError(f"{self.name}: the array {name} holds values that are not numbers; download the bundle again.")
        elif array.dtype.kind in "iu":
            array = array.astype(np.int64)
        return array

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of names, stored as bytes or as text."""
        array = self.array(name, "SU", (None,))
        try:
            return tuple(v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in array.tolist())
        except UnicodeDecodeError as error:
            raise self._refusal(name) from error

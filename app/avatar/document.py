"""A glTF document in memory: its objects by index, its buffers, and a budget that broken counts cannot break."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.avatar.container import read_bytes, read_uri, split_container
from app.avatar.fields import Json, broken, flag, integer, optional_integer, record, records, text, texts
from app.avatar.meshopt import decode_view
from app.core.errors import AvatarError

#: the same bytes under the name of its draft and of its ratified version
MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")
#: what all arrays and pictures of one avatar may take together
MAX_MEMORY_BYTES = 3 << 30
#: of arrays that are not in the file: both deltas of 100 sparse targets of 100,000 vertices
MAX_ZERO_BYTES = 240_000_000


class Document:
    """A parsed file.

    Args:
        root: the JSON root object.
        binary: the GLB's binary chunk or None.
        path: where it came from, or None; relative URIs are looked up beside it.
    """

    def __init__(self, root: Json, binary: bytes | None = None, path: Path | None = None) -> None:
        self.root = root
        self.path = path
        self.problems: list[str] = []
        self.extensions_required = texts(root, "extensionsRequired")
        self.extensions_used = texts(root, "extensionsUsed")
        self._binary = binary
        self._lists: dict[str, list[Json]] = {}
        self._buffers: dict[int, np.ndarray] = {}
        self._views: dict[int, np.ndarray] = {}
        self._provided: dict[int, np.ndarray] = {}
        self._claimed = self._zeros = 0

    def all(self, kind: str) -> list[Json]:
        """All objects of a root list such as ``"meshes"``."""
        if kind not in self._lists:
            self._lists[kind] = records(self.root, kind)
        return self._lists[kind]

    def item(self, kind: str, index: int) -> Json:
        """One object of a root list.

        Raises:
            AvatarError: there is no such object.
        """
        items = self.all(kind)
        if not 0 <= index < len(items):
            raise broken(f"'{kind}' has no item {index}")
        return items[index]

    def claim(self, n_bytes: int) -> None:
        """Count memory before it is allocated.

        Raises:
            AvatarError: the file asks for more than MAX_MEMORY_BYTES in all.
        """
        self._claimed += n_bytes
        if self._claimed > MAX_MEMORY_BYTES:
            raise AvatarError("The avatar asks for more memory than any real one needs; export a smaller or undamaged file.")

    def claim_zeros(self, n_bytes: int) -> None:
        """Count memory for numbers that are not in the file, which a few words can ask any amount of.

        Raises:
            AvatarError: the file asks for more than MAX_ZERO_BYTES in all.
        """
        self.claim(n_bytes)
        self._zeros += n_bytes
        if self._zeros > MAX_ZERO_BYTES:
            raise AvatarError("The avatar asks for more empty numbers than any real one has; export a smaller or undamaged file.")

    def note(self, problem: str) -> None:
        """Keep a sentence for the user, once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def provide(self, accessor: int, values: np.ndarray) -> None:
        """Set what an accessor reads, for geometry that was decoded elsewhere.

        Args:
            accessor: its index.
            values: (count, size) array.
        """
        self.claim(values.nbytes)
        self._provided[accessor] = values

    def provided(self, accessor: int) -> np.ndarray | None:
        """The values that were set for an accessor, or None."""
        return self._provided.get(accessor)

    def view(self, index: int) -> np.ndarray:
        """The bytes of a buffer view, decompressed.

        Args:
            index: into ``bufferViews``.

        Returns:
            (n,) uint8, read-only.

        Raises:
            AvatarError: no such view, or it reaches beyond its buffer.
        """
        if index not in self._views:
            view = self.item("bufferViews", index)
            extensions = record(view, "extensions")
            packed = next((name for name in MESHOPT if name in extensions), None)
            data = self._meshopt(record(extensions, packed)) if packed else self._slice(view)
            data.flags.writeable = False
            self._views[index] = data
        return self._views[index]

    def stride(self, index: int) -> int:
        """``byteStride`` of a view, 0 when tight."""
        return integer(self.item("bufferViews", index), "byteStride", 0, high=1 << 16)

    def _slice(self, view: Json) -> np.ndarray:
        offset = integer(view, "byteOffset", 0)
        length = integer(view, "byteLength")
        data = self._buffer(integer(view, "buffer"))
        if offset + length > len(data):
            raise broken("a buffer view reaches beyond its buffer")
        return data[offset : offset + length]

    def _meshopt(self, extension: Json) -> np.ndarray:
        count = integer(extension, "count", low=1)
        stride = integer(extension, "byteStride", low=1, high=256)
        packed = self._slice(extension)
        self.claim(3 * count * stride)
        return decode_view(packed.tobytes(), count, stride, text(extension, "mode"), text(extension, "filter", "NONE"))

    def _buffer(self, index: int) -> np.ndarray:
        if index not in self._buffers:
            buffer = self.item("buffers", index)
            if "uri" in buffer:
                data = read_uri(text(buffer, "uri"), self.path.parent if self.path else None)
            elif any(flag(record(record(buffer, "extensions"), name), "fallback") for name in MESHOPT):
                raise broken("it reads from a fallback buffer that holds no data")
            elif index == 0 and self._binary is not None:
                data = self._binary
            else:
                raise broken(f"buffer {index} has no data")
            self._buffers[index] = np.frombuffer(data, np.uint8)
        return self._buffers[index]

    def image_bytes(self, index: int) -> bytes:
        """The encoded bytes of an image.

        Raises:
            AvatarError: it has no data or cannot be reached.
        """
        image = self.item("images", index)
        view = optional_integer(image, "bufferView")
        if view is not None:
            return self.view(view).tobytes()
        return read_uri(text(image, "uri"), self.path.parent if self.path else None)


def read_document(path: Path) -> Document:
    """Read and split a file.

    Raises:
        AvatarError: it is missing or no glTF 2.0.
    """
    root, binary = split_container(read_bytes(path))
    return Document(root, binary, path)

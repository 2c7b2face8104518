"""Accessors: typed arrays in a glTF file, dense or sparse, strided, normalized or plain."""

from __future__ import annotations

import numpy as np

from app.avatar.document import Document
from app.avatar.fields import LARGEST_NUMBER, Json, broken, flag, integer, optional_integer, record, text

#: glTF 2.0 section 3.6.2.2: accessor component types, little endian
COMPONENT_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
ELEMENT_SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def read_floats(document: Document, index: int, kinds: tuple[str, ...], count: int | None = None) -> np.ndarray:
    """An accessor as numbers.

    Integers are divided by their type's largest value when normalized (glTF 2.0 section 3.6.2.2) and taken as
    they are otherwise (KHR_mesh_quantization).

    Args:
        document: the file.
        index: into ``accessors``.
        kinds: allowed element types, such as ``("VEC3",)``.
        count: how many elements it must have, or None for any number.

    Returns:
        (count, size) float32, a new array of finite numbers.

    Raises:
        AvatarError: anything about it is wrong.
    """
    raw, normalized = _read(document, index, kinds, count)
    if raw.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            usable = bool((np.abs(raw) <= LARGEST_NUMBER).all())
        if not usable:
            raise broken("it holds numbers that are infinite or absurdly large")
        return raw
    values = raw.astype(np.float32)
    if normalized:
        values /= np.float32(np.iinfo(raw.dtype).max)
        if raw.dtype.kind == "i":
            np.maximum(values, -1.0, out=values)
    return values


def read_integers(document: Document, index: int, kinds: tuple[str, ...], count: int | None = None) -> np.ndarray:
    """An accessor of indices or joints.

    Returns:
        (count, size) uint32.

    Raises:
        AvatarError: it holds floats, or anything else is wrong.
    """
    raw, _ = _read(document, index, kinds, count)
    if raw.dtype.kind != "u":
        raise broken("indices are stored as something else than unsigned whole numbers")
    return raw.astype(np.uint32)


def _read(document: Document, index: int, kinds: tuple[str, ...], count: int | None) -> tuple[np.ndarray, bool]:
    accessor = document.item("accessors", index)
    kind = text(accessor, "type")
    if kind not in kinds or kind not in ELEMENT_SIZES:
        raise broken(f"an accessor should be {' or '.join(kinds)}, not {kind or 'untyped'!r}")
    dtype = _component_type(accessor)
    found = integer(accessor, "count", low=1)
    if count is not None and found != count:
        raise broken(f"an accessor has {found} elements where {count} are needed")
    size = ELEMENT_SIZES[kind]
    decoded = document.provided(index)
    if decoded is not None:
        if decoded.shape != (found, size):
            raise broken("a compressed array has another size than its accessor")
        return decoded.astype(dtype.newbyteorder("="), copy=True), flag(accessor, "normalized")
    if optional_integer(accessor, "bufferView") is None:
        document.claim_zeros(found * size * dtype.itemsize)
        values = np.zeros((found, size), dtype)
    else:
        values = _strided(document, accessor, dtype, found, size)
    if "sparse" in accessor:
        _replace_sparse(document, record(accessor, "sparse"), values)
    return values, flag(accessor, "normalized")


def _component_type(owner: Json) -> np.dtype:
    code = integer(owner, "componentType")
    if code not in COMPONENT_TYPES:
        raise broken(f"it uses the unknown component type {code}")
    return np.dtype(COMPONENT_TYPES[code])


def _strided(document: Document, owner: Json, dtype: np.dtype, count: int, size: int) -> np.ndarray:
    """A copy of ``count`` elements of ``owner``'s buffer view, after checking that the view really holds them."""
    view, offset = integer(owner, "bufferView"), integer(owner, "byteOffset", 0)
    data = document.view(view)
    element = size * dtype.itemsize
    stride = document.stride(view) or element
    if stride < element or offset + stride * (count - 1) + element > len(data):
        raise broken("an accessor reaches beyond its data")
    document.claim(count * element)
    window: np.ndarray = np.ndarray((count, size), dtype, data.data, offset, (stride, dtype.itemsize))
    return window.astype(dtype.newbyteorder("="), copy=True)


def _replace_sparse(document: Document, sparse: Json, values: np.ndarray) -> None:
    count = integer(sparse, "count", low=1, high=len(values))
    where, what = record(sparse, "indices"), record(sparse, "values")
    index_type = _component_type(where)
    if index_type.kind != "u":
        raise broken("sparse indices are not unsigned whole numbers")
    indices = _strided(document, where, index_type, count, 1)[:, 0]
    if int(indices.max()) >= len(values):
        raise broken("a sparse index is out of range")
    values[indices] = _strided(document, what, values.dtype, count, values.shape[1])

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.accessors import read_floats, read_integers
from app.avatar.container import split_container
from app.avatar.document import Document
from app.core.errors import AvatarError


def document(writer) -> Document:
    return Document(*split_container(writer.to_bytes()))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
@pytest.mark.parametrize("normalized", [True, False])
def test_integers_become_numbers(writer, dtype, normalized):
    limits = np.iinfo(dtype)
    values = np.array([[limits.min, 0, limits.max]] * 2, dtype)
    index = writer.array(values, normalized=normalized)
    read = read_floats(document(writer), index, ("VEC3",))
    expected = np.maximum(values / limits.max, -1) if normalized else values
    np.testing.assert_allclose(read, expected, rtol=1e-6)
    assert read.dtype == np.float32


def test_interleaved_views_are_read_by_stride(writer):
    rows = np.arange(24, dtype=np.float32).reshape(4, 6)
    view = writer.view(rows.tobytes(), byteStride=24)
    fields = {"bufferView": view, "componentType": 5126, "count": 4, "type": "VEC3"}
    first, second = writer.add("accessors", fields), writer.add("accessors", {**fields, "byteOffset": 12})
    doc = document(writer)
    np.testing.assert_array_equal(read_floats(doc, first, ("VEC3",)), rows[:, :3])
    np.testing.assert_array_equal(read_floats(doc, second, ("VEC3",)), rows[:, 3:])


@pytest.mark.parametrize("index_type", ["uint8", "uint16", "uint32"])
def test_sparse_without_a_base_starts_from_zeros(writer, index_type):
    values = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    index = writer.sparse(5, np.array([1, 4], index_type), values)
    read = read_floats(document(writer), index, ("VEC3",), 5)
    expected = np.zeros((5, 3))
    expected[[1, 4]] = values
    np.testing.assert_array_equal(read, expected)


def test_sparse_replaces_values_of_its_base(writer):
    base = np.ones((3, 3), np.float32)
    index = writer.sparse(3, np.array([2], np.uint8), np.array([[7, 8, 9]], np.float32), base)
    np.testing.assert_array_equal(read_floats(document(writer), index, ("VEC3",)), [[1, 1, 1], [1, 1, 1], [7, 8, 9]])


def test_indices_come_as_unsigned_integers(writer):
    index = writer.array(np.array([3, 1, 2], np.uint8))
    assert read_integers(document(writer), index, ("SCALAR",))[:, 0].tolist() == [3, 1, 2]
    index = writer.array(np.array([3, 1, 2], np.float32))
    with pytest.raises(AvatarError, match="unsigned"):
        read_integers(document(writer), index, ("SCALAR",))


@pytest.mark.parametrize(
    "change",
    [
        {"count": 5}, {"count": 2**40}, {"count": -1}, {"count": "x"}, {"count": 0}, {"byteOffset": 4}, {"byteOffset": -4},
        {"componentType": 5124}, {"type": "VEC2"}, {"type": "MAT4"}, {"bufferView": 9}, {"bufferView": True},
    ],
)  # fmt: skip
def test_damaged_accessors_end_in_one_error(writer, change):
    index = writer.array(np.zeros((4, 3), np.float32))
    writer.root["accessors"][index].update(change)
    with pytest.raises(AvatarError, match="broken"):
        read_floats(document(writer), index, ("VEC3",))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_numbers_that_cannot_be_geometry_are_refused(writer, value):
    index = writer.array(np.full((2, 3), value, np.float32))
    with pytest.raises(AvatarError, match="absurdly"):
        read_floats(document(writer), index, ("VEC3",))


def test_a_sparse_accessor_cannot_claim_endless_memory(writer):
    index = writer.sparse(2**39, np.array([1], np.uint8), np.ones((1, 3), np.float32))
    with pytest.raises(AvatarError, match="memory"):
        read_floats(document(writer), index, ("VEC3",))
    few = document(writer)
    few.root["accessors"][index]["count"] = 10_000_000
    assert len(read_floats(few, index, ("VEC3",))) == 10_000_000
    with pytest.raises(AvatarError, match="empty numbers"):
        for _ in range(2):
            read_floats(few, index, ("VEC3",))

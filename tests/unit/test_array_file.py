"""Dataclasses with arrays to a file and back, and everything that is no such file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.array_file import ArrayFileError, let_go, read_arrays, write_arrays
from tests.soak.holding import mappings_of


@dataclass(frozen=True)
class Leaf:
    name: str
    values: np.ndarray
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    sizes: Mapping[str, float] = field(default_factory=dict)
    best: Leaf | None = None


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and np.array_equal(one, other)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Leaf | Tree):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return one == other


@pytest.fixture
def tree(rng) -> Tree:
    leaf = Leaf("ä", rng.random((3, 4, 2)).astype(np.float32), frozenset({"b", "a"}))
    return Tree((leaf, Leaf("", np.zeros((0, 3), np.uint32)), Leaf("bytes", rng.integers(0, 255, 70).astype(np.uint8))), {"x": 0.1}, leaf)


def test_what_is_written_is_read(tree, tmp_path):
    write_arrays(tmp_path / "deep" / "a.file", tree)
    read = read_arrays(tmp_path / "deep" / "a.file", (Leaf, Tree))
    assert same(tree, read) and read.best is read.leaves[0] and not read.leaves[0].values.flags.writeable
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["a.file"]


def test_a_value_that_has_no_place_is_refused_and_leaves_nothing(tmp_path):
    for wrong in (object(), np.array(["words"]), Leaf("x", np.array([1 + 2j]))):
        with pytest.raises(TypeError):
            write_arrays(tmp_path / "a", wrong)
    assert not list(tmp_path.iterdir())


@given(data=st.data())
def test_damage_is_one_error_or_a_value_and_never_anything_else(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("damage") / "a"
    write_arrays(path, Tree((Leaf("x", np.arange(40, dtype=np.float32)),), {"y": 1.0}))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        read_arrays(path, (Leaf, Tree))
        outcome = "a value"
    except ArrayFileError:
        outcome = "one error"
    assert outcome in ("a value", "one error")


@pytest.mark.parametrize("n_bytes", [30, 4096, 5000, (1 << 20) + 77])
def test_a_file_of_which_a_part_was_changed_or_lost_is_refused(n_bytes, tmp_path, rng):
    path = tmp_path / "a"
    write_arrays(path, Leaf("x", rng.integers(1, 256, n_bytes).astype(np.uint8)))
    content = path.read_bytes()
    read_arrays(path, (Leaf,))
    for at in {9, len(content) // 2, len(content) - 100, len(content) - 70, len(content) - 1, *rng.integers(0, len(content), 8).tolist()}:
        path.write_bytes(content[:at] + bytes([content[at] ^ (1 << int(rng.integers(8)))]) + content[at + 1 :])
        with pytest.raises(ArrayFileError):
            read_arrays(path, (Leaf,))
    middle = len(content) // 2
    for other in (content[:middle] + bytes(len(content) - middle), content + bytes(8), content[:middle], content[8:]):
        path.write_bytes(other)
        with pytest.raises(ArrayFileError):
            read_arrays(path, (Leaf,))


def test_a_class_that_was_not_named_is_not_made(tree, tmp_path):
    write_arrays(tmp_path / "a", tree)
    with pytest.raises(ArrayFileError):
        read_arrays(tmp_path / "a", (Tree,))
    with pytest.raises(ArrayFileError):
        read_arrays(tmp_path / "nothing", (Tree,))


def test_what_was_let_go_is_there_when_it_is_read_again(tmp_path, rng):
    whole = Leaf("pages", rng.integers(0, 256, (300, 400, 4), np.uint8))
    write_arrays(tmp_path / "leaf", whole)
    leaf = read_arrays(tmp_path / "leaf", [Leaf])
    for array in (leaf.values, leaf.values[10:20], leaf.values[:, ::2], whole.values, leaf.values[:0]):
        let_go(array)
    assert same(leaf, whole)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="how much of a file is in memory is read from Linux's /proc")
def test_what_was_let_go_is_in_memory_no_more(tmp_path, rng):
    write_arrays(tmp_path / "leaf", Leaf("pages", rng.integers(0, 256, (8, 1 << 20), np.uint8)))
    leaf = read_arrays(tmp_path / "leaf", [Leaf])

    def resident_mib() -> float:
        return mappings_of().get("leaf", 0.0)

    assert leaf.values.max() == 255 and resident_mib() > 7.9
    let_go(leaf.values)
    assert resident_mib() < 0.2

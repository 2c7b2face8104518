"""Avatars that were made ready: the same as read anew, another one for another file, and no harm in a damaged one."""

from __future__ import annotations

import gc
import shutil
from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from app.avatar import cooked, gltf
from app.avatar.document import read_document
from app.avatar.gltf import build_avatar, keep_ready, load_avatar
from app.core.places import where


@pytest.fixture(autouse=True)
def own_places(monkeypatch, tmp_path):
    monkeypatch.setenv("VISEMESYNC_PLACES", str(tmp_path / "places"))


@pytest.fixture
def face(make_face):
    return make_face([*(f"Fcl_MTH_{vowel}" for vowel in "AIUEO"), "Fcl_EYE_Close", "Fcl_ALL_Joy"])


@pytest.fixture
def never_built(monkeypatch):
    """From now on nothing can be read anew."""

    def forget() -> None:
        gc.collect()
        gltf._alive.clear()
        monkeypatch.setattr(gltf, "build_avatar", lambda *_: pytest.fail("it was read anew"))

    return forget


def same(one, other) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if is_dataclass(one):
        return type(one) is type(other) and all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def test_a_kept_avatar_is_the_one_that_is_read(face, never_built, tmp_path):
    assert keep_ready(face)
    moved = tmp_path / "elsewhere.glb"
    shutil.copy(face, moved)
    never_built()
    kept, other = load_avatar(face), load_avatar(moved)
    assert same(kept, build_avatar(read_document(face), face.stem)) and kept.vocabulary.recipes
    assert (other.path, other.name) == (moved, "elsewhere"), "a file is known by its content wherever it is"


def test_the_programs_own_avatar_is_the_same_too(root, never_built):
    path = root / "assets" / "avatar.glb"
    fresh = build_avatar(read_document(path), path.stem)
    assert cooked.keep(fresh)
    never_built()
    assert same(load_avatar(path), fresh)


def test_another_content_is_another_avatar(face, make_face):
    assert keep_ready(face)
    gltf._alive.clear()
    make_face(["mouthOpen"])
    assert "mouthOpen" in (load_avatar(face).parts[0].targets.written or load_avatar(face).parts[0].targets.names)


def test_a_damaged_one_is_read_anew_and_replaced(face):
    assert keep_ready(face)
    (kept,) = where("avatars").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    gltf._alive.clear()
    assert load_avatar(face).parts and not kept.exists()


def test_one_whose_arrays_were_changed_is_read_anew_and_replaced(face):
    assert keep_ready(face)
    (kept,) = where("avatars").iterdir()
    content = bytearray(kept.read_bytes())
    at = len(content) * 2 // 3
    content[at : at + 64] = bytes(each ^ 0x15 for each in content[at : at + 64])
    kept.write_bytes(content)
    gltf._alive.clear()
    assert same(load_avatar(face), build_avatar(read_document(face), face.stem)) and not kept.exists()
    assert keep_ready(face) and kept.read_bytes() != content
    assert keep_ready(face) and kept.exists()


def test_those_not_used_for_longest_give_way(make_face):
    for i in range(cooked.MOST_KEPT + 2):
        gltf._alive.clear()
        assert keep_ready(make_face([f"shape{i}"]))
    assert len(list(where("avatars").iterdir())) == cooked.MOST_KEPT
    gltf._alive.clear()
    assert cooked.find(make_face([f"shape{cooked.MOST_KEPT + 1}"]), "relaxed") is not None


def test_what_cannot_be_kept_is_no_fault(face, tmp_path):
    (tmp_path / "places").write_text("a file where the folder should be")
    assert not keep_ready(face) and load_avatar(face).parts

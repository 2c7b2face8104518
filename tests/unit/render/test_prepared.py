"""What drawing needs of an avatar, kept and taken up again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.core.places import where
from app.render import clusters, prepared
from app.render.alpha import effective_alpha
from app.render.clusters import cluster
from app.render.openness import BAKED
from app.render.texels import filled


@pytest.fixture
def avatar(root, monkeypatch, tmp_path):
    """An avatar of which nobody in this process knows anything yet."""
    monkeypatch.setenv("VISEMESYNC_PLACES", str(tmp_path / "places"))
    return load_avatar(Path(shutil.copy(root / "assets" / "avatar.glb", tmp_path)))


def again(avatar):
    """The same avatar as other objects, of which nothing is known."""
    materials = {id(part.material): replace(part.material, base_color_texture=replace(part.material.base_color_texture))
                 for part in avatar.parts if part.material.base_color_texture is not None}  # fmt: skip
    return replace(avatar, parts=tuple(replace(part, material=materials.get(id(part.material), part.material)) for part in avatar.parts))


def test_what_was_found_out_is_known_the_next_time(avatar, monkeypatch, rng):
    assert not prepared.keep(avatar), "nothing is kept before all is known"
    openness = [rng.random(len(part.positions), np.float32) for part in avatar.parts]
    BAKED.keep(avatar, openness)
    assert prepared.keep(avatar)
    groups, alpha = [cluster(part) for part in avatar.parts], [effective_alpha(part) for part in avatar.parts]
    hair = avatar.parts[alpha.index("MASK")].material.base_color_texture
    other = again(avatar)
    monkeypatch.setattr(clusters, "_split", lambda *_: pytest.fail("it was grouped anew"))
    prepared.take_up(other)
    assert all(np.array_equal(a, b) for a, b in zip(BAKED.of(other), openness, strict=True))
    assert [effective_alpha(part) for part in other.parts] == alpha and {"OPAQUE", "MASK"} <= set(alpha)
    assert all(np.array_equal(cluster(part).triangles, each.triangles) for part, each in zip(other.parts, groups, strict=True))
    texture = other.parts[alpha.index("MASK")].material.base_color_texture
    assert texture is not hair and np.array_equal(filled(texture), filled(hair)) and not filled(texture).flags.writeable


def test_what_does_not_fit_is_not_taken_up(avatar):
    BAKED.keep(avatar, [np.ones(len(part.positions), np.float32) for part in avatar.parts])
    assert prepared.keep(avatar)
    fewer = replace(again(avatar), parts=avatar.parts[:-1])
    prepared.take_up(fewer)
    assert BAKED.of(fewer) is None and not list(where("avatars").glob("*.drawn"))
    nowhere = replace(again(avatar), path=Path("nowhere.glb"))
    prepared.take_up(nowhere)
    assert BAKED.of(nowhere) is None

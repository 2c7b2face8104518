"""What is written passes Khronos' validator: no errors, and no warning about what was added."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import write_performance
from tests.gltf.validator import NODE, issues

pytestmark = pytest.mark.skipif(
    NODE is None or sys.platform == "win32", reason="Node is not installed, or the setup installs nothing for it"
)
#: what is added is in these lists
ADDED = ("/animations", "/accessors", "/bufferViews", "/buffers")


def take(n: int = 30) -> Performance:
    """Motion of all shapes and the head."""
    t = np.arange(n)[:, None] / 30
    side = SideChannels(("HeadYaw", "HeadPitch"), np.concatenate([0.3 * np.sin(t), 0.1 * t], axis=1))
    return Performance(BlendshapeTrack((0.5 + 0.5 * np.sin(t + np.arange(52))).astype(np.float32), 30.0, side=side))


def check(avatars: list[Path], folder: Path) -> None:
    """Write on every avatar, all frames or few keys, and validate."""
    made = [folder / f"{avatar.stem}.glb" for avatar in avatars]
    for i, (path, avatar) in enumerate(zip(made, avatars, strict=True)):
        write_performance(path, replace(take(), avatar=avatar), WriteOptions(max_error=0.01 if i % 2 else 0.0))
    for path, found in issues(made).items():
        assert [issue for issue in found if issue[0] == 0 or issue[2].startswith(ADDED)] == [], path.name


def test_the_default_avatars_and_vrms_animation_are_valid(root, tmp_path):
    check([root / "assets" / "avatar.glb", root / "assets" / "avatar_man.glb", root / "assets" / "avatar_stylised.glb"], tmp_path)
    vrma = [tmp_path / "whole.vrma", tmp_path / "thin.vrma"]
    for path, max_error in zip(vrma, (0.0, 0.01), strict=True):
        write_performance(path, take(), WriteOptions(max_error=max_error))
    assert issues(vrma) == {path: [] for path in vrma}


@pytest.mark.shared
def test_real_avatars_stay_valid(shared, tmp_path):
    names = ("facecap_gltfpack_meshopt_ktx2", "rpm_talkinghead_brunette-t", "rpm_forbiddenforge_visemes_only", "rpm_basim_avatar1")
    avatars = [shared / "data" / "avatars" / f"{name}.glb" for name in names]
    assert all(avatar.exists() for avatar in avatars)
    check(avatars, tmp_path)

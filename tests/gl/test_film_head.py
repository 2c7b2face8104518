"""A film in which the angles beside a track turn the head and the eyes."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.side import SideChannels
from app.core.track import Animation, BlendshapeTrack
from app.render.film import FilmSettings, film_frames


@pytest.fixture(scope="module")
def rig(root):
    return AvatarRig(load_avatar(root / "assets" / "avatar.glb"))


def film(rig, names, values, head=True) -> np.ndarray:
    """One small picture of a still face with angles."""
    side = SideChannels(names, np.tile(np.float32(values), (10, 1)))
    animation = Animation(BlendshapeTrack(np.zeros((10, 52)), 10.0, side=side))
    return next(iter(film_frames(rig, [animation], 0.1, FilmSettings(160, 160, 10.0, "face", head=head)))).astype(int)


def test_the_head_turns_only_when_asked(rig):
    straight = film(rig, ("HeadYaw",), [0.0])
    assert np.abs(film(rig, ("HeadYaw",), [0.5], head=False) - straight).mean() < 0.01
    left, right = film(rig, ("HeadYaw",), [-0.5]), film(rig, ("HeadYaw",), [0.5])
    assert np.abs(left - straight).mean() > 3 and np.abs(left - right).mean() > 3
    # turned left and right, the picture is nearly its own mirror
    assert np.abs(left - right[:, ::-1]).mean() < 0.5 * np.abs(left - right).mean()
    assert np.abs(film(rig, ("HeadYaw",), [0.0]) - straight).mean() < 0.01


def test_eye_angles_turn_the_eyes(rig):
    names = ("LeftEyeYaw", "RightEyeYaw")
    straight, aside = film(rig, names, [0.0, 0.0]), film(rig, names, [0.35, 0.35])
    assert np.abs(aside - straight).max() > 30

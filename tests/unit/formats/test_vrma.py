"""VRM animations: expressions by name, presets where there are no others, the head and the gaze."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.avatar.container import split_container
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.errors import TrackError
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track, writer_of
from app.formats.scenes.gltf.copy import GlbCopy
from app.formats.scenes.gltf.vrma_writing import write
from tests.gltf.faces import small_face


def take(avatar: Path | None = None, n: int = 60) -> Performance:
    """Motion in which every shape differs and the head turns."""
    t = np.arange(n)[:, None] / 60
    weights = np.clip(0.5 + 0.6 * np.sin(3.1 * t + np.arange(52) * 0.37), 0, 1).astype(np.float32)
    side = SideChannels(("HeadYaw", "HeadPitch", "HeadRoll"), np.concatenate([0.3 * np.sin(t), 0.1 * np.cos(t), 0.05 * t], axis=1))
    return Performance(BlendshapeTrack(weights, 60.0, side=side), avatar=avatar)


def expressions(data: bytes) -> dict[str, set[str]]:
    """preset, custom -> names."""
    extension = split_container(data)[0]["extensions"]["VRMC_vrm_animation"]
    assert extension["specVersion"] == "1.0" and {"hips", "spine", "head", "leftHand", "rightFoot"} <= set(
        extension["humanoid"]["humanBones"]
    )
    return {kind: set(names) for kind, names in extension["expressions"].items()}


def vrm(folder: Path, names: tuple[str, ...], custom: str = "custom") -> Path:
    """A VRM 1.0 avatar with expressions."""
    glb = small_face({"Face": ["jawOpen"]}, head={})
    groups = {"preset": {"aa": {}}, "custom": {name: {} for name in names}} if custom == "custom" else {"preset": {"aa": {}}}
    glb.root["extensions"] = {"VRMC_vrm": {"specVersion": "1.0", "humanoid": {"humanBones": {"head": {"node": 1}}}, "expressions": groups}}
    path = folder / "avatar.vrm"
    path.write_bytes(glb.to_bytes())
    return path


def test_it_comes_back_as_it_was():
    given = take()
    made = write(given, WriteOptions())
    assert writer_of(Path("line.vrma")).key == "vrma"
    found = expressions(made.data)
    assert found["custom"] == set(ARKIT_CHANNELS)
    assert {"ou", "blinkLeft", "blinkRight"} <= found["preset"] <= {"aa", "ih", "ou", "ee", "oh", "blinkLeft", "blinkRight"}
    file = decode_track(made.data, "line.vrma")
    np.testing.assert_array_equal(file.track.weights, given.arkit.weights)
    assert file.track.side is not None and given.arkit.side is not None and file.track.side.names == given.arkit.side.names
    np.testing.assert_allclose(file.track.side.values, given.arkit.side.values, atol=1e-6)
    thin = write(given, WriteOptions(max_error=0.01))
    assert len(thin.data) < len(made.data) / 2
    back = decode_track(thin.data, "line.vrma").track
    assert np.abs(back.weights - given.arkit.weights).max() <= 0.01 + 1e-6


def test_an_avatar_says_what_is_written(tmp_path):
    spelt = tuple(name[0].upper() + name[1:] for name in ARKIT_CHANNELS)
    assert expressions(write(take(vrm(tmp_path, spelt)), WriteOptions()).data) == {"custom": set(spelt)}
    made = write(take(vrm(tmp_path, ())), WriteOptions())
    assert set(expressions(made.data)) == {"preset"} and "VRM's presets only" in made.notes[0]
    file = decode_track(made.data, "line.vrma")
    assert file.visemes is not None and file.visemes.weights.max() > 0.1
    assert "moves by visemes" in file.warnings[0]
    np.testing.assert_allclose(file.track.column("eyeBlinkLeft"), take().arkit.column("eyeBlinkLeft"), atol=1e-6)


def test_the_gaze_is_what_the_avatar_looks_at(tmp_path):
    """Eyes to the avatar's left and down; VRM has one gaze for both."""
    weights = np.zeros((2, 52), np.float32)
    for name in ("eyeLookOutLeft", "eyeLookInRight"):
        weights[1, ARKIT_INDEX[name]] = 0.31
    weights[1, [ARKIT_INDEX["eyeLookDownLeft"], ARKIT_INDEX["eyeLookDownRight"]]] = 0.195
    made = write(Performance(BlendshapeTrack(weights, 60.0), avatar=vrm(tmp_path, ())), WriteOptions())
    side = decode_track(made.data, "line.vrma").track.side
    assert side is not None
    assert [float(side.find(name)[1]) for name in ("LeftEyeYaw", "LeftEyePitch", "RightEyeYaw")] == pytest.approx(
        [-0.2, 0.1, -0.2], abs=1e-4
    )


def test_weights_beyond_vrms_range_are_cut_and_told():
    weights = np.zeros((2, 52), np.float32)
    weights[1, ARKIT_INDEX["jawOpen"]] = 1.25
    made = write(Performance(BlendshapeTrack(weights, 60.0)), WriteOptions())
    assert "cut, by 0.25 at most (jawOpen)" in made.notes[1]
    assert decode_track(made.data, "line.vrma").track.column("jawOpen").tolist() == [0.0, 1.0]


def test_a_bodys_animation_is_named():
    glb = small_face({"Face": ["jawOpen"]})
    glb.root["extensions"] = {"VRMC_vrm_animation": {"specVersion": "1.0", "humanoid": {"humanBones": {"hips": {"node": 0}}}}}
    with pytest.raises(TrackError, match="a VRM animation of a body, which moves no face"):
        decode_track(glb.to_bytes(), "walk.vrma")


def test_an_animation_of_nodes_that_are_not_there_is_one_sentence():
    root, blob = split_container(write(take(), WriteOptions()).data)
    root["nodes"], root["scenes"] = [], []
    with pytest.raises(TrackError, match="its animation is of a node that is not there"):
        decode_track(GlbCopy(root, blob or b"").to_bytes(), "line.vrma")

"""Motion on a copy of an avatar: the copy, the names, the corrections, the head, and what leaving out keys costs."""

from __future__ import annotations

import itertools
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.avatar.container import split_container
from app.avatar.corrections import VISEMESYNC_CORRECTIONS
from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_CHANNELS
from app.core.errors import TrackError
from app.core.head import ANGLES, head_rotations
from app.core.side import SideChannels
from app.core.speech import Word
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track, write_performance
from app.formats.scenes.gltf.keys import error_of, kept_keys
from app.formats.scenes.gltf.writing import write
from tests.gltf.faces import animate, small_face
from tests.gltf.posed import posed


def performance(n: int = 90, fps: float = 60.0, *, turns: bool = True, start_s: float = 0.0) -> Performance:
    """Motion in which every shape differs and the head turns."""
    t = np.arange(n)[:, None] / fps
    weights = np.clip(0.5 + 0.6 * np.sin(3.1 * t + np.arange(52) * 0.37), 0, 1)
    angles = np.concatenate([0.3 * np.sin(t * 2), 0.1 * np.cos(t), 0.05 * np.sin(3 * t)], axis=1)
    side = SideChannels(ANGLES[:3], angles) if turns else None
    return Performance(BlendshapeTrack(weights.astype(np.float32), fps, start_s, side=side))


def jaw_only(weight: float, avatar: Path) -> Performance:
    """One frame."""
    row = np.zeros((1, 52), np.float32)
    row[:, ARKIT_INDEX["jawOpen"]] = weight
    return Performance(BlendshapeTrack(row, 60.0), avatar=avatar)


@pytest.fixture(scope="module")
def written(root) -> tuple[Performance, bytes]:
    """Motion on the avatar that is taken where none is given."""
    given = replace(performance(start_s=0.25), words=(Word("good", 0.0, 0.2), Word("morning", 0.2, 0.5)))
    return given, write(given, WriteOptions()).data


def test_the_copy_keeps_every_byte_of_the_file(written, root):
    before, blob_before = split_container((root / "assets" / "avatar.glb").read_bytes())
    after, blob = split_container(written[1])
    assert blob_before is not None and blob is not None
    length = before["buffers"][0]["byteLength"]
    assert blob[:length] == blob_before[:length]
    for kind, items in before.items():
        if kind in ("accessors", "bufferViews"):
            assert after[kind][: len(items)] == items
        elif kind != "buffers":
            assert after[kind] == items
    assert [animation["name"] for animation in after["animations"]] == ["good morning"]
    paths = [(after["nodes"][c["target"]["node"]]["name"], c["target"]["path"]) for c in after["animations"][0]["channels"]]
    assert {name for name, path in paths if path == "weights"} == {
        "Head_Mesh", "Teeth_Mesh", "Tongue_Mesh", "Eye_Mesh", "EyeAO_Mesh", "Eyelash_Mesh",
    }  # fmt: skip
    assert {name for name, path in paths if path == "rotation"} == {"Neck", "Head"}


def test_it_comes_back_as_it_was(written):
    given, data = written
    file = decode_track(data, "line.glb")
    assert (file.track.fps, file.track.start_s, len(file.track), file.fps_from) == (60.0, 0.25, 90, "header")
    # what the app counts as rest is rest
    np.testing.assert_allclose(file.track.weights, given.arkit.weights, atol=1e-5)
    assert file.track.side is not None and given.arkit.side is not None
    assert file.track.side.names == given.arkit.side.names
    np.testing.assert_allclose(file.track.side.values, given.arkit.side.values, atol=1e-6)
    assert file.warnings == ()


@pytest.mark.parametrize("max_error", [0.002, 0.02])
def test_left_out_keys_stay_within_the_error_and_are_counted(max_error):
    given = performance(240)
    made = write(given, WriteOptions(max_error=max_error))
    file = decode_track(made.data, "line.glb")
    assert file.warnings == ()
    error = np.abs(file.track.weights - given.arkit.weights).max()
    assert max_error / 4 < error <= max_error + 1e-5
    assert file.track.side is not None and given.arkit.side is not None
    assert np.abs(file.track.side.values - given.arkit.side.values).max() <= max_error
    assert "keys at 60 fps were kept; straight lines between them are off by 0.0" in made.notes[0]


def test_keys_are_left_out_greedily_and_never_too_many(rng):
    rows = np.cumsum(rng.normal(0, 0.03, (400, 6)), axis=0).astype(np.float32)
    keys = kept_keys(rows, 0.1)
    assert error_of(rows, keys) <= 0.1 + 1e-6
    for first, last in itertools.pairwise(keys):
        longer = rows[first : last + 2]
        assert last == 399 or error_of(longer, np.array([0, len(longer) - 1])) > 0.1
    assert kept_keys(rows, 0.0).tolist() == list(range(400))
    assert kept_keys(np.ones((5, 2)), 0.1).tolist() == [0, 4]


def test_the_weights_are_those_that_the_rig_sends(written, root):
    """Of every target by name, corrections and visemes included."""
    avatar = root / "assets" / "avatar.glb"
    arkit = performance(3, turns=False).arkit
    visemes = BlendshapeTrack(np.full((3, 15), 0.25, np.float32), 60.0, channels=VISEME_CHANNELS)
    made = write(Performance(arkit, visemes, avatar=avatar, corrections=VISEMESYNC_CORRECTIONS), WriteOptions())
    rig = AvatarRig(load_avatar(avatar), VISEMESYNC_CORRECTIONS)
    rows = rig.reaching(arkit.weights, visemes.weights)
    reached = dict(zip(rig.target_names, rows[1], strict=True))
    found = influences(made.data)
    assert reached["viseme_aa"] == 0.25 and reached["jawForward"] == pytest.approx(-0.7) and reached["jawOpen"] == 0
    for names, weights in found.values():
        by_rig = [reached[name] for name in names]
        moves = [name in ("jawOpen", "mouthClose", "jawForward", "jawLeft", "jawRight", "mouthOpen") for name in names]
        for name, weight, wanted, may_follow in zip(names, weights[1], by_rig, moves, strict=True):
            assert weight == pytest.approx(wanted, abs=1e-6) or may_follow, name


def influences(data: bytes) -> dict[str, tuple[list[str], np.ndarray]]:
    """Node -> its targets' names and (keys, targets) weights of the last animation, read without the app's own reader."""
    length = struct.unpack_from("<I", data, 12)[0]
    root, blob = json.loads(data[20 : 20 + length]), data[28 + length :]
    found = {}
    animation = root["animations"][-1]
    for channel in animation["channels"]:
        if channel["target"]["path"] == "weights":
            node = root["nodes"][channel["target"]["node"]]
            names = root["meshes"][node["mesh"]]["extras"]["targetNames"]
            accessor = root["accessors"][animation["samplers"][channel["sampler"]]["output"]]
            offset = root["bufferViews"][accessor["bufferView"]]["byteOffset"]
            found[node["name"]] = (names, np.frombuffer(blob, "<f4", accessor["count"], offset).reshape(-1, len(names)))
    return found


@pytest.mark.parametrize("name", ["avatar.glb", pytest.param("facecap_gltfpack_meshopt_ktx2.glb", marks=pytest.mark.shared)])
def test_the_head_turns_as_in_the_app(root, request, tmp_path, name):
    """By neck and head joints, or as a whole where there are none: every vertex is where the rig has it."""
    folder = root / "assets" if name == "avatar.glb" else request.getfixturevalue("shared") / "data" / "avatars"
    side = SideChannels(ANGLES[:3], np.array([[0, 0, 0], [0.3, -0.15, 0.1]]))
    given = Performance(BlendshapeTrack(np.zeros((2, 52), np.float32), 60.0, side=side), avatar=folder / name)
    turned = posed(write(given, WriteOptions()).data, 1, tmp_path)
    rig = AvatarRig(load_avatar(folder / name))
    rig.set_head_rotation(head_rotations(given.arkit)[1])
    rig.pose(np.zeros(52, np.float32))
    for part, wanted in zip(turned.parts, rig.parts, strict=True):
        assert np.abs(part.positions - wanted.positions).max() < 1e-3 * np.ptp(wanted.positions), part.mesh


def test_composed_shapes_move_the_targets_that_make_them(tmp_path):
    """An avatar with one lid shape for both eyes and split brows: what the file's own targets can, they do, and the rest is told."""
    path = tmp_path / "split.glb"
    path.write_bytes(small_face({"Face": ["eyeBlink", "browInnerUp_L", "browInnerUp_R", "jawOpen"]}).to_bytes())
    row = np.zeros((1, 52), np.float32)
    for name, weight in (("eyeBlinkLeft", 0.4), ("eyeBlinkRight", 0.4), ("browInnerUp", 0.6), ("jawOpen", 0.2), ("tongueOut", 1.0)):
        row[:, ARKIT_INDEX[name]] = weight
    made = write(Performance(BlendshapeTrack(row, 60.0), avatar=path), WriteOptions())
    names, weights = influences(made.data)["Face"]
    assert dict(zip(names, weights[0].tolist(), strict=True)) == pytest.approx(
        {"eyeBlink": 0.4, "browInnerUp_L": 0.6, "browInnerUp_R": 0.6, "jawOpen": 0.2}, abs=0.01
    )
    assert "The avatar has no tongueOut; what they do was left out." in made.notes
    back = decode_track(made.data, "split.glb").track
    assert back.column("eyeBlinkLeft")[0] == pytest.approx(0.4, abs=0.01) and back.column("browInnerUp")[0] == pytest.approx(0.6)


def test_other_animations_and_outer_files_come_along(tmp_path):
    glb = small_face({"Face": ["jawOpen"]})
    animate(glb, 0, "weights", [0, 1], [[0], [1]])
    root, blob = split_container(glb.to_bytes())
    assert blob is not None
    (tmp_path / "body.bin").write_bytes(blob)
    root["buffers"][0]["uri"] = "body.bin"
    path = tmp_path / "face.gltf"
    path.write_text(json.dumps(root))
    made = write(jaw_only(0.5, path), WriteOptions())
    after, whole = split_container(made.data)
    assert whole is not None and whole.startswith(blob) and "uri" not in after["buffers"][0]
    assert [animation["name"] for animation in after["animations"]] == ["Take", "VisemeSync"]
    assert "The file's own 1 animation was kept; the new one is the last." in made.notes
    assert decode_track(made.data, "face.glb").track.column("jawOpen").tolist() == [0.5]
    (tmp_path / "body.bin").unlink()
    with pytest.raises(TrackError, match=r"face.gltf cannot take the motion: The avatar needs the file 'body.bin' beside it"):
        write(jaw_only(0.5, path), WriteOptions())


def test_an_avatar_without_a_face_is_refused(tmp_path):
    path = tmp_path / "box.glb"
    path.write_bytes(small_face({"Box": []}).to_bytes())
    with pytest.raises(TrackError, match=r"box\.glb has no morph targets"):
        write_performance(tmp_path / "out.glb", jaw_only(1.0, path))
    assert not (tmp_path / "out.glb").exists()


def test_columns_without_room_are_told(tmp_path):
    path = tmp_path / "face.glb"
    path.write_bytes(small_face({"Face": list(ARKIT_CHANNELS)}).to_bytes())
    side = SideChannels(("HeadYaw", "LeftEyeYaw", "Happy"), np.full((1, 3), 0.2))
    made = write(replace(jaw_only(1.0, path), arkit=replace(jaw_only(1.0, path).arkit, side=side)), WriteOptions())
    assert made.notes[0].endswith("glTF has no room for Happy; they were left out.") and "gaze is in the eyeLook shapes" in made.notes[0]
    back = decode_track(made.data, "face.glb").track
    # a head without joints turns as a whole, about its neck
    assert back.side is not None and back.side.find("HeadYaw") == pytest.approx(np.array([0.2]), abs=1e-6)
    assert back.column("eyeLookInLeft")[0] == pytest.approx(0.31, abs=1e-3)


def test_eyes_without_shapes_of_looking_turn_by_their_joints(tmp_path):
    """Only there: where shapes turn the eyes, joints would turn them once more."""
    side = SideChannels(ANGLES[3:], np.array([[0.2, 0.1, 0.0, 0.15, -0.1, 0.05]]))
    for targets, turns in ((["jawOpen"], True), (list(ARKIT_CHANNELS), False)):
        path = tmp_path / "eyes.glb"
        nodes = {"LeftEye": {"translation": [0.03, 0.05, 0.08]}, "RightEye": {"translation": [-0.03, 0.05, 0.08]}}
        path.write_bytes(small_face({"Face": targets}, **nodes).to_bytes())
        take = jaw_only(0.5, path)
        made = write(replace(take, arkit=replace(take.arkit, side=side)), WriteOptions())
        back = decode_track(made.data, "face.glb").track.side
        assert (back is not None) == turns and any("eyes' own angles" in note for note in made.notes) != turns
        for name, wanted in zip(ANGLES[3:], side.values[0], strict=True) if back is not None else ():
            found = back.find(name)
            assert (0.0 if found is None else found[0]) == pytest.approx(wanted, abs=1e-6)

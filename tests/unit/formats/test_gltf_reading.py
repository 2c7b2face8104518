"""glTF animations that others wrote: ways between keys, kinds of numbers, names, rates, and nodes that disagree."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from app.avatar.container import split_container
from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import TrackError
from app.formats.registry import decode_track
from tests.gltf.faces import animate, small_face

HALF_PITCH = (np.sin(0.1), 0.0, 0.0, np.cos(0.1))


def jaw(keys, values, mode="LINEAR", fps=None, **more):
    """The file of one jaw curve."""
    glb = small_face({"Face": ["jawOpen"]})
    animate(glb, 0, "weights", keys, values, mode=mode, **more)
    return decode_track(glb.to_bytes(), "face.glb", fps)


def test_lines_steps_and_splines():
    keys = np.arange(0, 13, 6) / 60
    assert jaw(keys, [[0], [1], [0]]).track.column("jawOpen")[3] == pytest.approx(0.5)
    assert jaw(keys, [[0], [1], [0]], "STEP").track.column("jawOpen")[:8].tolist() == [0, 0, 0, 0, 0, 0, 1, 1]
    # glTF 2.0 appendix C.5 with the tangents (in, out) 0 0 | 3 3 | 0 0 at the middle of the first stretch of 0.1 s
    splines = [[0], [0], [0], [3], [1], [3], [0], [0], [0]]
    file = jaw(keys, splines, "CUBICSPLINE")
    assert file.track.column("jawOpen")[3] == pytest.approx(0.5 - 0.125 * 0.1 * 3, abs=1e-6)
    assert len(file.track) == 13 and file.track.fps == 60


def test_normalised_and_sparse_numbers():
    keys = np.arange(4) / 30
    stored = np.array([0, 51, 255, 102], np.uint8)
    file = jaw(keys, stored.tobytes(), output={"componentType": 5121, "normalized": True, "count": 4})
    np.testing.assert_allclose(file.track.column("jawOpen"), stored / 255, atol=1e-6)
    assert file.evidence == "30 fps from 4 key times"
    glb = small_face({"Face": ["jawOpen"]})
    where = glb.append("bufferViews", {"buffer": 0, "byteOffset": glb.place(b"\2"), "byteLength": 1})
    what = glb.append("bufferViews", {"buffer": 0, "byteOffset": glb.place(np.float32(0.7).tobytes()), "byteLength": 4})
    animate(glb, 0, "weights", keys, [[0]] * 4)
    output = glb.root["accessors"][glb.root["animations"][0]["samplers"][0]["output"]]
    del output["bufferView"]
    output["sparse"] = {"count": 1, "indices": {"bufferView": where, "componentType": 5121}, "values": {"bufferView": what}}
    np.testing.assert_allclose(decode_track(glb.to_bytes(), "face.glb").track.column("jawOpen"), [0, 0, 0.7, 0], atol=1e-6)


@pytest.mark.parametrize(("keys", "fps", "sentence"), [
    (np.arange(50) / 24, 24.0, "24 fps from 50 key times"), (np.arange(50) * 1001 / 30000, 30000 / 1001, "29.97 fps from 50 key times"),
    (np.round(np.arange(50) / 30, 3), 30.0, "30 fps from 50 key times"), (np.arange(50) / 59.904, 59.904, "59.904 fps from 50 key times"),
    ([0, 1, 4], 60.0, "60 fps from 3 key times"), ([0, 1 / 24, 2], 72.0, "72 fps from 3 key times, which follow 24 fps"),
    ([0, 0.1234, 0.777], 60.0, "assumed 60 fps"), ([0.5], 60.0, "assumed 60 fps"),
])  # fmt: skip
def test_the_rate_is_found(keys, fps, sentence):
    file = jaw(keys, np.linspace(0, 1, len(keys))[:, None])
    assert file.track.fps == pytest.approx(fps, rel=1e-5) and file.evidence.startswith(sentence)
    assert file.track.start_s == pytest.approx(keys[0])
    assert file.track.end_s == pytest.approx(keys[-1] + 1 / fps, abs=0.02)


def test_a_stated_rate_samples_and_keeps_the_time():
    file = jaw(np.arange(61) / 60, np.linspace(0, 1, 61)[:, None], fps=10.0)
    np.testing.assert_allclose(file.track.column("jawOpen"), np.arange(11) / 10, atol=1e-6)
    assert file.evidence == "sampled at 10 fps as stated"


def test_nodes_are_merged_by_name_and_disagreement_is_told():
    glb = small_face({"Teeth": ["jawOpen"], "Head": ["browInnerUp", "JawOpen", "mouthSmile_L", "Wrinkle"]})
    keys = np.arange(3) / 60
    animate(glb, 0, "weights", keys, [[0], [0.9], [0]])
    animate(glb, 1, "weights", keys, [[0, 0, 0, 0], [0.1, 0.5, 0.2, 0.4], [0, 0, 0, 0]])
    file = decode_track(glb.to_bytes(), "face.glb")
    assert [file.track.column(name)[1] for name in ("browInnerUp", "jawOpen", "mouthSmileLeft")] == pytest.approx([0.1, 0.5, 0.2])
    assert file.track.side is not None and file.track.side.names == ("Wrinkle",)
    glb = small_face({"Teeth": ["jawOpen"], "Head": ["jawOpen", "browInnerUp"]})
    animate(glb, 0, "weights", keys, [[0], [0.9], [0]])
    animate(glb, 1, "weights", keys, [[0, 0], [0.5, 0], [0, 0]])
    told = decode_track(glb.to_bytes(), "face.glb").warnings
    assert told[0] == "The file's meshes move differently (jawOpen by 0.40 between Head and Teeth); Head was read."


def test_visemes_alone_are_kept_and_shown_as_shapes():
    glb = small_face({"Head": ["viseme_aa", "viseme_PP"]})
    animate(glb, 0, "weights", np.arange(3) / 60, [[0, 0], [1, 0], [0, 0]])
    file = decode_track(glb.to_bytes(), "face.glb")
    assert file.visemes is not None and file.visemes.column("viseme_aa").tolist() == [0, 1, 0]
    assert file.track.column("jawOpen")[1] == pytest.approx(0.44) and "moves by visemes" in file.warnings[0]


def test_rotations_beside_the_weights_are_the_heads_and_the_eyes():
    """One animation per object, as some exporters write them; the eye hangs on a turned node."""
    eye = {"rotation": [0.5, 0.5, 0.5, 0.5], "children": [2]}
    glb = small_face({"Face": list(ARKIT_CHANNELS)}, socket=eye, LeftEye={}, rig={"children": [0, 1]})
    animate(glb, 0, "weights", np.arange(3) / 30, np.zeros((3, 52)))
    for node, turned in ((3, HALF_PITCH), (2, (0, 0, np.sin(0.1), np.cos(0.1)))):
        glb.append("animations", {"name": "object", "channels": [], "samplers": []})
        animate(glb, node, "rotation", np.arange(3) / 30, [[0, 0, 0, 1], turned, [0, 0, 0, 1]])
    side = decode_track(glb.to_bytes(), "face.glb").track.side
    assert side is not None and side.names == ("HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll")
    np.testing.assert_allclose(side.values[1], [0, 0.2, 0, 0, 0.2, 0], atol=1e-6)


def test_json_with_its_data_inside_is_read_and_without_it_named():
    glb = small_face({"Face": ["jawOpen"]})
    animate(glb, 0, "weights", [0, 1 / 60], [[0], [1]])
    root, blob = split_container(glb.to_bytes())
    assert blob is not None
    root["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(blob).decode()
    assert decode_track(json.dumps(root).encode(), "face.gltf").track.column("jawOpen").tolist() == [0, 1]
    root["buffers"][0]["uri"] = "beside.bin"
    with pytest.raises(TrackError, match=r"face\.gltf points to data outside its own folder; export it as one \.glb file"):
        decode_track(json.dumps(root).encode(), "face.gltf")


def test_what_moves_no_face_is_named():
    with pytest.raises(TrackError, match=r"face.glb is a glTF avatar whose face is not animated; open it as an avatar\."):
        decode_track(small_face({"Face": ["jawOpen"]}).to_bytes(), "face.glb")
    glb = small_face({"Cube": ["Key 1", "Key 2"]})
    animate(glb, 0, "weights", [0, 1], [[0, 0], [1, 1]])
    with pytest.raises(TrackError, match=r"neither ARKit's nor visemes \(Key 1, Key 2\)"):
        decode_track(glb.to_bytes(), "cube.glb")


@pytest.mark.shared
def test_a_capture_compressed_by_gltfpack(shared):
    """facecap: meshopt, weights as bytes, head and eyes in animations of their own."""
    file = decode_track((shared / "data" / "avatars" / "facecap_gltfpack_meshopt_ktx2.glb").read_bytes(), "facecap.glb")
    assert len(file.track) == 335 and file.track.fps == 30 and file.track.start_s == pytest.approx(0.0475)
    assert file.track.weights.max() > 0.8
    assert file.track.side is not None and file.track.side.names[:3] == ("HeadYaw", "HeadPitch", "HeadRoll")

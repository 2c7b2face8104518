"""Blender, Unreal and USD: what is written is what those programs read, and comes back."""

from __future__ import annotations

import runpy
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import VISEME_CHANNELS
from app.core.errors import TrackError
from app.core.head import head_rotations
from app.core.side import SideChannels
from app.core.speech import Phone, Word
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import WRITTEN, decode_track, dialect_of, encoded
from app.formats.scenes.usd.package import read_layer
from app.formats.scenes.usd.plain import read_plain
from tests.unit.formats import blender as fake

FPS = 30000 / 1001
RIG = b"curve_name, frame_number, value\n"


@pytest.fixture(scope="module")
def take() -> Performance:
    """Two seconds in which every channel differs, a head that turns, visemes and a sound whose name has a quote."""
    n = 60
    times_s = np.arange(n) / FPS
    weights = (0.45 + 0.5 * np.sin(times_s[:, None] * 3 + np.arange(52) * 0.4)).astype(np.float32)
    weights[:, 7] = 0.25
    angles = np.stack([0.3 * np.sin(times_s), 0.1 * np.cos(times_s), 0.05 * times_s], axis=1)
    side = SideChannels(("HeadYaw", "HeadPitch", "HeadRoll"), angles.astype(np.float32))
    start_s = 3 / FPS
    visemes = BlendshapeTrack(np.abs(np.sin(times_s[:, None] + np.arange(15))).astype(np.float32), FPS, start_s, VISEME_CHANNELS)
    return Performance(BlendshapeTrack(weights, FPS, start_s, side=side), visemes, sound="it's.wav", duration_s=2.5)


def back(take: Performance, key: str, options: WriteOptions | None = None, fps: float | None = None):
    """A take that went through a format."""
    return decode_track(encoded(take, options or WriteOptions(), key).data, f"take{dialect_of(key).ending}", fps)


@pytest.mark.parametrize("key", ["usd-motion", "blender", "unreal-table", "unreal-rig"])
def test_weights_and_angles_come_back_to_the_bit(take, key):
    file = back(take, key, fps=FPS)
    assert np.array_equal(file.track.weights, take.arkit.weights) and file.fps_from == "stated"
    assert file.track.start_s == pytest.approx(take.arkit.start_s, abs=2e-6) and file.track.side is not None
    for name in take.arkit.side.names:
        assert np.abs(file.track.side.find(name) - take.arkit.side.find(name)).max() < 1e-7
    if key in ("usd-motion", "blender"):
        assert back(take, key).track.fps == FPS and file.sound == "it's.wav"
        assert file.visemes is not None and np.array_equal(file.visemes.weights, take.visemes.weights)


@pytest.mark.parametrize("key", ["usd-motion", "blender"])
def test_fewer_keys_stay_within_the_error(take, key):
    whole, thinned = (encoded(take, WriteOptions(error), key).data for error in (0.0, 0.02))
    assert len(thinned) < (0.75 if key == "blender" else 1.0) * len(whole)
    track = decode_track(thinned, "take").track
    assert len(track) == len(take.arkit) and 0 < np.abs(track.weights - take.arkit.weights).max() <= 0.0201


@pytest.mark.parametrize("layered", [False, True], ids=["4.3", "5.0"])
def test_blender_gets_every_shape_by_its_name(take, layered, tmp_path, monkeypatch, capsys):
    """Selected meshes alone, any spelling, the rate, the range, the sound; an action that was there stays."""
    face = fake.mesh("Face", ["jawOpen", "MouthSmile_L", "eye_blink_right", "blendShape1.browInnerUp.001", "other"], selected=True)
    shapes, others = face.data.shape_keys, fake.mesh("Teeth", ["jawOpen"])
    before = shapes.animation_data_create().action = SimpleNamespace(use_fake_user=False)
    bpy = fake.blender([face, others, fake.mesh("Chair", ["wide"], selected=True)], layered)
    monkeypatch.setitem(sys.modules, "bpy", bpy)
    (tmp_path / "it's.wav").write_bytes(b"RIFF")
    script = tmp_path / "take.blender.py"
    script.write_bytes(encoded(take, WriteOptions(), "blender").data)
    runpy.run_path(str(script))
    assert "keyed 4 shapes of Face." in capsys.readouterr().out and others.data.shape_keys.animation_data is None
    curves = shapes.animation_data.action.curves
    assert before.use_fake_user and all(curve.updated for curve in curves.values())
    for shape, channel in (("jawOpen", "jawOpen"), ("MouthSmile_L", "mouthSmileLeft"), ("blendShape1.browInnerUp.001", "browInnerUp")):
        points = curves[f'key_blocks["{shape}"].value', 0].keyframe_points
        assert np.allclose(points.co[:, 0], 1 + 3 + np.arange(60)) and points.interpolation == [1] * 60
        assert np.array_equal(points.co[:, 1], take.arkit.column(channel))
    still = curves['key_blocks["eye_blink_right"].value', 0].keyframe_points
    assert len(still.co) == 1 and still.co[0, 1] == np.float32(0.25)
    scene = bpy.context.scene
    assert (scene.render.fps, scene.frame_start, scene.frame_end) == (30, 1, round(2.5 * FPS)) and scene.render.fps_base == pytest.approx(
        1.001
    )
    (strip,) = bpy.editor.strips if layered else bpy.editor.sequences
    assert strip.frame_start == 1 and strip.filepath == str(tmp_path / "it's.wav")
    empty = scene.objects[-1]
    turned = empty.animation_data.action.curves["rotation_euler", 2].keyframe_points.co[:, 1]
    assert empty.rotation_mode == "YXZ" and np.allclose(turned, -take.arkit.side.find("HeadYaw"))


def test_blender_moves_visemes_where_there_are_no_shapes(take, tmp_path, monkeypatch):
    mouth = fake.mesh("Mouth", ["viseme_aa", "Viseme_PP"])
    bpy = fake.blender([mouth], True)
    monkeypatch.setitem(sys.modules, "bpy", bpy)
    script = tmp_path / "mouth.py"
    script.write_bytes(encoded(replace(take, sound=""), WriteOptions(), "blender").data)
    runpy.run_path(str(script))
    curves = mouth.data.shape_keys.animation_data.action.curves
    points = curves['key_blocks["viseme_aa"].value', 0].keyframe_points
    assert len(curves) == 2 and np.array_equal(points.co[:, 1], take.visemes.column("viseme_aa"))


def test_unreal_gets_times_and_rows_and_keys(take):
    """Curve tables: no two times alike. The Rig Mapper: one line a key, its own header."""
    table = encoded(take, WriteOptions(), "unreal-table").data.decode().splitlines()
    times = table[0].split(",")
    assert times[0] == "---" and len(set(times)) == 61 and float(times[1]) == pytest.approx(0.1001, abs=1e-5)
    assert table[1].startswith("EyeBlinkLeft,") and len(table) == 1 + 52 + 3
    written = encoded(take, WriteOptions(), "unreal-rig")
    lines = written.data.decode().splitlines()
    assert lines[0] == "curve_name, frame_number, value" and len(lines) == 1 + 60 * 55
    assert lines[1] == "EyeBlinkLeft, 3, 0.45" and "29.97 fps" in written.notes[0]
    file = decode_track(written.data, "take.csv")
    assert file.fps_from == "assumed" and "--in-fps" in file.notes[0]


@pytest.fixture(scope="module")
def scene(take, root) -> bytes:
    """The take on the bundled avatar, as text."""
    return encoded(replace(take, avatar=root / "assets" / "avatar.glb"), WriteOptions(), "usda").data


def test_usd_moves_the_face_as_the_app_does(take, scene, root):
    """Pixar's own skinning of the scene, blend shapes and joints, against the rig, vertex by vertex."""
    from pxr import Gf, Sdf, Usd, UsdGeom, UsdSkel

    layer = Sdf.Layer.CreateAnonymous(".usda")
    assert layer.ImportFromString(scene.decode())
    stage = Usd.Stage.Open(layer)
    assert (stage.GetTimeCodesPerSecond(), stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (FPS, 3, 62)
    assert UsdGeom.GetStageUpAxis(stage) == "Y" and stage.GetDefaultPrim().GetName() == "Face"
    assert UsdSkel.BakeSkinning(UsdSkel.Root(stage.GetDefaultPrim()), Gf.Interval(23, 23))
    rig = AvatarRig(load_avatar(root / "assets" / "avatar.glb"))
    rig.set_head_rotation(head_rotations(take.arkit)[20])
    rig.pose(take.arkit.weights[20], take.visemes.weights[20])
    meshes = [prim for prim in stage.GetDefaultPrim().GetChildren() if prim.IsA(UsdGeom.Mesh)]
    assert len(meshes) == len(rig.parts)
    for prim, part in zip(meshes, rig.parts, strict=True):
        points = np.array(UsdGeom.Mesh(prim).GetPointsAttr().Get(23))
        assert np.abs(points - part.positions).max() < 3e-5, f"{prim.GetName()}: 0.03 mm"
    moved = max(np.abs(part.positions - part.source.positions).max() for part in rig.parts)
    assert moved > 0.02


def test_a_usd_scene_comes_back(take, scene):
    """What was made, not what reached the avatar; text without the package, crates in a process of their own."""
    plain, package = read_plain(scene, "a"), read_layer(scene, "a")
    assert [each.path for each in package.animations] == ["/Face/Motion", "/Face/AsMade"] and len(plain.animations) == 2
    for one, other in zip(plain.animations, package.animations, strict=True):
        assert one.weights.names == other.weights.names
        assert np.array_equal(one.weights.values.astype(np.float32), other.weights.values.astype(np.float32))
    for file in (decode_track(scene, "take.usda"), back(take, "usdc")):
        assert np.array_equal(file.track.weights, take.arkit.weights) and np.array_equal(file.visemes.weights, take.visemes.weights)
        assert file.track.fps == FPS and file.sound == "it's.wav" and file.track.side is not None


def read_apart_of(text: str) -> BlendshapeTrack:
    """The same layer as a crate, which the package alone reads."""
    from pxr import Sdf

    layer = Sdf.Layer.CreateAnonymous(".usda")
    assert layer.ImportFromString(text)
    with tempfile.TemporaryDirectory() as folder:
        assert layer.Export(f"{folder}/a.usdc")
        return decode_track(Path(folder, "a.usdc").read_bytes(), "a.usdc").track


def test_usd_of_other_programs(take):
    """Their spelling, sparse samples, a rate of their own; a scene without a face, and a layer that says no rate."""
    lines = [
        "#usda 1.0", "(", "    timeCodesPerSecond = 30", ")", 'def Xform "World"', "{", '    def SkelAnimation "anim" (',
        "        customData = {", '            string by = "someone"', "        }", "    )", "    {",
        '        uniform token[] blendShapes = ["JawOpen",', '            "mouthSmile_L"]',
        "        float[] blendShapeWeights.timeSamples = {", "            0: [0, 0], 10: [1, 0.5],", "        }", "    }", "}", "",
    ]  # fmt: skip
    text = "\n".join(lines)
    track = decode_track(text.encode(), "omni.usda").track
    assert track.fps == 30 and len(track) == 11 and track.column("jawOpen")[5] == pytest.approx(0.5)
    assert track.column("mouthSmileLeft")[-1] == 0.5 and np.array_equal(track.weights, read_apart_of(text).weights)
    silent = decode_track(text.replace("    timeCodesPerSecond = 30\n", "").encode(), "omni.usda")
    assert silent.track.fps == 24 and silent.fps_from == "assumed" and "24" in silent.notes[0]
    with pytest.raises(TrackError, match="without a SkelAnimation"):
        decode_track(b'#usda 1.0\ndef Xform "a" {}\n', "a.usda")


def test_broken_scenes_are_one_sentence(take):
    """Crates end Pixar's reader now and then: that costs a process of its own, not this one."""
    crate = bytearray(encoded(replace(take, visemes=None), WriteOptions(), "usdc").data)
    crate[16:24] = b"\xff" * 8
    script = encoded(take, WriteOptions(), "blender").data
    text = encoded(take, WriteOptions(), "usd-motion").data
    for data in (
        bytes(crate), bytes(crate[:300]), script[:900], script.replace(b'"fps": ', b'"fps": "'), text.replace(b": [", b": [x", 1),
        text.replace(b"0.", b"1e400", 5), b"---,0,0.1\nJawOpen,1\n", b"---,0,0\nJawOpen,1,1\n", RIG + b"jawOpen, 1\n",
        RIG + b"jawOpen, 1e30, 1\njawOpen, 2, 1\n", b'#usda 1.0\ndef SkelAnimation "a" {\n' + b"\xff" * 9,
    ):  # fmt: skip
        with pytest.raises(TrackError) as refused:
            decode_track(data, "take")
        assert str(refused.value).endswith(".") and "\n" not in str(refused.value)


def test_without_the_package_crates_are_one_sentence(take, monkeypatch):
    monkeypatch.setitem(sys.modules, "pxr", None)
    monkeypatch.delitem(sys.modules, "app.formats.scenes.usd.package", raising=False)
    with pytest.raises(TrackError, match="pip install usd-core"):
        encoded(take, WriteOptions(), "usdc")
    with pytest.raises(TrackError, match="pip install usd-core"):
        decode_track(b"PXR-USDC" + bytes(80), "take.usdc")
    assert len(back(take, "usd-motion").track) == 60


@pytest.mark.parametrize("dialect", [each for each in WRITTEN if each.key not in ("glb", "vrma")], ids=lambda each: each.key)
def test_a_format_asks_for_the_options_that_it_heeds(take, dialect):
    """No field that does nothing stands in the window, and none is missing."""
    spoken = replace(take, phones=(Phone("F", 0.1, 0.5), Phone("AA1", 0.5, 1.5)), words=(Word("fa", 0.1, 1.5),))
    usual, others = (
        WriteOptions(),
        {"max_error": WriteOptions(0.05), "extended": WriteOptions(extended=False), "fps": WriteOptions(fps=12.0)},
    )
    data = dialect.write(spoken, usual).data
    heeded = {name for name, options in others.items() if dialect.key != "usdc" and dialect.write(spoken, options).data != data}
    assert heeded == set(dialect.asks) or (dialect.key == "usdc" and dialect.asks == ("max_error",))

"""VMC: what python-osc understands of ours, and what we make of others'."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import build_msg

from app.avatar.motion import rotation_matrix
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.errors import StreamingError
from app.core.face_frame import FaceFrame
from app.core.head import turn_of
from app.streaming.vmc.expressions import NAMES, weights_of
from app.streaming.vmc.head import bone_rotation, head_angles, joined
from app.streaming.vmc.reader import VmcReader
from app.streaming.vmc.writer import MAX_DATAGRAM, VmcWriter
from tests.wires.independent import vmc_faces


def message(address: str, *arguments) -> bytes:
    return build_msg(address, list(arguments)).dgram


def bundle(*messages: bytes) -> bytes:
    return b"#bundle\x00" + struct.pack(">Q", 1) + b"".join(struct.pack(">i", len(each)) + each for each in messages)


def faces(reader: VmcReader, *datagrams: bytes) -> list[FaceFrame]:
    return [face for datagram in datagrams for face in reader.faces(datagram)]


def test_python_osc_reads_every_shape_the_head_and_one_apply(rng):
    sent = FaceFrame(rng.random(52).astype(np.float32), np.float32([0.3, -0.2, 0.1, *[0] * 6]), time_s=70_000.0)
    datagrams = VmcWriter().datagrams(sent)
    assert max(map(len, datagrams)) <= MAX_DATAGRAM and len(datagrams) <= 3
    ((_, values, bone),) = vmc_faces([(0.0, each) for each in datagrams])
    assert {name[0].lower() + name[1:]: np.float32(value) for name, value in values.items()} == dict(
        zip(ARKIT_CHANNELS, sent.weights, strict=True)
    )
    assert all(name[0].isupper() for name in values)
    assert bone[0] == "Head" and np.allclose(bone[4:], bone_rotation(0.3, -0.2, 0.1))


def test_names_are_as_the_model_lists_them(rng):
    weights = np.zeros(52, np.float32)
    weights[ARKIT_INDEX["eyeBlinkLeft"]], weights[ARKIT_INDEX["eyeBlinkRight"]], weights[ARKIT_INDEX["jawOpen"]] = 0.9, 0.6, 0.44
    sent = FaceFrame(weights)
    ((_, camel, bone),) = vmc_faces([(0.0, each) for each in VmcWriter("camelCase").datagrams(sent)])
    assert tuple(camel) == ARKIT_CHANNELS and bone == ()
    ((_, vrm, _),) = vmc_faces([(0.0, each) for each in VmcWriter("VRM").datagrams(sent)])
    assert tuple(vrm) == NAMES
    assert vrm["blink"] == pytest.approx(0.6) and vrm["blinkLeft"] == pytest.approx(0.3) and vrm["blinkRight"] == 0
    ((_, older, _),) = vmc_faces([(0.0, each) for each in VmcWriter("VRM0").datagrams(sent)])
    assert tuple(older.values()) == tuple(vrm.values()) and older["A"] == vrm["aa"] and older["Blink_L"] == vrm["blinkLeft"]
    assert vrm["aa"] > 0.6 and vrm["aa"] > 2 * max(vrm["ou"], vrm["ih"])


def test_the_head_turns_as_on_our_own_avatar(rng):
    for angles in rng.uniform(-1.3, 1.3, (50, 3)):
        x, y, z, w = bone_rotation(*angles)
        assert np.allclose(head_angles((x, y, z, w)), angles, atol=1e-5)
        # Unity to glTF: x is mirrored
        vector = np.array([x, -y, -z])
        cross = np.array([[0, -vector[2], vector[1]], [vector[2], 0, -vector[0]], [-vector[1], vector[0], 0]])
        assert np.allclose(np.eye(3) + 2 * w * cross + 2 * cross @ cross, rotation_matrix(turn_of(angles)), atol=1e-6)
    half = bone_rotation(0.2, 0.0, 0.0)
    assert np.allclose(head_angles(joined(half, half)), [0.4, 0, 0], atol=1e-6)
    assert not head_angles((0, 0, 0, 0)).any()


def test_values_stay_until_they_change_and_count_with_apply():
    reader, apply = VmcReader(), message("/VMC/Ext/Blend/Apply")
    first = faces(reader, bundle(message("/VMC/Ext/T", 1.5), message("/VMC/Ext/Blend/Val", "JAWOPEN", 0.5)), apply)
    second = faces(reader, message("/VMC/Ext/Blend/Val", "eyeBlink_L", 1.0), apply, message("/VMC/Ext/Blend/Val", "jawOpen", 0.0))
    assert [face.time_s for face in (*first, *second)] == [1.5, 1.5] and [face.index for face in (*first, *second)] == [1, 2]
    assert second[0].weights[ARKIT_INDEX["jawOpen"]] == np.float32(0.5)
    assert second[0].weights[ARKIT_INDEX["eyeBlinkLeft"]] == 1.0
    assert first[0].weights[ARKIT_INDEX["eyeBlinkLeft"]] == 0.0, "a face that was given stays as it was"
    assert faces(reader, apply)[0].weights[ARKIT_INDEX["jawOpen"]] == 0.0


def test_a_performer_that_has_expressions_only_moves_the_face_too():
    reader = VmcReader()
    said = [message("/VMC/Ext/Blend/Val", name, value) for name, value in (("A", 1.0), ("Blink", 0.5), ("Joy", 1.0), ("Blink_L", 0.2))]
    (face,) = faces(reader, bundle(*said, message("/VMC/Ext/Blend/Apply")))
    assert face.weights[ARKIT_INDEX["eyeBlinkLeft"]] == pytest.approx(0.7) and face.weights[ARKIT_INDEX["eyeBlinkRight"]] == 0.5
    assert np.array_equal(face.weights, weights_of({"aa": 1.0, "blink": 0.5, "blinkLeft": 0.2}))


def test_what_was_written_is_read_back(rng):
    sent = FaceFrame(rng.random(52).astype(np.float32), np.float32([0.3, -0.2, 0.1, *[0] * 6]))
    (read,) = faces(VmcReader(), *VmcWriter().datagrams(sent))
    assert np.array_equal(read.weights, sent.weights) and np.allclose(read.angles, sent.angles, atol=1e-6)
    assert not faces(VmcReader(), *VmcWriter().datagrams(FaceFrame(sent.weights, is_held=True)))


@pytest.mark.parametrize(
    "datagram",
    [
        b"#bundle\x00" + bytes(8) + struct.pack(">i", -4) * 3,
        b"#bundle\x00" + bytes(8) + struct.pack(">i", 0),
        bundle(bundle(bundle(bundle(bundle(bundle()))))),
        b"/a\x00\x00,f\x00\x00\x00",
        b"/a\x00\x00,?\x00\x00",
        b"hello there\x00",
        b"/unfinished",
    ],
)
def test_what_would_hold_a_reader_up_is_refused(datagram):
    with pytest.raises(StreamingError, match=r"packet|OSC"):
        list(VmcReader().faces(datagram))


@given(data=st.binary(max_size=300), cut=st.integers(0, 200))
def test_any_bytes_end_in_faces_or_a_sentence(data, cut):
    builder = OscBundleBuilder(IMMEDIATELY)
    for address, arguments in (("/VMC/Ext/Blend/Val", ("JawOpen", 0.5)), ("/VMC/Ext/Blend/Apply", ())):
        builder.add_content(build_msg(address, list(arguments)))
    good = builder.build().dgram
    reader = VmcReader()
    for datagram in (data, good[:16] + data, good[:cut] + data, good[:cut] + data + good[cut:], b"/VMC/Ext/Bone/Pos\x00\x00\x00," + data):
        try:
            assert all(np.isfinite(face.weights).all() for face in reader.faces(datagram))
        except StreamingError as error:
            assert str(error).endswith(".")

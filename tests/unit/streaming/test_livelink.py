"""Live Link Face, byte by byte: against a decoder that was written apart, and against packets of a real sender."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import StreamingError
from app.core.face_frame import FaceFrame
from app.core.head import ANGLES
from app.formats.livelink_packet import decode_packet, encode_packet, rate_of
from app.streaming.livelink import LiveLinkReader, LiveLinkWriter
from tests.wires.independent import LIVE_LINK_ORDER, live_link

DEVICE = "DEADC0DE-1337-1337-1337-CAFEBABE"


def face(rng, **more) -> FaceFrame:
    angles = rng.uniform(-0.4, 0.4, 9).astype(np.float32)
    return FaceFrame(
        rng.random(52).astype(np.float32), angles, **{"index": 4_162_000, "time_s": 4_162_000.25 / 60, "subject": "Anna"} | more
    )


def recorded(shared) -> list[bytes]:
    """The packets of a recording, taken out of their container."""
    data = gzip.decompress((shared / "data" / "captures" / "llv" / "debug-all-blendshapes.gesichter").read_bytes())
    packets, at = [], 5
    for _ in range(struct.unpack_from(">i", data, 1)[0]):
        size = struct.unpack_from(">i", data, at)[0]
        packets.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return packets


def test_a_packet_is_what_an_independent_decoder_reads(rng):
    sent = face(rng, subject="Änna 1")
    read = live_link(encode_packet(sent, DEVICE))
    assert (read["version"], read["device"], read["subject"]) == (6, DEVICE, "Änna 1")
    assert (read["frame"], read["sub_frame"], read["rate"]) == (4_162_000, 0.25, [60, 1])
    assert tuple(name.lower() for name in LIVE_LINK_ORDER) == tuple(name.lower() for name in (*ARKIT_CHANNELS, *ANGLES))
    assert np.array_equal(np.float32(list(read["values"].values())), np.concatenate([sent.weights, sent.angles]))
    assert len(encode_packet(face(rng, subject="LLV Default Device"), DEVICE)) == 320


def test_the_older_packet_says_a_timecode(rng):
    sent = face(rng)
    read = live_link(encode_packet(sent, DEVICE, 5))
    assert (read["version"], read["timecode"], read["fps"]) == (5, [19, 16, 6, 40], 60)
    again = decode_packet(encode_packet(sent, DEVICE, 5)).face()
    assert (again.index, again.subject, again.fps) == (sent.index, "Anna", 60.0)
    assert np.array_equal(again.weights, sent.weights) and np.array_equal(again.angles, sent.angles)
    packet = encode_packet(sent, DEVICE, 5)
    at = 1 + 4 + len(DEVICE) + 4 + 4 + 16
    assert decode_packet(packet[:at] + b"\x01" + packet[at:]).frame == sent.index, "with the byte for drop frame, too"


@pytest.mark.shared
def test_recorded_packets_are_read_and_written_to_the_byte(shared):
    packets = recorded(shared)
    assert len(packets) == 3660 and {len(packet) for packet in packets} == {320}
    for packet in packets:
        read = decode_packet(packet)
        assert list(live_link(packet)["values"].values()) == read.values.tolist()
        again = encode_packet(read.face(), read.device)
        assert again == packet or (read.sub_frame >= 1 and again[:63] + again[67:] == packet[:63] + packet[67:])
    assert read.time_s == pytest.approx((read.frame + live_link(packet)["sub_frame"]) / 60), "a sub-frame beyond 1 counts"


def test_a_packet_without_shapes_holds_the_pose(rng):
    reader, sent = LiveLinkReader(), face(rng)
    (first,) = reader.faces(encode_packet(sent, DEVICE))
    (held,) = reader.faces(encode_packet(face(rng, is_held=True, index=sent.index + 1), DEVICE))
    assert held.is_held and held.index == sent.index + 1 and not first.is_held
    assert np.array_equal(held.weights, sent.weights) and np.array_equal(held.angles, sent.angles)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p: p[:20], "too short"),
        (lambda p: b"\x01\x00" + p[2:], "version 1"),
        (lambda p: p[:-4], "says 61 shapes and has 60"),
        (lambda p: p[:-1], "says 61 shapes"),
        (lambda p: p[:1] + b"\x7f\xff\xff\xff" + p[5:], "damaged"),
        (lambda p: p[:-4] + struct.pack(">f", float("nan")), "no weights"),
        (lambda p: p[:-4] + struct.pack(">f", 1e30), "no weights"),
    ],
)
def test_what_is_no_packet_is_told_in_a_sentence(rng, spoil, words):
    with pytest.raises(StreamingError, match=words) as told:
        decode_packet(spoil(encode_packet(face(rng), DEVICE)))
    assert str(told.value).endswith(".") and "\n" not in str(told.value)


def test_faces_that_are_no_numbers_and_endless_names_are_not_sent(rng):
    broken = face(rng)
    broken.weights[3] = np.inf
    for bad in (broken, face(rng, subject="x" * 600), face(rng, fps=0.0)):
        with pytest.raises(StreamingError):
            LiveLinkWriter().datagrams(bad)


@pytest.mark.parametrize(("fps", "over", "under"), [(60, 60, 1), (59.94, 60000, 1001), (29.97, 30000, 1001), (24, 24, 1), (12.5, 25, 2)])
def test_rates_are_the_fractions_of_cameras(fps, over, under):
    rate = rate_of(fps)
    assert (rate.numerator, rate.denominator) == (over, under)


@given(data=st.binary(max_size=400), cut=st.integers(0, 320), version=st.sampled_from([5, 6]))
def test_any_bytes_end_in_faces_or_a_sentence(data, cut, version):
    good = encode_packet(FaceFrame(np.zeros(52, np.float32), None, subject="A"), DEVICE, version)
    reader = LiveLinkReader()
    for datagram in (data, bytes([version]) + data, good[:cut] + data, good[:cut] + data + good[cut:]):
        try:
            faces = list(reader.faces(datagram))
        except StreamingError as error:
            assert str(error).endswith(".")
        else:
            assert all(np.isfinite(one.weights).all() and one.fps > 0 for one in faces)

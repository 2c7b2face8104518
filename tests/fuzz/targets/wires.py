"""What arrives on wires: faces of other programs, the server's protocol in both directions, and what microservices answer."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.core.errors import PreviewError, StreamingError
from app.core.face_frame import FaceFrame
from app.core.head import ANGLES
from app.remote.client.http import _read_frames
from app.remote.nim.nim_messages import messages as nim_messages
from app.remote.nim.nim_source import _named, _rising
from app.remote.protocol import messages as said
from app.remote.protocol.plain import number, parsed, words
from app.remote.protocol.wire import FrameOrder, SoundOrder, WireError, decode, encode
from app.streaming.livelink import LiveLinkReader, LiveLinkWriter
from app.streaming.vmc.reader import VmcReader
from app.streaming.vmc.writer import VmcWriter
from app.streaming.websocket.messages import Hello, MessageReader, encode_face
from app.streaming.wires import FaceReader
from tests.fuzz import mutating
from tests.fuzz.mutating import Mutator
from tests.fuzz.target import Place, Target

_VALUES: tuple[Mutator, ...] = (mutating.values,) * 5 + (mutating.text,)
_BYTES: tuple[Mutator, ...] = (mutating.plain,)
_FACE = FaceFrame(np.linspace(0, 1, 52, dtype=np.float32), np.linspace(-1, 1, len(ANGLES), dtype=np.float32), 1.5, 90, 60.0, "Ann")


def targets() -> Iterator[Target]:
    """All of them."""
    yield Target("wire-livelink", ".bin", lambda place: _faces(LiveLinkReader(), place), _packets, _BYTES, (StreamingError,), 1.0, 64)
    yield Target("wire-vmc", ".bin", lambda place: _faces(VmcReader(), place), _bundles, _BYTES, (StreamingError,), 1.0, 64)
    yield Target("wire-faces", ".bin", _greeted_faces, lambda _: [encode_face(_FACE)], _BYTES, (StreamingError,), 1.0, 64)
    yield Target("wire-hello", ".json", _hello, lambda _: [Hello().text().encode()], _VALUES, (StreamingError,), 1.0, 64)
    yield Target("wire-server", ".json", _message, _messages, _VALUES, (WireError,), 2.0, 128)
    yield Target("wire-server-binary", ".bin", _binary, _binaries, _BYTES, (WireError,), 2.0, 128)
    yield Target("wire-bridge", ".json", _bridge, _bridge_frames, _VALUES, (PreviewError,))
    yield Target("wire-nim", ".bin", _nim, _nims, _BYTES, (PreviewError, _decode_error()))


def _faces(reader: FaceReader, place: Place) -> None:
    """A damaged datagram, then a good one of which the reader still makes a face."""
    try:
        found = list(reader.faces(place.data))
    finally:
        good = VmcWriter().datagrams(_FACE) if isinstance(reader, VmcReader) else LiveLinkWriter().datagrams(_FACE)
        assert [face for datagram in good for face in reader.faces(datagram)], "the reader is broken by what came before"
    for face in found:
        assert np.isfinite(face.weights).all() and np.isfinite(face.time_s)
        assert face.angles is None or np.isfinite(face.angles).all()


def _packets(folder: Path) -> Iterator[bytes]:
    for version in (5, 6):
        yield from LiveLinkWriter(version, "device").datagrams(_FACE)
    yield from LiveLinkWriter().datagrams(FaceFrame(_FACE.weights, is_held=True))


def _bundles(folder: Path) -> Iterator[bytes]:
    for style in ("PascalCase", "VRM"):
        yield from VmcWriter(style).datagrams(_FACE)


def _greeted_faces(place: Place) -> None:
    reader = MessageReader()
    list(reader.faces(Hello().text()))
    for face in reader.faces(place.data):
        assert np.isfinite(face.weights).all()


def _hello(place: Place) -> None:
    reader = MessageReader()
    text = place.data.decode("utf-8", "surrogateescape" if len(place.data) % 2 else "replace")
    list(reader.faces(text))
    with contextlib.suppress(StreamingError):
        list(reader.faces(encode_face(_FACE)))


def _message(place: Place) -> None:
    encode(decode(place.data.decode("utf-8", "replace")))


def _messages(folder: Path) -> Iterator[bytes]:
    for message in (
        said.Start(emotion={"joy": 0.5}), said.Resume("t" * 24, 5), said.Ack(3), said.End(), said.Cancel(), said.Ping(7), said.Ended(9),
        said.Cancelled(), said.Failed("busy", "All places are taken.", 2.0), said.Closing("The server ends."), said.Pong(7),
        said.Frames(1, 2, 0.1, np.zeros((2, 52), np.float32)),
    ):  # fmt: skip
        written = encode(message, "json")
        yield written if isinstance(written, bytes) else written.encode()


def _binary(place: Place) -> None:
    message = decode(place.data)
    with contextlib.suppress(WireError):
        SoundOrder(said.Start()).accept(message) if isinstance(message, said.Sound) else FrameOrder().accept(message)


def _binaries(folder: Path) -> Iterator[bytes]:
    for message in (said.Sound(0, 0, 0.0, b"\0\1" * 40), said.Frames(0, 0, 0.0, np.full((3, 52), 0.5, np.float32))):
        yield bytes(encode(message))


def _bridge(place: Place) -> None:
    data = parsed(place.data)
    frames = data.get("frames") if isinstance(data, dict) else data
    words(data)
    number(data)
    if isinstance(frames, list):
        times_s, rows = _read_frames(frames)
        assert np.isfinite(times_s).all() and np.isfinite(rows).all() and len(times_s) == len(rows)


def _bridge_frames(folder: Path) -> Iterator[bytes]:
    yield json.dumps({"frames": [{"timestamp": i / 60, "blendshapes": {"jawOpen": 0.5, "EyeBlink_L": 1}} for i in range(5)]}).encode()


def _decode_error() -> type[BaseException]:
    from google.protobuf.message import DecodeError

    return DecodeError


def _nim(place: Place) -> None:
    stream = nim_messages()["AnimationDataStream"].FromString(place.data)
    frames = stream.animation_data.skel_animation.blend_shape_weights
    rows, times_s = _named(frames, [0, None, 3])
    _rising(times_s, 0.0)
    assert np.isfinite(rows).all()
    assert words(stream.status.message) is not None


def _nims(folder: Path) -> Iterator[bytes]:
    kinds = nim_messages()
    stream = kinds["AnimationDataStream"]()
    for i in range(3):
        frame = stream.animation_data.skel_animation.blend_shape_weights.add()
        frame.time_code = i / 30
        frame.values.extend([0.1, 0.2, 0.3])
    yield stream.SerializeToString()

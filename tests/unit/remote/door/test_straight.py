"""The straight way of a WebSocket: what it takes, what it leaves to the parser, and that both know where a frame begins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from app.remote.server.door.straight import FrameWalk, framed, told

MESSAGES = st.lists(st.tuples(st.sampled_from([Opcode.BINARY, Opcode.TEXT, Opcode.PING]), st.binary(max_size=300)), max_size=6)


def sent(opcode: Opcode, data: bytes, fin: bool = True) -> bytes:
    """A frame as websockets' client writes it."""
    return Frame(opcode, data, fin).serialize(mask=True)


@given(MESSAGES, st.lists(st.integers(1, 200), min_size=1, max_size=20), st.booleans())
def test_a_walk_in_any_pieces_knows_where_frames_begin(messages, sizes, masked):
    frames = [Frame(opcode, data[:125] if opcode is Opcode.PING else data).serialize(mask=masked) for opcode, data in messages]
    stream, ends, walk, at = b"".join(frames), {0}, FrameWalk(), 0
    for frame in frames:
        ends.add(max(ends) + len(frame))
    for turn in range(len(stream)):
        if at >= len(stream):
            break
        piece = stream[at : at + sizes[turn % len(sizes)]]
        walk.past(piece)
        at += len(piece)
        assert walk.between == (at in ends)


def test_a_frame_of_eight_length_bytes_is_walked_over():
    walk, frame = FrameWalk(), sent(Opcode.BINARY, bytes(70_000))
    walk.past(frame[:9])
    assert not walk.between
    walk.past(frame[9:])
    assert walk.between


@given(st.lists(st.binary(min_size=1, max_size=900), max_size=4))
def test_whole_binary_messages_are_told_in_order(messages):
    heard: list[bytes] = []
    assert told(b"".join(sent(Opcode.BINARY, each) for each in messages), lambda data: heard.append(data) or True) == b""
    assert heard == messages


def test_what_is_no_whole_binary_message_is_left():
    heard: list[bytes] = []
    first = sent(Opcode.BINARY, b"first")
    cut, part, text = sent(Opcode.BINARY, b"second")[:-1], sent(Opcode.BINARY, b"a part", fin=False), sent(Opcode.TEXT, b"{}")
    unmasked = Frame(Opcode.BINARY, b"no mask at all").serialize(mask=False)
    for rest in (cut, part, text, unmasked, b"\x82"):
        assert told(first + rest, lambda data: heard.append(data) or True) == rest
    assert heard == [b"first"] * 5


def test_what_is_not_heard_is_left():
    frames = sent(Opcode.BINARY, b"one") + sent(Opcode.BINARY, b"two")
    assert told(frames, lambda data: False) == frames
    assert told(frames, lambda data: data == b"one") == frames[len(frames) // 2 :]


def test_frames_are_those_of_websockets():
    for size in (0, 125, 126, 65_535, 65_536):
        assert framed(bytes(size)) == Frame(Opcode.BINARY, bytes(size)).serialize(mask=False)
    assert framed("wörter") == Frame(Opcode.TEXT, "wörter".encode()).serialize(mask=False)

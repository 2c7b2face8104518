"""The streaming protocol: what is encoded comes back, and no bytes break the reader."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.remote.protocol import messages as m
from app.remote.protocol.wire import HEADER, MAX_MESSAGE, FrameOrder, SoundOrder, decode, encode

counters = st.integers(0, (1 << 32) - 1)
positions = st.integers(0, (1 << 53) - 1)
texts = st.text(max_size=40)
seconds = st.floats(0, 1e6)
strengths = st.dictionaries(texts, st.floats(0, 1), max_size=4)
starts = st.builds(
    m.Start, rate=st.integers(8000, 192_000), encoding=st.sampled_from(["s16le", "f32le"]), fps=st.integers(10, 120),
    frames=st.sampled_from(["binary", "json"]), blinks=st.booleans(), seed=counters, emotion=strengths, first_sample=positions,
    first_frame=positions, keep=st.booleans(),
)  # fmt: skip
readies = st.builds(
    m.Ready, token=texts, next_sample=positions, resumed=st.booleans(), source=texts, label=texts, mock=st.booleans(),
    fps=st.integers(10, 120), look_ahead_ms=seconds, window_s=seconds, resume_s=seconds, owns_eyes=st.booleans(),
)  # fmt: skip
controls = st.one_of(
    starts, readies, st.builds(m.Resume, token=texts, next_frame=positions), st.builds(m.Ack, next_frame=positions), st.just(m.End()),
    st.just(m.Cancel()), st.builds(m.Ping, id=counters), st.builds(m.Ended, frame_count=positions), st.just(m.Cancelled()),
    st.builds(m.Failed, code=texts, message=texts, retry_after_s=seconds), st.builds(m.Closing, message=texts),
    st.builds(m.Pong, id=counters),
)  # fmt: skip
sounds = st.builds(m.Sound, sequence=counters, first_sample=positions, time_s=seconds, data=st.binary(min_size=1, max_size=64))
weights = arrays.arrays(np.float32, st.tuples(st.integers(1, 5), st.just(52)), elements=st.floats(0, 1, width=32))
frames = st.builds(m.Frames, sequence=counters, first_frame=positions, time_s=seconds, weights=weights)


@given(st.one_of(controls, sounds, frames))
def test_every_message_comes_back(message):
    assert decode(encode(message)) == message


@given(frames)
def test_json_frames_come_back_to_five_places(message):
    back = decode(encode(message, "json"))
    assert (back.sequence, back.first_frame, back.time_s) == (message.sequence, message.first_frame, message.time_s)
    assert np.allclose(back.weights, message.weights, atol=1e-5)


@given(st.one_of(st.binary(max_size=400), st.text(max_size=200)))
def test_any_input_is_a_message_or_the_documented_error(data):
    try:
        decode(data)
    except m.WireError as error:
        assert error.code == "bad_message" and str(error).endswith(".")


plain = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | texts, lambda x: st.lists(x, max_size=3), max_leaves=5)
names = st.sampled_from(["rate", "fps", "encoding", "token", "next_frame", "weights", "emotion", "channels", "first_sample", "id", "code"])


@given(st.sampled_from(["start", "resume", "ack", "ready", "frames", "error", "ping"]), st.dictionaries(names, plain, max_size=5))
def test_wrong_fields_are_the_documented_error(kind, fields):
    try:
        decode(json.dumps({"type": kind, **fields}))
    except m.WireError as error:
        assert error.code == "bad_message"


@given(st.binary(max_size=60), st.tuples(st.integers(0, 3), st.integers(0, 3), counters, st.integers(0, (1 << 64) - 1), st.floats()))
def test_hostile_headers_are_the_documented_error(body, header):
    try:
        decode(HEADER.pack(b"VS", *header) + body)
    except m.WireError as error:
        assert error.code == "bad_message"


def json_frames(time_s: str, weights: str) -> str:
    """A message of frames as text."""
    return '{"type":"frames","sequence":0,"first_frame":0,"time_s":' + time_s + ',"weights":' + weights + "}"


HUGE = "9" * 400
BOMBS = {
    "deep": "[" * 50_000,
    "5000 digits": '{"type":"ping","id":' + "9" * 5000 + "}",
    "no fields": '{"type":"frames","weights":[[1e300]]}',
    "long": b"\0" * (MAX_MESSAGE + 1),
    "kind": '{"type":[]}',
    "deep kind": '{"type":' + "[" * 900 + "]" * 900 + "}",
    "huge count": '{"type":"ended","frame_count":' + HUGE + "}",
    "huge joy": '{"type":"start","emotion":{"joy":' + HUGE + "}}",
    "no joy": '{"type":"start","emotion":{"joy":NaN}}',
    "endless joy": '{"type":"start","emotion":{"joy":1e400}}',
    "half a character": '{"type":"closing","message":"\\ud800"}',
    "late": json_frames(HUGE, "[[" + ",".join(["0"] * 52) + "]]"),
    "huge rows": json_frames("0", "[[" + ",".join([HUGE] * 52) + "]]"),
    "deep rows": json_frames("0", "[" * 500 + "]" * 500),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_the_documented_error(bomb):
    with pytest.raises(m.WireError):
        decode(BOMBS[bomb])


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 20)), max_size=20))
def test_sound_arrives_once_however_it_is_cut_and_repeated(cuts):
    samples = np.arange(1, 2000, dtype="<i2")
    order, heard, at = SoundOrder(m.Start()), [], 0
    for sequence, (count, back) in enumerate(cuts):
        first = max(at - back, 0)
        heard.append(order.accept(m.Sound(sequence, first, first / 16000, samples[first : at + count].tobytes())))
        at += count
    assert np.array_equal(np.concatenate([*heard, np.zeros(0, np.float32)]) * 32768, samples[:at])
    assert order.next_sample == at


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5)), max_size=12))
def test_frames_arrive_once_however_they_are_repeated(cuts):
    rows = np.arange(300 * 52, dtype=np.float32).reshape(300, 52)
    order, seen, at = FrameOrder(), [], 0
    for sequence, (count, back) in enumerate(cuts):
        first = max(at - back, 0)
        seen.append(order.accept(m.Frames(sequence, first, first / 30, rows[first : at + count])))
        at += count
    assert np.array_equal(np.concatenate([*seen, rows[:0]]), rows[:at])


def test_missing_sound_or_frames_are_a_gap():
    with pytest.raises(m.WireError, match="expected") as missing:
        SoundOrder(m.Start()).accept(m.Sound(0, 5, 0.0, b"\0\0"))
    assert missing.value.code == "gap"
    with pytest.raises(m.WireError, match="Frames are missing"):
        FrameOrder().accept(m.Frames(1, 0, 0.0, np.zeros((1, 52), np.float32)))


def test_float_samples_that_are_no_numbers_become_silence():
    data = np.array([np.nan, np.inf, 0.5], "<f4").tobytes()
    assert SoundOrder(m.Start(encoding="f32le")).accept(m.Sound(0, 0, 0.0, data)).tolist() == [0.0, 1.0, 0.5]
    with pytest.raises(m.WireError, match="whole samples"):
        SoundOrder(m.Start(encoding="f32le")).accept(m.Sound(0, 0, 0.0, b"abc"))

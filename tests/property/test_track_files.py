"""Decoding any bytes raises only the documented error; writing and reading gives the same take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import SpeechError, TrackError
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import WRITTEN, decode_track
from app.formats.timings.alignment import read_alignment
from app.formats.tracks.livelink import HEADER

WEIGHTS = arrays(np.float32, st.tuples(st.integers(1, 12), st.just(52)), elements=st.floats(-2, 2, width=32))
TAKE = ",".join(HEADER) + "\n" + "\n".join(f"00:00:00:{i:02d}.000,61," + ",".join(["0.5"] * 61) for i in range(3)) + "\n"

TITLES = ["Timecode", "time", "timestamp_ms", "offset", "frame", "t", "seconds", "fps", "x", ""]
KEYS = [
    "names", "frames", "weights", "time", "timestamp", "blendshapes", "categoryName", "score", "fps", "FrameIndex", "BlendShapes",
    "VisemeId", "AudioOffset", "mouthCues", "start", "end", "value", "visemes", "vtimes", "vdurations", "jawOpen", "metadata", "Animation",
    "faceBlendshapes", "categories",
]  # fmt: skip


def decode_or_refuse(data: bytes) -> None:
    """Either a track or a TrackError with a sentence."""
    try:
        decode_track(data, "take")
    except TrackError as error:
        assert str(error).endswith(".")


# text that begins as USD's does and is not plain is read by its own library, in a process of its own
@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data):
    decode_or_refuse(data)


@given(st.text(alphabet='0123456789:.,;\n"\r\tTtimecodeJawOpn-+eNaf{}[]\x00', max_size=300))
def test_any_text_of_the_right_letters(text):
    decode_or_refuse(("time,JawOpen\n" + text).encode())
    decode_or_refuse(("Timecode,JawOpen\n" + text).encode())


@given(st.integers(0, len(TAKE) - 1), st.binary(min_size=1, max_size=6))
def test_a_damaged_take(position, damage):
    decode_or_refuse(TAKE.encode()[:position] + damage + TAKE.encode()[position + len(damage) :])
    decode_or_refuse(TAKE.encode()[:position])


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=4), max_leaves=8
    )
)
def test_any_json_under_the_right_keys(value):
    import json

    for key in ("facsNames", "weightMat", "exportFps"):
        document = {"facsNames": ["jawOpen"], "weightMat": [[0.5]], "exportFps": 30} | {key: value}
        decode_or_refuse(json.dumps(document).encode())


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["jawOpen", "D", "aa", "PP", "1", "x"]),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.sampled_from(KEYS), x, max_size=5),
    max_leaves=14,
)


@given(ANY_JSON)
def test_any_json_of_the_right_words(document):
    import json

    decode_or_refuse(json.dumps(document).encode())
    decode_or_refuse(json.dumps([document, document]).encode())
    decode_or_refuse(json.dumps({"names": ["jawOpen"], "frames": [document, {"weights": [0.5], "time": 1}]}).encode())


@given(st.lists(st.text(alphabet="0123456789:;.,-eE ", max_size=14), min_size=1, max_size=8), st.sampled_from(TITLES))
def test_any_clock(cells, title):
    for separator in (",", ";", "\t"):
        rows = "".join(f'"{cell}"{separator}0.5\n' for cell in cells)
        decode_or_refuse(f"{title}{separator}JawOpen\n{rows}".encode())


@given(
    st.lists(st.floats(0, 1e5, allow_nan=False) | st.integers(0, 10**9), min_size=2, max_size=30), st.sampled_from(TITLES), st.booleans()
)
@example([0.0, 2.2250738585072014e-308], "timestamp_ms", False)
def test_any_numbers_of_a_clock(values, title, rising):
    rows = "".join(f"{value},0.5\n" for value in (sorted(values) if rising else values))
    decode_or_refuse(f"{title},JawOpen\n{rows}".encode())


@given(st.binary(max_size=200))
def test_any_bytes_behind_a_byte_order_mark(data):
    for mark in (b"\xff\xfe", b"\xfe\xff", b"sep=;\n", b"time;JawOpen\n", b"<rhubarbResult", b"0.0\tA\n"):
        decode_or_refuse(mark + data)


@given(st.text(alphabet='"0123456789.-\nTextGridIntervalTier<exists> =[]:!B', max_size=300))
def test_any_text_grid(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.TextGrid"
    path.write_text('"TextGrid"\n"IntervalTier" "phones" ' + text)
    try:
        read_alignment(path)
    except SpeechError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("dialect", [d for d in WRITTEN if d.holds == "weights" and d.key != "vrm"], ids=lambda d: d.key)
@settings(max_examples=15)
@given(weights=WEIGHTS, fps=st.sampled_from([12.0, 23.976, 24.0, 30.0, 59.94, 60.0, 120.0]))
def test_round_trip(dialect, weights, fps):
    track = BlendshapeTrack(weights, 60.0 if dialect.key == "azure" else fps)
    back = decode_track(dialect.write(Performance(track), WriteOptions()).data, "take").track
    kept = slice(0, 51 if dialect.key in ("beat", "mediapipe") else 52)
    assert len(back) == len(track)
    assert np.abs(back.weights[:, kept] - track.weights[:, kept]).max() < 1e-7
    if len(track) > 1:
        assert back.duration_s == pytest.approx(track.duration_s, rel=0.003)


HOLDERS = [d for d in WRITTEN if d.holds == "weights" and d.key != "vrm"]


def sent(dialect, track):
    """A track through a format and back."""
    return decode_track(dialect.write(Performance(track), WriteOptions()).data, "take").track


def lopsided(n=90, fps=60.0):
    """Left and right differ in every pair, at every frame; below 0 and above 1 too."""
    weights = np.sin(np.arange(n)[:, None] * 0.05 + np.arange(52)[None, :]).astype(np.float32) * np.float32(1.5)
    weights[:, 51] = 0  # two formats have no tongue
    return BlendshapeTrack(weights, fps)


@pytest.mark.parametrize("first", HOLDERS, ids=lambda d: d.key)
def test_sides_stay_through_every_pair_of_formats(first):
    track = lopsided()
    once = sent(first, track)
    for second in HOLDERS:
        assert np.abs(sent(second, once).weights - track.weights).max() < 1e-6, second.key


@settings(max_examples=25)
@given(
    st.permutations(list(range(52))), st.sampled_from(["", "blendShapes.", "blendShape1."]), st.sampled_from([str, str.upper, str.lower]),
    st.booleans(),
)  # fmt: skip
def test_any_order_and_spelling_of_names_is_the_same_take(order, prefix, spelt, as_json):
    import json

    track = lopsided(12)
    names = [prefix + spelt(ARKIT_CHANNELS[i]) for i in order]
    rows = track.weights[:, order].tolist()
    if as_json:
        frames = [{"time": k / 60, "weights": row} for k, row in enumerate(rows)]
        data = json.dumps({"names": names, "frames": frames}).encode()
    else:
        lines = [",".join(["time", *names]), *(",".join([f"{k / 60:.9f}", *map(repr, row)]) for k, row in enumerate(rows))]
        data = "\n".join(lines).encode()
    assert np.abs(decode_track(data, "take").track.weights - track.weights).max() < 1e-6


@pytest.mark.parametrize("dialect", HOLDERS, ids=lambda d: d.key)
def test_one_frame_and_ten_minutes(dialect):
    one = sent(dialect, lopsided(1))
    assert len(one) == 1 and np.abs(one.weights - lopsided(1).weights).max() < 1e-6
    if dialect.key == "azure":
        return  # 60 frames per second or nothing: ten minutes would take as long as all the others
    rows = np.tile(lopsided(250).weights, (24, 1))
    long = sent(dialect, BlendshapeTrack(rows, 10.0))
    assert len(long) == 6000 and long.duration_s == pytest.approx(600, abs=0.05)
    assert np.abs(long.weights - rows).max() < 1e-6


@given(
    st.dictionaries(st.text(max_size=12), st.floats(-1e3, 1e3), min_size=1, max_size=6),
    st.sampled_from(["values", "expressions", "dt", ""]),
)
def test_any_names_end_in_a_track_or_one_sentence(row, key):
    import json

    frames = [{"time": k / 30, key: row} if key else {"time": k / 30, **row} for k in range(4)]
    decode_or_refuse(json.dumps(frames).encode())
    decode_or_refuse(json.dumps({"frames": frames, "expressions": 1}).encode())
    decode_or_refuse(json.dumps({"dt": [10] * 4, "vs": {name: [value] * 4 for name, value in row.items()}}).encode())
    channels = [{"name": name, "keys": [[0, value]]} for name, value in row.items()]
    decode_or_refuse(json.dumps({"format": "openfacefx.track", "version": 1, "fps": 30, "channels": channels}).encode())


SMALL = [
    {"format": "openfacefx.track", "version": 1, "fps": 30, "channels": []},
    {"format": "visemesync.track", "version": 1, "fps": 30, "arkit": 0},
    {"dt": [10], "vs": {"jawOpen": [1]}},
    {"blendShapes": ["jawOpen"], "blendShapeWeights": [{"timeCode": 0, "values": [0.1]}]},
]


@given(ANY_JSON, st.sampled_from(SMALL), st.data())
def test_a_dialect_with_anything_in_any_place(value, document, data):
    import json

    key = data.draw(st.sampled_from(sorted(document)))
    decode_or_refuse(json.dumps(document | {key: value}).encode())


@given(st.binary(max_size=300), st.booleans())
def test_any_recording_of_packets(data, packed):
    import gzip
    import struct

    body = struct.pack(">Bi", 6, 1) + (struct.pack(">i", len(data) + 1) + b"\x06" + data if packed else data)
    decode_or_refuse(gzip.compress(body, 1))
    decode_or_refuse(b"\x1f\x8b" + data)
    decode_or_refuse(gzip.compress(body, 1)[: len(data) // 2])

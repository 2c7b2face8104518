"""Any text, any names, any order: cues and words end in a track, an alignment or one sentence; and any performance is written."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.arkit import VISEME_CHANNELS
from app.core.errors import SpeechError, TrackError
from app.core.speech import Phone, Word
from app.core.track import BlendshapeTrack
from app.formats.cues.entries import DIALECTS as CUES
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track
from app.formats.timings.alignment import alignment_of
from app.formats.timings.entries import DIALECTS as TIMINGS
from tests.trips.cues import made_line

BEGINNINGS = (
    "MohoSwitch1\n", "lipsync version 1\na.wav\n24\n",
    "lipsync version 1\na.wav\n24\n9\n1\n\tBob\n\thi\n\t1\n\t\thi\n\t\t0\n\t\t9\n\t\t1\n",
    "WEBVTT\n\n", "1\n00:00:01,000 --> 00:00:02,000\n", "0.00\tA\n", "<rhubarbResult><mouthCues>",
    'File type = "ooTextFile"\nObject class = "TextGrid"\n',
)  # fmt: skip
KEYS = [
    "frames", "visemes", "vtimes", "vdurations", "viseme", "value", "start", "end", "time", "type", "id", "VisemeId", "AudioOffset",
    "phone", "word", "names", "sil", "PP", "aa", "viseme_aa", "fps", "mouthCues", "metadata", "soundFile", "words", "wtimes",
]  # fmt: skip
TIMES = st.floats(-1, 1e5) | st.floats(0, 3)
SYMBOLS = st.sampled_from(["sil", "AA1", "P", "AY2", "HH", "L", "OY1", "XX", "Q", "W", "AXR"])
SPANS = st.tuples(st.floats(0, 3), st.floats(0, 1)).map(lambda span: (span[0], span[0] + span[1]))
PHONES = st.lists(st.builds(lambda symbol, span, word: Phone(symbol, *span, word), SYMBOLS, SPANS, st.text(max_size=3)), max_size=8)
WORDS = st.lists(st.builds(lambda text, span: Word(text, *span), st.text(max_size=4), SPANS), max_size=4)


@st.composite
def performances(draw) -> Performance:
    """Motion of any rate, start and length, with or without what belongs to it."""
    fps, start_s, n = draw(st.sampled_from([12.0, 24.0, 59.904, 120.0])), draw(st.sampled_from([-9.0, 0.0, 0.3])), draw(st.integers(1, 9))
    random = np.random.default_rng(n)
    visemes = BlendshapeTrack(random.random((n, 15)), fps, start_s, VISEME_CHANNELS) if draw(st.booleans()) else None
    track = BlendshapeTrack(random.random((n, 52)), fps, start_s)
    return Performance(track, visemes, tuple(draw(PHONES)), tuple(draw(WORDS)), "a\nb.wav", draw(st.sampled_from([0.0, 2.5])))


LINE = made_line()
FILES = [dialect.write(LINE, WriteOptions()).data for dialect in (*CUES, *TIMINGS) if dialect.write is not None]


def read_or_refuse(data: bytes) -> None:
    """A track and an alignment, or a sentence for each."""
    try:
        assert len(decode_track(data, "cues").track)
    except TrackError as error:
        assert str(error).endswith(".")
    try:
        alignment_of(data.decode("utf-8", "replace").replace("\r", "\n"), "cues")
    except SpeechError as error:
        assert str(error).endswith(".")


@given(st.sampled_from(BEGINNINGS), st.text(alphabet='0123456789\t\n ABX<>-:,."=mouthCue/rest AIsil&', max_size=120))
def test_any_text_behind_the_right_beginning(beginning, text):
    read_or_refuse((beginning + text).encode())


@given(st.sampled_from(FILES), st.floats(0, 1), st.binary(max_size=5))
def test_a_damaged_file(data, place, damage):
    at = int(place * len(data))
    read_or_refuse(data[:at])
    read_or_refuse(data[:at] + damage + data[at + len(damage) :])


@given(st.sampled_from(FILES), st.randoms())
@settings(max_examples=40)
def test_lines_in_any_order(data, random):
    lines = data.splitlines(keepends=True)
    random.shuffle(lines)
    read_or_refuse(b"".join(lines[:1500]))


@given(st.recursive(
    st.none() | st.booleans() | TIMES | st.integers(-3, 10**9) | st.sampled_from(["A", "aa", "PP", "rest", "viseme", "1", "", "AA1"]),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.sampled_from(KEYS), x, max_size=5), max_leaves=14,
))  # fmt: skip
def test_any_json_of_the_right_words(document):
    read_or_refuse(json.dumps(document).encode())
    read_or_refuse(json.dumps([{"start": 0, "value": "A", "visemes": [1] * 15}, document]).encode())
    read_or_refuse(json.dumps({"visemes": ["aa"], "vtimes": [0], "frames": document, "words": document, "vdurations": document}).encode())


@pytest.mark.parametrize("dialect", [d for d in (*CUES, *TIMINGS) if d.write], ids=lambda d: d.key)
@settings(max_examples=30)
@given(performance=performances(), extended=st.booleans(), cue_fps=st.sampled_from([None, 29.97, 10.0]))
def test_any_performance_is_written_and_read_again(dialect, performance, extended, cue_fps):
    try:
        written = dialect.write(performance, WriteOptions(extended=extended, fps=cue_fps))
    except TrackError as error:
        assert str(error).endswith(".")
        return
    assert all(note.endswith(".") for note in written.notes)
    read_or_refuse(written.data)

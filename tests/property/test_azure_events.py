"""Whatever the Speech service sends, in whatever order: it is taken or left out, and never raises."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.core.speech import FACIAL_VALUES
from app.speech.azure.utterance import Utterance, facial_frames

NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(10**40), 10**40)
ROWS = st.lists(st.lists(NUMBERS, min_size=FACIAL_VALUES, max_size=FACIAL_VALUES) | st.lists(NUMBERS, max_size=3), max_size=4)
CHUNKS = st.fixed_dictionaries({}, optional={"FrameIndex": NUMBERS | st.none(), "BlendShapes": ROWS | st.text(max_size=3)}).map(json.dumps)
EVENTS = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 21), st.just("") | st.just("<svg/>") | CHUNKS), max_size=30)


@given(st.text(max_size=50) | CHUNKS | st.just('{"a":' * 3000))
def test_any_text_is_blendshapes_or_none(animation):
    frames = facial_frames(animation)
    assert frames is None or (np.isfinite(frames.values).all() and frames.first >= 0)


@given(EVENTS, st.lists(st.binary(max_size=9), max_size=20))
def test_events_of_any_order_become_one_line_of_time(events, chunks):
    utterance = Utterance("x")
    for offset, number, animation in events:
        utterance.viseme(offset, number, animation)
    for chunk in chunks:
        utterance.sound(chunk)
    utterance.arriving.finish()
    speech = utterance.arriving.so_far()
    offsets = [event.offset_s for event in speech.visemes]
    assert offsets == sorted(offsets) and utterance.came.visemes == any(event.viseme_id for event in speech.visemes)
    assert bool(speech.visemes) == utterance.came.visemes
    samples = np.frombuffer(b"".join(chunks)[: sum(map(len, chunks)) // 2 * 2], "<i2")
    np.testing.assert_array_equal(speech.audio.samples, samples.astype(np.float32) / 32768)
    plain = [number for _, number, animation in events if not animation and number]
    assert sum(event.viseme_id != 0 for event in speech.visemes) >= len(plain)

"""Spectra, grips, snapping and paces of the lanes of words and phones: pure functions, no window."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.speech import AudioClip, Phone, Speech, Word
from app.core.timing.timed import timed_of
from app.ui.timeline.lanes.grips import GRIP_PX, Grip, SnapPoint, grip_in, snapped
from app.ui.timeline.lanes.spectrum import RANGE_DB, height_of, loudness, shades
from app.ui.timeline.lanes.warp_row import paces_of
from app.ui.timeline.phone_strip import Heard, phone_segments, word_segments

RATE = 24000
PHONES = (Phone("sil", 0.0, 0.1), Phone("M", 0.1, 0.2, "me"), Phone("IY1", 0.2, 0.4, "me"), Phone("sil", 0.4, 0.5))


def tone(hz: float, seconds: float = 1.0) -> AudioClip:
    t = np.arange(round(seconds * RATE)) / RATE
    return AudioClip(np.asarray(0.3 * np.sin(2 * np.pi * hz * t), np.float32), RATE)


@pytest.mark.parametrize("hz", [300.0, 1000.0, 3000.0, 7000.0])
@pytest.mark.parametrize("span_s", [0.02, 1.0])
def test_a_tone_is_bright_at_its_frequency_at_every_zoom(hz, span_s):
    rows = loudness(tone(hz), 0.5 - span_s / 2, 0.5 + span_s / 2, 50, 64)
    peak = (np.argmax(rows[:, 25]) + 1) / 65
    assert peak == pytest.approx(height_of(hz), abs=0.03)


def test_what_lies_outside_the_sound_is_dark_and_the_loudest_is_bright():
    rows = loudness(tone(1000.0), -1.0, 2.0, 90, 32)
    picture = shades(rows, float(rows.max()))
    assert picture.shape == (32, 90)
    assert not picture[:, :25].any() and not picture[:, 65:].any()
    assert picture.max() == 255
    assert shades(np.full((1, 1), -RANGE_DB, np.float32), 0.0)[0, 0] == 0


def test_a_click_stands_in_its_own_column():
    samples = np.zeros(RATE, np.float32)
    samples[RATE // 2] = 1.0
    rows = loudness(AudioClip(samples, RATE), 0.4, 0.6, 200, 16)
    bright = np.flatnonzero(rows.max(axis=0) > rows.max() - 6)
    assert abs(bright.mean() - 100) < 1.5 and np.ptp(bright) <= 12


def test_words_come_from_the_phones_where_no_service_timed_them():
    (word,) = word_segments(timed_of(Speech(tone(100.0), "me", PHONES)).words)
    assert (word.label, word.start_s, word.end_s, word.index) == ("me", 0.1, 0.4, 0)
    assert [(each.label, each.index) for each in phone_segments(PHONES)] == [("M", 1), ("IY", 2)]


def test_only_what_differs_from_what_was_heard_is_marked():
    moved = (PHONES[0], Phone("M", 0.1, 0.26, "me"), Phone("IY1", 0.26, 0.4, "me"), PHONES[3])
    segments = phone_segments(moved, Heard(PHONES))
    assert [each.is_changed for each in segments] == [True, True]
    assert "by hand" in segments[0].hint
    assert not word_segments((Word("me", 0.1, 0.4),), Heard([Word("me", 0.1, 0.4001)]))[0].is_changed
    assert not any(each.is_changed for each in phone_segments(PHONES, Heard(PHONES)))


def test_edges_are_taken_near_them_and_the_body_between():
    segments, px_s = phone_segments(PHONES), 0.001
    grips = {t: grip_in("phones", segments, t, px_s) for t in (0.05, 0.0965, 0.103, 0.15, 0.198, 0.202, 0.404, 0.45)}
    assert grips == {
        0.05: None, 0.0965: Grip("phones", 1, "start"), 0.103: Grip("phones", 1, "start"), 0.15: Grip("phones", 1),
        0.198: Grip("phones", 1, "end"), 0.202: Grip("phones", 2, "start"), 0.404: Grip("phones", 2, "end"), 0.45: None,
    }  # fmt: skip
    assert grip_in("phones", segments, 0.15, 0.1 / GRIP_PX) == Grip("phones", 1), "half of a narrow one is its body"


def test_the_nearest_point_in_reach_is_stood_on():
    points = (SnapPoint(0.300, "the playhead"), SnapPoint(0.310, "an edge of a word"))
    by_s, point = snapped((0.294, 0.500), points, 0.007)
    assert by_s == pytest.approx(0.006) and point is points[0]
    assert snapped((0.2, 0.4), points, 0.007) == (0.0, None)


def test_paces_tell_where_motion_is_stretched():
    paces = paces_of((0.0, 0.2, 0.4, 0.6, 1.0), (0.0, 0.2, 0.5, 0.6, 1.0))
    assert [(pace.start_s, pace.end_s, round(pace.stretch, 3)) for pace in paces] == [(0.2, 0.5, 1.5), (0.5, 0.6, 0.5)]
    assert paces_of((), ()) == ()

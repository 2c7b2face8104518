"""Timecodes: every frame has one, none has two, and known SMPTE values come out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import TimecodeError
from app.core.timecode import REVIEW_RATES, ClipCount, FrameCount, can_drop, clip_count, exact_rate, rate_text

COUNTS = [FrameCount(rate) for rate in REVIEW_RATES.values()] + [FrameCount(rate, True) for rate in REVIEW_RATES.values() if can_drop(rate)]
NTSC_DROP = FrameCount(Fraction(30000, 1001), True)


@given(count=st.sampled_from(COUNTS), frame=st.integers(0, 24 * 3600 * 60))
def test_every_frame_comes_back(count, frame):
    assert count.frame_of(count.text(frame)) == frame % count.day


@given(count=st.sampled_from(COUNTS), frame=st.integers(0, 24 * 3600 * 23))
def test_timecodes_rise_by_one_and_are_all_different(count, frame):
    assert count.text(frame) < count.text(frame + 1)


@given(count=st.sampled_from(COUNTS), frame=st.integers(0, 3600 * 60), share=st.floats(0, 0.99))
def test_a_time_within_a_frame_is_that_frame(count, frame, share):
    assert count.frame_at(count.time_of(frame)) == frame
    assert count.frame_at(count.time_of(frame) + share * (1 - 1e-5) / float(count.rate)) == frame


@given(minutes=st.integers(0, 24 * 60 - 1))
def test_drop_frame_stays_near_the_clock_and_meets_it_every_ten_minutes(minutes):
    frame = NTSC_DROP.frame_of(f"{minutes // 60:02d}:{minutes % 60:02d}:10;00")
    off_s = NTSC_DROP.time_of(frame) - (minutes * 60 + 10)
    assert abs(off_s) < 0.15
    if minutes % 10 == 0:
        assert abs(NTSC_DROP.time_of(NTSC_DROP.frame_of(f"{minutes // 60:02d}:{minutes % 60:02d}:00;00")) - minutes * 60) < 0.09


@pytest.mark.parametrize(("frame", "text"), [
    (0, "00:00:00;00"), (1799, "00:00:59;29"), (1800, "00:01:00;02"), (3597, "00:01:59;29"), (3598, "00:02:00;02"),
    (17981, "00:09:59;29"), (17982, "00:10:00;00"), (19781, "00:10:59;29"), (19782, "00:11:00;02"), (107892, "01:00:00;00"),
])  # fmt: skip
def test_known_values_of_drop_frame(frame, text):
    assert NTSC_DROP.text(frame) == text and NTSC_DROP.frame_of(text) == frame


def test_known_values_of_other_rates():
    assert FrameCount(Fraction(60000, 1001), True).text(3600) == "00:01:00;04"
    assert FrameCount(Fraction(24000, 1001)).text(24 * 3600) == "01:00:00:00"
    assert FrameCount(Fraction(25)).text(25 * 61 + 3) == "00:01:01:03"
    assert NTSC_DROP.day == 2589408


@pytest.mark.parametrize("written", [23.976, 23.98, 29.97, 59.94, 24000 / 1001, 30000 / 1001, 30.0, 12.5])
def test_rates_are_exact(written):
    rate = exact_rate(written)
    assert rate.denominator in (1, 2, 50, 1001) and abs(float(rate) - written) < 0.005
    assert exact_rate(float(rate)) == rate and rate_text(rate) in ("23.976", "23.98", "29.97", "59.94", "30", "12.5")


@pytest.mark.parametrize("text", ["00:01:00;00", "00:01:00;01", "00:00:00;30", "00:60:00;00", "25:00:00;00", "soon", "", "1.2.3", "12"])
def test_what_is_no_timecode_is_refused_in_one_sentence(text):
    with pytest.raises(TimecodeError) as refused:
        NTSC_DROP.frame_of(text)
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)


def test_drop_frame_needs_its_rate():
    with pytest.raises(TimecodeError):
        FrameCount(Fraction(25), True)
    assert not clip_count(25.0, "01:00:00;00").count.drop
    assert clip_count(29.97, "01:00:00;00").start == 107892


@pytest.mark.parametrize(("text", "frame"), [
    ("01:00:02:05", 53), ("53", 53), ("frame 53", 53), ("f53", 53), ("+10", 34), ("-4", 20), ("+1:00", 48), ("2s", 48), ("+0.5s", 36),
    ("0:05", 5 - 86400), ("−24", 0),
])  # fmt: skip
def test_typed_places(text, frame):
    """A timecode counts from the clip's start, a number from its first frame, a sign from here."""
    clip = ClipCount(FrameCount(Fraction(24)), 86400)
    assert clip.typed(text, 1.0) == pytest.approx(frame / 24)
    assert clip.timecode(1.0) == "01:00:01:00"


@pytest.mark.parametrize("text", ["", "+", "later", "1:2:3:4:5", "--3", "00:00:00:24"])
def test_what_leads_nowhere_says_what_to_type(text):
    with pytest.raises(TimecodeError, match=r"\.$"):
        ClipCount(FrameCount(Fraction(24))).typed(text, 0.0)

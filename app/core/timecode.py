"""Frames and timecodes: exact rates, SMPTE ST 12-1 counting with and without drop frame, and what people type to go somewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from app.core.errors import TimecodeError

#: rates a review may count at, as people write them, with what they mean
REVIEW_RATES: dict[float, Fraction] = {
    23.976: Fraction(24000, 1001), 24.0: Fraction(24), 25.0: Fraction(25), 29.97: Fraction(30000, 1001), 30.0: Fraction(30),
    48.0: Fraction(48), 50.0: Fraction(50), 59.94: Fraction(60000, 1001), 60.0: Fraction(60),
}  # fmt: skip
#: a time this little before a frame's start is at it: what is left of rounding
_EARLY = 1e-6
_CODE = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,2})([:;])(\d{1,3})")
_SECONDS = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)\s*s")
_FRAME = re.compile(r"(?:frame\s*|f\s*)?(\d{1,9})")
DAY_H = 24


def exact_rate(fps: float) -> Fraction:
    """The rational rate that a number stands for: 29.97 and 29.970029 are 30000/1001.

    Args:
        fps: frames per second, above 0.
    """
    for written, exact in REVIEW_RATES.items():
        if abs(fps - written) < 5e-4 or abs(fps - float(exact)) < 5e-4:
            return exact
    return Fraction(fps).limit_denominator(1001)


def numbers_left_out(minutes: np.ndarray | int, nominal: int) -> np.ndarray | int:
    """Frame numbers that drop frame has left out before a minute began: 2 of 30 in every minute but each tenth (ST 12-1).

    Args:
        minutes: whole minutes counted.
        nominal: 30 or 60.
    """
    return nominal // 15 * (minutes - minutes // 10)


@dataclass(frozen=True)
class FrameCount:
    """How frames are counted.

    Attributes:
        rate: frames per second, exactly.
        drop: numbers are left out so that timecodes keep up with the clock; only at 29.97 and 59.94.
    """

    rate: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise TimecodeError("A frame rate is above 0; choose one of 23.976, 24, 25, 29.97, 30 or 60.")
        if self.drop and not can_drop(self.rate):
            raise TimecodeError("Drop frame goes with 29.97 and 59.94 only; write the timecode with colons.")

    @property
    def nominal(self) -> int:
        """Frame numbers in a second of timecode: 30 for 29.97."""
        return -(-self.rate.numerator // self.rate.denominator)

    @property
    def day(self) -> int:
        """Frames until timecode begins again at 00:00:00:00."""
        return self._number(DAY_H, 0, 0, 0)

    def frame_at(self, time_s: float) -> int:
        """The frame that is on at a time in seconds, counted from 0."""
        return int(np.floor(time_s * self.rate.numerator / self.rate.denominator + _EARLY))

    def time_of(self, frame: int) -> float:
        """Start of a frame in seconds."""
        return frame * self.rate.denominator / self.rate.numerator

    def text(self, frame: int) -> str:
        """The timecode of a frame number: ``01:00:00:00``, with ``;`` before the frames where numbers are left out.

        Args:
            frame: counted from 00:00:00:00; it wraps at the day's end.
        """
        frame %= self.day
        nominal = self.nominal
        if self.drop:
            left_out = nominal // 15
            in_minute, in_ten = nominal * 60 - left_out, nominal * 600 - 9 * left_out
            tens, rest = divmod(frame, in_ten)
            frame += 9 * left_out * tens + (left_out * ((rest - left_out) // in_minute) if rest >= left_out else 0)
        seconds, number = divmod(frame, nominal)
        width = 3 if nominal > 100 else 2
        mark = ";" if self.drop else ":"
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{number:0{width}d}"

    def frame_of(self, text: str) -> int:
        """The frame number of a timecode; the hours and minutes may be left out.

        Raises:
            TimecodeError: it is none, its frames are beyond the rate, or drop frame leaves that number out.
        """
        match = _CODE.fullmatch(text.strip())
        if match is None:
            raise TimecodeError(f"{text.strip()[:20]!r} is no timecode; write it like {self.text(0)}.")
        hours, minutes, seconds, number = (int(match[i] or 0) for i in (1, 2, 3, 5))
        if hours >= DAY_H or minutes >= 60 or seconds >= 60 or number >= self.nominal:
            raise TimecodeError(f"{text.strip()} is no timecode at {rate_text(self.rate)}; its frames end at {self.nominal - 1:02d}.")
        if self.drop and seconds == 0 and minutes % 10 and number < self.nominal // 15:
            raise TimecodeError(f"Drop frame leaves {text.strip()} out; the minute begins at frame {self.nominal // 15:02d}.")
        return self._number(hours, minutes, seconds, number)

    def _number(self, hours: int, minutes: int, seconds: int, number: int) -> int:
        whole = hours * 60 + minutes
        frame = (whole * 60 + seconds) * self.nominal + number
        return frame - int(numbers_left_out(whole, self.nominal)) if self.drop else frame


def can_drop(rate: Fraction) -> bool:
    """Whether drop frame exists at a rate."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001))


def rate_text(rate: Fraction) -> str:
    """A rate as people write it: 23.976, 29.97, 30."""
    for written, exact in REVIEW_RATES.items():
        if rate == exact:
            return f"{written:g}"
    return f"{float(rate):.5g}"


@dataclass(frozen=True)
class ClipCount:
    """How the frames of one clip are counted: it begins at a timecode of its own.

    Attributes:
        count: of its frames.
        start: the frame number of its first frame.
    """

    count: FrameCount
    start: int = 0

    def timecode(self, time_s: float) -> str:
        """The timecode at a time in the clip."""
        return self.count.text(self.start + self.count.frame_at(time_s))

    def typed(self, text: str, now_s: float) -> float:
        """Where somebody wants to go, in seconds of the clip; it may lie outside.

        Args:
            text: a timecode, a frame of the clip (``120``), seconds (``1.5s``), or one of these after ``+`` or ``-``: from here.
            now_s: where the playhead is.

        Raises:
            TimecodeError: it is none of these.
        """
        text = text.strip()
        sign: Literal[-1, 0, 1] = {"+": 1, "-": -1, "−": -1}.get(text[:1], 0)  # type: ignore[assignment]
        what = text[1:].strip() if sign else text
        seconds = _SECONDS.fullmatch(what)
        if seconds is not None:
            return now_s + sign * float(seconds[1]) if sign else float(seconds[1])
        frame = _FRAME.fullmatch(what)
        if frame is not None:
            number = int(frame[1])
        elif _CODE.fullmatch(what):
            number = self.count.frame_of(what) - (0 if sign else self.start)
        else:
            raise TimecodeError(f"{text[:20]!r} leads nowhere; type a timecode, a frame, or +10 for ten frames on.")
        return self.count.time_of(self.count.frame_at(now_s) + sign * number if sign else number)


def clip_count(fps: float, start_timecode: str) -> ClipCount:
    """How a clip is counted that begins at a timecode; a semicolon in it means drop frame, where the rate has it.

    Args:
        fps: frames per second.
        start_timecode: of the first frame.

    Raises:
        TimecodeError: it is no timecode at this rate.
    """
    rate = exact_rate(fps)
    count = FrameCount(rate, ";" in start_timecode and can_drop(rate))
    return ClipCount(count, count.frame_of(start_timecode))

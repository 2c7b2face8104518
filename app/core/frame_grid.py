"""Frames to which times snap, and lengths and places in time as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from app.core.errors import TimecodeError
from app.core.timecode import ClipCount

Unit = Literal["s", "f"]
_NUMBER = re.compile(r"([+\-−]?)\s*(\d{1,6}(?:[.,]\d{1,9})?)\s*([a-z]*)")
_SECONDS = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "min": 60.0}
_FRAMES = frozenset({"f", "fr", "frame", "frames"})
_HOW = "write it like 0.35 s, 350 ms, 21 f or a timecode"


@dataclass(frozen=True)
class FrameGrid:
    """Where frames begin, in seconds of the clip.

    Attributes:
        rate: frames per second, exactly.
        on: whether times snap.
    """

    rate: Fraction
    on: bool = True

    @property
    def step_s(self) -> float:
        """From one frame to the next, in seconds."""
        return float(1 / self.rate)

    def nearest(self, time_s: float) -> float:
        """Start of the frame nearest to a time, snapping or not."""
        return float(round(time_s * self.rate.numerator / self.rate.denominator) / self.rate)

    def snapped(self, time_s: float) -> float:
        """The time itself, or start of the nearest frame while times snap."""
        return self.nearest(time_s) if self.on else time_s

    def stretch(self, start_s: float, end_s: float) -> tuple[float, float]:
        """Both ends snapped; while times snap at least one frame long."""
        first, last = self.snapped(start_s), self.snapped(end_s)
        return first, max(last, first + self.step_s) if self.on else last


def typed_length(text: str, clip: ClipCount, unit: Unit) -> float:
    """A length or a way in time as somebody typed it, in seconds; below 0 after a minus.

    Args:
        text: ``0.35 s``, ``350 ms``, ``21 f``, a timecode, or a bare number in ``unit``.
        clip: how frames are counted.
        unit: of a bare number: seconds or frames.

    Raises:
        TimecodeError: it is none of these.
    """
    text = text.strip().lower()
    found = _NUMBER.fullmatch(text)
    if found is not None:
        sign, number, named = -1.0 if found[1] in ("-", "−") else 1.0, float(found[2].replace(",", ".")), found[3] or unit
        if named in _FRAMES:
            return sign * float(number / float(clip.count.rate))
        if named in _SECONDS:
            return sign * number * _SECONDS[named]
    elif ":" in text or ";" in text:
        back = text[:1] in ("-", "−")
        return (-1.0 if back else 1.0) * clip.count.time_of(clip.count.frame_of(text.lstrip("+-−")))
    raise TimecodeError(f"{text[:20]!r} is no time; {_HOW}.")


def typed_time(text: str, clip: ClipCount, unit: Unit, now_s: float) -> float:
    """A place in time as somebody typed it, in seconds of the clip.

    Args:
        text: as ``typed_length`` takes it; after ``+`` or ``-`` from ``now_s``. A timecode is one of the clip.
        clip: how frames are counted, and at which timecode the clip begins.
        unit: of a bare number.
        now_s: where it is now.

    Raises:
        TimecodeError: it is none.
    """
    text = text.strip()
    if text[:1] in ("+", "-", "−"):
        return now_s + typed_length(text, clip, unit)
    if ":" in text or ";" in text:
        return clip.typed(text, now_s)
    return typed_length(text, clip, unit)


def shown_length(time_s: float, grid: FrameGrid) -> str:
    """A length or place as a field shows it, so that it can be typed again: frames while times snap, else seconds."""
    if grid.on:
        frames = time_s * float(grid.rate)
        return f"{frames:.0f} f" if abs(frames - round(frames)) < 5e-3 else f"{frames:.2f} f"
    return f"{time_s:.3f} s"

"""Timecodes: how many frames a second they count, drop frame, and clocks that are written like them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.core.errors import TrackError
from app.core.timecode import numbers_left_out
from app.formats.tracks.rate import ASSUMED_FPS, apart, number_text, sibling

_FRAMES = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})([:;])(\d{1,3})(?:[.:,](\d{1,3}))?")
_CLOCK = re.compile(r"(?:\d{4}-\d\d-\d\d[T ])?(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}[.,]\d{1,9}|\d{1,2})Z?")
#: what frame fields count to, where the rows alone do not tell
_BASES = (24, 25, 30, 60, 100, 120, 240)
#: what two seconds' boundaries or more agree on is believed even when nobody usually counts so
_LIKELY_BASES = (8, 10, 12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 72, 90, 96, 100, 120, 240)
DAY_S = 86400.0
#: how NeuroSync counts, in words
MILLISECONDS = "with milliseconds of the second behind the frame"


@dataclass(frozen=True)
class Timecodes:
    """A column of timecodes.

    Attributes:
        times_s: (n,) seconds; they go on over midnight.
        resolution_s: of the last digit.
        counts: what the frame field was found to count, in words.
        assumed: nothing in the file tells how many frames make a second.
        drop_frame: frame numbers are left out at minutes, so that 29.97 frames a second keep up with the clock.
        other_base_fps: another rate that the same numbers may stand for, or None.
        is_row_numbers: the seconds only count rows.
    """

    times_s: np.ndarray
    resolution_s: float
    counts: str = ""
    assumed: bool = False
    drop_frame: bool = False
    other_base_fps: float | None = None
    is_row_numbers: bool = False


@dataclass(frozen=True)
class _Fields:
    """(n,) parts of every timecode."""

    whole_s: np.ndarray
    frame: np.ndarray
    sub: np.ndarray
    has_sub: bool
    semicolon: bool

    @property
    def value(self) -> np.ndarray:
        """The frame field with its fraction."""
        value: np.ndarray = self.frame + self.sub
        return value


def parse_timecodes(cells: list[str], line_of: Callable[[int], int], name: str) -> Timecodes:
    """Read timecodes (``00:00:01:12.000``, ``00:00:01;12``) or times of a clock (``0:00:01.400``).

    Args:
        cells: of the column.
        line_of: the file's line of a row, for messages.
        name: for messages.

    Raises:
        TrackError: a cell is neither; the sentence names the line.
    """
    if _CLOCK.fullmatch(cells[0].strip()) and not _FRAMES.fullmatch(cells[0].strip()):
        return _clock_times(cells, line_of, name)
    return _frame_times(_fields(cells, line_of, name))


def _refused(cells: list[str], row: int, line_of: Callable[[int], int], name: str) -> TrackError:
    return TrackError(f"{name}, line {line_of(row)}: {cells[row].strip()[:40]!r} is not a timecode like 00:00:01:12.000.")


def _over_midnight(times_s: np.ndarray) -> np.ndarray:
    times_s = times_s.copy()
    for midnight in np.flatnonzero(np.diff(times_s) < -DAY_S / 2):
        times_s[midnight + 1 :] += DAY_S
    return times_s


def _clock_times(cells: list[str], line_of: Callable[[int], int], name: str) -> Timecodes:
    times_s, digits = np.empty(len(cells)), 0
    for row, cell in enumerate(cells):
        match = _CLOCK.fullmatch(cell.strip())
        if match is None:
            raise _refused(cells, row, line_of, name)
        second = match[3].replace(",", ".")
        digits = max(digits, len(second.partition(".")[2]))
        times_s[row] = int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(second)
    return Timecodes(_over_midnight(times_s), max(10.0**-digits, 1e-6), "a clock")


def _fields(cells: list[str], line_of: Callable[[int], int], name: str) -> _Fields:
    parts, semicolons, subs = np.empty((len(cells), 5)), 0, 0
    for row, cell in enumerate(cells):
        match = _FRAMES.fullmatch(cell.strip())
        if match is None:
            raise _refused(cells, row, line_of, name)
        digits = match[6] or "0"
        parts[row] = (*(float(match[i]) for i in (1, 2, 3, 5)), float(digits) / 10 ** len(digits))
        semicolons, subs = semicolons + (match[4] == ";"), subs + (match[6] is not None)
    whole_s = _over_midnight(parts[:, 0] * 3600 + parts[:, 1] * 60 + parts[:, 2])
    return _Fields(whole_s, parts[:, 3], parts[:, 4], subs > 0, semicolons == len(cells))


def _frame_times(fields: _Fields) -> Timecodes:
    """Seconds, once it is known how many frames make one.

    The last field is thousandths of a frame in the app's files; NeuroSync writes milliseconds of the second there,
    which is recognised by the frame field saying the same throughout.
    """
    if len(fields.frame) > 2 and not fields.value.any() and (np.diff(fields.whole_s) >= 1).all():
        return Timecodes((fields.whole_s - fields.whole_s[0]) / ASSUMED_FPS, 1 / ASSUMED_FPS, assumed=True, is_row_numbers=True)
    if np.ptp(fields.sub) > 0.5 and _says_twice(fields):
        return Timecodes(fields.whole_s + fields.sub, 0.001, MILLISECONDS)
    base, known = _base(fields)
    counts = f"the frame field counts {base} a second" if known else ""
    if fields.semicolon and base in (30, 60) and _drops(fields, base):
        return Timecodes(_drop_frame_s(fields, base), 1e-6, f"drop frame of {base} a second", drop_frame=True)
    times_s = fields.whole_s + fields.value / base
    other = None if fields.has_sub else sibling(base)
    if other is not None and not apart(len(times_s), base, other):
        other = None
    # frame numbers alone are exact unless they were made by rounding, which the fit allows for
    return Timecodes(times_s, (0.001 if fields.has_sub else 1.0) / base, counts, not known, False, other)


def _says_twice(fields: _Fields) -> bool:
    base = _usual_base(int(fields.frame.max()))
    return bool((np.abs(fields.frame / base - fields.sub) <= 1.5 / base).all())


def _usual_base(largest: int) -> int:
    """The first usual base that a frame field stays below."""
    return next((base for base in _BASES if largest < base), 1000)


def _base(fields: _Fields) -> tuple[int, bool]:
    """Frames per second that the frame field counts to, and whether the file tells.

    At every change of the second, the field's last value, the usual step and the first value of the next second give it.
    """
    largest = int(fields.frame.max())
    step_s, step = np.diff(fields.whole_s), np.diff(fields.value)
    inside = step[(step_s == 0) & (step > 0)]
    turns = np.flatnonzero(step_s == 1)
    fallback = _usual_base(largest)
    if not len(turns):
        return (fallback if largest >= 60 else 60), largest >= 50
    if not len(inside):
        return fallback, True
    usual = float(np.median(inside))
    guesses = np.rint(usual - step[turns]).astype(int)
    guesses = guesses[guesses > largest]
    if len(guesses):
        found, votes = np.unique(guesses, return_counts=True)
        best = int(found[np.argmax(votes)])
        if best in _LIKELY_BASES or votes.max() > 1:
            return best, True
    return fallback, True


def _drops(fields: _Fields, base: int) -> bool:
    """Whether the numbers that drop frame leaves out are indeed not there."""
    left_out = base // 15
    minute_starts = (fields.whole_s % 60 == 0) & (fields.whole_s // 60 % 10 != 0)
    return not (minute_starts & (fields.frame < left_out)).any()


def _drop_frame_s(fields: _Fields, base: int) -> np.ndarray:
    count = fields.whole_s * base + fields.value - numbers_left_out(fields.whole_s // 60, base)
    seconds: np.ndarray = count * 1001 / (base * 1000)
    return seconds


def two_readings(n_frames: int, fps: float, other: float) -> str:
    """The sentence about a rate that a file leaves open.

    Args:
        n_frames: of the take.
        fps: as read.
        other: the other reading.
    """
    off_ms = round(1000 * abs(n_frames / fps - n_frames / other))
    return (
        f"The file fits {number_text(fps)} and {number_text(other)} fps alike ({off_ms} ms apart at the end); "
        f"it was read at {number_text(fps)}, state the other with --in-fps {number_text(other)}."
    )

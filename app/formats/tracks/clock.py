"""Which column of a table is the clock, in which unit, and what rate follows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from app.core.errors import TrackError
from app.formats.tracks.rate import ASSUMED_FPS, USUAL, Rate, as_said, check_rising, fit_rate, number_text
from app.formats.tracks.sheet import Sheet, number, numbers
from app.formats.tracks.timecode import Timecodes, parse_timecodes, two_readings

_UNITS = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "msec": 1e-3, "msecs": 1e-3, "millis": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "usec": 1e-6, "micros": 1e-6, "microseconds": 1e-6, "ticks": 1e-7, "ns": 1e-9, "nanoseconds": 1e-9,
}  # fmt: skip
_UNIT_NAMES = {1.0: "seconds", 1e-3: "milliseconds", 1e-6: "microseconds", 1e-7: "ticks of 100 ns", 1e-9: "nanoseconds"}
_TIME_WORDS = frozenset({"timecode", "time", "timestamp", "timestamps", "elapsed", "clock", "pts", "ts", "t"})
_OFFSET_WORDS = frozenset({"offset", "start", "position", "pos", "begin"})
_FRAME_WORDS = frozenset({"frame", "frames", "frameindex", "framenumber", "framenum", "frameno", "index", "idx", "row", "sample"})
_RATE_WORDS = frozenset({"fps", "framerate"})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ANGLE = re.compile(r"yaw|pitch|roll", re.IGNORECASE)
_GLUED = re.compile(r"^(time|timestamp|elapsed|offset|t)(ms|sec|secs|seconds|s|us|ns|msec)$")
#: frames per second of a take of a face, however slow or fast
_SLOWEST, _FASTEST = 2.0, 1000.0
#: the fastest rate that milliseconds are read at
_FASTEST_MS = 250.0


@dataclass(frozen=True)
class Clock:
    """When the rows of a table are.

    Attributes:
        column: the clock's index; -1 when no column is one.
        rate: frames per second and the place of every row.
        times_s: (n,) seconds of the rows.
        origin_s: what the file's clock said at the first row.
        fps_from: ``timecode``, ``times``, ``header``, ``assumed`` or ``stated``.
        evidence: in words.
        warnings: sentences for the user.
        is_of_day: the times are a time of day, which says nothing about where the sound begins.
    """

    column: int
    rate: Rate
    times_s: np.ndarray
    origin_s: float
    fps_from: str
    evidence: str
    warnings: tuple[str, ...] = ()
    is_of_day: bool = False


@dataclass(frozen=True)
class Candidate:
    """A column that may be the clock.

    Attributes:
        column: its index.
        kind: ``time``, ``offset`` (may be one), ``frame`` (counts) or ``rate`` (states frames per second).
        unit_s: seconds per unit as the title says, or None.
    """

    column: int
    kind: str
    unit_s: float | None


def _words(title: str) -> list[str]:
    words: list[str] = []
    for word in re.sub(r"[^a-z0-9]+", " ", _CAMEL.sub(" ", title.strip()).lower()).split():
        glued = _GLUED.fullmatch(word)
        words += [glued[1], glued[2]] if glued else [word]
    return words


def candidate(title: str, column: int) -> Candidate | None:
    """What a title says about its column, None when it is no clock's.

    Args:
        title: as written: ``Timecode``, ``timestamp_ms``, ``timeMs``, ``time (s)``, ``offset``, ``Frame``, or nothing.
        column: its index.
    """
    words = _words(title)
    known = set(words)
    units = [_UNITS[word] for word in words if word in _UNITS]
    unit_s = units[-1] if units else None
    if "count" in known:
        return None
    if known & _RATE_WORDS:
        return Candidate(column, "rate", None)
    if known & _TIME_WORDS or (words and known <= set(_UNITS)):
        return Candidate(column, "time", unit_s)
    if known & _OFFSET_WORDS:
        return Candidate(column, "offset", unit_s)
    if known & _FRAME_WORDS or title.strip() in ("", "#", "Unnamed: 0"):
        return Candidate(column, "frame", None)
    return None


def find_clock(sheet: Sheet, columns: Iterable[int], name: str, fps: float | None = None) -> Clock:
    """Find the clock of a table.

    Args:
        sheet: the table.
        columns: those that hold no shape.
        name: for messages.
        fps: frames per second that the user states; overrules the file.

    Raises:
        TrackError: there is no clock, or it runs backwards or stands still.
    """
    columns = tuple(columns)
    found = [c for i in columns if (c := candidate(sheet.titles[i], i)) is not None]
    said_fps = sheet.said_fps or _rate_column(sheet, columns)
    clock = _first_that_runs(sheet, found, columns, name, said_fps, stated=fps is not None)
    if fps is None:
        return clock
    rate = replace(clock.rate, fps=fps, even=True, other_fps=None)
    told = "" if clock.fps_from == "assumed" else f"; the file itself says {clock.evidence}"
    times_s = clock.times_s[0] + rate.places / fps
    kept = tuple(sentence for sentence in clock.warnings if "--in-fps" not in sentence)
    return replace(clock, rate=rate, times_s=times_s, fps_from="stated", evidence=f"{number_text(fps)} fps as stated{told}", warnings=kept)


def _first_that_runs(
    sheet: Sheet, found: list[Candidate], columns: tuple[int, ...], name: str, said_fps: float | None, *, stated: bool
) -> Clock:
    refusal: TrackError | None = None
    for kind in ("time", "offset", "frame"):
        if kind == "frame" and not said_fps and (hidden := _hidden_clock(sheet, found, columns, name)) is not None:
            return hidden
        for one in (c for c in found if c.kind == kind):
            try:
                clock = _frame_clock(sheet, one.column, name, said_fps) if kind == "frame" else _time_clock(sheet, one, name, said_fps)
                if kind != "offset" or _is_usual(clock.rate.fps):
                    return clock
            except TrackError as error:
                refusal = refusal or (error if kind != "offset" else None)
    if stated or said_fps:
        return _row_clock(len(sheet.rows), said_fps)
    raise refusal or TrackError(f"{name} has no time column; add one called Timecode or time, or state the rate with --in-fps.")


def _is_usual(fps: float) -> bool:
    return any(abs(fps / usual - 1) < 0.005 for usual in USUAL)


def _rate_column(sheet: Sheet, columns: tuple[int, ...]) -> float | None:
    """The rate in a column called fps that says the same in every row."""
    for i in columns:
        cells = {row[i].strip() for row in sheet.rows}
        if set(_words(sheet.titles[i])) & _RATE_WORDS and len(cells) == 1:
            try:
                fps = number(cells.pop())
            except ValueError:
                continue
            return fps if 1 <= fps <= _FASTEST else None
    return None


def _hidden_clock(sheet: Sheet, found: list[Candidate], columns: tuple[int, ...], name: str) -> Clock | None:
    """A column that rises like a clock although its title does not say so."""
    named = {one.column for one in found}
    for i in columns:
        if i in named or len(sheet.rows) < 10 or _ANGLE.search(sheet.titles[i]):
            continue
        try:
            clock = _time_clock(sheet, Candidate(i, "offset", None), name, None)
        except TrackError:
            continue
        if clock.fps_from == "times" and clock.rate.even and clock.rate.is_whole and _is_usual(clock.rate.fps):
            return clock
    return None


def _time_clock(sheet: Sheet, one: Candidate, name: str, said_fps: float | None) -> Clock:
    cells = [row[one.column].strip() for row in sheet.rows]

    def line_of(row: int) -> int:
        return sheet.lines[row]

    if ":" in cells[0]:
        codes = parse_timecodes(cells, line_of, name)
        check_rising(codes.times_s, line_of, name)
        return replace(_of_timecodes(codes, one.column, name, said_fps), is_of_day=True)
    raw = _numbers_of(sheet, one.column, name)
    check_rising(raw, line_of, name)
    if len(raw) > 2 and one.kind == "time" and (np.diff(raw) == 1).all() and one.unit_s in (None, 1.0):
        return _counting(raw, one.column, said_fps, seconds=True)
    unit_s, doubt = _unit(raw, one.unit_s)
    times_s = raw * unit_s
    if len(raw) < 2:
        from_ = "header" if said_fps else "assumed"
        return Clock(one.column, Rate(said_fps or ASSUMED_FPS, np.zeros(1), True), times_s, float(times_s[0]), from_, "a single frame")
    resolution_s = max(_last_digit(cells) * unit_s, 1e-6)
    rate = as_said(fit_rate(times_s, resolution_s, name), times_s, resolution_s, said_fps)
    title = sheet.titles[one.column].strip() or "without a title"
    evidence = f"{number_text(rate.fps)} fps from {len(raw):,} times in column {title}, in {_UNIT_NAMES[unit_s]}"
    warnings: tuple[str, ...] = (doubt.format(title=title),) if doubt else ()
    if rate.other_fps is not None:
        warnings += (two_readings(len(raw), rate.fps, rate.other_fps),)
    return Clock(one.column, rate, times_s, float(times_s[0]), "times", evidence, warnings)


def _numbers_of(sheet: Sheet, column: int, name: str) -> np.ndarray:
    raw = numbers(sheet, [column], name)[:, 0]
    empty = np.flatnonzero(np.isnan(raw))
    if len(empty):
        raise TrackError(f"{name}, line {sheet.lines[empty[0]]}: the time is missing in column {sheet.titles[column].strip()}.")
    return raw


def _last_digit(cells: list[str]) -> float:
    """The value of the last decimal that any cell has."""
    if any("e" in cell.lower() for cell in cells):
        return 1e-6
    return float(10.0 ** -max(len(re.split("[.,]", cell)[1]) if re.search("[.,]", cell) else 0 for cell in cells))


def _unit(raw: np.ndarray, said_s: float | None) -> tuple[float, str]:
    """Seconds per unit of a column of times, and a sentence when title and steps disagree."""
    steps = np.diff(raw)
    if not len(steps):
        return said_s or 1.0, ""
    step = float(np.median(steps[steps > 0]))
    fitting = 1.0
    if not _SLOWEST <= 1 / step <= _FASTEST:
        if 1 / _FASTEST_MS <= step * 1e-3 <= 1.0:
            fitting = 1e-3
        else:
            fitting = next((unit for unit in (1e-6, 1e-7, 1e-9) if _is_usual(1 / (step * unit))), 1.0)
    if said_s is None or _SLOWEST / 2 <= 1 / (step * said_s) <= _FASTEST:
        return said_s or fitting, ""
    if fitting == 1.0 and not _SLOWEST <= 1 / step <= _FASTEST:
        return said_s, ""
    return fitting, f"The steps of column {{title}} can only be {_UNIT_NAMES[fitting]}, whatever its title says."


def _of_timecodes(codes: Timecodes, column: int, name: str, said_fps: float | None) -> Clock:
    n = len(codes.times_s)
    if codes.is_row_numbers:
        return _counting(codes.times_s * ASSUMED_FPS, column, said_fps, seconds=True)
    origin_s = float(codes.times_s[0])
    if n < 2:
        return Clock(column, Rate(ASSUMED_FPS, np.zeros(1), True), codes.times_s, origin_s, "assumed", "a single frame")
    rate = fit_rate(codes.times_s, codes.resolution_s, name)
    said = number_text(rate.fps)
    if codes.assumed and codes.times_s[-1] - codes.times_s[0] < 1.0:
        warning = (
            f"The rate is assumed: the {n:,} timecodes lie within one second, so nothing tells how many frames it has; "
            f"assumed {said} fps, state another with --in-fps."
        )
        return Clock(column, rate, codes.times_s, origin_s, "assumed", f"assumed {said} fps", (warning,))
    other = codes.other_base_fps
    if other is not None and abs(rate.fps - round(rate.fps)) < 1e-9:
        other = other * rate.fps / round(other)
    rate = replace(rate, other_fps=other)
    warnings = () if other is None else (two_readings(n, rate.fps, other),)
    counts = f" ({codes.counts})" if codes.counts else ""
    return Clock(column, rate, codes.times_s, origin_s, "timecode", f"{said} fps from {n:,} timecodes{counts}", warnings)


def _counting(raw: np.ndarray, column: int, said_fps: float | None, seconds: bool) -> Clock:
    """A clock that only counts rows: its rate stands elsewhere in the file, or is assumed."""
    fps = said_fps or ASSUMED_FPS
    said = number_text(fps)
    rate = fit_rate((raw - raw[0]) / fps, 1e-6, "The track") if len(raw) > 1 else Rate(fps, np.zeros(len(raw)), True)
    what = "goes up by a second with every row, which is no take: it seems to count rows" if seconds else "only counts frames"
    evidence, warnings = f"{said} fps as the file states", []
    if not said_fps:
        evidence = f"assumed {said} fps"
        warnings.append(f"The rate is assumed: the clock {what}; assumed {said} fps, state another with --in-fps.")
    return Clock(column, rate, (raw - raw[0]) / fps, 0.0, "header" if said_fps else "assumed", evidence, tuple(warnings))


def _frame_clock(sheet: Sheet, column: int, name: str, said_fps: float | None) -> Clock:
    raw = _numbers_of(sheet, column, name)
    check_rising(raw, lambda row: sheet.lines[row], name)
    return _counting(raw, column, said_fps, seconds=False)


def _row_clock(n: int, said_fps: float | None) -> Clock:
    """No clock that runs, but a rate that is known: the rows themselves count."""
    fps = said_fps or ASSUMED_FPS
    places = np.arange(n)
    return Clock(-1, Rate(fps, places, True), places / fps, 0.0, "header", f"{number_text(fps)} fps as the file states")

"""CSV files with a time column and one column per shape, in any order and spelling: the reader behind all CSV dialects."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, canonical_name
from app.core.errors import TrackError
from app.core.sampling import sampled
from app.core.track import BlendshapeTrack
from app.formats.track_file import MAX_DURATION_S, check_rate, decode_text

_TIME_NAMES = frozenset({"timecode", "time", "timestamp", "timestamps"})
_COUNT_NAMES = frozenset({"blendshapecount"})
_FRAME_NAMES = frozenset({"frame", "frameindex"})
_TIMECODE = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})[:;](\d{1,3})(?:[.:](\d{1,3}))?")
#: frames per second that timecodes count in
_BASES = (24, 25, 30, 60, 100, 120, 240)
_DAY_S = 86400.0
#: emotion columns that NeuroSync appends; its files have jaw and mouth sides swapped
_NEUROSYNC = frozenset({"angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised"})
_ASSUMED_FPS = 60.0


@dataclass(frozen=True)
class Table:
    """A parsed CSV.

    Attributes:
        track: (n, 52) weights.
        extras: other numeric columns or None.
        origin_s: the file's clock at frame 0.
        fps_from: where the rate comes from.
        warnings: sentences for the user.
        maybe_swapped: looks like NeuroSync's.
    """

    track: BlendshapeTrack
    extras: BlendshapeTrack | None
    origin_s: float
    fps_from: str
    warnings: tuple[str, ...]
    maybe_swapped: bool


@dataclass(frozen=True)
class _Columns:
    time: int
    kind: str
    channels: dict[str, int]
    extras: dict[str, int]


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "").replace(" ", "")


def _columns(header: list[str], name: str) -> _Columns:
    """Which column is what; names decide, never positions."""
    time, kind = -1, ""
    channels: dict[str, int] = {}
    extras: dict[str, int] = {}
    for i, title in enumerate(header):
        plain = _plain(title)
        channel = canonical_name(title)
        if plain in _TIME_NAMES and time < 0:
            time, kind = i, "time"
        elif plain in _FRAME_NAMES and time < 0:
            time, kind = i, "frame"
        elif channel is not None and channel in ARKIT_INDEX:
            if channel in channels:
                raise TrackError(f"{name} has the column {channel} twice; remove one of them.")
            channels[channel] = i
        elif plain and plain not in _COUNT_NAMES:
            extras.setdefault(title.strip(), i)
    if not channels:
        raise TrackError(f"{name} has no column named after an ARKit shape; the first line must hold names such as JawOpen.")
    if time < 0:
        raise TrackError(f"{name} has no time column; add one called Timecode or time.")
    return _Columns(time, kind, channels, extras)


def _parse_timecodes(cells: list[str], name: str) -> tuple[np.ndarray, float]:
    """(n,) seconds of the day that go on over midnight, and their resolution in seconds.

    The last field is thousandths of a frame in the app's files; NeuroSync writes milliseconds of the second there,
    which is recognised by the frame field saying the same throughout.
    """
    fields = np.empty((len(cells), 5))
    for row, cell in enumerate(cells):
        match = _TIMECODE.fullmatch(cell.strip())
        if match is None:
            raise TrackError(f"{name}, line {row + 2}: {cell.strip()[:40]!r} is not a timecode like 00:00:01:12.000.")
        digits = match[5] or "0"
        fields[row] = (*(float(match[i]) for i in range(1, 5)), float(digits) / 10 ** len(digits))
    whole_s = fields[:, 0] * 3600 + fields[:, 1] * 60 + fields[:, 2]
    largest = float(fields[:, 3].max())
    base = 60
    # below one full second on the clock the field has not run through its range, and the app's default is 60
    if len(np.unique(whole_s)) > 1 or largest >= base:
        base = next((b for b in _BASES if largest < b), 1000)
    times_s = whole_s + (fields[:, 3] + fields[:, 4]) / base
    resolution_s = (0.001 if fields[:, 4].any() or "." in cells[0] else 1.0) / base
    says_twice = np.abs(fields[:, 3] / base - fields[:, 4]) <= 1.5 / base
    if np.ptp(fields[:, 4]) > 0.5 and says_twice.all():
        times_s, resolution_s = whole_s + fields[:, 4], 0.001
    back = np.flatnonzero(np.diff(times_s) < -_DAY_S / 2)
    for midnight in back:
        times_s[midnight + 1 :] += _DAY_S
    return times_s, resolution_s


def _numbers(rows: list[list[str]], columns: list[int], titles: list[str], name: str) -> tuple[np.ndarray, int]:
    """(n, len(columns)) float64 and how many cells were empty."""
    values = np.empty((len(rows), len(columns)))
    empty = 0
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            cell = row[column].strip()
            if not cell:
                empty += 1
            try:
                values[r, c] = float(cell) if cell else 0.0
            except ValueError as error:
                raise TrackError(f"{name}, line {r + 2}: {cell[:40]!r} in column {titles[column].strip()} is not a number.") from error
    bad = np.argwhere(~(np.abs(values) < 3e38))
    if len(bad):
        r, c = bad[0]
        raise TrackError(f"{name}, line {r + 2}: the value in column {titles[columns[c]].strip()} is not a finite number.")
    return values, empty


def _rows(text: str, name: str) -> list[list[str]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if row and any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise TrackError(f"{name} is not a readable CSV file ({error}); export it again.") from error
    if len(rows) < 2:
        raise TrackError(f"{name} holds no frames; export the take again.")
    width = len(rows[0])
    for r, row in enumerate(rows[1:]):
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            raise TrackError(f"{name}, line {r + 2}: {len(row)} cells instead of {width}; the file may be cut off.")
    return rows


def _rate(times_s: np.ndarray, resolution_s: float, name: str) -> tuple[float, bool]:
    """Frames per second of the rows, and whether the rows are evenly spaced."""
    n = len(times_s)
    steps = np.diff(times_s)
    late = np.flatnonzero(steps < 0)
    if len(late):
        raise TrackError(f"{name}, line {late[0] + 3}: the time goes backwards; sort the rows or export the take again.")
    if n < 2:
        return _ASSUMED_FPS, True
    span_s = times_s[-1] - times_s[0]
    if span_s <= 0:
        raise TrackError(f"{name}: the time stands still in all rows; export the take again.")
    if span_s > MAX_DURATION_S:
        raise TrackError(f"{name} is longer than an hour; split it into shorter takes.")
    mean = (n - 1) / span_s
    even = float(np.abs(times_s - times_s[0] - np.arange(n) / mean).max()) < max(1.5 * resolution_s, 0.5 / mean)
    fps = mean if even else 1.0 / float(np.median(steps[steps > 0]))
    for digits in (0, 2, 3):
        plain = round(fps, digits)
        if plain > 0 and abs((n - 1) / plain - span_s) <= 1.01 * resolution_s and even:
            return plain, True
    return fps, even


def _on_even_frames(times_s: np.ndarray, values: np.ndarray, fps: float) -> np.ndarray:
    """Values between rows that are not evenly spaced, linear in time."""
    count = int((times_s[-1] - times_s[0]) * fps + 1e-6) + 1
    return sampled(values, times_s[0] + np.arange(count) / fps, times_s)


def parse_table(data: bytes, name: str) -> Table:
    """Read a CSV of weights.

    Args:
        data: the file's bytes.
        name: for messages.

    Raises:
        TrackError: anything that is not such a table; the sentence names the line.
    """
    rows = _rows(decode_text(data, name), name)
    header, body = rows[0], rows[1:]
    columns = _columns(header, name)
    cells = [row[columns.time] for row in body]
    is_timecode = ":" in cells[0]
    if is_timecode:
        times_s, resolution_s = _parse_timecodes(cells, name)
    else:
        times_s = _numbers(body, [columns.time], header, name)[0][:, 0] / (_ASSUMED_FPS if columns.kind == "frame" else 1.0)
        resolution_s = 1e-6
    fps, even = _rate(times_s, resolution_s, name)
    check_rate(fps, len(times_s), name)
    names = list(columns.channels)
    values, empty = _numbers(body, list(columns.channels.values()), header, name)
    extra_names, extra = _extras(body, columns, header)
    warnings = [f"{empty} empty cells were read as 0."] if empty else []
    if not even:
        warnings.append("The rows are not evenly spaced in time; the values between them were interpolated.")
        values, extra = _on_even_frames(times_s, values, fps), _on_even_frames(times_s, extra, fps) if extra_names else extra
    missing = [channel for channel in ARKIT_CHANNELS if channel not in columns.channels]
    if missing:
        warnings.append(
            f"The file lacks {len(missing)} of the 52 channels ({', '.join(missing[:4])}{', ...' if len(missing) > 4 else ''})."
        )
    weights = np.zeros((len(values), len(ARKIT_CHANNELS)), np.float32)
    weights[:, [ARKIT_INDEX[channel] for channel in names]] = values
    start_s = 0.0 if is_timecode else float(times_s[0])
    assumed = len(times_s) < 2 or columns.kind == "frame"
    return Table(
        BlendshapeTrack(weights, fps, start_s),
        BlendshapeTrack(extra.astype(np.float32), fps, start_s, extra_names) if extra_names else None,
        float(times_s[0]),
        "assumed" if assumed else "timecode" if is_timecode else "times",
        tuple(warnings),
        {_plain(title) for title in columns.extras} >= _NEUROSYNC,
    )


def _extras(body: list[list[str]], columns: _Columns, header: list[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """The other columns that hold numbers throughout; text columns are left out."""
    kept, parts = [], []
    for title, column in columns.extras.items():
        try:
            values, _ = _numbers(body, [column], header, "")
        except TrackError:
            continue
        kept.append(title)
        parts.append(values)
    return tuple(kept), np.concatenate(parts, axis=1) if parts else np.zeros((len(body), 0))

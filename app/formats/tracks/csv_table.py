"""Tables with a clock and one column per shape, in any order and spelling: the reader behind all CSV dialects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, canonical_name
from app.core.errors import TrackError
from app.core.sampling import sampled
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.track_file import TrackFile, check_rate, from_percent, lacking_sentence
from app.formats.tracks.clock import Clock, candidate, find_clock
from app.formats.tracks.rate import gap_sentence
from app.formats.tracks.sheet import Sheet, numbers, read_sheet

#: columns that say nothing: how many shapes there are, and MediaPipe's weight of no expression
_EMPTY_NAMES = frozenset({"blendshapecount"})
#: emotion columns that NeuroSync appends; its files have jaw and mouth sides swapped
_NEUROSYNC = frozenset({"angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised"})


@dataclass(frozen=True)
class _Columns:
    """Which column is what; names decide, never positions."""

    channels: dict[str, int]
    others: dict[str, int]
    neither: tuple[int, ...]


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "").replace(" ", "")


def _columns(titles: list[str], name: str) -> _Columns:
    channels: dict[str, int] = {}
    others: dict[str, int] = {}
    neither: list[int] = []
    for i, title in enumerate(titles):
        channel = canonical_name(title)
        if channel is not None and channel in ARKIT_INDEX:
            if channel in channels:
                raise TrackError(f"{name} has the column {channel} twice; remove one of them.")
            channels[channel] = i
        elif _plain(title) not in _EMPTY_NAMES and title.strip() != "_neutral":
            neither.append(i)
            if _plain(title):
                others.setdefault(title.strip(), i)
    if not channels:
        raise TrackError(f"{name} has no column named after an ARKit shape; the first line must hold names such as JawOpen.")
    return _Columns(channels, others, tuple(neither))


def _on_even_frames(values: np.ndarray, clock: Clock) -> np.ndarray:
    """Values between rows that are not evenly spaced, linear in time."""
    fps = clock.rate.fps
    count = int((clock.times_s[-1] - clock.times_s[0]) * fps + 1e-6) + 1
    return sampled(values, clock.times_s[0] + np.arange(count) / fps, clock.times_s)


def _bridged(values: np.ndarray) -> int:
    """Fill empty cells from the rows around them, in place, so that the face does not jump to neutral; returns how many there were."""
    empty = np.isnan(values)
    for column in np.flatnonzero(empty.any(axis=0)):
        known = np.flatnonzero(~empty[:, column])
        rows = np.flatnonzero(empty[:, column])
        values[rows, column] = np.interp(rows, known, values[known, column]) if len(known) else 0.0
    return int(empty.sum())


def _side(sheet: Sheet, columns: _Columns, clock: Clock) -> tuple[tuple[str, ...], np.ndarray, list[str]]:
    """Titles and values of the other columns that hold numbers, and the titles of those that do not."""
    kept: list[str] = []
    parts: list[np.ndarray] = []
    left_out: list[str] = []
    for title, column in columns.others.items():
        told = candidate(title, column)
        if column == clock.column or (told is not None and told.kind != "offset"):
            continue
        try:
            values = numbers(sheet, [column], "")
        except TrackError:
            left_out.append(title)
            continue
        if not np.isnan(values).all():
            _bridged(values)
            kept.append(title)
            parts.append(values)
    return tuple(kept), np.concatenate(parts, axis=1) if parts else np.zeros((len(sheet.rows), 0)), left_out


def parse_table(data: bytes, name: str, dialect: str, fps: float | None = None) -> TrackFile:
    """Read a table of weights.

    Args:
        data: the file's bytes.
        name: for messages.
        dialect: as shown.
        fps: frames per second that the user states; None finds it in the file.

    Raises:
        TrackError: anything that is not such a table; the sentence names the line.
    """
    return table_file(read_sheet(data, name), name, dialect, fps)


def table_file(sheet: Sheet, name: str, dialect: str, fps: float | None = None) -> TrackFile:
    """What a table of weights holds; arguments and refusals as of ``parse_table``."""
    columns = _columns(sheet.titles, name)
    clock = find_clock(sheet, columns.neither, name, fps)
    check_rate(clock.rate.fps, len(sheet.rows), name)
    values = numbers(sheet, list(columns.channels.values()), name)
    warnings = list(clock.warnings)
    empty = _bridged(values)
    if empty:
        warnings.append(f"{empty} empty cell{'s were' if empty > 1 else ' was'} bridged from the rows around.")
    titles, side, left_out = _side(sheet, columns, clock)
    if left_out:
        warnings.append(f"Columns without numbers were left out: {', '.join(left_out)}.")
    if not (clock.rate.even and clock.rate.is_whole):
        gap = gap_sentence(clock.rate.places, clock.rate.fps)
        warnings.append(gap or "The rows are not evenly spaced in time; the values between them were interpolated.")
        values, side = _on_even_frames(values, clock), _on_even_frames(side, clock)
    missing = lacking_sentence([channel for channel in ARKIT_CHANNELS if channel not in columns.channels])
    warnings += [missing] if missing else []
    weights = np.zeros((len(values), len(ARKIT_CHANNELS)), np.float32)
    weights[:, [ARKIT_INDEX[channel] for channel in columns.channels]] = values
    weights, percent = from_percent(weights)
    warnings += [percent] if percent else []
    track = BlendshapeTrack(weights, clock.rate.fps, _start_s(clock), side=SideChannels(titles, side) if titles else None)
    swapped = {_plain(title) for title in columns.others} >= _NEUROSYNC
    return TrackFile(track, dialect, clock.origin_s, clock.fps_from, clock.evidence, tuple(warnings), swapped, clock.rate.other_fps)


def _start_s(clock: Clock) -> float:
    """Where frame 0 lies on the sound: a time of day or of a computer's clock is no such place."""
    first_s = float(clock.times_s[0])
    return 0.0 if clock.is_of_day or abs(first_s) > 3600 else first_s

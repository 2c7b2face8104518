"""Tables with a clock and one column per shape, in any order and spelling: the reader behind all CSV dialects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, canonical_name
from app.core.errors import TrackError
from app.core.sampling import sampled
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.core.vrm_expressions import are_expressions, arkit_of_expressions
from app.formats.track_file import TrackFile, check_rate, from_percent, lacking_sentence
from app.formats.tracks.clock import Clock, candidate, find_clock
from app.formats.tracks.rate import gap_sentence
from app.formats.tracks.sheet import Sheet, numbers, read_sheet

#: columns that say nothing: how many shapes there are, and MediaPipe's weight of no expression
_EMPTY_NAMES = frozenset({"blendshapecount"})
_PREFIX = "blendshapes."


@dataclass(frozen=True)
class Table:
    """Columns of numbers beside a clock.

    Attributes:
        names: of the columns, in any spelling and order; shapes and what else there is.
        values: (n, len(names)) float64, NaN where a cell is empty.
        clock: when the rows are.
        warnings: what had to be said so far.
    """

    names: tuple[str, ...]
    values: np.ndarray
    clock: Clock
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Columns:
    """Which column is what; names decide, never positions."""

    channels: dict[str, int]
    others: dict[str, int]
    neither: tuple[int, ...]


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "").replace(" ", "")


def _columns(titles: Sequence[str], name: str) -> _Columns:
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
    if not channels and not are_expressions(titles):
        raise TrackError(f"{name} has no column named after an ARKit shape; the first line must hold names such as JawOpen.")
    return _Columns(channels, others, tuple(neither))


def _on_even_frames(values: np.ndarray, clock: Clock) -> np.ndarray:
    """Values between rows that are not evenly spaced, linear in time."""
    fps = clock.rate.fps
    count = int((clock.times_s[-1] - clock.times_s[0]) * fps + 1e-6) + 1
    return sampled(values, clock.times_s[0] + np.arange(count) / fps, clock.times_s)


def _bridge(values: np.ndarray) -> None:
    """Fill empty cells from the rows around them, in place, so that the face does not jump to neutral."""
    empty = np.isnan(values)
    for column in np.flatnonzero(empty.any(axis=0)):
        known = np.flatnonzero(~empty[:, column])
        rows = np.flatnonzero(empty[:, column])
        values[rows, column] = np.interp(rows, known, values[known, column]) if len(known) else 0.0


def _other_numbers(sheet: Sheet, columns: _Columns, clock: Clock) -> tuple[list[str], list[np.ndarray], list[str]]:
    """Titles and (n, 1) values of the other columns that hold numbers, and the titles of those that do not."""
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
            kept.append(title)
            parts.append(values)
    return kept, parts, left_out


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
    titles, parts, left_out = _other_numbers(sheet, columns, clock)
    warnings = (f"Columns without numbers were left out: {', '.join(left_out)}.",) if left_out else ()
    names = (*(sheet.titles[i] for i in columns.channels.values()), *titles)
    return file_of(Table(names, np.concatenate([values, *parts], axis=1), clock, warnings), name, dialect)


def file_of(table: Table, name: str, dialect: str) -> TrackFile:
    """The track file of columns whose clock is known: shapes by their names, empty cells bridged, even frames, the rest beside.

    Args:
        table: at least one of its names is a shape or an expression of VRM.
        name: of the file, for messages.
        dialect: as shown.

    Raises:
        TrackError: no such name, or one twice.
    """
    columns, clock, values = _columns(table.names, name), table.clock, table.values.copy()
    warnings = list(clock.warnings)
    bridged = list(columns.channels.values()) or list(range(len(table.names)))
    if empty := int(np.isnan(values[:, bridged]).sum()):
        warnings.append(f"{empty} empty cell{'s were' if empty > 1 else ' was'} bridged from the rows around.")
    _bridge(values)
    warnings += table.warnings
    if not (clock.rate.even and clock.rate.is_whole):
        gap = gap_sentence(clock.rate.places, clock.rate.fps)
        warnings.append(gap or "The rows are not evenly spaced in time; the values between them were interpolated.")
        values = _on_even_frames(values, clock)
    weights, others, told = _weights_of(columns, table.names, values)
    warnings += told
    weights, percent = from_percent(weights)
    warnings += [percent] if percent else []
    side = SideChannels(tuple(_bare(title) for title in others), values[:, list(others.values())]) if others else None
    track = BlendshapeTrack(weights, clock.rate.fps, _start_s(clock), side=side)
    return TrackFile(track, dialect, clock.origin_s, clock.fps_from, clock.evidence, tuple(warnings), other_fps=clock.rate.other_fps)


def _weights_of(columns: _Columns, names: Sequence[str], values: np.ndarray) -> tuple[np.ndarray, dict[str, int], list[str]]:
    """(n, 52) weights, the columns that are none of them, and what has to be said."""
    if not columns.channels:
        weights, used = arkit_of_expressions(names, values)
        others = {title: i for title, i in columns.others.items() if title not in used}
        return weights, others, [f"The names are expressions of VRM ({', '.join(used)}); each was read as the shapes that it stands for."]
    weights = np.zeros((len(values), len(ARKIT_CHANNELS)), np.float32)
    weights[:, [ARKIT_INDEX[channel] for channel in columns.channels]] = values[:, list(columns.channels.values())]
    missing = lacking_sentence([channel for channel in ARKIT_CHANNELS if channel not in columns.channels])
    return weights, columns.others, [missing] if missing else []


def _bare(title: str) -> str:
    """A side column's name without the prefix of A2F's tables."""
    return title[len(_PREFIX) :] if title.lower().startswith(_PREFIX) else title


def _start_s(clock: Clock) -> float:
    """Where frame 0 lies on the sound: a time of day or of a computer's clock is no such place."""
    first_s = float(clock.times_s[0])
    return 0.0 if clock.is_of_day or abs(first_s) > 3600 else first_s

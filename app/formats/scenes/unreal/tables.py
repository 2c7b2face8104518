"""The two tables of curves that Unreal Engine takes beside Live Link Face's.

- A *Curve Table* (CurveTable.cpp, ``CreateTableFromCSVString``): the first row holds the times of the keys behind one cell that is not
  looked at, every other row a curve's name and its values. No two times may be the same. Imported by dropping the file on the Content
  Browser and choosing CurveTable.
- The *Rig Mapper's* CSV (RigMapperEditorSubsystem, from 5.7 on): ``curve_name, frame_number, value``, a line for every key, read by
  ``ConvertCsvToAnimSequence`` and its kin into animation sequences and control rigs; the rate is the sequence's, not the file's.

Names are Live Link's (``EyeBlinkLeft``); Unreal's names know no case.
"""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import TrackError
from app.core.track import BlendshapeTrack
from app.formats.json_tracks.named_weights import track_of
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile, check_rate, decode_text, require_arkit, starting_at_zero
from app.formats.tracks.rate import ASSUMED_FPS, fit_rate, number_text

CURVE_TABLE, RIG_MAPPER = "Unreal curve table", "Unreal Rig Mapper CSV"
_RIG_HEADER = "curve_name, frame_number, value"
_CORNER = "---"
#: more cells than an hour of all curves at 60 frames per second has
_MOST_CELLS = 30_000_000


def write_table(performance: Performance, options: WriteOptions) -> Written:
    """A row of times and a row for every curve.

    Raises:
        TrackError: other channels than the 52.
    """
    arkit, names, values = _content(performance)
    lines = [",".join([_CORNER, *(f"{time_s:.6f}" for time_s in arkit.times_s)])]
    lines += [f"{name}," + ",".join(_texts(column)) for name, column in zip(names, values.T, strict=True)]
    return Written(("\n".join(lines) + "\n").encode(), _untold(performance, "A curve table"))


def write_rig_mapper(performance: Performance, options: WriteOptions) -> Written:
    """A line for every key of every curve.

    Raises:
        TrackError: other channels than the 52.
    """
    arkit, names, values = _content(performance)
    first = 0
    if arkit.start_s:
        first = round(arkit.start_s * arkit.fps)
        if abs(first / arkit.fps - arkit.start_s) * arkit.fps > 1e-3 or first < 0:
            arkit, names, values = _content(Performance(starting_at_zero(arkit)))
            first = 0
    lines = [_RIG_HEADER]
    for frame, row in enumerate(_texts(values), first):
        lines += [f"{name}, {frame}, {value}" for name, value in zip(names, row, strict=True)]
    rate = f"The file does not say its rate: give the animation sequence {number_text(arkit.fps)} fps."
    return Written(("\n".join(lines) + "\n").encode(), (rate, *_untold(performance, "The Rig Mapper's CSV")))


def read_table(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read a curve table as it is written here, or as Unreal exports it.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None finds it in the times.

    Raises:
        TrackError: it is broken; the sentence says how.
    """
    lines = decode_text(data, name).splitlines()
    times_s = _numbers(lines[0].split(",")[1:], name, 1)
    curves, values = [], []
    for number, line in enumerate(lines[1:], 2):
        cells = [cell.strip().strip('"') for cell in line.split(",")]
        if cells == [""]:
            continue
        if len(cells) != len(times_s) + 1:
            raise TrackError(f"{name}, line {number}: {len(cells) - 1} values for {len(times_s)} times; export the table again.")
        curves.append(cells[0])
        values.append(_numbers(cells[1:], name, number))
    if not curves or (np.diff(times_s) <= 0).any():
        raise TrackError(f"{name} has no curves, or times that do not rise; export the table again.")
    rows, own_fps = np.stack(values, axis=1), ASSUMED_FPS
    if len(times_s) > 1:
        own_fps = fit_rate(times_s, 1e-6, name).fps
        count = round((times_s[-1] - times_s[0]) * own_fps) + 1
        check_rate(own_fps, count, name)
        places = (times_s - times_s[0]) * own_fps
        rows = rows if count == len(rows) else np.stack([np.interp(np.arange(count), places, column) for column in rows.T], axis=1)
    check_rate(fps or own_fps, len(rows), name)
    if fps is not None:
        told = (CURVE_TABLE, "stated", f"{number_text(fps)} fps as stated")
    elif len(times_s) > 1:
        told = (CURVE_TABLE, "times", f"{number_text(own_fps)} fps from {len(times_s):,} key times")
    else:
        told = (CURVE_TABLE, "assumed", f"assumed {number_text(own_fps)} fps")
    return _file(curves, rows, (fps or own_fps, float(times_s[0])), told, name)


def read_rig_mapper(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read the Rig Mapper's table; what it leaves out between two keys lies on a straight line.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None assumes 60, which is told.

    Raises:
        TrackError: it is broken; the sentence names the line.
    """
    keys: dict[str, list[tuple[float, float]]] = {}
    for number, line in enumerate(decode_text(data, name).splitlines()[1:], 2):
        cells = [cell.strip() for cell in line.split(",")]
        if cells == [""]:
            continue
        if len(cells) != 3:
            raise TrackError(f"{name}, line {number}: {len(cells)} cells instead of 3; export the table again.")
        frame, value = _numbers(cells[1:], name, number)
        keys.setdefault(cells[0], []).append((float(frame), float(value)))
    if not keys:
        raise TrackError(f"{name} has no keys; export the table again.")
    used = fps or ASSUMED_FPS
    first, last = (pick(frame for own in keys.values() for frame, _ in own) for pick in (min, max))
    check_rate(used, int(min(last - first, 1e9)) + 1, name)
    count = int(last - first) + 1
    if count * len(keys) > _MOST_CELLS:
        raise TrackError(f"{name} has too many curves for its length; split it into shorter takes.")
    rows = np.stack([np.interp(np.arange(count) + first, *np.array(sorted(own)).T) for own in keys.values()], axis=1)
    said = f"{number_text(used)} fps as stated" if fps else f"assumed {number_text(used)} fps"
    return _file(list(keys), rows, (used, first / used), (RIG_MAPPER, "stated" if fps else "assumed", said), name)


def _file(curves: list[str], rows: np.ndarray, times: tuple[float, float], told: tuple[str, str, str], name: str) -> TrackFile:
    """The track file of named curves.

    Args:
        curves: their names.
        rows: (n, len(curves)).
        times: frames per second, and seconds of the first frame.
        told: the dialect, where its rate comes from, and the same in words.
        name: for messages.
    """
    (fps, start_s), (dialect, fps_from, evidence) = times, told
    track, warnings = track_of(curves, rows.astype(np.float32), fps, name)
    if fps_from == "assumed":
        warnings.insert(0, f"The rate is assumed: the file does not say it; {evidence}, state another with --in-fps.")
    track = BlendshapeTrack(track.weights, fps, start_s, side=track.side)
    return TrackFile(track, dialect, fps_from=fps_from, evidence=evidence, warnings=tuple(warnings))


def _content(performance: Performance) -> tuple[BlendshapeTrack, list[str], np.ndarray]:
    """The track, names and (n, columns) values: the 52, and what moves beside them."""
    arkit = performance.arkit
    require_arkit(arkit)
    check_rate(arkit.fps, len(arkit), "The track")
    side = None if arkit.side is None else arkit.side.without_still()
    names = [channel[0].upper() + channel[1:] for channel in ARKIT_CHANNELS]
    if side is None:
        return arkit, names, arkit.weights
    plain = [title.replace(",", " ").replace('"', "") for title in side.names]
    return arkit, [*names, *plain], np.concatenate([arkit.weights, side.values], axis=1)


def _texts(values: np.ndarray) -> list[str]:
    """Numbers as short as they can be without losing a bit."""
    made: list[str] = values.astype(np.float32).astype("U24").tolist()
    return made


def _untold(performance: Performance, room: str) -> tuple[str, ...]:
    found = {
        "visemes": performance.visemes,
        "phones": performance.phones,
        "words": performance.words,
        "the sound's name": performance.sound,
    }
    lost = [what for what, there in found.items() if there]
    return (f"{room} has no room for {', '.join(lost)}; they were left out.",) if lost else ()


def _numbers(cells: list[str], name: str, line: int) -> np.ndarray:
    try:
        made = np.array([float(cell.strip('"')) for cell in cells], np.float64)
    except ValueError:
        raise TrackError(f"{name}, line {line}: a cell is no number; export the table again.") from None
    if not np.isfinite(made).all() or np.abs(made).max(initial=0.0) > 1e7:
        raise TrackError(f"{name}, line {line}: a cell is no possible number; export the table again.")
    return made

"""Animation templates of the TalkingHead project: durations ``dt`` in milliseconds, and values ``vs`` that are reached at their ends."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_CHANNELS, canonical_name
from app.core.errors import TrackError
from app.core.visemes import projection_matrix
from app.formats.json_tracks.head_turns import HEAD, head_angles
from app.formats.json_tracks.keys import frames_of_keys
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import left_out
from app.formats.track_file import TrackFile, check_rate, checked_track
from app.formats.tracks.clock import Clock, find_clock
from app.formats.tracks.csv_table import Table, file_of
from app.formats.tracks.json_text import as_number, is_json, parsed, row_text
from app.formats.tracks.rate import Rate, number_text
from app.formats.tracks.sheet import Sheet

NAME = "TalkingHead animation"
#: its head turns in radians about x, y and z -> ours; Live Link turns the other way about y and z
_TURNS = {"headRotateX": ("HeadPitch", 1.0), "headRotateY": ("HeadYaw", -1.0), "headRotateZ": ("HeadRoll", -1.0)}
#: keys become frames at this rate, unless another one is stated
MADE_FPS = 60.0
#: durations longer than this rate's are from key to key
SLOWEST_FPS = 10.0
_ANIMATIONS = ("anim", "animation", "template")


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with the keys of a template."""
    return is_json(data) and b'"dt"' in data and b'"vs"' in data


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read a template as its player plays it, except that movement between two values is straight rather than eased.

    Value i is reached when the first i + 1 durations are over. Ranges, from which the player draws at random, are read as their middle.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the durations'.

    Raises:
        TrackError: no template, or a value that is no number.
    """
    template = _template(parsed(data, name), name)
    durations = template["dt"]
    steps = [_middle(step) for step in durations]
    if not steps or any(step is None or not 0 <= step <= 3.6e6 for step in steps):
        raise TrackError(f"{name}: dt must hold durations in milliseconds.")
    ends_ms = np.round(np.cumsum([0.0 if step is None else step for step in steps]), 6)
    if ends_ms[-1] > 3.6e6:
        raise TrackError(f"{name} is longer than an hour; split it into shorter takes.")
    columns, left = _columns(template["vs"], len(ends_ms), name)
    warnings = [f"What the template moves by other means was left out: {', '.join(left)}."] if left else []
    if any(isinstance(step, list) for step in durations):
        warnings.append("Durations that are drawn at random were read as the middle of their range.")
    if _are_frames(ends_ms):
        rows = [[repr(end)] for end in ends_ms.tolist()]
        clock = find_clock(Sheet(["time_ms"], rows, list(range(len(rows)))), [0], name, fps)
        check_rate(clock.rate.fps, len(rows), name)
        return file_of(Table(tuple(columns), np.column_stack(list(columns.values())), clock, tuple(warnings)), name, NAME)
    return _of_keys(ends_ms / 1000, columns, fps or MADE_FPS, tuple(warnings), name)


def _are_frames(ends_ms: np.ndarray) -> bool:
    """Whether the durations are one for every frame, rather than key to key."""
    steps = np.diff(ends_ms)
    return not len(steps) or bool(0 < steps.max() <= 1000 / SLOWEST_FPS and np.ptp(steps) <= 0.02 * steps.max())


def _of_keys(ends_s: np.ndarray, columns: dict[str, np.ndarray], fps: float, warnings: tuple[str, ...], name: str) -> TrackFile:
    """Motion through keys, at a rate that is chosen here."""
    start_s = float(ends_s[0])
    count = int(np.floor((ends_s[-1] - start_s) * fps + 1e-6)) + 1
    check_rate(fps, count, name)
    values = []
    for column in columns.values():
        known = ~np.isnan(column)
        values.append(frames_of_keys(ends_s[known], column[known], start_s, fps, count) if known.any() else np.zeros(count))
    evidence = f"{number_text(fps)} fps, made from {len(ends_s):,} keys"
    places = np.arange(count)
    clock = Clock(-1, Rate(fps, places, True), start_s + places / fps, start_s, "made", evidence, (f"The motion was made: {evidence}.",))
    return file_of(Table(tuple(columns), np.column_stack(values), clock, warnings), name, NAME)


def _template(document: Any, name: str) -> dict[str, Any]:
    """The template in a document: itself, or under one of the keys that hold it."""
    places = [document, *(document.get(key) for key in _ANIMATIONS)] if isinstance(document, dict) else []
    for place in places:
        if isinstance(place, dict) and isinstance(place.get("dt"), list) and isinstance(place.get("vs"), dict):
            return place
    raise TrackError(f"{name} is JSON with dt and vs, but no TalkingHead animation with lists of durations and values.")


def _middle(value: Any) -> float | None:
    """A number, or the middle of a range; None for anything else."""
    if isinstance(value, list):
        ends = [as_number(each) for each in value[:2]]
        return sum(each for each in ends if each is not None) / 2 if len(ends) == 2 and None not in ends else None
    return as_number(value)


def _columns(values: dict[str, Any], count: int, name: str) -> tuple[dict[str, np.ndarray], list[str]]:
    """Title -> (count,) values, NaN where the player keeps what is there; and what is no movement of a face."""
    columns: dict[str, np.ndarray] = {}
    mouths: dict[str, np.ndarray] = {}
    left: list[str] = []
    for title, given in values.items():
        found = [_middle(each) for each in given[:count]] if isinstance(given, list) else []
        if not found or any(each is None and raw is not None for each, raw in zip(found, given, strict=False)):
            left.append(title)
            continue
        column = np.array([np.nan if each is None else each for each in found] + [found[-1] or 0.0] * (count - len(found)), np.float64)
        known = canonical_name(title)
        if known in VISEME_CHANNELS:
            mouths[str(known)] = column
        elif title in _TURNS:
            columns[_TURNS[title][0]] = column * _TURNS[title][1]
        elif title not in columns:
            columns[title] = column
    if mouths:
        _with_mouths(columns, mouths)
    if not any(canonical_name(title) in ARKIT_INDEX for title in columns):
        raise TrackError(f"{name} moves no shape of a face; choose an animation with morph targets.")
    return columns, left


def _with_mouths(columns: dict[str, np.ndarray], mouths: dict[str, np.ndarray]) -> None:
    """Add the shapes of visemes to the columns: the player shows both."""
    matrix = projection_matrix()
    for viseme, column in mouths.items():
        for shape, weight in zip(ARKIT_CHANNELS, matrix[VISEME_CHANNELS.index(viseme)], strict=True):
            if weight:
                columns[shape] = columns.get(shape, np.zeros(len(column))) + np.nan_to_num(column) * float(weight)


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes: the 52 shapes and the head at every frame; play it with ``speakAudio`` or ``playAnimation``'s queue.

    Raises:
        TrackError: other channels than the 52, or a start before 0 s.
    """
    track = checked_track(performance.arkit)
    if track.start_s < 0:
        first = min(int(np.ceil(-track.start_s * track.fps - 1e-6)), len(track) - 1)
        track = replace(track.between(first, len(track)), start_s=max(track.start_s + first / track.fps, 0.0))
    ends_ms = np.round(track.times_s * 1000, 6)
    steps = np.round(np.diff(ends_ms, prepend=0.0), 6)
    rows = {name: track.weights[:, i] for i, name in enumerate(ARKIT_CHANNELS)}
    angles = head_angles(track)
    if angles.any():
        rows |= {theirs: angles[:, HEAD.index(ours)] * np.float32(sign) for theirs, (ours, sign) in _TURNS.items()}
    values = ",\n".join([f"{json.dumps(name)}: {row_text(row)}" for name, row in rows.items()])
    text = f'{{"name": "take", "dt": {json.dumps(steps.tolist())}, "vs": {{{values}}}}}'
    return Written(text.encode(), left_out(track, NAME, HEAD))

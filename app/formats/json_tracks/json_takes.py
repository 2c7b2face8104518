"""JSON with named weights frame by frame, in any of the ways in which programs write it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_INDEX, canonical_name
from app.core.errors import TrackError
from app.core.vrm_expressions import are_expressions
from app.formats.json_tracks.head_turns import HEAD, is_angles, turn_of
from app.formats.track_file import TrackFile, check_rate
from app.formats.tracks.clock import Clock, candidate, find_clock
from app.formats.tracks.csv_table import Table, file_of
from app.formats.tracks.json_text import as_number, is_json, parsed, said_rate
from app.formats.tracks.sheet import Sheet, numbers

NAME = "JSON with named weights"
_WEIGHT_KEYS = (
    "blendshapes",
    "blendShapes",
    "faceBlendshapes",
    "face_blendshapes",
    "weights",
    "shapes",
    "values",
    "expressions",
    "coefficients",
    "categories",
)
_NAME_KEYS = ("categoryName", "category_name", "name", "displayName", "shape", "key")
_SCORE_KEYS = ("score", "value", "weight")
_LIST_KEYS = ("names", "blendshape_names", "blendshapeNames", "blendShapeNames", "facsNames", "channels", "shapes")
#: where frames keep how the head is turned
_TURNS = (
    "rotation", "rotations", "translation", "joints", "matrix", "facialTransformationMatrixes", "facial_transformation_matrixes",
)  # fmt: skip


def looks_like(data: bytes) -> bool:
    """Whether it is JSON at all; ``read`` says of which kind."""
    return is_json(data)


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read any JSON take with weights by name, frame by frame.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None finds it in the file.

    Raises:
        TrackError: JSON of another kind, which the sentence names where it is known, or a broken file.
    """
    document = parsed(data, name)
    return file_of_document(document, name, NAME, fps)


def file_of_document(document: Any, name: str, dialect: str, fps: float | None) -> TrackFile:
    """The take of a document, wherever its frames stand.

    Args:
        document: JSON.
        name: of the file, for messages.
        dialect: as shown.
        fps: frames per second that the user states, or None.

    Raises:
        TrackError: it holds none, or a weight that is no number.
    """
    frames, names = _frames(document)
    if frames:
        return _named(frames, names, document, Asked(name, dialect, fps))
    kind = _foreign(document)
    what = f"JSON of {kind}" if kind else "JSON"
    raise TrackError(
        f"{name} is {what}, but not a track file: named weights per frame, mouth cues or Azure events would be read; "
        "convert it to a Live Link Face CSV."
    )


@dataclass(frozen=True)
class Asked:
    """What is read, for whom.

    Attributes:
        name: of the file, for messages.
        dialect: as shown.
        fps: frames per second that the user states, or None.
    """

    name: str
    dialect: str
    fps: float | None


def _foreign(document: Any) -> str:
    """Known kinds that hold no weights over time."""
    rows = document.get("phones") if isinstance(document, dict) else document
    if isinstance(rows, list) and rows and all(isinstance(row, dict) and "phone" in row for row in rows):
        return "timed phones (check takes them as --phones)"
    keys = set(document) if isinstance(document, dict) else set()
    kinds = (
        ("asset" in keys, "a glTF scene"),
        ("OTIO_SCHEMA" in keys, "an OpenTimelineIO time line"),
        (bool({"words", "segments"} & keys), "a transcript"),
    )
    return next((kind for is_it, kind in kinds if is_it), "")


# -- weights by name


def _frames(document: Any) -> tuple[list[dict[str, Any]], list[str] | None]:
    """The frames of a document, and the names of weights that stand once for all."""
    names = None
    if isinstance(document, dict):
        aside = document.get("metadata")
        for place in (document, aside if isinstance(aside, dict) else {}):
            for told in (place.get(key) for key in _LIST_KEYS):
                if names is None and isinstance(told, list) and told and all(isinstance(n, str) for n in told):
                    names = told
        lists = [value for value in document.values() if isinstance(value, list)]
    else:
        lists = [document] if isinstance(document, list) else []
    for rows in lists:
        frames = [row for row in rows if isinstance(row, dict)]
        if frames and len(frames) == len(rows) and any(_weights(frame, names) for frame in frames[:50]):
            return frames, names
        width = len(names) if names else -1
        if rows and all(isinstance(row, list) and len(row) == width for row in rows):
            return [{"weights": row} for row in rows], names
    return [], None


def _weights(frame: dict[str, Any], names: list[str] | None) -> dict[str, Any]:
    """Name -> weight of one frame, empty when it has none."""
    for key in _WEIGHT_KEYS:
        found = frame.get(key)
        while isinstance(found, list) and found and isinstance(found[0], dict) and "categories" in found[0]:
            found = found[0]["categories"]
        while isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
            found = found[0]
        if isinstance(found, dict):
            return found
        if isinstance(found, list) and found and all(isinstance(part, dict) for part in found):
            pairs = ((_first(part, _NAME_KEYS), _first(part, _SCORE_KEYS)) for part in found)
            return {name: value for name, value in pairs if isinstance(name, str) and value is not None}
        if isinstance(found, list) and names and len(found) == len(names):
            return dict(zip(names, found, strict=True))
    return {key: value for key, value in frame.items() if canonical_name(key) in ARKIT_INDEX}


def _first(part: dict[str, Any], keys: Iterable[str]) -> Any:
    return next((part[key] for key in keys if key in part), None)


def _named(frames: list[dict[str, Any]], names: list[str] | None, document: Any, asked: Asked) -> TrackFile:
    """Frames as columns, so that their clock is found and their gaps are told as in any table."""
    weights = [_weights(frame, names) for frame in frames]
    shapes = list(dict.fromkeys(str(key) for row in weights for key in row))
    if not any(canonical_name(shape) in ARKIT_INDEX for shape in shapes) and not are_expressions(shapes):
        raise TrackError(f"{asked.name} is JSON with names and frames, but none of its names is an ARKit shape.")
    values = np.full((len(frames), len(shapes)), np.nan)
    for i, row in enumerate(weights):
        for k, shape in enumerate(shapes):
            value = row.get(shape)
            if value is None:
                continue
            found = value if type(value) is float else as_number(value)
            if found is None or not abs(found) < 3e38:
                raise TrackError(f"{asked.name}, frame {i}: {str(value)[:40]!r} for {shape} is not a number.")
            values[i, k] = found
    clock, further = _clock(frames, set(shapes), document, asked)
    turned, told = _turns(frames)
    parts = [*further.items(), *turned.items()]
    table = Table(
        (*shapes, *(title for title, _ in parts)), np.column_stack([values, *(column for _, column in parts)]), clock,
        told,
    )  # fmt: skip
    return file_of(table, asked.name, asked.dialect)


def _clock(frames: list[dict[str, Any]], taken: set[str], document: Any, asked: Asked) -> tuple[Clock, dict[str, np.ndarray]]:
    """When the frames are, and the numbers of the frames that are no clock's."""
    titles = list(dict.fromkeys(
        key for frame in frames for key, value in frame.items() if key not in taken and as_number(value) is not None
    ))  # fmt: skip
    said = said_rate(document)
    rows = [[_cell(frame.get(title)) for title in titles] for frame in frames]
    sheet = Sheet(titles, rows, list(range(len(rows))), None if said is None else said[1])
    clock = find_clock(sheet, range(len(titles)), asked.name, asked.fps)
    check_rate(clock.rate.fps, len(frames), asked.name)
    further: dict[str, np.ndarray] = {}
    for column, title in enumerate(titles):
        told = candidate(title, column)
        if column != clock.column and (told is None or told.kind == "offset"):
            further[title] = numbers(sheet, [column], asked.name)[:, 0]
    return clock, further


def _turns(frames: list[dict[str, Any]]) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Columns of the rotations that stand in the frames, and what has to be said about them.

    Three numbers are angles about x, y and z as ``lam`` writes them; a matrix is a head's pose as MediaPipe gives it.
    """
    found = {key for key in _TURNS for frame in frames if frame.get(key) not in (None, [], {})}
    columns: dict[str, np.ndarray] = {}
    notes: list[str] = []
    for key in sorted(found):
        rows = [turn_of(frame.get(key)) for frame in frames]
        if columns or all(row is None for row in rows):
            continue
        table = np.array([(np.nan,) * len(HEAD) if row is None else row for row in rows], np.float64)
        columns = {title: table[:, i] for i, title in enumerate(HEAD)}
        found.remove(key)
        if is_angles(next(value for frame in frames if turn_of(value := frame.get(key)) is not None)):
            notes.append(f"The three numbers under {key} were read as pitch, yaw and roll in radians; the file does not say what they are.")
    unread = [key for key in _TURNS if key in found]
    notes += [f"What the frames hold under {', '.join(unread)} was left out."] if unread else []
    return columns, tuple(notes)


def _cell(value: Any) -> str:
    found = as_number(value)
    return "" if found is None else repr(found)

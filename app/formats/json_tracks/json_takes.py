"""JSON with named weights frame by frame (LAM, BEAT, MediaPipe, recorded Azure), told apart by content."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, canonical_name
from app.core.errors import TrackError
from app.formats.track_file import TrackFile
from app.formats.tracks.csv_table import table_file
from app.formats.tracks.json_text import as_number, is_json, parsed, said_rate
from app.formats.tracks.sheet import Sheet

NAME = "JSON with named weights"
AZURE = "Azure blend shapes"
AZURE_FPS = 60.0
#: Azure's three channels behind the 52; sign and unit are not documented, so they do not count as angles
_AZURE_NAMES = (*ARKIT_CHANNELS, "azureHeadRoll", "azureLeftEyeRoll", "azureRightEyeRoll")
_WEIGHT_KEYS = (
    "blendshapes",
    "blendShapes",
    "faceBlendshapes",
    "face_blendshapes",
    "weights",
    "shapes",
    "values",
    "coefficients",
    "categories",
)
_NAME_KEYS = ("categoryName", "category_name", "name", "displayName", "shape", "key")
_SCORE_KEYS = ("score", "value", "weight")
_LIST_KEYS = ("names", "blendshape_names", "blendshapeNames", "blendShapeNames", "facsNames", "channels", "shapes")
#: what does not fit the sentence about rotations
_LEFT_OUT = ("rotation", "rotations", "translation", "joints", "matrix", "facialTransformationMatrixes")


def looks_like(data: bytes) -> bool:
    """Whether it is JSON at all; ``read`` says of which kind."""
    return is_json(data)


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read any JSON take but Omniverse's.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None finds it in the file.

    Raises:
        TrackError: JSON of another kind, which the sentence names where it is known, or a broken file.
    """
    document = parsed(data, name)
    chunks = list(_azure_chunks(document))
    if chunks:
        return _azure(chunks, name, fps)
    frames, names = _frames(document)
    if frames:
        return _named(frames, names, document, name, fps)
    kind = _foreign(document)
    what = f"JSON of {kind}" if kind else "JSON"
    raise TrackError(
        f"{name} is {what}, but not a track file: named weights per frame, mouth cues or Azure events would be read; "
        "convert it to a Live Link Face CSV."
    )


def _foreign(document: Any) -> str:
    """Known kinds that hold no weights over time."""
    rows = document.get("phones") if isinstance(document, dict) else document
    if isinstance(rows, list) and rows and all(isinstance(row, dict) and "phone" in row for row in rows):
        return "timed phones (check takes them as --phones)"
    keys = set(document) if isinstance(document, dict) else set()
    kinds = (
        ({"dt", "vs"} <= keys, "a TalkingHead animation template (dt and vs)"),
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
            return {n: v for part in found if (n := _first(part, _NAME_KEYS)) is not None and (v := _first(part, _SCORE_KEYS)) is not None}
        if isinstance(found, list) and names and len(found) == len(names):
            return dict(zip(names, found, strict=True))
    return {key: value for key, value in frame.items() if canonical_name(key) in ARKIT_INDEX}


def _first(part: dict[str, Any], keys: Iterable[str]) -> Any:
    return next((part[key] for key in keys if key in part), None)


def _named(frames: list[dict[str, Any]], names: list[str] | None, document: Any, name: str, fps: float | None) -> TrackFile:
    """Frames as a table, so that its clock is found and its gaps are told as in any other."""
    weights = [_weights(frame, names) for frame in frames]
    shapes = list(dict.fromkeys(str(key) for row in weights for key in row))
    if not any(canonical_name(shape) in ARKIT_INDEX for shape in shapes):
        raise TrackError(f"{name} is JSON with names and frames, but none of its names is an ARKit shape.")
    taken = set(shapes)
    clocks = list(dict.fromkeys(
        key for frame in frames for key, value in frame.items() if key not in taken and as_number(value) is not None
    ))  # fmt: skip
    said = said_rate(document)
    rows = []
    for i, (frame, row) in enumerate(zip(frames, weights, strict=True)):
        cells = [_cell(frame.get(key)) for key in clocks]
        for shape in shapes:
            value = row.get(shape)
            if value is not None and as_number(value) is None:
                raise TrackError(f"{name}, frame {i}: {str(value)[:40]!r} for {shape} is not a number.")
            cells.append(_cell(value))
        rows.append(cells)
    sheet = Sheet([*clocks, *shapes], rows, list(range(len(rows))), None if said is None else said[1])
    file = table_file(sheet, name, NAME, fps)
    unread = [key for key in _LEFT_OUT if any(frame.get(key) not in (None, [], {}) for frame in frames)]
    note = (f"What the frames hold under {', '.join(unread)} was left out.",) if unread else ()
    return replace(file, warnings=file.warnings + note)


def _cell(value: Any) -> str:
    found = as_number(value)
    return "" if found is None else repr(found)


# -- Azure's 55


def _azure_chunks(document: Any) -> Iterable[tuple[int, list[Any]]]:
    """(index of the first frame, rows) of Azure's animation chunks, wherever they stand."""
    if isinstance(document, str) and "BlendShapes" in document:
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return
    if isinstance(document, dict):
        first, rows = as_number(document.get("FrameIndex")), document.get("BlendShapes")
        if first is not None and isinstance(rows, list):
            yield int(first), rows
        else:
            for key in ("Animation", "animation", "Animations", "animations", "VisemeResults", "visemes", "events", "chunks"):
                yield from _azure_chunks(document.get(key))
    elif isinstance(document, list):
        for part in document:
            if isinstance(part, dict | str):
                yield from _azure_chunks(part)


def _azure(chunks: list[tuple[int, list[Any]]], name: str, fps: float | None) -> TrackFile:
    frames: dict[int, list[str]] = {}
    for first, rows in chunks:
        for i, row in enumerate(rows):
            if not isinstance(row, list) or len(row) not in (len(ARKIT_CHANNELS), len(_AZURE_NAMES)):
                raise TrackError(f"{name}: BlendShapes must hold {len(_AZURE_NAMES)} numbers per frame.")
            frames[first + i] = [_cell(value) for value in row] + [""] * (len(_AZURE_NAMES) - len(row))
    if not frames:
        raise TrackError(f"{name} holds no frames; export the take again.")
    order = sorted(frames)
    sheet = Sheet(["frame", *_AZURE_NAMES], [[str(k), *frames[k]] for k in order], order, AZURE_FPS)
    file = table_file(sheet, name, AZURE, fps)
    return file if fps is not None else replace(file, evidence="60 fps, as Azure sends blend shapes")

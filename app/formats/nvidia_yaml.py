"""NVIDIA's tuning files, read and written: the stylization of the service, and the configuration of its sample client.

The two spell the same numbers differently: the stylization uses snake_case and calls the lip and lid offsets
``lip_close_offset`` and ``eyelid_offset`` (same sign as the animator's open offsets: Mark's files hold -0.03 and 0.06 in
both), the client uses camelCase. Here they have the animator's names, and shapes Apple's.
What becomes of the numbers is said elsewhere: app.formats.nvidia_presets makes this program's own adjustments of them,
app.lipsync.nvidia_stylization parameters of a bundle.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.core.errors import PresetError
from app.core.foreign import is_number

MAX_BYTES = 4_000_000
_CHOOSE = "choose NVIDIA's stylization YAML."
#: stylization spelling -> the animator's
_STYLIZED = {"eyelid_offset": "eyelid_open_offset", "lip_close_offset": "lip_open_offset"}
_WRITTEN = {ours: theirs for theirs, ours in _STYLIZED.items()}
#: the numbers of Audio2Emotion's post-processing, in NVIDIA's order
_POST = ("emotion_strength", "emotion_contrast", "max_emotions", "live_blend_coef", "preferred_emotion_strength")
_CAPITAL = re.compile(r"(?<!^)([A-Z])")


@dataclass(frozen=True)
class Stylization:
    """What such a file says; what it does not name is missing or empty.

    Attributes:
        face: the animator's name (``lip_open_offset``) -> value.
        multipliers, offsets: shape (``jawOpen``, ``tongueWide``) -> value.
        clamped: keep shapes in 0..1.
        active, cancel, symmetric: shape -> pair id of the solver, from -1.
        emotion: number of Audio2Emotion's post-processing, or ``live_transition_time`` in seconds -> value.
        prefers_emotion: mix a preferred emotion in; None does not say.
        beginning: emotion -> value at the start.
        keys: (time in seconds, emotion -> value) in order of time.
        spelt: name here -> name in the file, of the face's numbers and of the shapes; for messages.
    """

    face: Mapping[str, float] = field(default_factory=dict)
    multipliers: Mapping[str, float] = field(default_factory=dict)
    offsets: Mapping[str, float] = field(default_factory=dict)
    clamped: bool = False
    active: Mapping[str, int] = field(default_factory=dict)
    cancel: Mapping[str, int] = field(default_factory=dict)
    symmetric: Mapping[str, int] = field(default_factory=dict)
    emotion: Mapping[str, float] = field(default_factory=dict)
    prefers_emotion: bool | None = None
    beginning: Mapping[str, float] = field(default_factory=dict)
    keys: tuple[tuple[float, Mapping[str, float]], ...] = ()
    spelt: Mapping[str, str] = field(default_factory=dict)


def read(path: Path) -> Stylization:
    """Open either kind of file.

    Args:
        path: a YAML file.

    Raises:
        PresetError: it cannot be read or is no such file.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PresetError(f"{path.name} is too large for a tuning file; {_CHOOSE}")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PresetError(f"{path.name} cannot be read; {_CHOOSE}") from error
    return parsed(text, path.name)


def parsed(text: str, name: str = "The tuning file") -> Stylization:
    """Read the text of either kind of file.

    Args:
        text: YAML.
        name: for messages.

    Raises:
        PresetError: it is no such file, or a value is of a wrong kind. Ranges and names of shapes are not looked at.
    """
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PresetError(f"{name} is not valid YAML; {_CHOOSE}") from error
    root = _Section(data, name)
    if "a2f" in root.data:
        return _stylization(root)
    if "face_parameters" in root.data or "blendshape_parameters" in root.data:
        return _client(root)
    raise PresetError(f"{name} has neither a2f nor face_parameters; {_CHOOSE}")


class _Section:
    """A mapping of the file, with its place for messages; one that is missing is empty."""

    def __init__(self, value: object, place: str):
        if value is not None and (not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value)):
            raise PresetError(f"{place} must hold names with values; {_CHOOSE}")
        self.data: Mapping[str, Any] = value or {}
        self._place = place

    def section(self, key: str) -> _Section:
        """An inner mapping."""
        return _Section(self.data.get(key), f"{self._place}: {key}")

    def number(self, key: str) -> float:
        """A finite number that must be there."""
        value = self.data.get(key)
        if not is_number(value):
            raise PresetError(f"{self._place}: {key} must be a number, not {reprlib.repr(value)}; correct the file.")
        return float(value)

    def numbers(self, *keys: str) -> dict[str, float]:
        """Those of some numbers that are there, or all that the mapping holds."""
        return {key: self.number(key) for key in self.data if not keys or key in keys}

    def pairs(self) -> dict[str, int]:
        """Shape -> whole number from -1."""
        found = self.numbers()
        if any(not value.is_integer() or value < -1 for value in found.values()):
            raise PresetError(f"{self._place}: pair ids must be whole numbers from -1; correct the file.")
        return {shape_name(key): int(value) for key, value in found.items()}

    def flag(self, key: str) -> bool | None:
        """True, false, or None where the file does not say."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            raise PresetError(f"{self._place}: {key} must be true or false, not {reprlib.repr(value)}; correct the file.")
        return value


def face_name(spelt: str) -> str:
    """A number of the face as either kind of file writes it -> the animator's name."""
    snake = _CAPITAL.sub(lambda found: f"_{found[1].lower()}", spelt)
    return _STYLIZED.get(snake, snake)


def shape_name(spelt: str) -> str:
    """A shape as the files write it (``EyeBlinkLeft``) -> Apple's spelling (``eyeBlinkLeft``)."""
    return spelt[:1].lower() + spelt[1:]


def _stylization(root: _Section) -> Stylization:
    a2f, a2e = root.section("a2f"), root.section("a2e")
    shapes = a2f.section("blendshape_params")
    return Stylization(
        **_common(a2f.section("face_params"), shapes, shapes.section("weight_multipliers"), shapes.section("weight_offsets")),
        **_feelings(a2e, a2e.section("post_processing_params")),
        active=shapes.section("active_poses").pairs(),
        cancel=shapes.section("cancel_poses").pairs(),
        symmetric=shapes.section("symmetry_poses").pairs(),
        beginning=root.section("default_beginning_emotions").numbers(),
    )


def _client(root: _Section) -> Stylization:
    shapes, listed = root.section("blendshape_parameters"), root.section("emotion_with_timecode_list")
    entries = [listed.section(key) for key in listed.data]
    keys = [(entry.number("time_code"), entry.section("emotions").numbers()) for entry in entries]
    return Stylization(
        **_common(root.section("face_parameters"), shapes, shapes.section("multipliers"), shapes.section("offsets")),
        **_feelings(root, root.section("post_processing_parameters")),
        beginning=root.section("beginning_emotion").numbers(),
        keys=tuple(sorted(keys, key=lambda key: key[0])),
    )


def _common(face: _Section, shapes: _Section, multipliers: _Section, offsets: _Section) -> dict[str, Any]:
    """The fields that both kinds of file have, and how they spell them."""
    return {
        "face": {face_name(key): value for key, value in face.numbers().items()},
        "multipliers": {shape_name(key): value for key, value in multipliers.numbers().items()},
        "offsets": {shape_name(key): value for key, value in offsets.numbers().items()},
        "clamped": shapes.flag("enable_clamping_bs_weight") is True,
        "spelt": {face_name(key): key for key in face.data} | {shape_name(key): key for key in (*multipliers.data, *offsets.data)},
    }


def _feelings(times: _Section, post: _Section) -> dict[str, Any]:
    numbers = {**post.numbers(*_POST), **times.numbers("live_transition_time")}
    return {"emotion": numbers, "prefers_emotion": post.flag("enable_preferred_emotion")}


def text_of(file: Stylization, model_id: str = "custom") -> str:
    """A stylization file in NVIDIA's layout.

    Args:
        file: what it shall say; the part about emotion is left out where it says nothing of it.
        model_id: for ``inference_model_id``.

    Returns:
        YAML; numbers stand in the order of ``file``.
    """
    shapes: dict[str, Any] = {
        "enable_clamping_bs_weight": file.clamped,
        "weight_multipliers": _written_shapes(file.multipliers),
        "weight_offsets": _written_shapes(file.offsets),
    }
    for key, values in (("active_poses", file.active), ("cancel_poses", file.cancel), ("symmetry_poses", file.symmetric)):
        if values:
            shapes[key] = _written_shapes(values)
    data: dict[str, Any] = {}
    a2f: dict[str, Any] = {"inference_model_id": model_id}
    if file.emotion:
        post: dict[str, Any] = {name: file.emotion[name] for name in _POST if name in file.emotion}
        if file.prefers_emotion is not None:
            post["enable_preferred_emotion"] = file.prefers_emotion
        times = {name: value for name, value in file.emotion.items() if name not in _POST}
        data["default_beginning_emotions"] = dict(file.beginning)
        data["a2e"] = {"enabled": False, **times, "post_processing_params": post}
        a2f["enable_tongue_blendshapes"] = any(name.startswith("tongue") and name != "tongueOut" for name in file.multipliers)
    a2f["face_params"] = {_WRITTEN.get(name, name): value for name, value in file.face.items()}
    return yaml.safe_dump({**data, "a2f": {**a2f, "blendshape_params": shapes}}, sort_keys=False)


def _written_shapes(values: Mapping[str, float]) -> dict[str, float]:
    return {name[:1].upper() + name[1:]: value for name, value in values.items()}

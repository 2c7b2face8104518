"""NVIDIA's tuning numbers as this program's tuning, and back.

Read: the stylization file of the service (snake_case, under ``a2f``) and the configuration of the sample client (camelCase,
``face_parameters``). What corresponds: skinStrength - intensity; upper-, lowerFaceStrength and tongueStrength - those regions'
strength; upper- and lowerFaceSmoothing - smoothing of those parts; weight multipliers and offsets - gains and offsets of shapes.
NVIDIA applies its strengths to the mesh before solving for shapes, so the same number looks alike, not the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import yaml

from app.core.arkit import ARKIT_CHANNELS, canonical_name
from app.core.errors import PresetError
from app.core.presets import tuning_of
from app.core.tuning import ShapeTuning, Tuning

_STRENGTHS = MappingProxyType({"upper_face_strength": "upper", "lower_face_strength": "lower", "tongue_strength": "tongue"})
_SMOOTHED = MappingProxyType({"upper_face_smoothing": ("brows", "eyes", "cheeks"), "lower_face_smoothing": ("jaw", "lips", "tongue")})


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", name)


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise PresetError(f"{name} must hold names with values; choose NVIDIA's stylization YAML.")
    return dict(value)


def _numbers(value: Any, name: str) -> dict[str, float]:
    found = _mapping(value, name)
    for key, number in found.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise PresetError(f"{name}: {key} must be a number, not {number!r}; correct the file.")
    return {key: float(number) for key, number in found.items()}


def parse(text: str, name: str) -> tuple[Tuning, tuple[str, ...]]:
    """Read either kind of file.

    Args:
        text: YAML.
        name: for messages.

    Returns:
        The tuning, and the names of numbers that have no counterpart here and are left out.

    Raises:
        PresetError: not such a file, or a value out of range.
    """
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PresetError(f"{name} is not valid YAML; choose NVIDIA's stylization YAML.") from error
    root = _mapping(data, name)
    if "a2f" in root:
        a2f = _mapping(root["a2f"], f"{name}: a2f")
        face, shapes = a2f.get("face_params"), _mapping(a2f.get("blendshape_params"), f"{name}: blendshape_params")
        gains, offsets = shapes.get("weight_multipliers"), shapes.get("weight_offsets")
    elif "face_parameters" in root or "blendshape_parameters" in root:
        face, shapes = root.get("face_parameters"), _mapping(root.get("blendshape_parameters"), f"{name}: blendshape_parameters")
        gains, offsets = shapes.get("multipliers"), shapes.get("offsets")
    else:
        raise PresetError(f"{name} has neither a2f nor face_parameters; choose NVIDIA's stylization YAML.")
    clamped = shapes.get("enable_clamping_bs_weight") is True
    return _tuning(_numbers(face, f"{name}: face"), _numbers(gains, name), _numbers(offsets, name), clamped, name)


def _tuning(
    face: dict[str, float], gains: dict[str, float], offsets: dict[str, float], clamped: bool, name: str
) -> tuple[Tuning, tuple[str, ...]]:
    data: dict[str, Any] = {"regions": {}, "smoothing_ms": {}, "shapes": {}}
    ignored = []
    for key, value in face.items():
        plain = _snake(key)
        if plain == "skin_strength":
            data["intensity"] = value
        elif plain in _STRENGTHS:
            data["regions"][_STRENGTHS[plain]] = value
        elif plain in _SMOOTHED:
            data["smoothing_ms"] |= dict.fromkeys(_SMOOTHED[plain], 1e3 * value)
        else:
            ignored.append(key)
    for key, values in (("gain", gains), ("offset", offsets)):
        for shape, value in values.items():
            channel = canonical_name(shape[:1].lower() + shape[1:])
            if channel not in ARKIT_CHANNELS:
                ignored.append(shape)
            elif value != {"gain": 1.0, "offset": 0.0}[key]:
                data["shapes"].setdefault(channel, {})[key] = value
    if clamped:
        for channel in ARKIT_CHANNELS:
            data["shapes"].setdefault(channel, {}).update(low=0.0, high=1.0)
    try:
        return tuning_of(data), tuple(dict.fromkeys(ignored))
    except PresetError as error:
        raise PresetError(f"{name}: {error}") from error


def text_of(tuning: Tuning) -> tuple[str, tuple[str, ...]]:
    """A stylization file in NVIDIA's layout.

    Returns:
        YAML, and the names of what this tuning does that the file cannot say.
    """
    face: dict[str, float] = {"skin_strength": tuning.intensity}
    face |= {theirs: float(tuning.regions.get(ours, 1.0)) for theirs, ours in _STRENGTHS.items()}
    for theirs, parts in _SMOOTHED.items():
        face[theirs] = round(max(tuning.smoothing_ms.get(part, 0.0) for part in parts) / 1e3, 6)
    gains, offsets = {}, {}
    for channel in ARKIT_CHANNELS:
        shape = tuning.shapes.get(channel, ShapeTuning())
        name = channel[:1].upper() + channel[1:]
        gains[name] = 0.0 if shape.mute else shape.gain
        offsets[name] = 0.0 if shape.mute else shape.offset
    shapes = [tuning.shapes.get(channel, ShapeTuning()) for channel in ARKIT_CHANNELS]
    clamped = all((shape.low, shape.high) == (0.0, 1.0) for shape in shapes)
    data = {
        "a2f": {
            "inference_model_id": "custom",
            "face_params": face,
            "blendshape_params": {"enable_clamping_bs_weight": clamped, "weight_multipliers": gains, "weight_offsets": offsets},
        }
    }
    return yaml.safe_dump(data, sort_keys=False), _lost(tuning, shapes, clamped)


def _lost(tuning: Tuning, shapes: list[ShapeTuning], clamped: bool) -> tuple[str, ...]:
    """What NVIDIA's file has no place for."""
    lost = {
        "symmetry": tuning.symmetry > 0,
        "closed lips on P, B and M": tuning.close_lips > 0,
        "attack and release": tuning.attack_ms > 0 or tuning.release_ms > 0,
        "eases": tuning.ease_in_ms > 0 or tuning.ease_out_ms > 0,
        "A/V offset": tuning.offset_ms != 0,
        "solo": any(shape.solo for shape in shapes),
        "limits of single shapes": not clamped and any(shape.low is not None or shape.high is not None for shape in shapes),
        "strengths of parts": any(name not in _STRENGTHS.values() and value != 1.0 for name, value in tuning.regions.items()),
        "smoothing of single parts": any(len({tuning.smoothing_ms.get(part, 0.0) for part in parts}) > 1 for parts in _SMOOTHED.values()),
    }
    return tuple(name for name, is_lost in lost.items() if is_lost)

"""NVIDIA's tuning numbers as this program's own adjustments, and back.

What corresponds: skinStrength - intensity; upper-, lowerFaceStrength and tongueStrength - those regions' strength; upper- and
lowerFaceSmoothing - smoothing of those parts; weight multipliers and offsets - gains and offsets of shapes.
NVIDIA applies its strengths to the mesh before solving for shapes, so the same number looks alike, not the same.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from app.core.arkit import ARKIT_CHANNELS, canonical_name
from app.core.errors import PresetError
from app.core.presets import tuning_of
from app.core.tuning import ShapeTuning, Tuning
from app.formats.nvidia_yaml import Stylization

_STRENGTHS = MappingProxyType({"upper_face_strength": "upper", "lower_face_strength": "lower", "tongue_strength": "tongue"})
_SMOOTHED = MappingProxyType({"upper_face_smoothing": ("brows", "eyes", "cheeks"), "lower_face_smoothing": ("jaw", "lips", "tongue")})


def adjustments_of(file: Stylization, name: str) -> tuple[Tuning, tuple[str, ...]]:
    """What such a file does, in this program's terms.

    Args:
        file: as it was read.
        name: for messages.

    Returns:
        The tuning, and the names of numbers of face and shapes that have no counterpart here and are left out, as the file spells them.

    Raises:
        PresetError: a value is out of range.
    """
    data: dict[str, Any] = {"regions": {}, "smoothing_ms": {}, "shapes": {}}
    ignored = []
    for key, value in file.face.items():
        if key == "skin_strength":
            data["intensity"] = value
        elif key in _STRENGTHS:
            data["regions"][_STRENGTHS[key]] = value
        elif key in _SMOOTHED:
            data["smoothing_ms"] |= dict.fromkeys(_SMOOTHED[key], 1e3 * value)
        else:
            ignored.append(file.spelt.get(key, key))
    for kind, values, neutral in (("gain", file.multipliers, 1.0), ("offset", file.offsets, 0.0)):
        for shape, value in values.items():
            channel = canonical_name(shape)
            if channel not in ARKIT_CHANNELS:
                ignored.append(file.spelt.get(shape, shape))
            elif value != neutral:
                data["shapes"].setdefault(channel, {})[kind] = value
    if file.clamped:
        for channel in ARKIT_CHANNELS:
            data["shapes"].setdefault(channel, {}).update(low=0.0, high=1.0)
    try:
        return tuning_of(data), tuple(dict.fromkeys(ignored))
    except PresetError as error:
        raise PresetError(f"{name}: {error}") from error


def stylization_of(tuning: Tuning) -> tuple[Stylization, tuple[str, ...]]:
    """A tuning in the terms of NVIDIA's file.

    Returns:
        What the file shall say, and the names of what this tuning does that it cannot say.
    """
    face: dict[str, float] = {"skin_strength": tuning.intensity}
    face |= {theirs: float(tuning.regions.get(ours, 1.0)) for theirs, ours in _STRENGTHS.items()}
    for theirs, parts in _SMOOTHED.items():
        face[theirs] = round(max(tuning.smoothing_ms.get(part, 0.0) for part in parts) / 1e3, 6)
    shapes = {channel: tuning.shapes.get(channel, ShapeTuning()) for channel in ARKIT_CHANNELS}
    gains = {channel: 0.0 if shape.mute else shape.gain for channel, shape in shapes.items()}
    offsets = {channel: 0.0 if shape.mute else shape.offset for channel, shape in shapes.items()}
    clamped = all((shape.low, shape.high) == (0.0, 1.0) for shape in shapes.values())
    return Stylization(face, gains, offsets, clamped), _lost(tuning, list(shapes.values()), clamped)


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

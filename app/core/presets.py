"""A tuning as plain data and back, checked; and the presets that come with the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import PresetError
from app.core.foreign import is_number
from app.core.mouths.charts import CHARTS
from app.core.native import checked_native
from app.core.regions import PARTS, REGIONS
from app.core.tuning import ShapeTuning, Tuning

FORMAT, VERSION = "visemesync-tuning", 1


@dataclass(frozen=True)
class Range:
    """What a number may be, and what it means.

    Attributes:
        low: smallest value.
        high: largest value.
        default: changes nothing.
        unit: as written after the number.
    """

    low: float
    high: float
    default: float
    unit: str = ""


#: the numbers of a Tuning; intensity's ends are VisemeSync's
RANGES = MappingProxyType({
    "intensity": Range(0.0, 2.0, 1.0), "symmetry": Range(0.0, 1.0, 0.0), "close_lips": Range(0.0, 1.0, 0.0),
    "attack_ms": Range(0.0, 300.0, 0.0, " ms"),
    "release_ms": Range(0.0, 300.0, 0.0, " ms"), "ease_in_ms": Range(0.0, 2000.0, 0.0, " ms"),
    "ease_out_ms": Range(0.0, 2000.0, 0.0, " ms"), "offset_ms": Range(-500.0, 500.0, 0.0, " ms"), "overlap": Range(0.0, 2.0, 1.0),
})  # fmt: skip
#: a region's strength: NVIDIA's tongue goes up to 3, its faces to 2
#: pictures of film that a drawing is held for
HELD = Range(0.0, 4.0, 0.0)
STRENGTH = Range(0.0, 3.0, 1.0)
SMOOTHING = Range(0.0, 200.0, 0.0, " ms")
SHAPE_RANGES = MappingProxyType({
    "gain": Range(0.0, 4.0, 1.0), "offset": Range(-1.0, 1.0, 0.0), "low": Range(-1.0, 2.0, 0.0), "high": Range(-1.0, 2.0, 1.0),
})  # fmt: skip


def _number(value: Any, allowed: Range, name: str) -> float:
    if not is_number(value):
        raise PresetError(f"{name} must be a number, not {value!r}; correct the preset.")
    if not allowed.low <= value <= allowed.high:
        raise PresetError(f"{name} must be between {allowed.low:g} and {allowed.high:g}, not {value:g}; correct the preset.")
    return float(value)


def _mapping(value: Any, known: Any, name: str) -> dict[str, Any]:
    """A mapping whose keys are all known."""
    if not isinstance(value, Mapping):
        raise PresetError(f"{name} must hold names with values; correct the preset.")
    strange = [key for key in value if key not in known]
    if strange:
        raise PresetError(f"{name} holds {strange[0]!r}, which this version does not know; correct the preset or update the program.")
    return dict(value)


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise PresetError(f"{name} must be true or false, not {value!r}; correct the preset.")
    return value


def _shape(value: Any, name: str) -> ShapeTuning:
    data = _mapping(value, {each.name for each in fields(ShapeTuning)}, name)
    made: dict[str, Any] = {key: _flag(data[key], f"{name}: {key}") for key in ("mute", "solo") if key in data}
    for key, allowed in SHAPE_RANGES.items():
        if key in data and not (key in ("low", "high") and data[key] is None):
            made[key] = _number(data[key], allowed, f"{name}: {key}")
    shape = ShapeTuning(**made)
    if shape.low is not None and shape.high is not None and shape.low > shape.high:
        raise PresetError(f"{name} has its lower limit above its upper one; correct the preset.")
    return shape


def tuning_data(tuning: Tuning) -> dict[str, Any]:
    """A tuning as plain values; what is at its default is left out."""
    data: dict[str, Any] = {}
    for each in fields(Tuning):
        value = getattr(tuning, each.name)
        if each.name == "shapes":
            shapes = {name: asdict(shape) for name, shape in value.items() if shape != ShapeTuning()}
            plain = asdict(ShapeTuning())
            value = {name: {k: v for k, v in shape.items() if v != plain[k]} for name, shape in sorted(shapes.items())}
        elif isinstance(value, Mapping):
            value = dict(sorted(value.items()))
        if value != getattr(Tuning(), each.name):
            data[each.name] = value
    return data


def tuning_of(data: Any) -> Tuning:
    """A tuning from plain values.

    Args:
        data: as ``tuning_data`` makes it.

    Raises:
        PresetError: an unknown name, or a value of the wrong kind or out of range.
    """
    found = _mapping(data, {each.name for each in fields(Tuning)}, "The tuning")
    made: dict[str, Any] = {key: _number(found[key], allowed, key) for key, allowed in RANGES.items() if key in found}
    for key in ("linked", "keep_contacts"):
        if key in found:
            made[key] = _flag(found[key], key)
    if "kind" in found:
        if found["kind"] not in ("offline", "live"):
            raise PresetError(f"kind must be offline or live, not {found['kind']!r}; correct the preset.")
        made["kind"] = found["kind"]
    if found.get("chart", "") not in ("", *CHARTS):
        raise PresetError(f"There is no chart of mouths {found['chart']!r}; choose from {', '.join(CHARTS)}, or update the program.")
    made["chart"] = found.get("chart", "")
    made["held"] = int(_number(found.get("held", 0), HELD, "held"))
    for key, known, allowed in (("regions", REGIONS, STRENGTH), ("smoothing_ms", PARTS, SMOOTHING)):
        rows = _mapping(found.get(key, {}), known, key)
        made[key] = {name: _number(value, allowed, f"{key}: {name}") for name, value in rows.items()}
    shapes = _mapping(found.get("shapes", {}), ARKIT_CHANNELS, "shapes")
    made["shapes"] = {name: _shape(value, name) for name, value in shapes.items()}
    made["native"] = checked_native(found.get("native", {}))
    return Tuning(**made)


def document(name: str, tuning: Tuning) -> dict[str, Any]:
    """What a preset file holds."""
    return {"format": FORMAT, "version": VERSION, "name": name, "tuning": tuning_data(tuning)}


def from_document(data: Any) -> tuple[str, Tuning]:
    """Name and tuning of a preset file's content.

    Raises:
        PresetError: not a preset, a newer version, or a wrong value.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise PresetError("This file is no tuning preset; choose one that this program exported.")
    if data.get("version") != VERSION:
        raise PresetError(f"The preset has version {data.get('version')!r}, this program reads {VERSION}; update the program.")
    _mapping(data, ("format", "version", "name", "tuning"), "The preset")
    name = data.get("name", "")
    if not isinstance(name, str):
        raise PresetError("The preset's name must be a text; correct the preset.")
    return name, tuning_of(data.get("tuning", {}))


def neat(tuning: Tuning) -> Tuning:
    """The same tuning without entries that are at their default, so that equal tunings compare equal."""
    return replace(
        tuning,
        shapes={name: shape for name, shape in tuning.shapes.items() if shape != ShapeTuning()},
        regions={name: value for name, value in tuning.regions.items() if value != STRENGTH.default},
        smoothing_ms={name: value for name, value in tuning.smoothing_ms.items() if value > 0},
    )


def _firm_lips() -> Tuning:
    """Lips that meet and press: for sources whose P, B and M stay open."""
    shapes = dict.fromkeys(("mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper"), ShapeTuning(gain=1.2))
    return Tuning(shapes=shapes, close_lips=1.0)


def _clear_speech() -> Tuning:
    """For people who read lips: every sound gets its shape, contacts are firm."""
    return Tuning(
        intensity=1.15,
        regions={"jaw": 0.95, "lips": 1.1},
        close_lips=1.0,
        smoothing_ms={"jaw": 8.0},
        native={"visemes/motion/overlap": 0.75},
    )


#: what comes with the program: name -> tuning and what it is for
BUILT_IN = MappingProxyType({
    "As made": (Tuning(), "Nothing is changed"),
    "Softer": (Tuning(intensity=0.8, smoothing_ms={"lips": 18.0, "jaw": 18.0}), "Quieter speech: less of everything, rounder"),
    "Broader": (Tuning(intensity=1.25, regions={"brows": 1.2}), "Stage speech: more of everything, lips still meet"),
    "Calmer": (Tuning(smoothing_ms=dict.fromkeys(PARTS, 25.0)), "Against trembling: 25 ms of smoothing that delays nothing"),
    "Calmer, live": (Tuning(smoothing_ms=dict.fromkeys(PARTS, 18.0), kind="live"), "What a live face can have: smooth but a little late"),
    "Firm lips": (_firm_lips(), "For open P, B and M: the lips are brought together on them"),
    "Clear speech": (_clear_speech(), "For who reads lips: shapes are held longer and firmer; of visemes each gets its time"),
    "Cartoon": (
        Tuning(chart="preston-blair", overlap=0.55, intensity=1.3, held=1, regions={"brows": 1.4, "eyes": 1.1}),
        "Preston Blair's mouths, wide and snappy, drawn on ones",
    ),
    "Anime": (
        Tuning(chart="anime-5", overlap=0.0, intensity=0.85, held=3, regions={"brows": 0.8}), "Five vowels and closed lips, drawn on threes"
    ),
    "Billboard": (
        Tuning(chart="rhubarb-6", overlap=0.25, intensity=1.45, held=2), "Six mouths that are read from afar, drawn on twos",
    ),
    "Clean ends": (Tuning(ease_in_ms=150.0, ease_out_ms=300.0), "From neutral and back to neutral"),
})  # fmt: skip

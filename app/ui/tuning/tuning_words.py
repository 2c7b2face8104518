"""What a tuning does to the face, in few words: for chips on the picture, beside the groups, and at the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.core.presets import BUILT_IN, neat
from app.core.tuning import Tuning
from app.ui.kit.shape_names import readable
from app.ui.tuning.tuning_controls import SECTIONS, Control, channel_of, shape_of


def chip_words(tuning: Tuning, presets: Mapping[str, Tuning], edits: int = 0) -> tuple[str, ...]:
    """What stands between the source and the face, the most surprising first; nothing for motion as it was made.

    Args:
        tuning: of a side.
        presets: those that were chosen, by name.
        edits: how many stretches were edited by hand.
    """
    words = []
    for field, word in (("solo", "solo"), ("mute", "muted")):
        shapes = [name for name, shape in tuning.shapes.items() if getattr(shape, field)]
        if shapes:
            words.append(f"{word}: {_shapes(shapes)}")
    preset = preset_of(tuning, presets)
    if preset:
        words.append(f"preset: {preset}")
    elif _is_changed_otherwise(tuning):
        words.append("tuned")
    if edits:
        words.append(f"{edits} edit{'s' if edits > 1 else ''}")
    return tuple(words)


def preset_of(tuning: Tuning, presets: Mapping[str, Tuning]) -> str:
    """The preset that a tuning is, "" for none or for motion as it was made."""
    if neat(tuning) == Tuning():
        return ""
    known = {name: made for name, (made, _hint) in BUILT_IN.items()} | dict(presets)
    return next((name for name, made in known.items() if neat(made) == neat(tuning)), "")


def _is_changed_otherwise(tuning: Tuning) -> bool:
    """Whether anything is tuned beside mute and solo."""
    shapes = {name: replace(shape, mute=False, solo=False) for name, shape in tuning.shapes.items()}
    return neat(replace(tuning, shapes=shapes, linked=True)) != Tuning()


def section_words(tuning: Tuning, controls: Iterable[Control]) -> str:
    """What of a group is not as made, "" for nothing.

    Args:
        tuning: in force.
        controls: of the group.
    """
    controls = tuple(controls)
    words = []
    shapes = [shape_of(tuning, channel_of(each)) for each in controls if each.key.startswith("gain ")]
    for field, word in (("solo", "solo"), ("mute", "muted")):
        n = sum(bool(getattr(shape, field)) for shape in shapes)
        if n:
            words.append(f"{n} {word}")
    tuned = sum(abs(each.read(tuning) - each.range.default) > 1e-9 for each in controls)
    tuned += sum(shape.gain == 1 and (shape.offset != 0 or shape.low is not None or shape.high is not None) for shape in shapes)
    if tuned:
        words.append(f"{tuned} tuned")
    return ", ".join(words)


def remembered_words(tuning: Tuning) -> str:
    """What of the last time is still in force, "" for nothing: the plain numbers by name, the rest by count."""
    plain = [each for section in SECTIONS for each in section.controls if abs(each.read(tuning) - each.range.default) > 1e-9]
    words = [f"{each.name.lower()} {_value(each, tuning)}" for each in plain[:3]]
    more = len(plain) - len(words)
    shapes = len(neat(tuning).shapes)
    if shapes:
        words.append(f"{shapes} shape{'s' if shapes > 1 else ''}")
    if more:
        words.append(f"{more} more")
    if not words and neat(replace(tuning, linked=True)) != Tuning():
        words.append("some settings")
    return ", ".join(words)


def _value(control: Control, tuning: Tuning) -> str:
    value = control.read(tuning)
    return control.options[round(value)].lower() if control.options else f"{value:.{control.decimals}f}{control.range.unit}"


def _shapes(names: list[str]) -> str:
    short = list(dict.fromkeys(readable(name).removesuffix(" L").removesuffix(" R").lower() for name in names))
    return short[0] if len(short) == 1 else f"{len(short)} shapes"

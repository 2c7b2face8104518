"""What the tuning panel offers: names, hints, ranges, and how each number is read from and written to a tuning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from app.core.arkit import GROUPS
from app.core.mouths.charts import CHARTS
from app.core.presets import HELD, RANGES, SHAPE_RANGES, SMOOTHING, STRENGTH, Range
from app.core.regions import PARTS, REGIONS
from app.core.tuning import ShapeTuning, Tuning
from app.ui.kit.number_row import Number, NumberRow
from app.ui.kit.shape_names import group_title, lanes_of, readable, title_of

_REGION_WORDS = {
    "upper": ("Upper face", "Brows, eyes, upper cheeks and nose together; NVIDIA: upperFaceStrength"),
    "lower": ("Lower face", "Jaw, lips, tongue and cheeks together; NVIDIA: lowerFaceStrength"),
    "brows": ("Brows", "On top of the upper face"),
    "eyes": ("Eyes", "On top of the upper face"),
    "jaw": ("Jaw", "On top of the lower face"),
    "lips": ("Lips", "On top of the lower face"),
    "tongue": ("Tongue", "On top of the lower face; NVIDIA: tongueStrength"),
}  # fmt: skip

#: what the pictures that a drawing is held for are called
HELD_NAMES = ("Every frame", "On ones", "On twos", "On threes", "On fours")


@dataclass(frozen=True)
class Control:
    """One number of a tuning.

    Attributes:
        key: identifies it.
        name: as written.
        hint: tool tip.
        range: what it may be.
        read: the number in a tuning.
        write: a tuning with another number.
        decimals: digits after the point.
        step: of the arrow keys.
        name_width: of the name's column.
        options: what the numbers from ``range.low`` on are called, where one of them is picked from a list.
    """

    key: str
    name: str
    hint: str
    range: Range
    read: Callable[[Tuning], float]
    write: Callable[[Tuning, float], Tuning]
    decimals: int = 2
    step: float = 0.05
    name_width: int = 84
    options: tuple[str, ...] = ()


class ControlRow(NumberRow):
    """The row of a control.

    Args:
        control: what is tuned.
    """

    def __init__(self, control: Control) -> None:
        allowed = control.range
        super().__init__(
            Number(
                control.name, control.hint, allowed.low, allowed.high, allowed.default, allowed.unit, control.decimals, control.step,
                slider_steps=200, name_px=control.name_width, number_px=74 if allowed.unit else 62,
            )
        )  # fmt: skip
        self.control = control


@dataclass(frozen=True)
class Section:
    """A group of controls under a heading."""

    key: str
    title: str
    controls: tuple[Control, ...]


def _plain(key: str, name: str, hint: str) -> Control:
    """A number that is a field of its own."""
    allowed = RANGES[key]
    decimals = 0 if allowed.unit else 2

    def write(tuning: Tuning, value: float) -> Tuning:
        changed: dict[str, Any] = {key: value}
        return replace(tuning, **changed)

    return Control(key, name, hint, allowed, lambda t: getattr(t, key), write, decimals)


def _in_map(field: str, entry: str, words: tuple[str, str], allowed: Range) -> Control:
    """A number in a mapping of a tuning; at its default it is left out."""

    def write(tuning: Tuning, value: float) -> Tuning:
        rows: dict[str, Any] = {**getattr(tuning, field), entry: value}
        if value == allowed.default:
            del rows[entry]
        changed: dict[str, Any] = {field: rows}
        return replace(tuning, **changed)

    decimals = 0 if allowed.unit else 2
    return Control(
        f"{field} {entry}", *words, allowed, lambda t: float(getattr(t, field).get(entry, allowed.default)), write, decimals=decimals
    )


def _chart_of(tuning: Tuning) -> float:
    return float((*CHARTS, "").index(tuning.chart) + 1) % (len(CHARTS) + 1)


def _with_chart(tuning: Tuning, value: float) -> Tuning:
    return replace(tuning, chart=("", *CHARTS)[int(value)])


def shape_of(tuning: Tuning, channel: str) -> ShapeTuning:
    """A channel's adjustment."""
    return tuning.shapes.get(channel, ShapeTuning())


def shape_control(channel: str, field: str, title: str) -> Control:
    """Gain, offset or a limit of one channel, and of its partner when sides are linked.

    Args:
        channel: which.
        field: ``gain``, ``offset``, ``low`` or ``high``.
        title: as written beside it.
    """
    allowed = SHAPE_RANGES[field]
    unlimited = {"low": allowed.low, "high": allowed.high}

    def read(tuning: Tuning) -> float:
        value = getattr(shape_of(tuning, channel), field)
        return unlimited[field] if value is None else float(value)

    def write(tuning: Tuning, value: float) -> Tuning:
        changed: dict[str, Any] = {field: None if unlimited.get(field) == value else value}
        return tuning.with_shape(channel, replace(shape_of(tuning, channel), **changed))

    default = unlimited.get(field, allowed.default)
    hints = {
        "gain": f"{channel}: factor; NVIDIA: multiplier",
        "offset": f"{channel}: added after the gain; NVIDIA: offset",
        "low": f"{channel}: smallest value; at the left end there is no limit",
        "high": f"{channel}: largest value; at the right end there is no limit",
    }
    return Control(f"{field} {channel}", title, hints[field], replace(allowed, default=default), read, write)


_STYLE = Section("style", "Style of motion", (
    Control(
        "chart", "Mouths", "Redraws the mouth with the few shapes of a chart; of a live microphone it is left as it is",
        Range(0, len(CHARTS), 0), _chart_of, _with_chart, 0, options=("As made", *(chart.label for chart in CHARTS.values())),
    ),
    _plain("overlap", "Overlap", "How far a chart's mouths run into each other: 0 jumps from one to the next, 1 as people speak, 2 flows"),
    Control(
        "held", "Film", "Every drawing is held for so many pictures of film, 24 a second, and lips that meet are never left out",
        HELD, lambda t: float(t.held), lambda t, value: replace(t, held=int(value)), 0, options=HELD_NAMES,
    ),
))  # fmt: skip
SECTIONS = (
    Section("overall", "Overall", (
        _plain("intensity", "Intensity", "Strength of the whole face; VisemeSync: intensity, NVIDIA: skinStrength"),
        _plain("offset_ms", "A/V offset", "Moves the motion against the sound; positive is later"),
        _plain("symmetry", "Symmetry", "0 leaves left and right as they are, 1 gives both their mean"),
        _plain("ease_in_ms", "Ease in", "From neutral at the start of the clip"),
        _plain("ease_out_ms", "Ease out", "Back to neutral at the end of the clip"),
    )),
    Section("lips", "P, B and M", (
        _plain("close_lips", "Close lips", "Brings the lips together on P, B and M where the source left them open"),
    )),
    Section("regions", "Strength", tuple(_in_map("regions", name, _REGION_WORDS[name], STRENGTH) for name in REGIONS)),
    Section("smoothing", "Smoothing", (
        *(_in_map("smoothing_ms", part, (part.capitalize(), "Spread of the smoothing in time"), SMOOTHING) for part in PARTS),
        _plain("attack_ms", "Attack", "Time constant of rising weights"),
        _plain("release_ms", "Release", "Time constant of falling weights"),
    )),
    _STYLE,
)  # fmt: skip


@cache
def shape_sections(linked: bool) -> tuple[Section, ...]:
    """The 52 shapes by group, gains only; a pair is one row when sides are linked."""
    made = []
    for group in GROUPS:
        lanes = lanes_of(group, linked)
        controls = tuple(shape_control(lane[0], "gain", title_of(lane) if linked else readable(lane[0])) for lane in lanes)
        made.append(Section(f"shapes {group}", f"{group_title(group)} shapes", controls))
    return tuple(made)


def channel_of(control: Control) -> str:
    """The channel of a shape's control."""
    return control.key.split(" ", 1)[1]


def matches(control: Control, needle: str) -> bool:
    """Whether a control is looked for; in lower case."""
    return not needle or needle in control.name.lower() or needle in control.hint.lower() or needle in control.key.lower()

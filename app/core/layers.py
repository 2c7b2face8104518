"""Layers of a face: which part of it comes from another motion than the rest, how strongly, how much later, and for which stretch.

A layer is data: it names a source and a part of the face. ``core.layering`` lays its motion over another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from app.core.arkit import ARKIT_CHANNELS, canonical_name
from app.core.errors import LayerError, SourceError
from app.core.foreign import is_number
from app.core.head import ANGLES
from app.core.regions import PARTS, REGIONS
from app.core.source_spec import SourceSpec
from app.core.speech import MAX_CLIP_S

#: the source of a layer that shows the newest face that comes in from outside
LIVE = SourceSpec("live")
#: the source of a layer that plays a take; its argument is the file, and the side after a ``#`` where it is not A
TAKE = "take"
HEAD_ANGLES = ANGLES[:3]
EYE_ANGLES = ANGLES[3:]
MOST_GAIN, MOST_OFFSET_S, MOST_FADE_S = 2.0, 10.0, 5.0
#: a mouth gesture lasts about 100 ms, so that this is a movement and no jump
USUAL_FADE_S = 0.15


@dataclass(frozen=True)
class LayerRegion:
    """A part of the face that a layer can take.

    Attributes:
        title: in words.
        channels: the shapes that it moves.
        angles: of core.head.ANGLES that it turns.
    """

    title: str
    channels: tuple[str, ...] = ()
    angles: tuple[str, ...] = ()


#: what a layer can take, the most wanted first. Lips and jaw are one region: apart they open what the other one closes
LAYER_REGIONS: Mapping[str, LayerRegion] = MappingProxyType({
    "lips": LayerRegion("Lips and jaw", REGIONS["lower"]),
    "upper": LayerRegion("Upper face", REGIONS["upper"], EYE_ANGLES),
    "eyes": LayerRegion("Eyes", REGIONS["eyes"], EYE_ANGLES),
    "brows": LayerRegion("Brows", REGIONS["brows"]),
    "cheeks": LayerRegion("Cheeks and nose", PARTS["cheeks"]),
    "head": LayerRegion("Head", (), HEAD_ANGLES),
    "jaw": LayerRegion("Jaw alone", REGIONS["jaw"]),
    "lips-alone": LayerRegion("Lips without the jaw", REGIONS["lips"]),
    "tongue": LayerRegion("Tongue", REGIONS["tongue"]),
})  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One part of the face that comes from another motion.

    Attributes:
        source: who makes that motion; ``LIVE`` for the face that comes in from outside.
        where: regions of ``LAYER_REGIONS`` or names of shapes.
        gain: factor on its weights and angles, 0 to 2.
        offset_s: it is shown so much later than it was made for; negative is earlier.
        fade_s: how long it takes over from what is below, and gives back, at the ends of its stretch and of its motion.
        span_s: the stretch in which it acts, in seconds of the sound, None for all of it.
        on: whether it acts.
        unknown: what another version wrote, kept as it is.
    """

    source: SourceSpec
    where: tuple[str, ...] = ("lips",)
    gain: float = 1.0
    offset_s: float = 0.0
    fade_s: float = USUAL_FADE_S
    span_s: tuple[float, float] | None = None
    on: bool = True
    unknown: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False)

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The shapes that it moves, in the order of ARKIT_CHANNELS."""
        named = {name for part in self.where for name in (LAYER_REGIONS[part].channels if part in LAYER_REGIONS else (part,))}
        return tuple(name for name in ARKIT_CHANNELS if name in named)

    @cached_property
    def angles(self) -> tuple[str, ...]:
        """The angles that it turns, of core.head.ANGLES."""
        named = {name for part in self.where if part in LAYER_REGIONS for name in LAYER_REGIONS[part].angles}
        return tuple(name for name in ANGLES if name in named)

    @property
    def title(self) -> str:
        """The part of the face in words."""
        return where_text(self.where)

    @property
    def has_lips(self) -> bool:
        """Whether it moves all shapes of the lips, so that their contacts are its."""
        return set(self.channels) >= set(REGIONS["lips"])

    @property
    def has_mouth(self) -> bool:
        """Whether it moves lips, jaw and tongue, which are what visemes stand for."""
        return set(self.channels) >= set(REGIONS["lower"])


def where_text(where: Iterable[str]) -> str:
    """Parts of the face in few words: ``Lips and jaw``, ``Eyes, head``, ``3 shapes``."""
    where = tuple(where)
    titles = [LAYER_REGIONS[part].title for part in where if part in LAYER_REGIONS]
    shapes = [part for part in where if part not in LAYER_REGIONS]
    if shapes:
        titles.append(shapes[0] if len(shapes) == 1 else f"{len(shapes)} shapes")
    return ", ".join([titles[0], *(title[0].lower() + title[1:] for title in titles[1:])])


# -- as people write them


def checked(layer: Layer) -> Layer:
    """A layer whose numbers are in range.

    Raises:
        LayerError: one is not, or it takes no part of the face.
    """
    numbers = (layer.gain, layer.offset_s, layer.fade_s, *(layer.span_s or ()))
    if not all(map(is_number, numbers)):
        raise LayerError("The numbers of a layer must be numbers.")
    if not 0 <= layer.gain <= MOST_GAIN:
        raise LayerError(f"The gain of a layer must be between 0 and {MOST_GAIN:g}, not {layer.gain:g}.")
    if abs(layer.offset_s) > MOST_OFFSET_S:
        raise LayerError(f"The offset of a layer must be within {MOST_OFFSET_S:g} s, not {layer.offset_s:g} s.")
    if not 0 <= layer.fade_s <= MOST_FADE_S:
        raise LayerError(f"The crossfade of a layer must be between 0 and {MOST_FADE_S:g} s, not {layer.fade_s:g} s.")
    if layer.span_s is not None and not 0 <= layer.span_s[0] < layer.span_s[1] <= MAX_CLIP_S:
        raise LayerError("A layer must end after it begins, within the sound; correct its first and last second.")
    unknown = [part for part in layer.where if part not in LAYER_REGIONS and part not in ARKIT_CHANNELS]
    if unknown or not layer.where:
        named = f", not {unknown[0][:40]!r}" if unknown else ""
        raise LayerError(f"A layer takes a part of the face ({', '.join(LAYER_REGIONS)}) or shapes like jawOpen{named}.")
    return layer


def layer_of_words(text: str) -> Layer:
    """A layer as it is written on the command line: ``REGION=SOURCE[,gain=1][,offset=0][,fade=150][,from=0][,to=2.5]``.

    Args:
        text: regions and shapes are joined by ``+``; offset and fade are milliseconds, from and to seconds of the sound.

    Raises:
        LayerError: it is not of that form, or a number is out of range.
    """
    part, mark, rest = text.partition("=")
    given: dict[str, float] = {}
    while mark and "," in rest:
        before, _, last = rest.rpartition(",")
        name, equals, number = (each.strip() for each in last.partition("="))
        if not equals or name not in ("gain", "offset", "fade", "from", "to"):
            break  # a comma of the source itself
        try:
            given[name] = float(number)
        except ValueError:
            raise LayerError(f"The {name} of a layer must be a number, not {number[:40]!r}.") from None
        rest = before
    if not mark or not rest.strip() or not part.strip():
        raise LayerError(f"A layer is written like lips=a2f,gain=1,offset=-20,fade=150 or upper+head=file:take.csv, not {text[:60]!r}.")
    where = tuple(canonical_name(each) or each for each in (one.strip() for one in part.split("+")))
    span_s = (given.get("from", 0.0), given.get("to", MAX_CLIP_S)) if {"from", "to"} & set(given) else None
    try:
        source = SourceSpec.parse(rest)
    except SourceError as error:
        raise LayerError(str(error)) from error
    offset_s, fade_s = given.get("offset", 0.0) / 1e3, given.get("fade", 1e3 * USUAL_FADE_S) / 1e3
    return checked(Layer(source, where, given.get("gain", 1.0), offset_s, fade_s, span_s))


# -- as files keep them

_KEYS = ("source", "where", "gain", "offset_s", "fade_s", "span_s", "on")


def layer_data(layer: Layer) -> dict[str, Any]:
    """A layer as plain values for a JSON document."""
    return {
        **layer.unknown, "source": str(layer.source), "where": list(layer.where), "gain": layer.gain, "offset_s": layer.offset_s,
        "fade_s": layer.fade_s, "span_s": None if layer.span_s is None else list(layer.span_s), "on": layer.on,
    }  # fmt: skip


def layer_of(data: object) -> Layer:
    """A layer from what ``layer_data`` made; what is left out is as usual.

    Raises:
        LayerError: it is damaged.
    """
    try:
        if not isinstance(data, Mapping):
            raise TypeError("not an object")
        span = data.get("span_s")
        usual = {"gain": 1.0, "offset_s": 0.0, "fade_s": USUAL_FADE_S}
        gain, offset_s, fade_s = (float(_number(data.get(name, value))) for name, value in usual.items())
        where = tuple(str(name) for name in data["where"])
        span_s = None if span is None else (float(_number(span[0])), float(_number(span[1])))
        unknown = {str(key): value for key, value in data.items() if key not in _KEYS}
        made = Layer(SourceSpec.parse(data["source"]), where, gain, offset_s, fade_s, span_s, bool(data.get("on", True)), unknown)
    except (KeyError, IndexError, TypeError, ValueError, SourceError) as error:
        raise LayerError("A layer of the face is damaged; remove it from the file or save it again.") from error
    return checked(made)


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return value

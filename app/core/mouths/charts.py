"""The charts of mouths that a face can be reduced to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.core.mouths.alphabets import (
    ANIME,
    ANIME_PHONES,
    OCULUS,
    OCULUS_PHONES,
    PRESTON_BLAIR,
    PRESTON_BLAIR_PHONES,
    RHUBARB,
    RHUBARB_PHONES,
    Alphabet,
)


@dataclass(frozen=True)
class MouthChart:
    """A few mouths that stand for all.

    Attributes:
        label: as shown.
        about: one line on who draws so.
        alphabet: which sound is drawn as which mouth.
        phones: mouth, in lower case -> the phone whose pose it is.
        extended: whether all mouths of the alphabet are drawn, or those alone that ``alphabet.basic`` cannot do without.
    """

    label: str
    about: str
    alphabet: Alphabet
    phones: Mapping[str, str]
    extended: bool = True

    def drawn(self, shape: str) -> str:
        """The mouth of this chart for one of its alphabet."""
        return shape if self.extended else self.alphabet.basic.get(shape, shape)

    def phone_of(self, shape: str) -> str:
        """The phone whose pose a mouth of this chart is."""
        return self.phones[shape] if shape in self.phones else self.phones[shape.lower()]


#: name in a tuning -> chart
CHARTS: Mapping[str, MouthChart] = MappingProxyType({
    "visemes": MouthChart("15 visemes", "The Oculus visemes, as game engines draw mouths", OCULUS, OCULUS_PHONES),
    "preston-blair": MouthChart("Preston Blair", "Nine mouths and rest, of the classical drawn film", PRESTON_BLAIR, PRESTON_BLAIR_PHONES),
    "rhubarb-9": MouthChart("Rhubarb, 9", "Rhubarb's nine mouths, A to H and X", RHUBARB, RHUBARB_PHONES),
    "rhubarb-6": MouthChart("Rhubarb, 6", "Hanna and Barbera's six mouths, A to F", RHUBARB, RHUBARB_PHONES, extended=False),
    "anime-5": MouthChart("Anime, 5", "The five vowels and closed lips", ANIME, ANIME_PHONES),
})  # fmt: skip

"""The alphabets of mouth shapes: how their shapes are shown as phones, and which shape a phone or a viseme is written as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from app.core.arkit import VISEMES
from app.core.visemes import ARTICULATIONS, AZURE_OF_PHONE

#: mouth shape -> a phone that is shown the same way
RHUBARB_PHONES = MappingProxyType({
    "A": "M", "B": "S", "C": "EH1", "D": "AA1", "E": "AO1", "F": "UW1", "G": "F", "H": "L", "X": "sil",
})  # fmt: skip
PRESTON_BLAIR_PHONES = MappingProxyType({
    "ai": "AA1", "e": "EH1", "etc": "T", "fv": "F", "l": "L", "mbp": "M", "o": "AO1", "u": "UW1", "wq": "W", "rest": "sil",
})  # fmt: skip
#: the five vowels of Japanese, and closed lips
ANIME_PHONES = MappingProxyType({"a": "AA1", "i": "IY1", "u": "UW1", "e": "EH1", "o": "AO1", "n": "M"})
OCULUS_PHONES = MappingProxyType(dict(zip(
    (name.lower() for name in VISEMES),
    ("sil", "P", "F", "TH", "D", "K", "CH", "S", "N", "R", "AA1", "EH1", "IH1", "AO1", "UW1"),
    strict=True,
)) | {"ih": "IH1", "oh": "AO1", "ou": "UW1"})  # fmt: skip
#: Amazon Polly's visemes; capitals count
_POLLY_PHONES = MappingProxyType({
    "p": "P", "t": "T", "S": "SH", "T": "TH", "f": "F", "k": "K", "i": "IY1", "r": "R", "s": "S", "u": "UW1", "@": "AH0", "a": "AA1",
    "e": "EY1", "E": "EH1", "o": "OW1", "O": "AO1", "sil": "sil",
})  # fmt: skip


@dataclass(frozen=True)
class Alphabet:
    """Mouth shapes that are written.

    Attributes:
        name: as shown.
        rest: the shape of silence.
        of_phone: ARPABET without stress -> shape; "" takes the shape of the vowel behind it, where none follows of the one before. A
            diphthong is written as its two vowels.
        of_viseme: the shape of each of the 15 visemes, in their order.
        basic: shape -> the one that stands for it where there is no art for the extended shapes.
        short_l: the shape of an l that is too short to be seen, "" for that of every l.
    """

    name: str
    rest: str
    of_phone: Mapping[str, str]
    of_viseme: tuple[str, ...]
    basic: Mapping[str, str] = field(default_factory=dict)
    short_l: str = ""


def _table(rows: str) -> Mapping[str, str]:
    """Phone -> shape of rows such as ``A: P B M``; what no row names is the shape behind ``*``."""
    named = {phone: shape for row in rows.split(";") for shape, phones in [row.strip().split(":")] for phone in phones.split()}
    other = named.pop("*")
    return MappingProxyType({phone: named.get(phone, other) for phone in ARTICULATIONS} | {"HH": named.get("HH", other)})


#: as Rhubarb's own documentation describes its shapes: B is a slightly open mouth with clenched teeth (most consonants, ee),
#: C open (men, bat), D wide open (father), E slightly rounded (off, bird), F puckered (you, way), H a long l
RHUBARB = Alphabet(
    "Rhubarb", "X",
    MappingProxyType({**_table("A: P B M; B: * IY IH; C: EH AE AH; D: AA; E: AO OW ER; F: UW UH W; G: F V; H: L; X: sil"), "HH": ""}),
    ("X", "A", "G", "B", "B", "B", "B", "B", "B", "E", "D", "C", "B", "E", "F"),
    MappingProxyType({"G": "A", "H": "C", "X": "A"}), "B",
)  # fmt: skip
#: Preston Blair's ten mouths under the names that Papagayo, Moho and OpenToonz use; OpenToonz takes ``etc`` exactly so
PRESTON_BLAIR = Alphabet(
    "Preston Blair", "rest",
    _table("MBP: P B M; etc: *; E: EH IH IY ER; AI: AA AE AH; O: AO OW; U: UW UH; WQ: W; FV: F V; L: L; rest: sil"),
    ("rest", "MBP", "FV", "etc", "etc", "etc", "etc", "etc", "etc", "etc", "AI", "E", "E", "O", "U"),
    MappingProxyType({"FV": "MBP", "L": "E", "rest": "MBP"}),
)  # fmt: skip
#: mouths of animation from Japan: a vowel each, which the consonants before it share, and closed lips
ANIME = Alphabet(
    "Anime", "n",
    _table("n: P B M sil; a: AA AE AH; i: IY IH Y; u: UW UH W; e: EH ER; o: AO OW; : *"),
    ("n", "n", "n", "e", "i", "e", "u", "i", "e", "u", "a", "e", "i", "o", "u"),
)  # fmt: skip
#: the shapes that this program shows phones as
OCULUS = Alphabet("Oculus", "sil", MappingProxyType({phone: shape.viseme for phone, shape in ARTICULATIONS.items()}), VISEMES)


def shown(values: Sequence[str]) -> list[str] | None:
    """The phones that mouth shapes are shown as, or None when they are in no known alphabet; phones are shown as themselves."""
    if set(values) <= set(_POLLY_PHONES) and not set(values) <= {"E", "o", "O", "u", "sil"}:
        return [_POLLY_PHONES[value] for value in values]
    if set(values) <= set(RHUBARB_PHONES):
        return [RHUBARB_PHONES[value] for value in values]
    lower = [value.lower().removeprefix("viseme_") for value in values]
    table = next((table for table in (OCULUS_PHONES, PRESTON_BLAIR_PHONES) if set(lower) <= set(table)), None)
    return None if table is None else [table[value] for value in lower]


def arpabet(values: Sequence[str]) -> list[str] | None:
    """Symbols as ARPABET where they are that, ``rest`` as silence; None when one is not."""
    upper = [value.upper() for value in values]
    spelt = ["sil" if value in ("SIL", "REST") else value for value in upper]
    return spelt if all(value.rstrip("012") in AZURE_OF_PHONE for value in spelt) else None

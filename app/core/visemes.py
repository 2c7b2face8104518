"""Viseme tables: Azure's 22 IDs, the two ID-to-viseme tables, ARPABET phones, and visemes as ARKit weights.

Azure's IDs descend from SAPI 5 with one move: the voiceless th is 17 there and 19 here. An ID is not an index into the
Oculus list: reading it as one closes no lips on P, B, M.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_INDEX, VISEMES
from app.core.speech import Phone, VisemeEvent

#: Azure viseme ID -> the sounds it stands for (IPA)
AZURE_IPA: tuple[str, ...] = (
    "silence", "æ ə ʌ", "ɑ", "ɔ", "ɛ ʊ", "ɝ", "j i ɪ", "w u", "o", "aʊ", "ɔɪ", "aɪ", "h", "ɹ", "l", "s z",
    "ʃ tʃ dʒ ʒ", "ð", "f v", "d t n θ", "k g ŋ", "p b m",
)  # fmt: skip

#: ARPABET without stress -> Azure ID
AZURE_OF_PHONE = MappingProxyType({
    "sil": 0, "AE": 1, "AH": 1, "AX": 1, "AA": 2, "AO": 3, "EH": 4, "EY": 4, "UH": 4, "ER": 5, "AXR": 5,
    "IH": 6, "IX": 6, "IY": 6, "Y": 6, "UW": 7, "UX": 7, "W": 7, "WH": 7, "OW": 8, "AW": 9, "OY": 10, "AY": 11, "HH": 12, "R": 13,
    "L": 14, "EL": 14, "S": 15, "Z": 15, "CH": 16, "JH": 16, "SH": 16, "ZH": 16, "DH": 17, "F": 18, "V": 18,
    "D": 19, "T": 19, "N": 19, "TH": 19, "DX": 19, "EN": 19, "G": 20, "K": 20, "NG": 20, "B": 21, "M": 21, "EM": 21, "P": 21,
})  # fmt: skip

#: Azure ID -> a phone that stands for it when the phones themselves are unknown
PHONE_OF_AZURE: tuple[str, ...] = (
    "sil", "AH", "AA", "AO", "EH", "ER", "IY", "UW", "OW", "AW", "OY", "AY", "HH", "R", "L", "S", "SH", "DH", "F", "T", "K", "P",
)  # fmt: skip

#: VisemeSync's own table, the one its users compare against
VISEMESYNC_TABLE: tuple[str, ...] = (
    "sil", "aa", "aa", "O", "E", "E", "I", "U", "O", "aa", "O", "aa", "RR", "RR", "nn", "SS", "CH", "TH", "FF", "DD", "kk", "PP",
)  # fmt: skip

#: the table recommended here: the majority of ten public tables, except that r-coloured vowels (5) keep rounded lips
#: and h (12) shows a small neutral opening at half weight instead of rounding
RECOMMENDED_TABLE: tuple[str, ...] = (
    "sil", "aa", "aa", "O", "E", "RR", "I", "U", "O", "aa", "O", "aa", "kk", "RR", "nn", "SS", "CH", "TH", "FF", "DD", "kk", "PP",
)  # fmt: skip


@dataclass(frozen=True)
class Articulation:
    """What the mouth does for one phone.

    Attributes:
        viseme: the Oculus viseme it shows.
        strength: that viseme's weight when fully reached, 0-1.
        jaw: jawOpen when fully reached, 0-1.
        jaw_hold: how strongly the phone insists on its jaw against its neighbours, 0-1.
        lip_hold: the same for the lips; low means that the lips do what the neighbouring vowel needs.
    """

    viseme: str
    strength: float
    jaw: float
    jaw_hold: float = 1.0
    lip_hold: float = 1.0


#: Openings follow the vowel height order of English phonetics, scaled so that AA stays at half of jawOpen, where measured heads show a wide
#: but natural mouth; those of 41 recorded sentences lie nearer to each other (looked at there). Holds: lips matter for rounded phones and
#: vowels, hardly for tongue sounds; sibilants insist on a nearly closed jaw because the teeth must almost meet.
ARTICULATIONS = MappingProxyType({
    "sil": Articulation("sil", 1.0, 0.0),
    "AA": Articulation("aa", 1.0, 0.5), "AE": Articulation("aa", 0.95, 0.48),
    "AH": Articulation("aa", 0.75, 0.32, 0.9, 0.8),
    "AO": Articulation("O", 0.85, 0.36), "EH": Articulation("E", 0.9, 0.36), "ER": Articulation("RR", 0.9, 0.21),
    "IH": Articulation("I", 0.75, 0.22, 0.9, 0.9), "IY": Articulation("I", 1.0, 0.19),
    "UH": Articulation("U", 0.6, 0.18),
    "UW": Articulation("U", 1.0, 0.1), "OW": Articulation("O", 1.0, 0.26),
    "W": Articulation("U", 1.0, 0.07, 0.8, 1.0), "Y": Articulation("I", 0.8, 0.14, 0.6, 0.7),
    "R": Articulation("RR", 0.9, 0.13, 0.6, 0.8),
    "L": Articulation("nn", 0.9, 0.19, 0.5, 0.15), "HH": Articulation("kk", 0.5, 0.18, 0.15, 0.1),
    "D": Articulation("DD", 0.9, 0.12, 0.6, 0.15), "T": Articulation("DD", 0.9, 0.12, 0.6, 0.15),
    "N": Articulation("nn", 0.9, 0.13, 0.6, 0.15),
    "TH": Articulation("TH", 1.0, 0.1, 0.8, 0.6), "DH": Articulation("TH", 0.9, 0.1, 0.7, 0.5),
    "K": Articulation("kk", 0.85, 0.18, 0.5, 0.15), "G": Articulation("kk", 0.85, 0.16, 0.5, 0.15),
    "NG": Articulation("kk", 0.8, 0.16, 0.5, 0.15),
    "S": Articulation("SS", 1.0, 0.06, 1.0, 0.7), "Z": Articulation("SS", 1.0, 0.06, 1.0, 0.7),
    "SH": Articulation("CH", 1.0, 0.03, 1.0, 1.0), "ZH": Articulation("CH", 1.0, 0.03, 1.0, 1.0),
    "CH": Articulation("CH", 1.0, 0.03, 1.0, 1.0), "JH": Articulation("CH", 0.95, 0.03, 1.0, 1.0),
    "F": Articulation("FF", 1.0, 0.04, 0.8, 0.8), "V": Articulation("FF", 1.0, 0.04, 0.8, 0.8),
    "P": Articulation("PP", 1.0, 0.03, 0.6, 0.4), "B": Articulation("PP", 1.0, 0.03, 0.6, 0.4),
    "M": Articulation("PP", 1.0, 0.03, 0.6, 0.4),
})  # fmt: skip

#: less usual symbols -> the phone they move like
_LIKE = MappingProxyType(
    {"AX": "AH", "AXR": "ER", "IX": "IH", "UX": "UW", "WH": "W", "EL": "L", "EN": "N", "EM": "M", "DX": "D", "NX": "N", "Q": "K"}
)

#: diphthong -> first vowel, second vowel; the tongue and lips glide at DIPHTHONG_SPLIT of the length
DIPHTHONGS = MappingProxyType({"AW": ("AA", "UH"), "AY": ("AA", "IH"), "EY": ("EH", "IY"), "OW": ("OW", "UW"), "OY": ("AO", "IH")})
DIPHTHONG_SPLIT = MappingProxyType({"AW": 0.58, "AY": 0.58, "EY": 0.58, "OW": 0.6, "OY": 0.57})

VOWELS = frozenset({"AA", "AE", "AH", "AO", "AW", "AX", "AXR", "AY", "EH", "ER", "EY", "IH", "IX", "IY", "OW", "OY", "UH", "UW", "UX"})
BILABIALS = frozenset({"P", "B", "M", "EM"})
LABIODENTALS = frozenset({"F", "V"})
SIBILANTS = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
ROUNDED = frozenset({"W", "WH", "UW", "UX", "OW", "AO", "OY", "UH", "SH", "ZH", "CH", "JH", "R", "ER", "AXR"})

#: Viseme -> ARKit weights at full strength. ``*`` stands for Left and Right. Our own numbers: chosen on the lip distances
#: of the fixed reference head (ICT-FaceKit: PP and FF must meet, rounded shapes must be narrower and further forward
#: than the neutral mouth, spread shapes wider), starting from what is published about such tables: PP must not raise
#: the upper lip, FF tucks the lower lip under the upper teeth, CH rounds, SS keeps the teeth together and the lips
#: apart, and jawOpen stays below 0.6. Editable: pass a changed copy to ``projection_matrix``.
VISEME_RECIPES: Mapping[str, Mapping[str, float]] = MappingProxyType({
    "sil": {},
    "PP": {"mouthPress*": 0.4, "mouthRollLower": 0.25, "mouthRollUpper": 0.2},
    "FF": {"jawOpen": 0.04, "mouthRollLower": 0.6, "mouthShrugLower": 0.15, "mouthUpperUp*": 0.32, "mouthStretch*": 0.06},
    "TH": {"jawOpen": 0.1, "tongueOut": 0.4, "mouthLowerDown*": 0.18, "mouthUpperUp*": 0.2},
    "DD": {"jawOpen": 0.08, "mouthLowerDown*": 0.22, "mouthUpperUp*": 0.18, "mouthStretch*": 0.05},
    "kk": {"jawOpen": 0.13, "mouthLowerDown*": 0.2, "mouthUpperUp*": 0.14},
    "CH": {"jawOpen": 0.03, "jawForward": 0.1, "mouthFunnel": 0.5, "mouthPucker": 0.35, "mouthLowerDown*": 0.1, "mouthUpperUp*": 0.06},
    "SS": {"jawOpen": 0.03, "jawForward": 0.08, "mouthStretch*": 0.22, "mouthSmile*": 0.1, "mouthLowerDown*": 0.24, "mouthUpperUp*": 0.2},
    "nn": {"jawOpen": 0.1, "mouthLowerDown*": 0.22, "mouthUpperUp*": 0.15},
    "RR": {"jawOpen": 0.12, "mouthPucker": 0.35, "mouthFunnel": 0.25, "mouthLowerDown*": 0.08},
    "aa": {"jawOpen": 0.44, "mouthLowerDown*": 0.12, "mouthUpperUp*": 0.1},
    "E": {"jawOpen": 0.29, "mouthStretch*": 0.2, "mouthSmile*": 0.12, "mouthLowerDown*": 0.12, "mouthUpperUp*": 0.1},
    "I": {"jawOpen": 0.12, "mouthStretch*": 0.28, "mouthSmile*": 0.26, "mouthLowerDown*": 0.16, "mouthUpperUp*": 0.15},
    "O": {"jawOpen": 0.27, "mouthFunnel": 0.38, "mouthPucker": 0.4},
    "U": {"jawOpen": 0.07, "mouthPucker": 0.75, "mouthFunnel": 0.32},
})  # fmt: skip


def usual_phone(phone: str) -> str:
    """The phone of ``ARTICULATIONS`` or ``DIPHTHONGS`` that a symbol moves like; an unknown one moves like a schwa.

    Args:
        phone: ARPABET without stress digit, or ``sil``.
    """
    plain = _LIKE.get(phone, phone)
    return plain if plain in ARTICULATIONS or plain in DIPHTHONGS else "AH"


def articulation(phone: str) -> Articulation:
    """What the mouth does for a phone; an unknown symbol moves like a schwa.

    Args:
        phone: ARPABET without stress digit, or ``sil``.
    """
    return ARTICULATIONS.get(_LIKE.get(phone, phone), ARTICULATIONS["AH"])


def azure_id(phone: Phone) -> int:
    """The Azure viseme ID (0-21) of a phone; an unknown symbol counts as a schwa."""
    return AZURE_OF_PHONE.get("sil" if phone.is_silence else phone.base, 1)


def azure_events(phones: Iterable[Phone]) -> tuple[VisemeEvent, ...]:
    """Turn timed phones into the event list that Azure would send.

    Args:
        phones: in order; gaps between them become silence.

    Returns:
        One event per phone (silences in a row are one), closed by a silence at the end of the last phone.
    """
    events: list[VisemeEvent] = []

    def add(viseme_id: int, offset_s: float) -> None:
        if viseme_id or not events or events[-1].viseme_id:
            events.append(VisemeEvent(viseme_id, offset_s))

    end_s = 0.0
    for phone in phones:
        if phone.start_s > end_s + 1e-6:
            add(0, end_s)
        add(azure_id(phone), phone.start_s)
        end_s = phone.end_s
    if events:
        add(0, end_s)
    return tuple(events)


def phones_from_events(events: Iterable[VisemeEvent], duration_s: float) -> tuple[Phone, ...]:
    """Stand-in phones for Azure's events, for models that work on phones.

    Args:
        events: in any order; IDs outside 0-21 count as silence.
        duration_s: end of the audio, which ends the last event.
    """
    ordered = sorted(events, key=lambda event: event.offset_s)
    ends = [event.offset_s for event in ordered[1:]] + [max(duration_s, ordered[-1].offset_s)] if ordered else []
    names = [PHONE_OF_AZURE[e.viseme_id] if 0 <= e.viseme_id < len(PHONE_OF_AZURE) else "sil" for e in ordered]
    return tuple(Phone(name, e.offset_s, end) for name, e, end in zip(names, ordered, ends, strict=True) if end > e.offset_s)


def expanded(recipe: Mapping[str, float]) -> dict[str, float]:
    """A recipe with every ``*`` written out as Left and Right."""
    pairs: dict[str, float] = {}
    for name, value in recipe.items():
        for side in ("Left", "Right") if name.endswith("*") else ("",):
            pairs[name.removesuffix("*") + side] = value
    return pairs


def projection_matrix(recipes: Mapping[str, Mapping[str, float]] = VISEME_RECIPES) -> np.ndarray:
    """The table as a matrix: ``viseme_weights @ matrix`` gives ARKit weights.

    Args:
        recipes: viseme name -> channel (``*`` for both sides) -> weight.

    Returns:
        (15, 52) float32.

    Raises:
        KeyError: a viseme or channel that does not exist.
    """
    matrix = np.zeros((len(VISEMES), len(ARKIT_CHANNELS)), np.float32)
    for viseme, recipe in recipes.items():
        for channel, weight in expanded(recipe).items():
            matrix[VISEME_INDEX[viseme], ARKIT_INDEX[channel]] = weight
    return matrix

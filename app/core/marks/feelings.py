"""How people write what is felt: one vocabulary for marks in a text and for the cells of a dialogue table."""

from __future__ import annotations

import re
from types import MappingProxyType

from app.core.emotion import EMOTIONS

#: what people write for an emotion, besides its name
ALSO = MappingProxyType({
    "happy": "joy", "happiness": "joy", "angry": "anger", "sad": "sadness", "afraid": "fear", "scared": "fear", "disgusted": "disgust",
    "amazed": "amazement", "surprise": "amazement", "surprised": "amazement", "cheeky": "cheekiness", "out of breath": "outofbreath",
    "breathless": "outofbreath", "grieving": "grief",
})  # fmt: skip
NEUTRAL = ("neutral", "none", "calm")
_FEELING = re.compile(r"^([a-z ]+?)\s*(\d*[.,]?\d+\s*%?)?$", re.IGNORECASE)


def emotion_of(name: str) -> str | None:
    """The emotion that a name stands for, "" for neutral, None for none.

    Args:
        name: in any case.
    """
    plain = " ".join(name.lower().split())
    if plain in NEUTRAL:
        return ""
    found = ALSO.get(plain, plain)
    return found if found in EMOTIONS else None


def feeling_of(text: str) -> tuple[str, float] | None:
    """An emotion with its strength: ``joy 0.6``, ``angry 60 %``, ``sad``.

    Args:
        text: as written.

    Returns:
        Emotion ("" for neutral) and strength, 1 where none is given, and not limited; None where it is no emotion.
    """
    found = _FEELING.match(text.strip())
    emotion = emotion_of(found[1]) if found else None
    return None if found is None or emotion is None else (emotion, strength_of(found[2] or "1"))


def strength_of(number: str) -> float:
    """A strength as people write it: ``0.4``, ``,4``, ``40 %``."""
    plain = number.replace(",", ".").strip()
    return float(plain.rstrip("% ")) / 100 if plain.endswith("%") else float(plain)

"""The marks that there are: their names, what each moves by Apple's shapes, and how quickly a face does that.

Times are rounded from what has been measured on people: a smile comes in about half a second and goes more slowly (Schmidt, Ambadar, Cohn
and Reed 2006), an eyebrow flash is up within 80 to 130 ms and over within half a second (Grammer et al. 1988), a blink closes within
about 90 ms and opens within about 200 (VanderWerf et al. 2003), the eyes reach a place 20 degrees away within about 65 ms (Bahill, Clark
and Stark 1975), nods and shakes of speakers have about two turns a second (Hadar, Steiner and Rose 1983).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from app.core.emotion import EMOTIONS
from app.core.marks.feelings import ALSO, NEUTRAL, emotion_of

#: ``held``: shapes for a while; ``gesture``: over by itself; ``gaze``: where the eyes look; ``pause``: of the voice; ``emotion``
Kind = Literal["held", "gesture", "gaze", "pause", "emotion"]
Shapes = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Known:
    """A mark of the vocabulary.

    Attributes:
        name: as it is written.
        kind: how it behaves.
        about: a few words.
        shapes: Apple's shapes at strength 1.
        turn: yaw, pitch and roll of the head at strength 1, in degrees, positive to the face's own right, down, and its left ear down.
        onset_s: from nothing to all of it.
        hold_s: how long it stays where it is no span.
        release_s: back to nothing.
        beats: how often a gesture of the head swings.
        before: whether it is over when its word begins.
    """

    name: str
    kind: Kind
    about: str
    shapes: Shapes = ()
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    onset_s: float = 0.3
    hold_s: float = 1.0
    release_s: float = 0.4
    beats: float = 0.0
    before: bool = False
    also: tuple[str, ...] = field(default=())


def _both(**shapes: float) -> Shapes:
    """The same on both sides of the face."""
    return tuple((name + side, value) for name, value in shapes.items() for side in ("Left", "Right"))


def _look(left: str, right: str, value: float) -> Shapes:
    return ((f"eyeLook{left}Left", value), (f"eyeLook{right}Right", value))


_BROWS_UP: Shapes = (("browInnerUp", 0.75), *_both(browOuterUp=0.75))
_FACE = (
    Known(
        "smile",
        "held",
        "the corners of the mouth up, with the cheeks",
        (*_both(mouthSmile=0.75, cheekSquint=0.4, eyeSquint=0.2, mouthDimple=0.1),),
        onset_s=0.5,
        hold_s=1.2,
        release_s=0.8,
        also=("smiles", "smiling", "grin"),
    ),
    Known(
        "frown",
        "held",
        "the corners of the mouth down, the brows together",
        (*_both(mouthFrown=0.65, browDown=0.45), ("mouthShrugLower", 0.15)),
        onset_s=0.4,
        hold_s=1.2,
        release_s=0.6,
        also=("frowns", "frowning"),
    ),
    Known(
        "brow up",
        "held",
        "both brows up",
        _BROWS_UP,
        onset_s=0.13,
        hold_s=0.35,
        release_s=0.25,
        also=("brows up", "eyebrows up", "raise brows", "brow raise"),
    ),
    Known(
        "brow down",
        "held",
        "both brows down",
        _both(browDown=0.8),
        onset_s=0.2,
        hold_s=0.6,
        release_s=0.35,
        also=("brows down", "eyebrows down"),
    ),
    Known(
        "squint", "held", "narrow eyes", _both(eyeSquint=0.8, cheekSquint=0.3), onset_s=0.25, hold_s=0.9, release_s=0.35, also=("narrow",)
    ),
    Known(
        "wide",
        "held",
        "wide eyes",
        (*_both(eyeWide=0.8), ("browInnerUp", 0.2)),
        onset_s=0.12,
        hold_s=0.6,
        release_s=0.3,
        also=("wide eyes", "eyes wide"),
    ),
    Known(
        "pout",
        "held",
        "the lower lip forward and up",
        (("mouthShrugLower", 0.6), ("mouthPucker", 0.35), ("mouthShrugUpper", 0.1), *_both(mouthFrown=0.2)),
        onset_s=0.3,
        hold_s=0.8,
        release_s=0.4,
    ),
    Known(
        "sneer",
        "held",
        "the nose wrinkled, the upper lip up",
        _both(noseSneer=0.65, mouthUpperUp=0.25, browDown=0.25),
        onset_s=0.25,
        hold_s=0.7,
        release_s=0.4,
    ),
    Known("puff", "held", "the cheeks blown up", (("cheekPuff", 0.8), *_both(mouthPress=0.3)), onset_s=0.2, hold_s=0.4, release_s=0.25),
    Known("tilt left", "held", "the head towards its left shoulder", turn=(0.0, 0.0, 9.0), onset_s=0.45, hold_s=1.0, release_s=0.6),
    Known(
        "tilt right",
        "held",
        "the head towards its right shoulder",
        turn=(0.0, 0.0, -9.0),
        onset_s=0.45,
        hold_s=1.0,
        release_s=0.6,
        also=("tilt",),
    ),
)
_GESTURES = (
    Known("blink", "gesture", "both lids", _both(eyeBlink=1.0), onset_s=0.09, hold_s=0.03, release_s=0.2),
    Known(
        "wink left",
        "gesture",
        "the face's own left eye",
        (("eyeBlinkLeft", 1.0), ("cheekSquintLeft", 0.5), ("mouthSmileLeft", 0.3), ("browDownLeft", 0.25)),
        onset_s=0.14,
        hold_s=0.15,
        release_s=0.22,
        also=("wink",),
    ),
    Known(
        "wink right",
        "gesture",
        "the face's own right eye",
        (("eyeBlinkRight", 1.0), ("cheekSquintRight", 0.5), ("mouthSmileRight", 0.3), ("browDownRight", 0.25)),
        onset_s=0.14,
        hold_s=0.15,
        release_s=0.22,
    ),
    Known("nod", "gesture", "the head down and up again", turn=(0.0, 8.0, 0.0), hold_s=0.55, beats=0.5, also=("nods",)),
    Known("shake", "gesture", "the head to both sides, twice", turn=(9.0, 0.0, 0.0), hold_s=1.0, beats=2.0, also=("shakes", "shake head")),
    Known(
        "breath",
        "gesture",
        "a breath before the word: lips part, the head rises",
        (("jawOpen", 0.12), ("browInnerUp", 0.1), *_both(noseSneer=0.06)),
        turn=(0.0, -2.0, 0.0),
        onset_s=0.25,
        hold_s=0.1,
        release_s=0.2,
        before=True,
        also=("breathe", "inhale"),
    ),
)
_GAZE = tuple(
    Known(
        f"look {where}",
        "gaze",
        f"the eyes {words}",
        shapes,
        turn,
        onset_s=0.07,
        hold_s=0.8,
        release_s=0.09,
        also=(f"looks {where}", f"eyes {where}"),
    )
    for where, words, shapes, turn in (
        ("left", "to the face's own left", _look("Out", "In", 0.75), (-4.0, 0.0, 0.0)),
        ("right", "to the face's own right", _look("In", "Out", 0.75), (4.0, 0.0, 0.0)),
        ("up", "up", _look("Up", "Up", 0.7), (0.0, -2.5, 0.0)),
        ("down", "down", _look("Down", "Down", 0.7), (0.0, 2.5, 0.0)),
    )
)
_FELT = tuple(
    Known(name, "emotion", f"the face feels {'out of breath' if name == 'outofbreath' else name}", onset_s=0.5, hold_s=0.0, release_s=0.5)
    for name in EMOTIONS
)
#: a pause that names no length
USUAL_PAUSE_S, LONGEST_PAUSE_S = 0.4, 10.0
NEUTRAL_NAME = NEUTRAL[0]
_OTHERS = (
    Known(NEUTRAL_NAME, "emotion", "the face feels nothing any more"),
    Known("pause", "pause", "the voice pauses so many milliseconds", hold_s=USUAL_PAUSE_S),
)
#: name -> mark, in the order in which they are offered
KNOWN = MappingProxyType({known.name: known for known in (*_FACE, *_GESTURES, *_GAZE, *_FELT, *_OTHERS)})
_NAMES = MappingProxyType(
    {name: known.name for known in KNOWN.values() for name in (known.name, *known.also)} | {name: ALSO[name] for name in ALSO}
)
#: how near a name must be to be meant; 1 is the same
_NEAR = 0.7

#: what an emotion looks like at strength 1 on a face that does not feel by itself, after the action units of EMFACS (Ekman and Friesen
#: 1978) and, for pain, of Prkachin and Solomon (2008)
EMOTION_SHAPES = MappingProxyType[str, Shapes]({
    "amazement": (("browInnerUp", 0.7), *_both(browOuterUp=0.7, eyeWide=0.6), ("jawOpen", 0.1)),
    "anger": (*_both(browDown=0.8, eyeSquint=0.35, eyeWide=0.15, noseSneer=0.3, mouthPress=0.25, mouthFrown=0.2), ("jawForward", 0.1)),
    "cheekiness": (
        ("mouthSmileLeft", 0.6), ("mouthSmileRight", 0.15), ("cheekSquintLeft", 0.3), ("browOuterUpLeft", 0.55), ("eyeSquintRight", 0.3),
        ("mouthDimpleLeft", 0.2),
    ),
    "disgust": (*_both(noseSneer=0.65, mouthUpperUp=0.3, browDown=0.4, cheekSquint=0.3, mouthFrown=0.25), ("mouthShrugLower", 0.15)),
    "fear": (("browInnerUp", 0.75), *_both(browOuterUp=0.3, browDown=0.15, eyeWide=0.7, mouthStretch=0.4)),
    "grief": (("browInnerUp", 0.9), *_both(browDown=0.3, eyeSquint=0.35, mouthFrown=0.65, mouthStretch=0.2), ("mouthShrugLower", 0.25)),
    "joy": (*_both(mouthSmile=0.7, cheekSquint=0.5, eyeSquint=0.25, mouthDimple=0.1),),
    "outofbreath": (("jawOpen", 0.1), ("browInnerUp", 0.35), *_both(noseSneer=0.15, eyeSquint=0.15, mouthStretch=0.1)),
    "pain": (*_both(browDown=0.7, cheekSquint=0.6, eyeSquint=0.6, noseSneer=0.4, mouthUpperUp=0.2, mouthStretch=0.3),),
    "sadness": (("browInnerUp", 0.7), *_both(browDown=0.2, mouthFrown=0.5, eyeSquint=0.1), ("mouthShrugLower", 0.2)),
})  # fmt: skip


def name_of(words: str) -> str | None:
    """The name in the vocabulary that some words stand for, or None."""
    plain = " ".join(words.lower().split())
    if emotion_of(plain) == "":
        return NEUTRAL_NAME
    return _NAMES.get(plain)


def nearest(words: str) -> str:
    """The name that may have been meant, as its writer would spell it; "" where none is near."""
    plain = " ".join(words.lower().split())
    begun = [name for name in KNOWN if plain and name.startswith(f"{plain} ")]
    found = begun or difflib.get_close_matches(plain, _NAMES, 1, _NEAR)
    return found[0] if found else ""


def offered(begun: str) -> tuple[str, ...]:
    """Names that go on as something was begun, in the vocabulary's order; what else people write for them counts too."""
    plain = " ".join(begun.lower().split()) + (" " if begun.endswith(" ") and begun.strip() else "")
    straight = [name for name in KNOWN if name.startswith(plain)]
    return (*straight, *(name for name in _NAMES if plain and name.startswith(plain) and name not in straight))

"""What a user should know about an avatar before judging lip-sync on it, in sentences: what the mouth cannot do comes first."""

from __future__ import annotations

from collections.abc import Iterable, Set

import numpy as np

from app.avatar.model import MeshPart
from app.avatar.vocabulary import Vocabulary
from app.core.arkit import ARKIT_CHANNELS, MOUTH_CHANNELS, VISEME_CHANNELS, canonical_name

_AVATURN_T1_MESH = "avaturn_body"
#: vertex colours darker than this make a surface black
_BLACK = 0.02
#: with fewer viseme mouths than this there is no speaking
_SPEAKING = 3

#: part of the face -> what it can do -> channels of which one is enough; in the order in which it is told
_ABILITIES: dict[str, dict[str, tuple[str, ...]]] = {
    "mouth": {
        "open": ("jawOpen",),
        "keep the lips closed under an open jaw": ("mouthClose",),
        "round the lips": ("mouthFunnel", "mouthPucker"),
        "smile or spread the lips": ("mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight"),
        "press or roll the lips": ("mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper"),
        "part the lips": ("mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight"),
        "frown": ("mouthFrownLeft", "mouthFrownRight"),
        "shift the jaw": ("jawLeft", "jawRight", "jawForward"),
        "show the tongue": ("tongueOut",),
    },
    "eyes": {
        "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
        "look around": tuple(name for name in ARKIT_CHANNELS if name.startswith("eyeLook")),
        "widen or squint": ("eyeWideLeft", "eyeWideRight", "eyeSquintLeft", "eyeSquintRight"),
    },
    "brows": {
        "rise": ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
        "lower": ("browDownLeft", "browDownRight"),
    },
    "cheeks": {"move": tuple(name for name in ARKIT_CHANNELS if name.startswith("cheek"))},
    "nose": {"move": tuple(name for name in ARKIT_CHANNELS if name.startswith("nose"))},
}


def channel_names(parts: Iterable[MeshPart]) -> set[str]:
    """The channels and visemes that at least one part has, by this project's names."""
    return {name for part in parts if part.targets for target in part.targets.names if (name := canonical_name(target))}


def missing(channels: tuple[str, ...], present: Set[str]) -> tuple[str, ...]:
    """The channels that are not present, in their order."""
    return tuple(name for name in channels if name not in present)


def moving_names(parts: Iterable[MeshPart]) -> set[str]:
    """Those of ``channel_names`` that move a vertex on at least one part."""
    moving: set[str] = set()
    for part in parts:
        if part.targets is not None and len(part.targets.names):
            active = np.atleast_1d(part.targets.positions.any(axis=(1, 2)))
            moving.update(name for target, on in zip(part.targets.names, active, strict=True) if on and (name := canonical_name(target)))
    return moving


def speech_problem(parts: tuple[MeshPart, ...]) -> str:
    """Why speech cannot move an avatar's mouth, in one sentence; "" when it can.

    Args:
        parts: of the avatar, with its composed targets.
    """
    moving = moving_names(parts)
    visemes = moving & set(VISEME_CHANNELS) - {"viseme_sil"}
    if "jawOpen" in moving or len(visemes) >= _SPEAKING:
        return ""
    cannot = "cannot open" if moving & MOUTH_CHANNELS else "cannot move" if moving else "cannot move, nor can the rest of the face"
    if not any(part.targets for part in parts):
        if any(part.mesh.lower() == _AVATURN_T1_MESH for part in parts):
            return f"The mouth {cannot}: this is an Avaturn T1 avatar without morph targets; export it as T2."
        return f"The mouth {cannot}: this avatar has no morph targets and no jaw joint; export it with ARKit blendshapes or visemes."
    names = [name for part in parts if part.targets for name in part.targets.names]
    own = [name for name in dict.fromkeys(names) if canonical_name(name) is None]
    if not own:
        return f"The mouth {cannot}: this avatar has no shape that opens it; export it with ARKit blendshapes or visemes."
    shown = ", ".join(own[:3]) + (" ..." if len(own) > 3 else "")
    return (
        f"The mouth {cannot}: none of its shapes has a name that is known here as a mouth's ({shown}); assign them by hand"
        " (inspect --mapping-out, then --mapping) or export ARKit blendshapes or visemes."
    )


def _mouth_finding(parts: tuple[MeshPart, ...], present: Set[str], jaw_joint: str) -> str:
    """What the mouth can and cannot do, where it is not all."""
    dead = speech_problem(parts)
    if dead:
        return dead
    if jaw_joint:
        return f"No shape moves the mouth; its jaw joint {jaw_joint} turns instead, so the mouth only opens and closes."
    arkit = [name for name in ARKIT_CHANNELS if name in present]
    if not arkit and set(VISEME_CHANNELS) & present:
        return "This avatar has visemes but no ARKit shapes: only its mouth moves, under Audio2Face by an estimate from the blendshapes."
    lips = {name for name in arkit if name.startswith("mouth")} - {"mouthSmileLeft", "mouthSmileRight", "mouthClose"}
    if "jawOpen" in arkit and not lips and not set(VISEME_CHANNELS) & present:
        moves = "opens and closes, and smiles" if "mouthSmileLeft" in present else "opens and closes"
        return f"The mouth only {moves}: this avatar has no shapes that round, spread or press its lips."
    return ""


def _lacking_finding(present: Set[str], mouth_told: bool) -> str:
    """Which abilities are missing, mouth, eyes and brows in this order."""
    by_visemes = len(set(VISEME_CHANNELS) & present) >= _SPEAKING
    told, still = [], []
    for place, abilities in _ABILITIES.items():
        lacking = [words for words, names in abilities.items() if not present & set(names)]
        if not lacking or (place == "mouth" and (mouth_told or by_visemes)):
            continue
        if len(lacking) == len(abilities):
            still.append(place)
        else:
            told.append(f"its {place} cannot {_listed(lacking, 'or')}")
    if still:
        told.append(f"its {_listed(still, 'and')} cannot move")
    return f"This avatar lacks some shapes: {'; '.join(told)}." if told else ""


def _listed(items: list[str], last: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def _empty_finding(parts: tuple[MeshPart, ...]) -> str:
    """Channels that are named but move no vertex on any part."""
    empty = sorted(channel_names(parts) - moving_names(parts) - {"viseme_sil"})
    if not empty:
        return ""
    return f"These shapes exist but move nothing: {', '.join(empty[:8])}{' and more' if len(empty) > 8 else ''}."


def _default_weight_finding(parts: tuple[MeshPart, ...]) -> str:
    posed = sorted({part.mesh for part in parts if part.targets and np.abs(part.targets.default_weights).max(initial=0) > 1e-6})
    if not posed:
        return ""
    return f"The file stores {', '.join(posed)} with non-zero default weights; they are reset, so that neutral means neutral."


def _black_finding(parts: tuple[MeshPart, ...]) -> str:
    """Vertex colours multiply the surface's own (glTF 2.0 section 3.7.2.1): black ones leave nothing."""
    black = sorted({part.mesh for part in parts if part.colors is not None and part.colors[:, :3].max(initial=0) < _BLACK})
    if not black:
        return ""
    return f"The vertex colours of {', '.join(black)} are all black, and black is what is drawn; export without vertex colours."


def findings(parts: tuple[MeshPart, ...], vocabulary: Vocabulary | None = None, jaw_joint: str = "") -> tuple[str, ...]:
    """Sentences about what will and will not move, most important first.

    Args:
        parts: of the avatar, with its composed targets.
        vocabulary: what its shapes drive.
        jaw_joint: name of the joint that opens the mouth, "" when shapes do.
    """
    present = channel_names(parts)
    mouth = _mouth_finding(parts, present, jaw_joint)
    found = [mouth]
    if present and not (mouth and not set(ARKIT_CHANNELS) & present):
        found.append(_lacking_finding(present, bool(mouth)))
    found += [_mixed_finding(vocabulary) if vocabulary else "", _empty_finding(parts), _default_weight_finding(parts)]
    return tuple(sentence for sentence in found if sentence)


def _mixed_finding(vocabulary: Vocabulary) -> str:
    """Consonants that a vowels' dialect does not have."""
    mixed = [name for name, words in vocabulary.composed.items() if name.startswith("viseme_") and name not in vocabulary.by_hand and words]
    if len(mixed) < _SPEAKING:
        return ""
    return f"{len(mixed)} of the 15 visemes are mixed from the mouths that this avatar has; inspect lists them."


def oddities(parts: tuple[MeshPart, ...]) -> tuple[str, ...]:
    """Sentences about how an avatar is drawn, whatever its shapes drive."""
    return tuple(sentence for sentence in (_black_finding(parts),) if sentence)

"""VRM's preset expressions and the 52 shapes: what each expression stands for, and which expressions show a face best."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, MOUTH_CHANNELS, VISEME_INDEX
from app.core.track import BlendshapeTrack
from app.core.visemes import projection_matrix

#: the presets that can be told from 52 shapes, as VRM 1.0 spells them; moods cannot
EXPRESSIONS: tuple[str, ...] = (
    "aa", "ih", "ou", "ee", "oh", "blinkLeft", "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight",
)  # fmt: skip
#: the five vowel mouths as visemes
VOWELS = MappingProxyType({"aa": "aa", "ih": "I", "ou": "U", "ee": "E", "oh": "O"})
#: what the other expressions stand for
_SHAPES: MappingProxyType[str, dict[str, float]] = MappingProxyType({
    "blink": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}, "blinkLeft": {"eyeBlinkLeft": 1.0}, "blinkRight": {"eyeBlinkRight": 1.0},
    "lookUp": {"eyeLookUpLeft": 1.0, "eyeLookUpRight": 1.0}, "lookDown": {"eyeLookDownLeft": 1.0, "eyeLookDownRight": 1.0},
    "lookLeft": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0}, "lookRight": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
})  # fmt: skip
#: spellings of VRM 0 and of programs that send VMC
_SPELLINGS = MappingProxyType({
    **{name.lower(): name for name in (*VOWELS, *_SHAPES)},
    "a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh", "blinkl": "blinkLeft", "blinkr": "blinkRight",
})  # fmt: skip
#: consonants as mixtures of the five mouths: those that part the lips a little, as in ``avatar.vrm``
_CONSONANTS: MappingProxyType[str, dict[str, float]] = MappingProxyType({
    "FF": {"ih": 0.12}, "TH": {"aa": 0.15}, "DD": {"ih": 0.25}, "kk": {"ee": 0.25}, "CH": {"ou": 0.45}, "SS": {"ih": 0.3},
    "nn": {"ih": 0.2}, "RR": {"ou": 0.35},
})  # fmt: skip
_MOUTH = np.array(sorted(ARKIT_INDEX[name] for name in MOUTH_CHANNELS))
_STEPS = 200


def expression_name(name: str) -> str | None:
    """The expression that a name means (``A``, ``aa``, ``Blink_L``, ``blinkLeft``), or None."""
    return _SPELLINGS.get(name.strip().lower().replace("_", "").replace(" ", ""))


def are_expressions(names: Sequence[str]) -> bool:
    """Whether names are VRM's: two of its mouths, or a mouth and a blink."""
    found = {expression for name in names if (expression := expression_name(name)) is not None}
    mouths = found & set(VOWELS)
    return len(mouths) >= 2 or bool(mouths and any(name.startswith("blink") for name in found))


def _recipes() -> np.ndarray:
    """(5, 52): the vowel mouths in ARKit shapes."""
    matrix = projection_matrix()
    rows: np.ndarray = matrix[[VISEME_INDEX[viseme] for viseme in VOWELS.values()]]
    return rows


def arkit_of_expressions(names: Sequence[str], values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """ARKit weights of expressions: mouths by the table of visemes, blinks and looks as they are; where several make one shape, they add.

    Args:
        names: of the columns.
        values: (n, len(names)).

    Returns:
        (n, 52) float32, and the names that were read.
    """
    weights = np.zeros((len(values), len(ARKIT_CHANNELS)), np.float32)
    recipes, used = dict(zip(VOWELS, _recipes(), strict=True)), []
    for i, name in enumerate(names):
        expression = expression_name(name)
        if expression is None:
            continue
        used.append(name.strip())
        column = values[:, i].astype(np.float32)
        if expression in recipes:
            weights += column[:, None] * recipes[expression]
        for shape, amount in _SHAPES.get(expression, {}).items():
            weights[:, ARKIT_INDEX[shape]] += column * np.float32(amount)
    return weights, tuple(used)


def expressions_of(arkit: BlendshapeTrack, visemes: BlendshapeTrack | None = None) -> np.ndarray:
    """The expressions that come nearest to a face.

    Args:
        arkit: the 52 channels.
        visemes: the 15 of the same frames, where they are known; None fits the five mouths to the shapes of jaw and mouth.

    Returns:
        (n, len(EXPRESSIONS)) float32, mouths and looks from 0 to 1.
    """
    made = np.zeros((len(arkit), len(EXPRESSIONS)), np.float32)
    made[:, : len(VOWELS)] = _fitted(arkit.weights) if visemes is None else _of_visemes(visemes.weights)
    for column, expression in enumerate(EXPRESSIONS[len(VOWELS) :], len(VOWELS)):
        shapes = [ARKIT_INDEX[shape] for shape in _SHAPES[expression]]
        made[:, column] = arkit.weights[:, shapes].mean(axis=1)
    return made


def _of_visemes(weights: np.ndarray) -> np.ndarray:
    """(n, 5): every viseme's mixture of the mouths."""
    mixture = np.zeros((weights.shape[1], len(VOWELS)), np.float32)
    for k, (expression, viseme) in enumerate(VOWELS.items()):
        mixture[VISEME_INDEX[viseme], k] = 1.0
        for consonant, parts in _CONSONANTS.items():
            mixture[VISEME_INDEX[consonant], k] = parts.get(expression, 0.0)
    mouths: np.ndarray = np.clip(weights @ mixture, 0.0, 1.0)
    return mouths


def _fitted(weights: np.ndarray) -> np.ndarray:
    """(n, 5): mouths from 0 to 1 whose shapes come nearest (least squares by projected gradient)."""
    recipes = _recipes()[:, _MOUTH].astype(np.float64)
    gram, wanted = recipes @ recipes.T, weights[:, _MOUTH].astype(np.float64) @ recipes.T
    step = 1.0 / float(np.linalg.eigvalsh(gram).max())
    mouths = np.zeros((len(weights), len(recipes)))
    for _ in range(_STEPS):
        mouths = np.clip(mouths - step * (mouths @ gram - wanted), 0.0, 1.0)
    return mouths.astype(np.float32)

"""ARKit weights shown with Oculus visemes: what an avatar without ARKit shapes can do of a face."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEMES
from app.core.visemes import VISEME_RECIPES, expanded

#: how much a difference in a channel shows, by eye on the default avatar: what opens and rounds the mouth first. Other channels
#: have no place in a viseme.
_IMPORTANCE: Mapping[str, float] = MappingProxyType({
    "jawOpen": 3.0, "mouthFunnel": 1.0, "mouthPucker": 1.0, "mouthPress*": 1.0, "mouthRollLower": 1.0, "mouthRollUpper": 0.5,
    "mouthStretch*": 0.6, "mouthSmile*": 0.6, "mouthLowerDown*": 0.6, "mouthUpperUp*": 0.6, "mouthShrugLower": 0.6, "tongueOut": 0.5,
    "jawForward": 0.3,
})  # fmt: skip
#: keeps the answer single where visemes look alike (DD, nn and kk), and small
_RIDGE = 0.003
#: a viseme that would lower the error by less than this is left out
_LEAST_PULL = 1e-6
_JAW, _CLOSE = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]
#: a jaw that is open less than this needs no mouthClose to keep the lips together
_SHUT_JAW = 0.04
#: what tracks that close lips with mouthClose lack in pressing them together: PP's own recipe
_PRESSED = np.zeros(len(ARKIT_CHANNELS), np.float32)
for _name, _weight in expanded(VISEME_RECIPES["PP"]).items():
    _PRESSED[ARKIT_INDEX[_name]] = _weight


class VisemeEstimate:
    """Finds the mixture of visemes whose ARKit recipes come nearest to given weights, none negative, none above one.

    The same weights always give the same visemes, whatever came before, and near weights give near visemes. Brows, lids, cheeks and
    sideways jaws are lost.

    Args:
        available: the visemes that may be used, without prefix; ``sil`` stays 0, for rest is the absence of the others.
        recipes: viseme -> ARKit weights.
    """

    def __init__(self, available: Collection[str] = VISEMES, recipes: Mapping[str, Mapping[str, float]] = VISEME_RECIPES) -> None:
        self._columns = [i for i, name in enumerate(VISEMES) if name in available and recipes[name]]
        importance = np.zeros(len(ARKIT_CHANNELS))
        for name, value in expanded(_IMPORTANCE).items():
            importance[ARKIT_INDEX[name]] = value / (2 if name.endswith(("Left", "Right")) else 1)
        table = np.zeros((len(self._columns), len(ARKIT_CHANNELS)))
        for row, column in enumerate(self._columns):
            for name, value in expanded(recipes[VISEMES[column]]).items():
                table[row, ARKIT_INDEX[name]] = value
        self._reads = (table * importance).T
        self._gram = (table * importance) @ table.T + _RIDGE * np.eye(len(table))

    def __call__(self, arkit: np.ndarray) -> np.ndarray:
        """Estimate the visemes of one frame.

        Args:
            arkit: (52,) weights in ARKIT_CHANNELS order.

        Returns:
            (15,) float32 in [0, 1].
        """
        out = np.zeros(len(VISEMES), np.float32)
        out[self._columns] = _least_squares(self._gram, _without_mouth_close(np.asarray(arkit, float)) @ self._reads)
        return np.minimum(out, 1.0)


def _least_squares(gram: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The x >= 0 that minimises x'Gx / 2 - w'x, exactly (Lawson and Hanson 1974, chapter 23, on the normal equations).

    Args:
        gram: (n, n) positive definite.
        wanted: (n,).

    Returns:
        (n,).
    """
    x, used = np.zeros(len(wanted)), np.zeros(len(wanted), bool)
    for _ in range(3 * len(wanted)):
        pull = np.where(used, 0.0, wanted - gram @ x)
        best = int(np.argmax(pull))
        if pull[best] <= _LEAST_PULL:
            break
        used[best] = True
        while True:
            k = np.flatnonzero(used)
            solved = np.linalg.solve(gram[np.ix_(k, k)], wanted[k])
            if (solved > 0).all():
                x[k] = solved
                break
            back = solved <= 0
            step = float(np.min(x[k][back] / (x[k][back] - solved[back])))
            x[k] += step * (solved - x[k])
            used[k[x[k] <= _LEAST_PULL]] = False
            x[~used] = 0.0
    return x


def _without_mouth_close(arkit: np.ndarray) -> np.ndarray:
    """Lips that mouthClose holds together under an open jaw, as visemes say it: the jaw up and the lips pressed."""
    jaw, close = arkit[_JAW], arkit[_CLOSE]
    shut = min(max(close / max(jaw, _SHUT_JAW), 0.0), 1.0)
    out: np.ndarray = np.maximum(arkit, shut * _PRESSED)
    out[_JAW] = jaw * (1 - shut)
    return out

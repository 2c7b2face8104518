"""NVIDIA's 52 + 16 weights to the 52 that an ARKit avatar has."""

from __future__ import annotations

import numpy as np

from models.nvidia.layout import PoseRig
from models.nvidia.names import SKIN_POSES

#: forward travel of the tongue's tip that tongueOut = 1 stands for, and what speech needs without leaving the mouth; ours, cm
TONGUE_OUT_CM, TONGUE_INSIDE_CM = 4.0, 0.3
#: share of jawOpen in mouthClose from which the pose counts as drawn with the jaw open; ours, halfway between both ways of drawing it
JAW_SHARE = 0.4
#: share of the tongue, from the front, that counts as its tip
TIP_SHARE = 0.05


def tip_travel(rig: PoseRig) -> np.ndarray:
    """How far each tongue pose moves the tip forward.

    Args:
        rig: the tongue's poses.

    Returns:
        (poses,) float64 cm along +z: the mean over the frontmost vertices.
    """
    depth = rig.neutral[:, 2]
    count = max(round(len(depth) * TIP_SHARE), 1)
    tip = np.argsort(depth)[-count:]
    forward: np.ndarray = rig.deltas[:, tip, 2].mean(1).astype(np.float64)
    return forward


def close_holds_jaw(rig: PoseRig) -> bool:
    """Whether a bundle's ``mouthClose`` is drawn with the jaw open, as NVIDIA's documentation says of its own set.

    ARKit's ``mouthClose`` moves lips alone. A pose that holds the jaw's opening lies along it: its share of the jaw's pose, by projection
    onto it, is near 1; a pose of lips alone lifts what the jaw lowers and has a small or negative one.

    Args:
        rig: the skin's poses.
    """
    if not {"jawOpen", "mouthClose"} <= set(rig.names):
        return False
    jaw, close = (rig.deltas[rig.names.index(name)].astype(np.float64).ravel() for name in ("jawOpen", "mouthClose"))
    return float(close @ jaw) > JAW_SHARE * float(jaw @ jaw)


class ArkitMapper:
    """Maps solved weights by name.

    Args (of the constructor):
        skin_names: poses of the skin rig.
        tongue: the tongue rig, if any.
        close_includes_jaw: NVIDIA's ``mouthClose`` is drawn with the jaw open, ARKit's is not; True adds it to ``jawOpen``.
    """

    def __init__(self, skin_names: tuple[str, ...], tongue: PoseRig | None, close_includes_jaw: bool = True):
        self.names = SKIN_POSES
        self._pick = [(i, skin_names.index(name)) for i, name in enumerate(self.names) if name in skin_names]
        self._travel = None if tongue is None else tip_travel(tongue)
        self._close_includes_jaw = close_includes_jaw

    def map(self, skin: np.ndarray, tongue: np.ndarray | None, look: dict[str, np.ndarray]) -> np.ndarray:
        """The 52 weights.

        Args:
            skin: (frames, skin poses).
            tongue: (frames, tongue poses) or None.
            look: eyeLook channel -> (frames,); added to what the solve gave (nothing in NVIDIA's bundles).

        Returns:
            (frames, 52) float64 in the order of SKIN_POSES.
        """
        out = np.zeros((len(skin), len(self.names)))
        for column, source in self._pick:
            out[:, column] = skin[:, source]
        index = {name: i for i, name in enumerate(self.names)}
        if self._close_includes_jaw:
            jaw, close = index["jawOpen"], index["mouthClose"]
            out[:, jaw] = np.minimum(out[:, jaw] + np.maximum(out[:, close], 0.0), np.maximum(out[:, jaw], 1.0))
        for name, values in look.items():
            out[:, index[name]] += values
        if tongue is not None and self._travel is not None:
            reach = (tongue @ self._travel - TONGUE_INSIDE_CM) / (TONGUE_OUT_CM - TONGUE_INSIDE_CM)
            out[:, index["tongueOut"]] = np.maximum(out[:, index["tongueOut"]], np.clip(reach, 0.0, 1.0))
        return out

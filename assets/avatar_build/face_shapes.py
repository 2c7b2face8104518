"""The 52 ARKit shapes on the base mesh: MakeHuman's face units, made symmetric, with a smaller, rounder jaw."""

from __future__ import annotations

import numpy as np

from .source import Source
from .surface import neighbours

#: vertices of the base mesh at the middle of the lips' contact: two of the upper lip, two of the lower
LIP_CONTACT = (520, 474, 523, 493)
#: share of the source's 25 degree jaw drop that weight 1 means: about 26 mm between the lips, as on ARKit faces
JAW_SHARE = 0.74
#: MakeHuman's face units open the mouth corners and cheeks with full strength; these read better on an adult face
GAINS = {"cheekPuff": 0.8, "mouthPucker": 1.0, "mouthSmileLeft": 0.9, "mouthSmileRight": 0.9}

#: extra share of a blink in eyeLookDown: eyes turn farther down here than in the source's shape
LID_FOLLOWS = 0.16
#: the source's tongueOut moves no lips, which would let the tongue through them
TONGUE_OUT_LIPS = {
    "mouthLowerDownLeft": 0.55, "mouthLowerDownRight": 0.55, "mouthUpperUpLeft": 0.35, "mouthUpperUpRight": 0.35, "jawOpen": 0.12,
}  # fmt: skip

#: shapes whose folds in the cheeks are sharper in the source than cheeks are, and rounds of smoothing that calm them
CALMED = ("mouthSmile", "mouthDimple", "mouthStretch", "mouthPress", "cheekSquint")
CALMING_ROUNDS = 10
#: lips keep their shape up to here from the middle of the mouth (across, up), and folds are calm from twice as far
LIPS_M = (0.026, 0.012)

_LOWER_TEETH = "helper-lower-teeth"


def arkit_shapes(source: Source, vertices: np.ndarray, scale: float) -> dict[str, np.ndarray]:
    """All 52 shapes as deltas for weight 1.

    Args:
        source: the MakeHuman data.
        vertices: (19158, 3) metres, the neutral face.
        scale: metres per unit of the base mesh for this person.

    Returns:
        channel -> (19158, 3) metres.
    """
    mirror = source.mirror()
    folder = source.root / "faceunits01/targets/faceunits"
    raw = {path.stem: source.target(f"faceunits/{path.stem}") * scale for path in sorted(folder.glob("*.target"))}
    shapes = {}
    for name, delta in raw.items():
        twin = name.replace("Left", "~").replace("Right", "Left").replace("~", "Right")
        shapes[name] = (delta + raw[twin][mirror] * (-1, 1, 1)) / 2 * GAINS.get(name, 1.0)
    hinge = jaw_hinge(source, vertices, shapes["jawOpen"])
    opened = swing(vertices, shapes["jawOpen"], hinge, JAW_SHARE)
    closed = swing(vertices, shapes["jawOpen"] + shapes["mouthClose"], hinge, JAW_SHARE)
    shapes["jawOpen"], shapes["mouthClose"] = opened, closed - opened
    for name in [name for name in shapes if name.startswith(CALMED)]:
        shapes[name] = calmed(source, vertices, shapes[name])
    for side in ("Left", "Right"):
        shapes[f"eyeLookDown{side}"] = shapes[f"eyeLookDown{side}"] + LID_FOLLOWS * shapes[f"eyeBlink{side}"]
    shapes["tongueOut"] = sum(weight * shapes[name] for name, weight in TONGUE_OUT_LIPS.items())
    return shapes


def calmed(source: Source, vertices: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """Smooth what a shape does to the cheeks, and leave what it does to the lips and lids.

    Args:
        source: for the mesh.
        vertices: (19158, 3) metres, the neutral face.
        delta: (19158, 3) metres.

    Returns:
        (19158, 3) the calmer delta.
    """
    quads = source.base().faces["body"]
    mean = neighbours(quads, len(vertices))
    skin = np.zeros(len(vertices), bool)
    skin[np.unique(quads)] = True
    mouth = vertices[list(LIP_CONTACT)].mean(axis=0)
    offset = np.abs(vertices - mouth)
    away = np.hypot(offset[:, 0] / LIPS_M[0], offset[:, 1] / LIPS_M[1])
    eyes_y = source.base().group_center("joint-l-eye", vertices)[1]
    share = np.clip(away - 1, 0, 1) * np.clip((eyes_y - 0.012 - vertices[:, 1]) / 0.008, 0, 1) * skin
    result = delta.copy()
    for _ in range(CALMING_ROUNDS):
        result += share[:, None] * (mean @ result - result)
    return result


def jaw_hinge(source: Source, vertices: np.ndarray, jaw_open: np.ndarray) -> np.ndarray:
    """The axis about which jawOpen turns the lower teeth, by a rigid fit (Kabsch 1976).

    Args:
        source: for the teeth's group.
        vertices: (19158, 3) metres.
        jaw_open: (19158, 3) metres.

    Returns:
        (2,) y and z of the left-right axis.
    """
    teeth = np.unique(source.base().faces[_LOWER_TEETH])
    before = vertices[teeth, 1:]
    after = before + jaw_open[teeth, 1:]
    center = before.mean(axis=0), after.mean(axis=0)
    cross = (before - center[0]).T @ (after - center[1])
    angle = np.arctan2(cross[0, 1] - cross[1, 0], np.trace(cross))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.linalg.solve(np.eye(2) - turn, center[1] - turn @ center[0])


def swing(vertices: np.ndarray, delta: np.ndarray, hinge: np.ndarray, share: float) -> np.ndarray:
    """Do a share of a motion along arcs about the hinge instead of along chords, so that radii are kept.

    Args:
        vertices: (n, 3).
        delta: (n, 3) full motion.
        hinge: (2,) y and z of the axis.
        share: 0..1.

    Returns:
        (n, 3) delta of the partial motion.
    """
    before = vertices[:, 1:] - hinge
    after = before + delta[:, 1:]
    radius = np.linalg.norm(before, axis=1), np.linalg.norm(after, axis=1)
    angle = np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1))
    part = share * angle
    length = (radius[0] + share * (radius[1] - radius[0])) / np.maximum(radius[0], 1e-9)
    turned = np.stack(
        [before[:, 0] * np.cos(part) - before[:, 1] * np.sin(part), before[:, 0] * np.sin(part) + before[:, 1] * np.cos(part)], axis=1
    )
    result = delta * share
    result[:, 1:] = turned * length[:, None] - before
    still = ~delta.any(axis=1)
    result[still] = 0.0
    return result

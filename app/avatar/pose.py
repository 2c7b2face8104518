"""The relaxed pose: arms that a file holds out sideways hang down, with a slight bend in the elbow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.avatar.nodes import NodeTree

#: arms that hang within this angle of straight down are left as they are
RELAXED_ENOUGH_DEG = 22.0
#: where a relaxed arm points: (outward, up, forward); the upper arm clears the ribs, the forearm comes a little forward
UPPER_ARM = (0.21, -1.0, 0.0)
FOREARM = (0.12, -1.0, 0.26)
#: how much of the lowering the collar bone takes; real shoulders share it, and the mesh folds less
COLLAR_SHARE = 0.12

_PREFIX = re.compile(r"^(mixamorig\d*|armature|bip001|bip01|def|cc_base)(?=[^a-z0-9]|$)", re.IGNORECASE)
_NAMESPACE = re.compile(r"^.*[:|/]")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")

#: bone -> spellings after lower-casing and dropping everything but letters and digits, {s} = left/right, {c} = l/r
_SPELLINGS = {
    "shoulder": ("{s}shoulder", "shoulder{c}", "{c}shoulder", "{s}collar", "clavicle{c}", "{c}clavicle", "jbip{c}shoulder", "shoulder{s}"),
    "upper_arm": ("{s}arm", "{s}upperarm", "upperarm{c}", "{c}upperarm", "jbip{c}upperarm", "arm{c}", "uparm{c}", "upperarm{s}"),
    "forearm": ("{s}forearm", "{s}lowerarm", "forearm{c}", "lowerarm{c}", "{c}forearm", "{c}lowerarm", "jbip{c}lowerarm",
                "forearm{s}", "lowerarm{s}"),
    "hand": ("{s}hand", "hand{c}", "{c}hand", "jbip{c}hand", "wrist{c}", "hand{s}"),
}  # fmt: skip
_CENTRAL = {"head": ("head", "jbipchead", "bip001head"), "neck": ("neck", "neck1", "jbipcneck", "bip001neck"), "jaw": ("jaw",)}
#: central bone -> words that name it in rigs of several languages
_WORDS = {
    "head": frozenset({"head", "kopf", "tete", "tête", "cabeza", "testa", "голова", "頭", "头"}),
    "neck": frozenset({"neck", "hals", "cou", "cuello", "collo", "шея", "首"}),
    "jaw": frozenset({"jaw", "mandible", "kiefer", "mandibula", "顎", "下顎", "あご", "アゴ"}),
}  # fmt: skip
#: words around them that say nothing (Character Creator's CC_Base_, Maya's def_c_, Advanced Skeleton's _M, Blender's DEF-)
_NEUTRAL = frozenset({
    "cc", "base", "def", "c", "m", "mid", "center", "centre", "bip", "j", "jnt", "joint", "bone", "sk", "skin", "bind", "b", "org", "rig",
    "root", "lower", "master", "main",
})  # fmt: skip
#: words that make it another bone: ends, controls, and what is worn
_OTHER = frozenset({
    "end", "nub", "tip", "top", "ctrl", "control", "ik", "pole", "target", "aim", "look", "eye", "eyes", "hair", "wear", "band", "set",
    "phone", "attach", "socket", "upper", "up", "left", "right", "l", "r", "adjust", "offset", "light", "camera", "forehead",
})  # fmt: skip


def bone_key(name: str) -> str:
    """A joint's name without rig prefixes, case and punctuation (``mixamorig:LeftArm`` -> ``leftarm``)."""
    return re.sub(r"[^a-z0-9]", "", _PREFIX.sub("", _NAMESPACE.sub("", name.strip())).lower())


def find_bones(names: list[str], known: Mapping[str, int] | None = None) -> dict[str, int]:
    """Find the bones that this program moves.

    Args:
        names: joint or node names.
        known: bones that the file itself names (VRM's humanoid), which win.

    Returns:
        Bone -> index: ``head``, ``neck``, ``jaw``, and ``shoulder/upper_arm/forearm/hand`` with ``_left`` or ``_right``.
    """
    keys: dict[str, int] = {}
    for i, name in enumerate(names):
        keys.setdefault(bone_key(name), i)
    wanted = {bone: spellings for bone, spellings in _CENTRAL.items()}
    for bone, patterns in _SPELLINGS.items():
        for side in ("left", "right"):
            wanted[f"{bone}_{side}"] = tuple(p.format(s=side, c=side[0]) for p in patterns)
    found = {bone: next((keys[s] for s in spellings if s in keys), -1) for bone, spellings in wanted.items()}
    for bone, words in _WORDS.items():
        if found[bone] < 0:
            found[bone] = _by_words(names, words)
    return {**{bone: i for bone, i in found.items() if i >= 0}, **(known or {})}


def _by_words(names: list[str], wanted: frozenset[str]) -> int:
    """The joint with the plainest name that holds one of some words, or -1."""
    best, fewest = -1, 99
    for i, name in enumerate(names):
        words = [word.lower() for word in _WORD.findall(_NAMESPACE.sub("", name.strip()))]
        others = [word for word in words if word not in wanted and word not in _NEUTRAL]
        if len(others) == len([w for w in words if w not in _NEUTRAL]) or _OTHER & set(others):
            continue
        if len(others) < min(fewest, 3):
            best, fewest = i, len(others)
    return best


@dataclass(frozen=True)
class _Arm:
    shoulder: int | None
    upper: int
    fore: int
    hand: int | None


def _arm(bones: Mapping[str, int], side: str) -> _Arm | None:
    upper, fore = bones.get(f"upper_arm_{side}"), bones.get(f"forearm_{side}")
    if upper is None or fore is None:
        return None
    return _Arm(bones.get(f"shoulder_{side}"), upper, fore, bones.get(f"hand_{side}"))


def _direction(start: np.ndarray, end: np.ndarray) -> np.ndarray | None:
    length = np.linalg.norm(end - start)
    return (end - start) / length if length > 1e-9 else None


def turn_between(start: np.ndarray, end: np.ndarray, share: float = 1.0) -> np.ndarray:
    """The shortest rotation from one direction towards another.

    Args:
        start: (3,) unit vector.
        end: (3,) unit vector.
        share: how much of the way.

    Returns:
        (3, 3) float64 (Rodrigues' formula).
    """
    axis = np.cross(start, end)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:
        return np.eye(3)
    angle = share * np.arctan2(sine, float(start @ end))
    x, y, z = axis / sine
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    made: np.ndarray = np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * (skew @ skew)
    return made


def rotate_subtree(tree: NodeTree, node: int, rotation: np.ndarray) -> None:
    """Turn a node and everything below it about the node's own origin, in world space."""
    pivot = tree.worlds[node, :3, 3].copy()
    transform = np.eye(4)
    transform[:3, :3] = rotation
    transform[:3, 3] = pivot - rotation @ pivot
    below = tree.subtree(node)
    tree.worlds[below] = transform @ tree.worlds[below]


def relax(tree: NodeTree, bones: Mapping[str, int]) -> bool:
    """Lower the arms of a T- or A-pose, in place.

    Args:
        tree: nodes whose ``worlds`` are changed.
        bones: as find_bones returns them, indices of nodes.

    Returns:
        Whether anything was changed: False when arms are missing or hang already.
    """
    arms = {side: _arm(bones, side) for side in ("left", "right")}
    changed = False
    for side, arm in arms.items():
        if arm is None:
            continue
        other = arms["right" if side == "left" else "left"]
        outward = float(np.sign(tree.worlds[arm.upper, 0, 3] - tree.worlds[other.upper, 0, 3])) if other else 0.0
        if outward == 0.0:
            outward = 1.0 if side == "left" else -1.0
        changed |= _lower(tree, arm, outward)
    return changed


def _lower(tree: NodeTree, arm: _Arm, outward: float) -> bool:
    origin = tree.worlds[:, :3, 3]
    held = _direction(origin[arm.upper], origin[arm.fore])
    if held is None or np.degrees(np.arccos(np.clip(-held[1], -1, 1))) < RELAXED_ENOUGH_DEG:
        return False
    target = _unit(UPPER_ARM, outward)
    if arm.shoulder is not None and arm.upper in tree.subtree(arm.shoulder):
        rotate_subtree(tree, arm.shoulder, turn_between(held, target, COLLAR_SHARE))
        held = _direction(origin[arm.upper], origin[arm.fore])
    if held is not None:
        rotate_subtree(tree, arm.upper, turn_between(held, target))
    if arm.hand is not None and arm.fore in tree.subtree(arm.upper):
        lower = _direction(origin[arm.fore], origin[arm.hand])
        if lower is not None:
            rotate_subtree(tree, arm.fore, turn_between(lower, _unit(FOREARM, outward)))
    return True


def _unit(direction: tuple[float, float, float], outward: float) -> np.ndarray:
    vector = np.array([direction[0] * outward, direction[1], direction[2]])
    made: np.ndarray = vector / np.linalg.norm(vector)
    return made

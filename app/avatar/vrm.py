"""VRM 0 and 1: humanoid bones by name, and expressions as morph targets that visemes and blinks can drive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.avatar.document import Document
from app.avatar.fields import Json, integer, number, record, records, text
from app.avatar.morphs import RawTargets
from app.core.arkit import canonical_name

#: preset names of VRM 0 (``presetName``) and VRM 1 (keys of ``expressions.preset``) -> channel
PRESETS = {
    "a": "viseme_aa", "i": "viseme_I", "u": "viseme_U", "e": "viseme_E", "o": "viseme_O",
    "aa": "viseme_aa", "ih": "viseme_I", "ou": "viseme_U", "ee": "viseme_E", "oh": "viseme_O",
    "blink": "blink", "blink_l": "eyeBlinkLeft", "blink_r": "eyeBlinkRight",
    "blinkleft": "eyeBlinkLeft", "blinkright": "eyeBlinkRight",
}  # fmt: skip

#: consonants as mixtures of a VRM's five vowel mouths, where it has nothing better; lips stay shut on PP and sil
CONSONANTS = {
    "viseme_FF": {"viseme_I": 0.12}, "viseme_TH": {"viseme_aa": 0.15}, "viseme_DD": {"viseme_I": 0.25}, "viseme_kk": {"viseme_E": 0.25},
    "viseme_CH": {"viseme_U": 0.45}, "viseme_SS": {"viseme_I": 0.3}, "viseme_nn": {"viseme_I": 0.2}, "viseme_RR": {"viseme_U": 0.35},
}  # fmt: skip

#: VRM's humanoid bone -> ours
_BONES = {
    "head": "head", "neck": "neck", "jaw": "jaw",
    **{f"{side}{theirs}": f"{ours}_{side}" for side in ("left", "right")
       for theirs, ours in (("Shoulder", "shoulder"), ("UpperArm", "upper_arm"), ("LowerArm", "forearm"), ("Hand", "hand"))},
}  # fmt: skip


@dataclass(frozen=True)
class Bind:
    """One morph target that an expression moves.

    Attributes:
        target: index of the target on its mesh.
        weight: at full expression, in [0, 1].
    """

    target: int
    weight: float


#: name, binds, and the share of each vertex that takes part (None: all of all)
_Addition = tuple[str, list[Bind], np.ndarray | None]


@dataclass(frozen=True)
class Vrm:
    """What a VRM file adds to a glTF; empty for any other file.

    Attributes:
        bones: our bone name -> node.
        expressions: mesh index -> channel -> binds.
        faces_backward: VRM 0 looks towards -Z.
    """

    bones: Mapping[str, int] = field(default_factory=dict)
    expressions: Mapping[int, Mapping[str, list[Bind]]] = field(default_factory=dict)
    faces_backward: bool = False

    @property
    def base(self) -> np.ndarray:
        """(4, 4) transform that turns the avatar to face +Z."""
        return np.diag([-1.0, 1.0, -1.0, 1.0]) if self.faces_backward else np.eye(4)

    def add_expressions(self, document: Document, targets: RawTargets, mesh: int, positions: np.ndarray) -> None:
        """Append expressions to a primitive's targets as targets of their own, where no target has that name already.

        Args:
            document: whose memory budget and problem list it uses.
            targets: of the primitive, in its own space; extended in place.
            mesh: the mesh's index.
            positions: (n, 3) neutral vertices in the same space.
        """
        present = {canonical_name(name) for name in targets.names}
        mixes = self._mixes(mesh, len(targets.names))
        if "blink" in mixes:
            blink = mixes.pop("blink")
            sides = {"eyeBlinkLeft": -1.0 if self.faces_backward else 1.0, "eyeBlinkRight": 1.0 if self.faces_backward else -1.0}
            half = {name: (positions[:, 0] * sign > 0).astype(np.float32) for name, sign in sides.items() if name not in mixes}
        else:
            blink, half = [], {}
        if "jawOpen" not in present and any(name.startswith("viseme_") for name in mixes):
            added = {name: mix for name, mix in _consonants(mixes).items() if name not in present}
            if added:
                document.note("This avatar has only vowel mouths; its consonants are mixed from them.")
            mixes.update(added)
        new: list[_Addition] = [(name, mix, None) for name, mix in mixes.items() if name not in present]
        new += [(name, blink, mask) for name, mask in half.items() if name not in present]
        if new:
            _append(document, targets, new)

    def _mixes(self, mesh: int, n_targets: int) -> dict[str, list[Bind]]:
        valid = {name: [b for b in binds if b.target < n_targets] for name, binds in self.expressions.get(mesh, {}).items()}
        return {name: binds for name, binds in valid.items() if binds}


def _consonants(mixes: Mapping[str, list[Bind]]) -> dict[str, list[Bind]]:
    found = {}
    for name, vowels in CONSONANTS.items():
        if name not in mixes:
            binds = [Bind(b.target, b.weight * share) for vowel, share in vowels.items() for b in mixes.get(vowel, ())]
            if binds:
                found[name] = binds
    return found


def _append(document: Document, targets: RawTargets, new: list[_Addition]) -> None:
    document.claim(2 * targets.positions[0].nbytes * len(new))
    arrays: dict[str, list[np.ndarray]] = {"positions": [], "normals": []}
    complete = []
    for _, binds, mask in new:
        for kind, found in arrays.items():
            mixed = sum(b.weight * getattr(targets, kind)[b.target] for b in binds)
            found.append(mixed if mask is None else mixed * mask[:, None])
        complete.append(all(targets.has_normals[b.target] for b in binds))
    targets.names = (*targets.names, *(name for name, _, _ in new))
    targets.positions = np.concatenate([targets.positions, np.array(arrays["positions"], np.float32)])
    targets.normals = np.concatenate([targets.normals, np.array(arrays["normals"], np.float32)])
    targets.has_normals = np.concatenate([targets.has_normals, np.array(complete, bool)])
    targets.default_weights = np.concatenate([targets.default_weights, np.zeros(len(new), np.float32)])


def read_vrm(document: Document) -> Vrm:
    """What the file's VRM extension says.

    Args:
        document: any glTF.

    Returns:
        An empty Vrm when it is none.

    Raises:
        AvatarError: the extension is damaged.
    """
    extensions = record(document.root, "extensions")
    if "VRMC_vrm" in extensions:
        return _read_version_1(document, record(extensions, "VRMC_vrm"))
    if "VRM" in extensions:
        return _read_version_0(document, record(extensions, "VRM"))
    return Vrm()


def _read_version_0(document: Document, vrm: Json) -> Vrm:
    n_nodes = len(document.all("nodes"))
    bones = {}
    for bone in records(record(vrm, "humanoid"), "humanBones"):
        name = _BONES.get(text(bone, "bone"))
        if name:
            bones[name] = integer(bone, "node", high=n_nodes - 1)
    expressions: dict[int, dict[str, list[Bind]]] = {}
    for group in records(record(vrm, "blendShapeMaster"), "blendShapeGroups"):
        channel = _channel(text(group, "presetName"), text(group, "name"))
        for bind in records(group, "binds") if channel else ():
            entry = Bind(integer(bind, "index"), number(bind, "weight", 100.0) / 100.0)
            expressions.setdefault(integer(bind, "mesh"), {}).setdefault(str(channel), []).append(entry)
    return Vrm(bones, expressions, faces_backward=True)


def _read_version_1(document: Document, vrm: Json) -> Vrm:
    nodes = document.all("nodes")
    human = record(record(vrm, "humanoid"), "humanBones")
    bones = {ours: integer(record(human, theirs), "node", high=len(nodes) - 1) for theirs, ours in _BONES.items() if theirs in human}
    expressions: dict[int, dict[str, list[Bind]]] = {}
    groups = record(vrm, "expressions")
    for kind in ("preset", "custom"):
        for name in record(groups, kind):
            channel = _channel(name, name)
            for bind in records(record(record(groups, kind), name), "morphTargetBinds") if channel else ():
                node = document.item("nodes", integer(bind, "node"))
                if "mesh" in node:
                    entry = Bind(integer(bind, "index"), number(bind, "weight", 1.0))
                    expressions.setdefault(integer(node, "mesh"), {}).setdefault(str(channel), []).append(entry)
    return Vrm(bones, expressions)


def _channel(preset: str, name: str) -> str | None:
    return PRESETS.get(preset.lower()) or canonical_name(name)

"""The motion of a face in any glTF file: weights by name, head and eyes by the joints that turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.avatar.document import Document
from app.avatar.fields import Json, integer, optional_integer, record, records, text
from app.avatar.morphs import target_names
from app.avatar.nodes import NodeTree, plain_name
from app.avatar.vrm import read_vrm
from app.core.errors import TrackError
from app.formats.scenes.gltf.curves import Curve, read_curve
from app.formats.scenes.gltf.rate import Sampling, sampling_of, stated
from app.formats.scenes.gltf.shapes import NamedWeights
from app.formats.scenes.gltf.turns import above, joints_of, side_columns, skinned_nodes, turned_angles, turns
from app.formats.track_file import TrackFile

#: as shown
NAME = "glTF animation"
#: more than any mesh has
_MOST_TARGETS = 4096
#: the joint -> what its angles are called
_ANGLES = {"head": "Head", "eye_left": "LeftEye", "eye_right": "RightEye"}


@dataclass(frozen=True)
class _Found:
    """An animation that moves a face.

    Attributes:
        title: its name.
        weights: node -> its curve.
        names: node -> its targets' names.
        turns: node -> its rotation.
        fps: as the file states it.
        max_error: by which its keys may be off, as the file states it.
    """

    title: str
    weights: dict[int, Curve]
    names: dict[int, tuple[str, ...]]
    turns: dict[int, Curve]
    fps: float | None = None
    max_error: float = 0.0


def read_document(document: Document, name: str, fps: float | None) -> TrackFile:
    """The last animation of weights as a track.

    Raises:
        TrackError: there is none, or none of its shapes is known.
        AvatarError: the file is broken.
    """
    vrm = read_vrm(document)
    tree = NodeTree(document, vrm.base)
    joints = joints_of(tree, vrm.bones, skinned_nodes(document))
    all_found = [_animation(document, animation) for animation in document.all("animations")]
    of_weights = [found for found in all_found if found.weights]
    if not of_weights:
        raise TrackError(f"{name} is a glTF avatar whose face is not animated; open it as an avatar.")
    found = of_weights[-1]
    warnings = []
    if len(of_weights) > 1:
        warnings.append(f"It holds {len(of_weights)} animations of a face; the last one was read ({found.title or 'without a name'}).")
    face = max(found.weights, key=lambda node: (len(found.names[node]), found.weights[node].values.any(0).sum()))
    turners = {node: joint for joint, node in joints.items()}
    if "head" not in joints:
        turners = {**{node: "head" for node in above(tree, face)}, **turners}
    rotations = {node: curve for node, curve in {**_beside(all_found, found), **found.turns}.items() if node in turners}
    sampling = sampling_of([*found.weights.values(), *rotations.values()], name, fps, found.fps)
    named = NamedWeights(sampling.n_frames)
    named.merge(*_weights_of(document, tree, found, sampling), 2 * found.max_error)
    weights, visemes, others = named.channels(name)
    columns = {**_angle_columns(tree, turners, rotations, sampling), **others}
    return sampling.track_file(weights, columns, (*warnings, *named.warnings), NAME, visemes=visemes)


def _animation(document: Document, animation: Json) -> _Found:
    weights, names, rotations = {}, {}, {}
    samplers = records(animation, "samplers")
    for channel in records(animation, "channels"):
        target = record(channel, "target")
        node, path = optional_integer(target, "node"), text(target, "path")
        which = integer(channel, "sampler")
        if node is None or which >= len(samplers):
            continue
        if path == "rotation":
            rotations[node] = read_curve(document, samplers[which], path, 4)
        elif path == "weights":
            own = _targets_of(document, node)
            if own:
                names[node] = own
                weights[node] = read_curve(document, samplers[which], path, len(own))
    return _Found(text(animation, "name"), weights, names, rotations, stated(animation, "fps"), stated(animation, "maxError") or 0.0)


def _targets_of(document: Document, node: int) -> tuple[str, ...]:
    """Names of a node's targets; numbers where the file has none."""
    mesh = optional_integer(document.item("nodes", node), "mesh")
    if mesh is None:
        return ()
    owner = document.item("meshes", mesh)
    for primitive in records(owner, "primitives"):
        count = len(records(primitive, "targets"))
        if 0 < count <= _MOST_TARGETS:
            return target_names(document, owner, primitive, count) or tuple(f"target_{i}" for i in range(count))
    return ()


def _beside(all_found: list[_Found], chosen: _Found) -> dict[int, Curve]:
    """Rotations in animations of their own: some exporters write one animation per object."""
    return {node: curve for found in all_found if found is not chosen and not found.weights for node, curve in found.turns.items()}


def _weights_of(
    document: Document, tree: NodeTree, found: _Found, sampling: Sampling
) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, int]]:
    """Name of each node -> name of each target -> its weights; and -> how many vertices it has."""
    made: dict[str, dict[str, np.ndarray]] = {}
    sizes: dict[str, int] = {}
    for node, curve in found.weights.items():
        document.claim(16 * sampling.n_frames * curve.values.shape[1])
        rows = sampling.of(curve)
        title = plain_name(tree.nearest_name(node)) or f"node {node}"
        title = title if title not in made else f"{title} ({node})"
        made[title] = dict(zip(found.names[node], rows.T, strict=True))
        sizes[title] = _vertices(document, node)
    return made, sizes


def _vertices(document: Document, node: int) -> int:
    """How many vertices a node's mesh has."""
    primitives = records(document.item("meshes", integer(document.item("nodes", node), "mesh")), "primitives")
    places = [optional_integer(record(primitive, "attributes"), "POSITION") for primitive in primitives]
    return sum(integer(document.item("accessors", place), "count", 0) for place in places if place is not None)


def _angle_columns(tree: NodeTree, turners: dict[int, str], rotations: dict[int, Curve], sampling: Sampling) -> dict[str, np.ndarray]:
    """Angles of head and eyes under their usual names, where they ever turn; what the neck takes is the head's."""
    angles: dict[str, np.ndarray] = {}
    for node, curve in rotations.items():
        joint = "head" if turners[node] == "neck" else turners[node]
        angles[joint] = turned_angles(tree, node, sampling.of(curve)) + angles.get(joint, 0.0)
    columns: dict[str, np.ndarray] = {}
    for joint, what in _ANGLES.items():
        if joint in angles and turns([angles[joint]]):
            columns |= side_columns(what, angles[joint])
    return columns

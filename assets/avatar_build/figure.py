"""Assemble a person: every mesh of the avatar with its targets, still without materials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import t2
from .character import Character, placement, shape_vertices
from .eyes import Eyeball, eye_targets, eyeball_surface
from .face_shapes import arkit_shapes, tongue_poses
from .glb import Part
from .skeleton import Skeleton, build_skeleton, relax, strongest
from .source import Source
from .surface import Surface, normals, refine
from .visemes import compose


@dataclass(frozen=True)
class Figure:
    """A person on the base mesh.

    Attributes:
        source: the MakeHuman data.
        person: who.
        vertices: (19158, 3) metres, relaxed pose.
        skeleton: joints and weights.
        shapes: target name -> (19158, 3) deltas: ARKit, visemes and extras.
        eyes: left and right.
    """

    source: Source
    person: Character
    vertices: np.ndarray
    skeleton: Skeleton
    shapes: dict[str, np.ndarray]
    eyes: tuple[Eyeball, ...]

    def joint(self, name: str) -> np.ndarray:
        """(3,) position of a joint."""
        return self.skeleton.positions[self.skeleton.names.index(name)]


def build_figure(source: Source, person: Character) -> Figure:
    """Shape, pose and equip a person with targets.

    Args:
        source: the MakeHuman data.
        person: who.

    Returns:
        The figure.
    """
    raw = shape_vertices(source, person)
    scale, shift = placement(person, raw)
    vertices = raw * scale + shift
    skeleton, vertices = relax(build_skeleton(source, vertices), vertices)
    shapes = arkit_shapes(source, vertices, scale)
    shapes |= compose(shapes, tongue_poses(source, vertices))
    eyes = tuple(_eyeball(source, vertices, side) for side in ("Left", "Right"))
    return Figure(source, person, vertices, skeleton, shapes, eyes)


def surface_part(figure: Figure, name: str, surface: Surface, material: str, whole: Surface | None = None) -> Part:
    """Turn a surface over the base mesh into a mesh with skin and targets.

    Args:
        figure: the person.
        name: mesh name.
        surface: what to make.
        material: its material.
        whole: a larger surface with the same operator rows that normals are taken from, so cut edges shade alike.

    Returns:
        The part.
    """
    points = surface.operator @ figure.vertices
    pairs = np.stack([surface.triangles.ravel(), surface.uv_triangles.ravel()], axis=1)
    corners, index = np.unique(pairs, axis=0, return_inverse=True)
    triangles = index.reshape(-1, 3)
    point_of = corners[:, 0]
    base_normals = normals(points, surface.triangles)
    joints, weights = strongest(surface.operator @ figure.skeleton.weights)
    targets = {}
    for target in t2.TARGETS.get(name, ()):
        delta = surface.operator @ figure.shapes[target]
        turn = normals(points + delta, surface.triangles) - base_normals
        targets[target] = (delta[point_of], turn[point_of])
    uvs = surface.uvs[corners[:, 1]] * (1, -1) + (0, 1)
    return Part(
        name, points[point_of], base_normals[point_of], uvs, triangles, joints[point_of], weights[point_of], material,
        targets, t2.TARGETS.get(name, ()),
    )  # fmt: skip


def group_surface(figure: Figure, groups: tuple[str, ...], faces: np.ndarray | None = None, split: bool = True) -> Surface:
    """The smoothed surface of some groups of the base mesh.

    Args:
        figure: the person.
        groups: group names.
        faces: (m,) bool over the concatenated faces: which to split in four; None means ``split`` for all.
        split: used when ``faces`` is None.

    Returns:
        The surface.
    """
    base = figure.source.base()
    quads = np.concatenate([base.faces[g] for g in groups])
    uv_quads = np.concatenate([base.face_uvs[g] for g in groups])
    selected = np.full(len(quads), split) if faces is None else faces
    return refine(quads, uv_quads, base.uvs, len(base.vertices), selected)


def eye_part(figure: Figure) -> Part:
    """Both eyeballs as ``Eye_Mesh``.

    Args:
        figure: the person.

    Returns:
        The part.
    """
    meshes = [eyeball_surface(eye) for eye in figure.eyes]
    sizes = [len(mesh[0]) for mesh in meshes]
    positions, turned, uvs = (np.concatenate([mesh[i] for mesh in meshes]) for i in range(3))
    triangles = np.concatenate([meshes[0][3], meshes[1][3] + sizes[0]])
    owner = np.repeat([0, 1], sizes)
    bones = [figure.skeleton.names.index(f"{eye.side}Eye") for eye in figure.eyes]
    joints = np.zeros((len(positions), 4), np.uint8)
    joints[:, 0] = np.array(bones)[owner]
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(positions), 1))
    targets = eye_targets(figure.eyes, positions, turned, owner)
    return Part("Eye_Mesh", positions, turned, uvs, triangles, joints, weights, "Eyes", targets, t2.EYE_TARGETS)


def _eyeball(source: Source, vertices: np.ndarray, side: str) -> Eyeball:
    """Least-squares sphere through the helper eye."""
    points = vertices[np.unique(source.base().faces[f"helper-{side[0].lower()}-eye"])]
    rows = np.c_[2 * points, np.ones(len(points))]
    solution = np.linalg.lstsq(rows, (points**2).sum(axis=1), rcond=None)[0]
    center = solution[:3]
    return Eyeball(side, center, float(np.sqrt(solution[3] + center @ center)))

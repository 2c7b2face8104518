"""A person on the base mesh: shaped, posed, with clean lips and lids and every target; and helpers that make meshes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from . import t2
from .character import Character, placement, shape_vertices
from .eyes import Eyeball, eye_targets, eyeball_surface
from .face_shapes import LIP_CONTACT, arkit_shapes
from .glb import Part
from .lids import LID_CHANNELS, Lids, lid_sides
from .lips import find_lips, pressed_viseme, sharpened, tidy_lips
from .loops import lid_margin
from .skeleton import Skeleton, build_skeleton, relax, strongest
from .source import Source
from .surface import Surface, normals, refine, smoothing
from .visemes import compose, expanded

#: lips at rest press together a little, which hides the underside of the upper lip as on real faces
LIP_PRESS_M = -0.0014


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
        smooth: (19158, 19158) sparse, base vertices to their places on the smoothed body.
        margins: side -> ordered base vertices of the lid margin, the nose's corner first.
        outer_corner: side -> index of the outer corner in the margin.
    """

    source: Source
    person: Character
    vertices: np.ndarray
    skeleton: Skeleton
    shapes: dict[str, np.ndarray]
    eyes: tuple[Eyeball, ...]
    smooth: sparse.csr_matrix
    margins: dict[str, np.ndarray]
    outer_corner: dict[str, int]

    def joint(self, name: str) -> np.ndarray:
        """(3,) position of a joint."""
        return self.skeleton.positions[self.skeleton.names.index(name)]

    @property
    def mouth(self) -> np.ndarray:
        """(3,) middle of the lips' contact."""
        return (self.smooth @ self.vertices)[list(LIP_CONTACT)].mean(axis=0)

    def rims(self, delta: np.ndarray | None) -> dict[str, np.ndarray]:
        """The lid margins on the smoothed surface, in an expression.

        Args:
            delta: (19158, 3) or None for the neutral face.

        Returns:
            side -> (k, 3) in the order of ``margins``.
        """
        points = self.vertices if delta is None else self.vertices + delta
        return {side: self.smooth[rows] @ points for side, rows in self.margins.items()}


def build_figure(source: Source, person: Character) -> Figure:
    """Shape, pose and equip a person with targets.

    Args:
        source: the MakeHuman data.
        person: who.

    Returns:
        The figure.
    """
    base = source.base()
    raw = shape_vertices(source, person)
    scale, shift = placement(person, raw)
    vertices = raw * scale + shift
    skeleton, vertices = relax(build_skeleton(source, vertices), vertices)
    quads = base.faces["body"]
    smooth = smoothing(quads, len(vertices))
    skin = np.zeros(len(vertices), bool)
    skin[np.unique(quads)] = True
    shapes = arkit_shapes(source, vertices, scale)
    vertices = _resting_face(_resting_lids(vertices, shapes, person.lid_rest), shapes, person.rest)
    contact = vertices[list(LIP_CONTACT)].mean(axis=0)
    centers = {side: base.group_center(f"joint-{side[0].lower()}-eye", vertices) for side in ("Left", "Right")}
    fine = _fine_areas(vertices, contact, tuple(centers.values())) * skin
    vertices = sharpened(vertices, smooth, fine)
    shapes = {name: sharpened(delta, smooth, fine) for name, delta in shapes.items()}
    margins = {side: lid_margin(base, centers[side], vertices) for side in centers}
    eyes = tuple(_eyeball(source, vertices, smooth @ vertices, side, margins[side]) for side in centers)
    for eye in eyes:
        skeleton.positions[skeleton.names.index(f"{eye.side}Eye")] = eye.center
    sides = {eye.side: lid_sides(vertices, margins[eye.side], eye, skin) for eye in eyes}
    vertices = Lids(vertices, eyes, smooth, skin, margins, sides).pushed_off(vertices)
    everywhere = refine(quads, base.face_uvs["body"], base.uvs, len(vertices), np.ones(len(quads), bool))
    lips = find_lips(vertices, everywhere, contact)
    vertices = vertices + lips.closing(vertices, LIP_PRESS_M, 0.3)
    shapes = _twins(Lids(vertices, eyes, smooth, skin, margins, sides).corrected(shapes), source.mirror())
    shapes = tidy_lips(vertices, shapes, lips)
    shapes |= compose(shapes, person.visemes)
    shapes["viseme_PP"] = pressed_viseme(vertices, shapes["viseme_PP"], lips)
    still = np.clip(above_seam_m(skeleton.positions[skeleton.names.index("Neck")], vertices) / 0.022, 0, 1)[:, None]
    shapes = {name: delta * still for name, delta in shapes.items()}
    outer = {side: int(np.argmax(np.abs(vertices[rows, 0]))) for side, rows in margins.items()}
    return Figure(source, person, vertices, skeleton, shapes, eyes, smooth, margins, outer)


def above_seam_m(neck: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Height above the tilted plane where head and body are cut; the collar hides it.

    Args:
        neck: (3,) joint.
        points: (n, 3) metres.

    Returns:
        (n,) metres.
    """
    return points[:, 1] - (neck[1] + 0.010 - 0.30 * (points[:, 2] - neck[2]))


def surface_part(figure: Figure, name: str, surface: Surface, material: str) -> Part:
    """Turn a surface over the base mesh into a mesh with skin and targets.

    Args:
        figure: the person.
        name: mesh name.
        surface: what to make.
        material: its material.

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


def corner_uvs(surface: Surface) -> np.ndarray:
    """The UVs of a surface in the vertex order of ``surface_part``.

    Args:
        surface: any.

    Returns:
        (n, 2), v = 0 at the bottom.
    """
    pairs = np.stack([surface.triangles.ravel(), surface.uv_triangles.ravel()], axis=1)
    return surface.uvs[np.unique(pairs, axis=0)[:, 1]]


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


def _eyeball(source: Source, vertices: np.ndarray, smoothed: np.ndarray, side: str, margin: np.ndarray) -> Eyeball:
    """A sphere about the helper eye's centre that just touches the lid margins from inside."""
    points = vertices[np.unique(source.base().faces[f"helper-{side[0].lower()}-eye"])]
    rows = np.c_[2 * points, np.ones(len(points))]
    center = np.linalg.lstsq(rows, (points**2).sum(axis=1), rcond=None)[0][:3]
    rim = np.linalg.norm(smoothed[margin] - center, axis=1)
    return Eyeball(side, center, float(np.percentile(rim, 25) - 0.0002))


def _fine_areas(vertices: np.ndarray, mouth: np.ndarray, eyes: tuple[np.ndarray, ...]) -> np.ndarray:
    """(n,) 1 round lips and lids, where smoothing must not change the shape, fading to 0."""
    fine = np.clip((0.045 - np.linalg.norm(vertices - mouth, axis=1)) / 0.015, 0, 1)
    for eye in eyes:
        fine = np.maximum(fine, np.clip((0.030 - np.linalg.norm(vertices - eye, axis=1)) / 0.010, 0, 1))
    return fine


def _twins(shapes: dict[str, np.ndarray], mirror: np.ndarray) -> dict[str, np.ndarray]:
    """Make what both eyes do mirror each other: the corrections look at each side for itself."""
    result = dict(shapes)
    for name in [name for name in shapes if name.startswith(LID_CHANNELS)]:
        twin = name.replace("Left", "~").replace("Right", "Left").replace("~", "Right")
        result[name] = (shapes[name] + shapes[twin][mirror] * (-1, 1, 1)) / 2
    return result


def _resting_face(vertices: np.ndarray, shapes: dict[str, np.ndarray], rest: dict[str, float]) -> np.ndarray:
    """Let a face rest in a faint expression; the shapes themselves still go their whole way from there."""
    for name, weight in expanded(rest, frozenset(shapes)).items():
        vertices = vertices + weight * shapes[name]
    return vertices


def _resting_lids(vertices: np.ndarray, shapes: dict[str, np.ndarray], rest: float) -> np.ndarray:
    """Lower the lids a little; the blinks then have that much less to go."""
    for side in ("Left", "Right"):
        vertices = vertices + rest * shapes[f"eyeBlink{side}"]
        shapes[f"eyeBlink{side}"] = (1 - rest) * shapes[f"eyeBlink{side}"]
    return vertices

"""The still part of a scene: the avatar's meshes with their blend shapes and colours, bound to a skeleton of neck and head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from app.avatar.drive import touched_vertices
from app.avatar.model import Avatar, Material, MeshPart
from app.avatar.motion import NECK_SHARE, Skeleton
from app.core.arkit import canonical_name
from app.formats.scenes.usd.motion import Joints, TurnedJoint
from app.formats.scenes.usd.text import identifier, indented, matrices, numbers, quoted, tokens, tuples

_ROOT, _NECK, _HEAD = "Root", "Neck", "Head"


def joints_of(skeleton: Skeleton, angles: np.ndarray | None) -> Joints:
    """Root, neck and head as far as the avatar has them, turned by (n, 3) angles (None: nothing turns)."""
    paths, places, above = [_ROOT], [np.zeros(3)], np.zeros(3)
    turned = []
    for name, pivot in ((_NECK, skeleton.neck_pivot), (_HEAD, skeleton.head_pivot)):
        if pivot is None:
            continue
        paths.append(f"{paths[-1]}/{name}")
        places.append(pivot - above)
        above = pivot
        share = NECK_SHARE if name == _NECK else 1 - NECK_SHARE if skeleton.neck_pivot is not None else 1.0
        if angles is not None:
            turned.append(TurnedJoint(paths[-1], share * angles))
    return Joints(tuple(paths), np.array(places), tuple(turned))


def skeleton_text(joints: Joints, animation: str) -> str:
    """The Skeleton prim, moved by the animation of a path."""
    world, local, above = [], [], np.zeros(3)
    for place in joints.places:
        above = above + place
        local.append(_moved(place))
        world.append(_moved(above))
    return "\n".join([
        'def Skeleton "Skeleton" (', '    prepend apiSchemas = ["SkelBindingAPI"]', ")", "{",
        f"    uniform token[] joints = {tokens(joints.paths)}",
        f"    uniform matrix4d[] bindTransforms = {matrices(world)}",
        f"    uniform matrix4d[] restTransforms = {matrices(local)}",
        f"    rel skel:animationSource = <{animation}>", "}",
    ])  # fmt: skip


def mesh_texts(avatar: Avatar, parts: Sequence[MeshPart], skeleton: Skeleton, joints: Joints, moved: Mapping[str, int]) -> list[str]:
    """The Mesh prims.

    Args:
        avatar: as loaded.
        parts: its parts, teeth with the targets that follow the jaw where the app moves them.
        skeleton: of it.
        joints: of the scene.
        moved: names of the targets that are written -> their column; what nothing moves is left out.
    """
    taken: set[str] = {"Skeleton", "Motion", "AsMade", "Sound"}
    return [_mesh(part, identifier(part.mesh or "Mesh", taken), skeleton, joints, moved) for part in parts]


def _mesh(part: MeshPart, name: str, skeleton: Skeleton, joints: Joints, moved: Mapping[str, int]) -> str:
    n = len(part.positions)
    extent = np.stack([part.positions.min(0), part.positions.max(0)])
    weights = _weights(part, skeleton, len(joints.paths))
    everyone = np.tile(np.arange(weights.shape[1]), n)
    each = f'(\n    elementSize = {weights.shape[1]}\n    interpolation = "vertex"\n)'
    lines = [
        "uniform bool doubleSided = " + ("1" if part.material.double_sided else "0"),
        f"float3[] extent = {tuples(extent)}",
        f"int[] faceVertexCounts = [{numbers(np.full(len(part.triangles), 3))}]",
        f"int[] faceVertexIndices = [{numbers(part.triangles)}]",
        f'normal3f[] normals = {tuples(part.normals, 4)} (\n    interpolation = "vertex"\n)',
        f"point3f[] points = {tuples(part.positions, 7)}",
        *_looks(part),
        f"int[] primvars:skel:jointIndices = [{numbers(everyone)}] {each}",
        f"float[] primvars:skel:jointWeights = [{numbers(weights, 5)}] {each}",
        "matrix4d primvars:skel:geomBindTransform = ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) )",
        "rel skel:skeleton = </Face/Skeleton>",
        'uniform token subdivisionScheme = "none"',
    ]
    shapes = _shapes(part, moved)
    if shapes:
        taken: set[str] = set()
        prims = {title: identifier(title, taken) for title in shapes}
        targets = ", ".join(f"</Face/{name}/{prim}>" for prim in prims.values())
        lines += [f"uniform token[] skel:blendShapes = {tokens(shapes)}", f"rel skel:blendShapeTargets = [{targets}]"]
        lines += [_shape(prims[title], *deltas) for title, deltas in shapes.items()]
    body = indented("\n".join(lines))
    return f'def Mesh {quoted(name)} (\n    prepend apiSchemas = ["SkelBindingAPI"]\n)\n{{\n{body}\n}}'


def _shapes(part: MeshPart, moved: Mapping[str, int]) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Name of each target that is moved -> vertices, and what it does to their places and normals."""
    found: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    if part.targets is None:
        return found
    touched = touched_vertices(part.targets.positions, part.targets.normals, float(np.ptp(part.positions, axis=0).max()))
    for i, own in enumerate(part.targets.names):
        title = canonical_name(own) or own
        at = np.flatnonzero(touched[i])
        if title in moved and title not in found and len(at):
            found[title] = (at, part.targets.positions[i, at], part.targets.normals[i, at])
    return found


def _shape(prim: str, at: np.ndarray, offsets: np.ndarray, normals: np.ndarray) -> str:
    return (
        f"def BlendShape {quoted(prim)}\n{{\n"
        f"    uniform vector3f[] normalOffsets = {tuples(normals, 3)}\n"
        f"    uniform vector3f[] offsets = {tuples(offsets, 5)}\n"
        f"    uniform int[] pointIndices = [{numbers(at)}]\n}}"
    )


def _weights(part: MeshPart, skeleton: Skeleton, n_joints: int) -> np.ndarray:
    """(n, joints) how much each vertex belongs to root, neck and head: as the app turns them."""
    n = len(part.positions)
    if skeleton.head_pivot is None:
        return np.ones((n, 1))
    roles = np.zeros((n, 2))
    if part.skin is not None:
        roles = np.einsum("nk,nkr->nr", part.skin.weights, skeleton.roles[part.skin.joints])[:, :2].astype(np.float64)
    elif not len(skeleton.roles):
        roles[:, 1] = 1.0
    own = roles if skeleton.neck_pivot is not None else roles[:, 1:]
    made: np.ndarray = np.concatenate([1.0 - own.sum(1, keepdims=True), own], axis=1)
    assert made.shape[1] == n_joints
    return made


def _looks(part: MeshPart) -> list[str]:
    """Colour and opacity of every vertex, from the material and its texture: one file shows the face, without pictures beside it."""
    colours, opacity = _sampled(part)
    texture = np.stack([part.uvs[:, 0], 1.0 - part.uvs[:, 1]], axis=1)
    lines = [f'color3f[] primvars:displayColor = {tuples(colours, 3)} (\n    interpolation = "vertex"\n)']
    if (opacity < 1).any():
        lines.append(f'float[] primvars:displayOpacity = [{numbers(opacity, 3)}] (\n    interpolation = "vertex"\n)')
    return [*lines, f'texCoord2f[] primvars:st = {tuples(texture, 5)} (\n    interpolation = "vertex"\n)']


def _sampled(part: MeshPart) -> tuple[np.ndarray, np.ndarray]:
    """(n, 3) linear colours and (n,) opacity."""
    material: Material = part.material
    colours = np.tile(np.array(material.base_color, np.float64), (len(part.positions), 1))
    texture = material.base_color_texture
    if texture is not None:
        height, width = texture.pixels.shape[:2]
        across = np.floor(part.uvs[:, 0] * width).astype(int) % width
        down = np.floor(part.uvs[:, 1] * height).astype(int) % height
        pixel = texture.pixels[down, across] / 255.0
        colours *= np.concatenate([pixel[:, :3] ** 2.2, pixel[:, 3:]], axis=1)
    if part.colors is not None:
        colours *= part.colors
    opacity = np.clip(colours[:, 3], 0.0, 1.0) if material.alpha_mode == "BLEND" else np.ones(len(colours))
    if material.alpha_mode == "MASK":
        opacity = (colours[:, 3] >= material.alpha_cutoff).astype(np.float64)
    return np.clip(colours[:, :3], 0.0, 1.0), opacity


def _moved(place: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[3, :3] = place
    return matrix

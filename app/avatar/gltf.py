"""Reading an avatar: from any .glb, .gltf or .vrm to plain arrays in world space, or to one sentence that says why not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

import numpy as np

from app.avatar.accessors import read_floats, read_integers
from app.avatar.bake import bake_normals, bake_positions, bake_targets
from app.avatar.cooked import find, keep
from app.avatar.document import MESHOPT, Document, read_document
from app.avatar.draco import unpack_primitive
from app.avatar.fields import Json, broken, integer, optional_integer, record, records, text
from app.avatar.findings import oddities
from app.avatar.materials import MaterialReader, UvMapping
from app.avatar.model import Avatar, MeshPart, SkinBinding
from app.avatar.morphs import read_targets
from app.avatar.names.assigning import understood
from app.avatar.names.mapping import AvatarMapping, assign, kept_mapping
from app.avatar.nodes import MeshInstance, NodeTree
from app.avatar.normals import SmoothNormals, turned_inside_out
from app.avatar.pose import find_bones, relax
from app.avatar.skins import JointTable, blended_matrices, read_binding, rigid_binding
from app.avatar.vrm import Vrm, read_vrm
from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.errors import AvatarError

#: extensions that may be required because this program reads them, or because leaving them out changes little
SUPPORTED_EXTENSIONS = frozenset({
    "KHR_mesh_quantization", "KHR_texture_transform", "KHR_texture_basisu", "EXT_texture_webp", *MESHOPT,
    "KHR_draco_mesh_compression", "KHR_lights_punctual", "KHR_animation_pointer", "KHR_xmp_json_ld", "KHR_node_visibility",
})  # fmt: skip
_HARMLESS_PREFIXES = ("KHR_materials_", "VRM", "VRMC_")

_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_MOST_COMPOSED = len(ARKIT_CHANNELS) + len(VISEME_CHANNELS)
_CENTRAL_BONES = ("head", "neck", "jaw")

Pose = Literal["relaxed", "file"]
#: files that need no others beside them
WHOLE = (".glb", ".vrm")
_alive: WeakValueDictionary[tuple[object, ...], Avatar] = WeakValueDictionary()


def load_avatar(path: Path | str, pose: Pose = "relaxed", mapping: AvatarMapping | None = None) -> Avatar:
    """Read an avatar.

    Args:
        path: a .glb, .gltf or .vrm file.
        pose: ``"relaxed"`` lowers arms that are held out (T- or A-pose); ``"file"`` takes the pose as stored.
        mapping: which shapes make which channels; None takes what was kept for this file, if anything, else what its names say.

    Returns:
        The avatar in world space; ``problems`` says what is odd, missing or left out.

    Raises:
        AvatarError: it is missing, damaged, unsafe, or requires an extension that cannot be read; or the mapping does not fit it.
    """
    path = Path(path)
    avatar = _built(path, pose)
    if mapping is not None:
        return assign(avatar, mapping)
    try:
        kept = kept_mapping(path)
        return avatar if kept is None else assign(avatar, kept)
    except AvatarError as error:
        return replace(avatar, problems=(*avatar.problems, f"The assignment that was kept for this avatar is not used: {error}"))


def keep_ready(path: Path) -> bool:
    """Keep an avatar made ready in the user's cache, so that it is there at once the next time; not where its file refers to others.

    Args:
        path: of a file that was just read.

    Returns:
        Whether it is kept.

    Raises:
        AvatarError: see load_avatar.
    """
    return path.suffix.lower() in WHOLE and keep(_built(path, "relaxed"))


def _built(path: Path, pose: Pose) -> Avatar:
    """The avatar of a file before shapes are assigned: the same object as long as one lives and the file stays as it is."""
    key: tuple[object, ...] = ()
    with suppress(OSError):
        state = path.stat()
        key = (path.absolute(), pose, state.st_ino, state.st_mtime_ns, state.st_size)
    avatar = _alive.get(key)
    if avatar is None:
        whole = bool(key) and path.suffix.lower() in WHOLE
        avatar = (find(path, pose) if whole else None) or build_avatar(read_document(path), path.stem, pose)
        if whole:
            _alive[key] = avatar
    return avatar


def build_avatar(document: Document, name: str, pose: Pose = "relaxed") -> Avatar:
    """Build an avatar from a parsed document; see load_avatar."""
    check_extensions(document)
    vrm = read_vrm(document)
    tree = NodeTree(document, vrm.base)
    if pose == "relaxed":
        relax(tree, find_bones(tree.names, vrm.bones))
    reader = _PartReader(document, tree, vrm)
    parts = tuple(part for instance in tree.mesh_instances() for part in reader.parts(instance))
    if not parts:
        raise AvatarError("This file shows no mesh; export the avatar with its geometry.")
    # room for the targets that may be composed: a position and a normal delta per vertex and channel
    document.claim(24 * _MOST_COMPOSED * sum(len(part.positions) for part in parts if part.targets is not None))
    asset = record(document.root, "asset")
    joints = {bone: reader.joints.index(node) for bone, node in vrm.bones.items()}
    avatar = Avatar(
        name=name,
        parts=parts,
        path=document.path,
        joints=reader.joints.joints,
        extensions_required=document.extensions_required,
        extensions_used=document.extensions_used,
        copyright=text(asset, "copyright"),
        generator=text(asset, "generator"),
        bones={bone: joint for bone, joint in joints.items() if joint >= 0 and bone in _CENTRAL_BONES},
        odd=(*oddities(parts), *document.problems),
    )
    return understood(avatar)


def check_extensions(document: Document) -> None:
    """Refuse what cannot be read.

    Raises:
        AvatarError: naming every required extension that is not supported.
    """
    required = document.extensions_required
    unknown = [name for name in required if name not in SUPPORTED_EXTENSIONS and not name.startswith(_HARMLESS_PREFIXES)]
    if unknown:
        names = ", ".join(unknown)
        raise AvatarError(f"This avatar requires the glTF extension {names}, which cannot be read here; export it without that.")


class _PartReader:
    """Turns mesh instances into parts, sharing materials and joints."""

    def __init__(self, document: Document, tree: NodeTree, vrm: Vrm) -> None:
        self._document = document
        self._tree = tree
        self._vrm = vrm
        self._materials = MaterialReader(document)
        self.joints = JointTable(document, tree)

    def parts(self, instance: MeshInstance) -> list[MeshPart]:
        mesh = self._document.item("meshes", instance.mesh)
        found = []
        for primitive in records(mesh, "primitives"):
            mode = integer(primitive, "mode", _TRIANGLES)
            if mode not in (_TRIANGLES, _STRIP, _FAN) or "POSITION" not in record(primitive, "attributes"):
                self._document.note(f"{instance.name} holds lines or points, which are not shown.")
                continue
            found.append(self._part(instance, mesh, primitive, mode))
        return found

    def _part(self, instance: MeshInstance, mesh: Json, primitive: Json, mode: int) -> MeshPart:
        document = self._document
        unpack_primitive(document, primitive)
        attributes = record(primitive, "attributes")
        raw_positions = read_floats(document, integer(attributes, "POSITION"), ("VEC3",))
        n = len(raw_positions)
        triangles = read_triangles(document, primitive, mode, n)
        matrices, binding = self._matrices(instance, attributes, n)
        if np.linalg.det(matrices[0, :3, :3]) < 0:
            triangles = np.ascontiguousarray(triangles[:, ::-1])
        positions = bake_positions(raw_positions, matrices)
        raw_normals = read_floats(document, integer(attributes, "NORMAL"), ("VEC3",), n) if "NORMAL" in attributes else None
        normals = None if raw_normals is None else bake_normals(raw_normals, matrices)
        material, mapping = self._materials.read(optional_integer(primitive, "material"))
        flipped = material.double_sided and turned_inside_out(positions, triangles)
        if flipped:
            # a double-sided surface looks the same from its other side, which is the one that the baked occlusion must ask
            triangles = np.ascontiguousarray(triangles[:, ::-1])
            normals = None if normals is None else -normals
        smooth = SmoothNormals(positions, triangles, normals)
        targets = read_targets(document, mesh, primitive, n, instance.weights)
        if targets:
            targets.normals *= -1 if flipped else 1
            self._vrm.add_expressions(document, targets, instance.mesh, raw_positions)
        extent = float(np.ptp(positions, axis=0).max())
        return MeshPart(
            mesh=instance.name,
            positions=positions,
            normals=smooth.neutral() if normals is None else normals,
            uvs=read_uvs(document, attributes, mapping, n),
            triangles=triangles,
            material=material,
            targets=bake_targets(targets, raw_normals if raw_normals is not None else smooth.neutral(), matrices, smooth, extent)
            if targets
            else None,
            colors=read_colors(document, attributes, n),
            skin=binding,
            node=instance.node,
        )

    def _matrices(self, instance: MeshInstance, attributes: Json, n: int) -> tuple[np.ndarray, SkinBinding | None]:
        """Skinning matrices and the binding to the avatar's joints; a skinned mesh ignores its node's transform."""
        if instance.skin is not None:
            joints = self.joints.nodes(instance.skin)
            local = read_binding(self._document, attributes, n, len(joints))
            if local is not None:
                matrices = blended_matrices(local, self.joints.matrices(instance.skin))
                return matrices, SkinBinding(joints[local.joints], local.weights)
        joint = self.joints.above(instance.node)
        return self._tree.worlds[instance.node][None], rigid_binding(joint, n) if joint >= 0 else None


def read_triangles(document: Document, primitive: Json, mode: int, n_vertices: int) -> np.ndarray:
    """Triangles of a primitive; strips and fans are unrolled.

    Returns:
        (m, 3) uint32.

    Raises:
        AvatarError: an index is out of range, or the number of indices is wrong.
    """
    if "indices" in primitive:
        flat = read_integers(document, integer(primitive, "indices"), ("SCALAR",))[:, 0]
    else:
        flat = np.arange(n_vertices, dtype=np.uint32)
    if int(flat.max()) >= n_vertices:
        raise broken("a triangle points to a vertex that does not exist")
    if len(flat) < 3 or (mode == _TRIANGLES and len(flat) % 3):
        raise broken("its triangles are incomplete")
    if mode == _TRIANGLES:
        return np.ascontiguousarray(flat.reshape(-1, 3))
    document.claim(12 * len(flat))
    if mode == _FAN:
        return np.stack([np.broadcast_to(flat[:1], len(flat) - 2), flat[1:-1], flat[2:]], axis=1).astype(np.uint32)
    triangles = np.stack([flat[:-2], flat[1:-1], flat[2:]], axis=1)
    triangles[1::2] = triangles[1::2, [1, 0, 2]]
    return triangles


def read_uvs(document: Document, attributes: Json, mapping: UvMapping, n_vertices: int) -> np.ndarray:
    """(n, 2) float32 texture coordinates that a material wants, with its transform applied; zeros where there are none."""
    key = f"TEXCOORD_{mapping.texcoord}"
    if key not in attributes:
        return np.zeros((n_vertices, 2), np.float32)
    uvs = read_floats(document, integer(attributes, key), ("VEC2",), n_vertices)
    if mapping.matrix is not None:
        uvs = uvs @ mapping.matrix[:, :2].T + mapping.matrix[:, 2]
    return np.ascontiguousarray(uvs, dtype=np.float32)


def read_colors(document: Document, attributes: Json, n_vertices: int) -> np.ndarray | None:
    """(n, 4) float32 vertex colours in [0, 1], or None."""
    if "COLOR_0" not in attributes:
        return None
    colors = read_floats(document, integer(attributes, "COLOR_0"), ("VEC3", "VEC4"), n_vertices)
    rgba = np.ones((n_vertices, 4), np.float32)
    rgba[:, : colors.shape[1]] = np.clip(colors, 0, 1)
    return rgba

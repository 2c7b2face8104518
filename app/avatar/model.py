"""An avatar as plain data: what the reader produces, the rig moves and the renderer draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from app.avatar.vocabulary import Vocabulary

Wrap = Literal["repeat", "mirror", "clamp"]


@dataclass(frozen=True)
class Texture:
    """A decoded picture.

    Attributes:
        pixels: (h, w, 4) uint8 RGBA, first row is the top, as glTF stores it (v = 0 at the top).
        name: for messages.
        linear: magnification filter; False means nearest.
        wrap: what lies beside the picture, along u and along v.
    """

    pixels: np.ndarray
    name: str = ""
    linear: bool = True
    wrap: tuple[Wrap, Wrap] = ("repeat", "repeat")


@dataclass(frozen=True)
class Material:
    """glTF's metallic-roughness material; factors are linear, in [0, 1], names are glTF's.

    Attributes:
        uv_transforms: KHR_texture_transform already multiplied into the UVs by the reader, so none is left here.
        transmission: how clear it is; what light it lets through is left out of the alpha already, its highlights are not.
    """

    name: str = ""
    base_color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    base_color_texture: Texture | None = None
    metallic: float = 1.0
    roughness: float = 1.0
    metallic_roughness_texture: Texture | None = None
    normal_texture: Texture | None = None
    normal_scale: float = 1.0
    occlusion_texture: Texture | None = None
    occlusion_strength: float = 1.0
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    emissive_texture: Texture | None = None
    alpha_mode: Literal["OPAQUE", "MASK", "BLEND"] = "OPAQUE"
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    unlit: bool = False
    transmission: float = 0.0


@dataclass(frozen=True)
class MorphTargets:
    """The morph targets of one part.

    Attributes:
        names: one per target: as written in the file, in the file's order, then those that were composed.
        positions: (n_targets, n_vertices, 3) float32 deltas in world units (metres), skin baked in.
        normals: (n_targets, n_vertices, 3) float32 deltas; computed by the reader where the file has none.
        default_weights: (n_targets,) float32, glTF's ``mesh.weights``.
        written: names of the first targets as the file writes them, where others follow that were made from these; None where
            all are the file's own.
    """

    names: tuple[str, ...]
    positions: np.ndarray
    normals: np.ndarray
    default_weights: np.ndarray
    written: tuple[str, ...] | None = None


@dataclass(frozen=True)
class SkinBinding:
    """What is needed to re-skin a part's vertices when the head turns (part 2's liveliness).

    Attributes:
        joints: (n_vertices, 4) int32 indices into ``Avatar.joints``.
        weights: (n_vertices, 4) float32 that sum to 1.
    """

    joints: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Joint:
    """A joint of the baked pose.

    Attributes:
        name: as in the file.
        parent: index into ``Avatar.joints`` or -1.
        world: (4, 4) float64 world transform in the baked pose.
        node: the file's node that it is, -1 for one that is made up.
    """

    name: str
    parent: int
    world: np.ndarray
    node: int = -1


@dataclass(frozen=True)
class MeshPart:
    """One glTF primitive in world space, in the baked pose, with neutral morphs.

    Attributes:
        mesh: the mesh's name without Blender's ``.NNN`` suffix (``Head_Mesh``).
        positions: (n, 3) float32 metres, Y up, facing +Z.
        normals: (n, 3) float32 unit vectors.
        uvs: (n, 2) float32 in glTF's convention (v = 0 at the top), zeros where the file has none.
        triangles: (m, 3) uint32.
        material: how it looks.
        targets: morph targets, or None.
        colors: (n, 4) float32 vertex colours or None.
        skin: joint weights or None.
        node: the file's node that shows it, -1 for a part that is made up.
    """

    mesh: str
    positions: np.ndarray
    normals: np.ndarray
    uvs: np.ndarray
    triangles: np.ndarray
    material: Material
    targets: MorphTargets | None = None
    colors: np.ndarray | None = None
    skin: SkinBinding | None = None
    node: int = -1


@dataclass(frozen=True)
class Avatar:
    """A loaded avatar.

    Attributes:
        name: to show, usually the file's stem.
        path: where it came from, or None.
        parts: all visible primitives.
        joints: joints of the skins, empty for unskinned files.
        extensions_required: of the file.
        extensions_used: of the file.
        copyright: ``asset.copyright`` or "".
        generator: ``asset.generator`` or "".
        problems: sentences for the user: what is odd or missing, and why something will not move; what the mouth cannot do first.
        vocabulary: what the shapes drive, where they are called otherwise than their channels.
        bones: ``head``, ``neck`` and ``jaw`` as indices into ``joints``, as far as they were found.
        odd: those of the problems that do not depend on what the shapes drive.
    """

    name: str
    parts: tuple[MeshPart, ...]
    path: Path | None = None
    joints: tuple[Joint, ...] = ()
    extensions_required: tuple[str, ...] = ()
    extensions_used: tuple[str, ...] = ()
    copyright: str = ""
    generator: str = ""
    problems: tuple[str, ...] = field(default=())
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    bones: Mapping[str, int] = field(default_factory=dict)
    odd: tuple[str, ...] = ()

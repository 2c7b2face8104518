"""An avatar as the page moves and draws it: the app's own mesh, morphs, joints and surfaces, in small numbers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from app.avatar.model import MeshPart
from app.avatar.motion import NECK_SHARE, Skeleton, find_skeleton
from app.avatar.rig import AvatarRig, PosedPart
from app.core.errors import RenderError
from app.render.blocks import SURFACE_DTYPE, surface_block
from app.render.camera import FRAMINGS, OrbitCamera
from app.render.surface import surface_of
from app.review.page.store import Store
from app.review.page.textures import Album

#: UVs beyond this are too far apart for 16 bit
_WIDE_UVS = 4.0
#: UVs this far outside the picture still count as inside, as in the app's own renderer
_UV_EDGE = 0.002
#: a turn of a normal below this cannot be seen
_STILL_NORMAL = 1 / 127
#: a picture so wide that its height alone decides where the camera stands, and one so narrow that its width does
_WIDE, _NARROW = 1e6, 1e-3


def openness_of(rig: AvatarRig) -> list[np.ndarray] | None:
    """How open to the sky every vertex of every part is, as the app bakes it.

    Args:
        rig: whose avatar is asked for.

    Returns:
        (n,) 0 to 1 per part, or None where nothing can be drawn.
    """
    from app.render.offscreen import OffscreenCanvas
    from app.render.openness import BAKED

    if BAKED.of(rig.avatar) is None:
        try:
            with OffscreenCanvas(16, 16) as canvas:
                canvas.render(rig, OrbitCamera())
        except RenderError:
            return None
    return BAKED.of(rig.avatar)


def body_data(rig: AvatarRig, used: Collection[str], store: Store, album: Album, *, turns: bool) -> dict[str, Any]:
    """Everything of one avatar.

    Args:
        rig: with its corrections.
        used: targets that some side moves; the others are left out.
        store: takes the arrays.
        album: takes the pictures.
        turns: whether a side turns the head.

    Returns:
        Parts, joints and framings; names of targets stand for themselves.
    """
    openness = openness_of(rig)
    skeleton = find_skeleton(rig.avatar)
    parts = []
    for i, posed in enumerate(rig.parts):
        if not len(posed.source.triangles):
            continue
        part = _part(posed, store, album, None if openness is None else openness[i])
        part["morphs"] = _morphs(posed, [name if name in used else "" for name in rig.target_names], store)
        part["motion"] = _motion(posed.source, skeleton, store) if turns else None
        parts.append(part)
    pivots = [None if pivot is None else np.asarray(pivot).tolist() for pivot in (skeleton.neck_pivot, skeleton.head_pivot)]
    return {
        "name": rig.avatar.name,
        "copyright": rig.avatar.copyright,
        "parts": parts,
        "pivots": pivots,
        "neckShare": NECK_SHARE if pivots[0] is not None else 0.0,
        "openness": 0.0 if openness is None else 1.0,
        "framings": {framing: _framing(rig, framing) for framing in FRAMINGS},
    }


def _part(posed: PosedPart, store: Store, album: Album, openness: np.ndarray | None) -> dict[str, Any]:
    """Shape and surface of a part at rest."""
    from app.render.alpha import effective_alpha
    from app.render.clusters import cluster

    part, surface, material = posed.source, surface_of(posed.source), posed.source.material
    n = len(part.positions)
    triangles = cluster(part).triangles
    low, high = surface.openness
    occlusion = np.ones(n) if openness is None else low + (high - low) * openness
    mode = effective_alpha(part)
    block = surface_block(material, surface)
    uvs = part.uvs if np.abs(part.uvs).max(initial=0.0) > _WIDE_UVS else None
    middle = (part.positions.min(0).astype(np.float64) + part.positions.max(0)) / 2
    return {
        "mesh": part.mesh,
        "size": n,
        "kind": surface.kind,
        "mode": mode,
        "layer": surface.layer,
        "twoSided": material.double_sided,
        "center": middle.tolist(),
        "switches": _switches(part, mode, glint=surface.glint > 0),
        "surface": {name: block[name].tolist() for name in SURFACE_DTYPE.names or ()},
        "pictures": _pictures(part, mode, album),
        "positions": store.ranged(part.positions),
        "normals": store.quantised(part.normals),
        "uvs": store.ranged(part.uvs) if uvs is None else store.array(uvs.astype(np.float32)),
        "triangles": store.array(triangles.astype("u2" if n <= 65535 else "u4")),
        "occlusion": store.array(np.rint(np.clip(occlusion, 0, 1) * 255).astype("u1")),
        "colors": None if part.colors is None else store.array(np.rint(np.clip(part.colors, 0, 1) * 255).astype("u1")),
    }


def _switches(part: MeshPart, mode: str, *, glint: bool) -> list[str]:
    """Of the part's shaders, as ``app.render.steps`` chooses them."""
    material = part.material
    chosen = {
        "DOUBLE_SIDED": material.double_sided,
        "CUTOUT": mode == "MASK",
        "VERTEX_COLOR": part.colors is not None,
        "GLINT": glint,
        "UNLIT": material.unlit,
        "CLEAR": material.transmission > 0.0,
        "NORMAL_MAP": material.normal_texture is not None,
        "MAPS": any((material.metallic_roughness_texture, material.occlusion_texture, material.emissive_texture)),
    }
    return [name for name, on in chosen.items() if on]


def _pictures(part: MeshPart, mode: str, album: Album) -> dict[str, Any]:
    """Sampler -> number of its picture; absent ones are white. ``tiled`` says whether the picture repeats."""
    material = part.material
    tiled = bool(len(part.uvs)) and (float(part.uvs.min()) < -_UV_EDGE or float(part.uvs.max()) > 1.0 + _UV_EDGE)
    wanted = {
        "base_color_map": material.base_color_texture,
        "normal_map": material.normal_texture,
        "metal_rough_map": material.metallic_roughness_texture,
        "occlusion_map": material.occlusion_texture,
        "emissive_map": material.emissive_texture,
    }
    made: dict[str, Any] = {
        name: album.get(texture, colour=name in ("base_color_map", "emissive_map"), cut_out=name == "base_color_map" and mode != "OPAQUE")
        for name, texture in wanted.items()
        if texture is not None
    }
    return {**made, "tiled": tiled}


def _morphs(posed: PosedPart, names: list[str], store: Store) -> list[dict[str, Any]]:
    """The targets that are used, each as the vertices that it moves and by how much.

    Positions are kept to 1/65534 of the target's largest move, normals to 1/254.
    """
    drive = posed.drive
    if drive is None:
        return []
    order = np.argsort(drive.place)
    made = []
    for run in drive.runs:
        name = names[run.column]
        if not name:
            continue
        deltas = run.deltas.reshape(-1, 6)
        most = float(np.abs(deltas[:, :3]).max(initial=0.0))
        moved = (np.abs(deltas[:, :3]) > most / 65534).any(1) | (np.abs(deltas[:, 3:]) > _STILL_NORMAL).any(1)
        vertices = order[run.window.start // 6 : run.window.stop // 6][moved]
        made.append({
            "name": name,
            "vertices": store.array(vertices.astype("u2" if len(order) <= 65535 else "u4")),
            "positions": store.quantised(deltas[moved, :3]),
            "normals": store.quantised(deltas[moved, 3:], "i1"),
        })  # fmt: skip
    return made


def _motion(part: MeshPart, skeleton: Skeleton, store: Store) -> dict[str, Any] | None:
    """How much each vertex hangs on neck and head, None where nothing does."""
    if skeleton.head_pivot is None:
        return None
    n = len(part.positions)
    if part.skin is None:
        weights = np.tile(np.array([0.0, 0.0 if len(skeleton.roles) else 1.0]), (n, 1))
    else:
        weights = np.einsum("nk,nkr->nr", part.skin.weights, skeleton.roles[part.skin.joints])[:, :2]
    if not weights.any():
        return None
    return store.array(np.rint(np.clip(weights, 0, 1) * 65535).astype("u2"))


def _framing(rig: AvatarRig, framing: Any) -> dict[str, Any]:
    """Where the camera stands for one of the framings: as far as the visible height asks, or the width in a narrow picture."""
    camera = OrbitCamera()
    camera.frame(rig.avatar, framing, _NARROW)
    width = camera.distance * 2 * np.tan(np.radians(camera.fov_deg) / 2) * _NARROW
    camera.frame(rig.avatar, framing, _WIDE)
    return {
        "target": camera.target.tolist(),
        "yaw": camera.yaw,
        "pitch": camera.pitch,
        "fov": camera.fov_deg,
        "distance": camera.distance,
        "width": float(width),
        "reach": list(camera.reach),
    }

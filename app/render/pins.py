"""Points on the skin: found under the pointer, and shown again wherever motion and orbit have carried them. No GL, no Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.avatar.rig import AvatarRig, PosedPart
from app.formats.notes import FacePoint
from app.render.camera import OrbitCamera

#: what lies in front of a point by less than this, in metres, does not hide it: lips touch, lashes cross
HIDES_M = 0.006
#: cosine of an angle from which on skin shows its back; smoothed normals turn away before their triangles do
_TURNED_AWAY = -0.35
_LEAST_DEPTH_M = 1e-4


@dataclass(frozen=True)
class PinPlace:
    """Where a point is seen.

    Attributes:
        x: share of the picture's width.
        y: share of its height, downwards.
        faces: whether the skin there looks at the camera.
        position: (3,) metres in the world.
    """

    x: float
    y: float
    faces: bool
    position: np.ndarray


@dataclass(frozen=True)
class _Hit:
    part: PosedPart
    corners: np.ndarray
    shares: np.ndarray
    depth: float


def pin_at(rig: AvatarRig, camera: OrbitCamera, x: float, y: float, aspect: float) -> FacePoint | None:
    """The point of the skin, as it is posed now, under a place of the picture; None beside the avatar.

    Args:
        rig: as shown.
        camera: looked through.
        x: share of the picture's width.
        y: share of its height, downwards.
        aspect: width over height of the picture.
    """
    hit = _nearest(rig, camera, x, y, aspect)
    if hit is None:
        return None
    a, b, c = (int(corner) for corner in hit.corners)
    first, second = (min(max(float(share), 0.0), 1.0) for share in hit.shares[:2])
    return FacePoint(hit.part.source.mesh, (a, b, c), (first, second, max(1.0 - first - second, 0.0)), len(hit.part.positions))


def pin_place(rig: AvatarRig, camera: OrbitCamera, point: FacePoint, aspect: float) -> PinPlace | None:
    """Where a point of the skin is seen now; None on an avatar that has no such point, and behind the camera.

    Args:
        rig: as shown.
        camera: looked through.
        point: on the skin.
        aspect: width over height of the picture.
    """
    part = part_of(rig, point)
    if part is None:
        return None
    corners, shares = list(point.corners), np.array(point.shares)
    position = shares @ part.positions[corners]
    normal = shares @ part.normals[corners]
    view = camera.view_matrix()
    seen = view[:3, :3] @ position + view[:3, 3]
    if -seen[2] <= _LEAST_DEPTH_M:
        return None
    projection = camera.projection(aspect)
    right, up = (projection[i, i] * seen[i] / -seen[2] for i in (0, 1))
    towards = camera.position - position
    faces = part.source.material.double_sided or float(normal @ towards) > _TURNED_AWAY * float(np.linalg.norm(towards))
    return PinPlace(float(0.5 + right / 2), float(0.5 - up / 2), faces, position)


def is_hidden(rig: AvatarRig, camera: OrbitCamera, place: PinPlace, aspect: float) -> bool:
    """Whether something of the avatar stands between a point and the camera; costs as much as finding a point.

    Args:
        rig: as shown.
        camera: looked through.
        place: of the point, by ``pin_place``.
        aspect: width over height of the picture.
    """
    if not place.faces:
        return True
    view = camera.view_matrix()
    depth = -float(view[2, :3] @ place.position + view[2, 3])
    hit = _nearest(rig, camera, place.x, place.y, aspect)
    return hit is not None and hit.depth < depth - HIDES_M


def part_of(rig: AvatarRig, point: FacePoint) -> PosedPart | None:
    """The part that a point lies on, None where the avatar has no such mesh.

    Args:
        rig: as shown.
        point: on the skin.
    """
    shares, size = point.shares, point.size
    if max(point.corners) >= size or abs(sum(shares) - 1.0) > 1e-3:
        return None
    return next((part for part in rig.parts if part.source.mesh == point.mesh and len(part.positions) == size), None)


def _nearest(rig: AvatarRig, camera: OrbitCamera, x: float, y: float, aspect: float) -> _Hit | None:
    """What the ray through a place of the picture meets first, clear surfaces (a cornea, tears) left out."""
    hits = [hit for part in rig.parts if not _is_clear(part) for hit in _met(part, camera, (2 * x - 1, 1 - 2 * y), aspect)]
    return min(hits, key=lambda hit: hit.depth, default=None)


def _is_clear(part: PosedPart) -> bool:
    return part.source.material.alpha_mode == "BLEND" or part.source.material.transmission > 0


def _met(part: PosedPart, camera: OrbitCamera, at: tuple[float, float], aspect: float) -> Iterator[_Hit]:
    """The triangles of a part on a ray, in no order.

    The camera's space is sheared until the ray is its depth axis; whether a triangle is met is then asked in two dimensions, and
    the shares of its corners in the plane are those in space.
    """
    view, projection = camera.view_matrix(), camera.projection(aspect)
    seen = part.positions @ view[:3, :3].T.astype(np.float32) + view[:3, 3].astype(np.float32)
    depth = -seen[:, 2]
    u = projection[0, 0] * seen[:, 0] - at[0] * depth
    v = projection[1, 1] * seen[:, 1] - at[1] * depth
    triangles = part.source.triangles
    # of most triangles all corners lie on one side of the ray
    side = (u > 0).astype(np.uint8) | ((v > 0).astype(np.uint8) << 1)
    first, second, third = (side[triangles[:, i]] for i in range(3))
    near = triangles[((first | second | third) == 3) & ((first & second & third) == 0)]
    if not len(near):
        return
    a, b, c = (np.stack([u[near[:, i]], v[near[:, i]]], 1).astype(np.float64) for i in range(3))
    parts = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], 1)
    whole = parts.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = parts / whole[:, None]
    depths = (shares * depth[near]).sum(1)
    for i in np.flatnonzero((np.abs(whole) > 0) & (shares >= 0).all(1) & (depths > _LEAST_DEPTH_M)):
        if not _is_cut_out(part, near[i], shares[i]):
            yield _Hit(part, near[i], shares[i], float(depths[i]))


def _is_cut_out(part: PosedPart, corners: np.ndarray, shares: np.ndarray) -> bool:
    """Whether the material's picture leaves a hole there, as between strands of hair."""
    material = part.source.material
    texture = material.base_color_texture
    if material.alpha_mode != "MASK" or texture is None:
        return False
    height, width = texture.pixels.shape[:2]
    across, down = (shares @ part.source.uvs[corners]) % 1.0
    alpha = texture.pixels[min(int(down * height), height - 1), min(int(across * width), width - 1), 3]
    return bool(alpha / 255.0 * material.base_color[3] < material.alpha_cutoff)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    made: np.ndarray = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return made

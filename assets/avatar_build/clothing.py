"""The outfit: a crew-neck sweater, trousers and shoes grown from the base mesh's body-suit helper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bake import VolumeNoise
from .cloth_mesh import Cloth, band, compact, cut, even_loop, relaxed, rims
from .figure import Figure, group_surface
from .glb import Part
from .picture import smoothstep
from .skeleton import strongest

SUIT = "helper-tights"
#: repeats of the fabric tile per metre
TILE_PER_M = 25.0
Color = tuple[float, float, float]


@dataclass(frozen=True)
class Outfit:
    """Colours in sRGB and fit in metres.

    Attributes:
        sweater: colour.
        rib: colour of collar, cuffs and hem.
        trousers: colour.
        shoes: colour.
        sole: colour.
        ease_m: distance of the sweater from the body.
        collar_m: height of the collar's rib.
    """

    sweater: Color
    rib: Color
    trousers: Color
    shoes: Color
    sole: Color
    ease_m: float
    collar_m: float


def look_part(figure: Figure, outfit: Outfit) -> Part:
    """The outfit as ``avaturn_look_0``; garments differ by vertex colour over one fabric tile.

    Args:
        figure: the person.
        outfit: colours and fit.

    Returns:
        The part.
    """
    suit = _suit(figure)
    sweater, ribs = _sweater(figure, suit, outfit)
    pieces = [(sweater, outfit.sweater), *((rib, outfit.rib) for rib in ribs), (_trousers(figure, suit), outfit.trousers)]
    pieces += [(shoe, outfit.shoes) for shoe in _shoes(suit)]
    built = [_textured(figure, piece, color, outfit) for piece, color in pieces]
    starts = np.cumsum([0] + [len(b[0]) for b in built[:-1]])
    positions, turned, uvs, weights, colors = (np.concatenate([b[k] for b in built]) for k in (0, 1, 2, 3, 5))
    triangles = np.concatenate([b[4] + start for b, start in zip(built, starts, strict=True)])
    joints, skin = strongest(weights)
    return Part("avaturn_look_0", positions, turned, uvs, triangles, joints, skin, "avaturn_look_0_material", colors=colors)


def collar_m(figure: Figure, points: np.ndarray) -> np.ndarray:
    """(n,) height above the tilted plane of the neckline; the neck lies above it."""
    neck = figure.joint("Neck")
    plane = points[:, 1] - (neck[1] + 0.018 - 0.50 * (points[:, 2] - neck[2]))
    return np.where(np.abs(points[:, 0]) < 0.15, plane, -0.1)


def _suit(figure: Figure) -> Cloth:
    surface = group_surface(figure, (SUIT,))
    return Cloth(surface.operator @ figure.vertices, surface.operator @ figure.skeleton.weights, surface.triangles)


def _sweater(figure: Figure, suit: Cloth, outfit: Outfit) -> tuple[Cloth, list[Cloth]]:
    hip = figure.joint("LeftUpLeg")[1] - 0.015
    on_arm = _arm_share(figure, suit)
    cloth = cut(suit, np.where(on_arm > 0.5, 0.1, suit.points[:, 1] - hip))
    cloth = cut(cloth, -collar_m(figure, cloth.points))
    cloth = cut(cloth, _before_wrist(figure, cloth))
    arm = _arm_share(figure, cloth)[:, None]
    offset = cloth.points + cloth.normals() * (outfit.ease_m - 0.003 * arm)
    loose = relaxed(cloth.moved(_draped(figure, offset, arm[:, 0])), 14)
    loose = _wrinkled(figure, loose)
    edges = rims(loose)
    ribs = []
    for edge in edges[:4]:
        middle = loose.points[edge].mean(axis=0)
        if abs(middle[0]) < 0.05 and middle[1] > hip + 0.2:
            ribs.append(_collar(figure, loose, edge, outfit))
        else:
            ribs.append(_cuff(loose, edge))
    return loose, ribs


def _arm_share(figure: Figure, cloth: Cloth) -> np.ndarray:
    arms = [i for i, name in enumerate(figure.skeleton.names) if name.endswith(("Arm", "ForeArm")) or "Hand" in name]
    return cloth.weights[:, arms].sum(axis=1)


def _before_wrist(figure: Figure, cloth: Cloth) -> np.ndarray:
    """Distance along the forearm that is left to the cuff; large off the forearms."""
    result = np.full(len(cloth.points), 0.1)
    for side in ("Left", "Right"):
        elbow, wrist = figure.joint(f"{side}ForeArm"), figure.joint(f"{side}Hand")
        axis = (wrist - elbow) / np.linalg.norm(wrist - elbow)
        near = (np.sign(wrist[0]) * cloth.points[:, 0] > 0) & (_arm_share(figure, cloth) > 0.5)
        left = (wrist - cloth.points) @ axis - 0.006
        result[near] = np.clip(left[near], -0.1, 0.1)
    return result


def _draped(figure: Figure, points: np.ndarray, arm: np.ndarray) -> np.ndarray:
    """Let the torso hang from chest and back instead of hugging the waist."""
    result = points.copy()
    hip = figure.joint("LeftUpLeg")[1]
    spine = figure.joint("Spine1")[2]
    waist = figure.joint("Spine")[1] + 0.06
    fall = np.exp(-(((points[:, 1] - waist) / 0.115) ** 2)) * (1 - arm) * (points[:, 1] > hip - 0.1)
    offset = points[:, [0, 2]] - (0.0, spine)
    width = np.hypot(*offset.T)
    result[:, [0, 2]] += offset / np.maximum(width, 1e-6)[:, None] * (0.017 * fall)[:, None]
    return result


def _wrinkled(figure: Figure, cloth: Cloth) -> Cloth:
    """Soft folds: across the sleeves near the elbows, from the armpits, and above the hem."""
    noise = VolumeNoise(41)
    points = cloth.points
    arm = _arm_share(figure, cloth)
    bend = np.zeros(len(points))
    for side in ("Left", "Right"):
        bend += np.exp(-((np.linalg.norm(points - figure.joint(f"{side}ForeArm"), axis=1) / 0.085) ** 2))
        pit = figure.joint(f"{side}Arm") + np.array([0.0, -0.075, 0.0])
        bend += 0.9 * np.exp(-((np.linalg.norm(points - pit, axis=1) / 0.085) ** 2))
    hem = np.exp(-(((points[:, 1] - figure.joint("LeftUpLeg")[1] - 0.07) / 0.07) ** 2)) * (1 - arm)
    strength = 0.0045 * np.clip(bend, 0, 1) + 0.0032 * hem + 0.0009
    stretched = points * np.array([0.55, 1.35, 0.55])
    folds = noise.at(stretched, 0.052, 2)
    collar = smoothstep(0.0, 0.05, -collar_m(figure, points))
    return cloth.moved(points + cloth.normals() * (strength * collar * np.clip(folds, -1.6, 2.0))[:, None])


def _collar(figure: Figure, cloth: Cloth, edge: np.ndarray, outfit: Outfit) -> Cloth:
    """A ribbed ring that stands against the neck."""
    loop, weights = even_loop(cloth.points[edge], cloth.weights[edge], 72)
    center = loop.mean(axis=0)
    along = np.roll(loop, -1, axis=0) - np.roll(loop, 1, axis=0)
    inward = center - loop
    inward[:, 1] = 0
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0]) + 0.35 * inward
    up -= along * (np.einsum("ij,ij->i", up, along) / np.einsum("ij,ij->i", along, along))[:, None]
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    out = -inward
    h = outfit.collar_m
    profile = (
        (-0.004, -0.001),
        (-0.002, 0.0028),
        (0.25 * h, 0.0036),
        (0.7 * h, 0.0030),
        (0.95 * h, 0.0016),
        (h, -0.0008),
        (0.9 * h, -0.0034),
        (0.1 * h, -0.0050),
    )
    snug = _neck_gap(figure, loop, center)
    rows = [loop + up * rise + out * (push - snug * np.clip(rise / h, 0, 1))[:, None] for rise, push in profile]
    return band(loop, weights, rows, outward=True)


def _neck_gap(figure: Figure, loop: np.ndarray, center: np.ndarray) -> np.ndarray:
    """(k,) how far the collar's top must move inwards to lie two millimetres off the neck."""
    skin = (figure.smooth @ figure.vertices)[:13380]
    near = skin[(np.abs(skin[:, 0]) < 0.1) & (np.abs(skin[:, 1] - loop[:, 1].mean()) < 0.09)]
    gap = np.zeros(len(loop))
    for k, point in enumerate(loop):
        angle = np.arctan2(*(point - center)[[0, 2]])
        other = np.arctan2(near[:, 0] - center[0], near[:, 2] - center[2])
        turn = np.abs((other - angle + np.pi) % (2 * np.pi) - np.pi)
        level = near[(turn < 0.16) & (np.abs(near[:, 1] - point[1] - 0.014) < 0.010)]
        if len(level):
            gap[k] = np.hypot(*(point - center)[[0, 2]]) - np.hypot(*(level - center)[:, [0, 2]].T).max() - 0.0035
    smooth = np.convolve(np.concatenate([gap[-6:], gap, gap[:6]]), np.ones(13) / 13, "valid")
    return np.clip(smooth, -0.004, 0.02)


def _cuff(cloth: Cloth, edge: np.ndarray) -> Cloth:
    """A rib round a wrist or the hem, tucked in at its end."""
    loop, weights = even_loop(cloth.points[edge], cloth.weights[edge], 56)
    center = loop.mean(axis=0)
    away = center - cloth.points.mean(axis=0)
    plane = np.linalg.svd(loop - center)[2][2]
    axis = plane * np.sign(plane @ away)
    out = loop - center
    out -= np.outer(out @ axis, axis)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    wide = np.linalg.norm(loop - center, axis=1).mean() > 0.08
    length = 0.045 if wide else 0.030
    profile = (
        (-0.006, -0.002),
        (-0.003, 0.0016),
        (0.3 * length, 0.0010),
        (0.95 * length, -0.0012),
        (length, -0.0035),
        (0.5 * length, -0.0065),
    )
    rows = [loop + axis * along + out * push for along, push in profile]
    made = band(loop, weights, rows, outward=True)
    facing = (made.normals()[len(loop) * 2 : len(loop) * 3] * out).sum()
    return made if facing > 0 else band(loop, weights, rows, outward=False)


def _trousers(figure: Figure, suit: Cloth) -> Cloth:
    hip = figure.joint("LeftUpLeg")[1]
    arm = _arm_share(figure, suit)
    cloth = cut(suit, np.where(arm > 0.5, -0.1, hip + 0.045 - suit.points[:, 1]))
    cloth = cut(cloth, cloth.points[:, 1] - 0.058)
    knee = figure.joint("LeftLeg")[1]
    ease = 0.004 + 0.012 * smoothstep(knee + 0.15, 0.10, cloth.points[:, 1])
    return relaxed(cloth.moved(cloth.points + cloth.normals() * ease[:, None]), 10)


def _shoes(suit: Cloth) -> list[Cloth]:
    cloth = cut(suit, 0.085 - suit.points[:, 1])
    raised = cloth.points + cloth.normals() * 0.006
    raised[:, 1] = np.maximum(raised[:, 1], -0.0005)
    return [compact(relaxed(cloth.moved(raised), 8))]


def _textured(figure: Figure, cloth: Cloth, color: Color, outfit: Outfit) -> tuple[np.ndarray, ...]:
    """Cylindrical UVs in tiles of the fabric, cut where the angle wraps, and vertex colours."""
    center, radius = _limb_axes(figure, cloth)
    offset = cloth.points - center
    angle = np.arctan2(offset[:, 0], offset[:, 2]) / (2 * np.pi)
    tiles = np.round(2 * np.pi * radius * TILE_PER_M)
    corner_angle = angle[cloth.triangles]
    wrapped = (corner_angle < 0) & (np.ptp(corner_angle, axis=1) > 0.5)[:, None]
    keys = np.stack([cloth.triangles.ravel(), wrapped.ravel()], axis=1)
    corners, index = np.unique(keys, axis=0, return_inverse=True)
    point = corners[:, 0]
    uvs = np.stack([(angle[point] + corners[:, 1]) * tiles[point], cloth.points[point, 1] * -TILE_PER_M], axis=1)
    shade = np.array([*_linear(color), 1.0])
    colors = np.tile(shade, (len(point), 1))
    if color == outfit.shoes:
        colors[cloth.points[point, 1] < 0.016] = [*_linear(outfit.sole), 1.0]
    return cloth.points[point], cloth.normals()[point], uvs, cloth.weights[point], index.reshape(-1, 3), colors.astype(np.float32)


def _limb_axes(figure: Figure, cloth: Cloth) -> tuple[np.ndarray, np.ndarray]:
    """Per point: the middle of the limb it belongs to, and a nominal radius that only sets the tile count."""
    names = figure.skeleton.names
    center = np.tile(figure.joint("Spine1") * (0, 1, 1), (len(cloth.points), 1))
    radius = np.full(len(cloth.points), 0.15)
    strongest_joint = np.argmax(cloth.weights, axis=1)
    for side in ("Left", "Right"):
        for start, end, size in (("Arm", "ForeArm", 0.06), ("ForeArm", "Hand", 0.06), ("UpLeg", "Leg", 0.09), ("Leg", "Foot", 0.09)):
            mine = strongest_joint == names.index(f"{side}{start}")
            a, b = figure.joint(f"{side}{start}"), figure.joint(f"{side}{end}")
            share = np.clip((a[1] - cloth.points[mine, 1]) / (a[1] - b[1]), 0, 1)[:, None]
            center[mine] = a + (b - a) * share
            radius[mine] = size
    return center, radius


def _linear(color: Color) -> tuple[float, ...]:
    """sRGB to linear light, as glTF's vertex colours are."""
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color)

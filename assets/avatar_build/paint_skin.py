"""Paint skin: colour with believable variation, lips, lids, brows, scalp and stubble; relief and roughness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .bake import Canvas, VolumeNoise
from .brows import BrowStyle, brow_mask
from .picture import smoothstep

Color = tuple[float, float, float]


@dataclass(frozen=True)
class SkinStyle:
    """Colours are sRGB in [0, 1].

    Attributes:
        tone: of the skin.
        flush: what redness tends to.
        lips: colour of the lips.
        lip_strength: how much of it shows.
        brow: colour of brow hairs.
        brow_style: their shape.
        hair: colour of the scalp below the hair.
        stubble: 0 none to 1 strong.
        freckles: 0 none to 1 strong.
        seed: for everything random.
    """

    tone: Color
    flush: Color
    lips: Color
    lip_strength: float
    brow: Color
    brow_style: BrowStyle
    hair: Color
    stubble: float
    freckles: float
    seed: int


@dataclass(frozen=True)
class SkinSite:
    """What the painter knows about each texel of the head.

    Attributes:
        points: (n, 3) metres on the neutral face.
        normals: (n, 3).
        open_sky: (n,) ambient occlusion, 1 open.
        lips: (n,) 0..1 from the area mask.
        lining: (n,) 0..1, 1 inside the mouth.
        scalp: (n,) 0..1, where hair grows.
        margin_m: (n,) distance to the lid margins.
        eyes: two (3,) centres, left first.
        mouth: (3,) middle of the closed lips.
        nose: (3,) tip.
        chin: (3,) front of the chin.
        ears: two (3,).
    """

    points: np.ndarray
    normals: np.ndarray
    open_sky: np.ndarray
    lips: np.ndarray
    lining: np.ndarray
    scalp: np.ndarray
    margin_m: np.ndarray
    eyes: tuple[np.ndarray, np.ndarray]
    mouth: np.ndarray
    nose: np.ndarray
    chin: np.ndarray
    ears: tuple[np.ndarray, np.ndarray]


def paint_color(style: SkinStyle, site: SkinSite) -> np.ndarray:
    """The base colour of every texel.

    Args:
        style: colours.
        site: the texels.

    Returns:
        (n, 3) sRGB in [0, 1].
    """
    noise = VolumeNoise(style.seed)
    points = site.points
    color = np.broadcast_to(np.asarray(style.tone, np.float32), points.shape).copy()
    color *= (1 + 0.015 * noise.at(points, 0.030, 3) + 0.011 * noise.at(points + 1.0, 0.0035, 2))[:, None]
    color = _over(color, _shift(style.tone, -0.03, -0.03, -0.01), 0.22 * smoothstep(0.4, 1.8, noise.at(points + 2.0, 0.022, 2)))
    color = _over(color, style.flush, np.clip(_flush(site) * (1 + 0.30 * noise.at(points + 3.0, 0.006, 3)), 0, 0.75))
    color = _under_eyes(color, style, site)
    color = _freckles(color, style, site, noise)
    if style.stubble:
        color = _over(color, _mix3(style.brow, (0.30, 0.31, 0.34), 0.55), style.stubble * beard_area(site) * _bristle(noise, points))
    color = _lips(color, style, site, noise)
    color = _lids(color, site)
    color *= (0.86 + 0.14 * smoothstep(0.05, 0.85, site.open_sky))[:, None] ** np.array([0.75, 1.1, 1.15], np.float32)
    brow = brow_mask(style.brow_style, site.eyes[0], points, style.seed)
    color = _over(color, style.brow, 0.92 * brow)
    color = _over(color, style.hair, 0.93 * site.scalp)
    return np.clip(_lining(color, site, noise), 0, 1)


def paint_surface(style: SkinStyle, site: SkinSite) -> tuple[np.ndarray, np.ndarray]:
    """Relief and roughness of every texel.

    Args:
        style: for the seed and stubble.
        site: the texels.

    Returns:
        (n,) height in metres and (n,) roughness in [0, 1].
    """
    noise = VolumeNoise(style.seed + 50)
    points = site.points
    pores = -np.clip(noise.at(points, 0.0013) - 0.55, 0, 2) * 1.9e-5
    grain = noise.at(points + 5.0, 0.0022, 2) * 0.7e-5 + noise.at(points + 6.0, 0.008, 2) * 1.2e-5
    vertical = points * np.array([1.0, 0.16, 0.3])
    creases = noise.at(vertical, 0.0024, 2)
    height = (pores + grain) * (1 - site.lips) - site.lips * np.abs(creases) * 6e-5
    height *= 1 - 0.7 * np.clip(site.lining + site.scalp, 0, 1)
    oily = np.clip(_blob(points, site.nose, 0.016) + 0.6 * _blob(points, (0, site.eyes[0][1] + 0.045, site.nose[2]), 0.035), 0, 1)
    rough = 0.56 - 0.09 * oily + 0.035 * noise.at(points + 7.0, 0.004, 2) + 0.05 * np.clip(noise.at(points, 0.0013), 0, 2)
    rough = rough + site.lips * (0.30 - rough)
    rough = rough + np.clip(site.scalp, 0, 1) * (0.75 - rough)
    rough = rough + smoothstep(0.0012, 0.0004, site.margin_m) * (0.28 - rough)
    behind, near = _behind_lips(site)
    rough = rough + near * smoothstep(0.0, 0.0015, behind) * (0.95 - rough)
    rough = rough + site.lining * (0.60 - rough)
    return height, np.clip(rough, 0.2, 0.95)


def beard_area(site: SkinSite) -> np.ndarray:
    """Where a beard grows: jaw, chin and upper lip.

    Args:
        site: the texels.

    Returns:
        (n,) in [0, 1].
    """
    points = site.points
    x = np.abs(points[:, 0])
    drop = site.mouth[1] - points[:, 1]
    cheek_line = 0.012 - 0.55 * np.clip(x - 0.022, 0, 0.05)
    jaw = smoothstep(-0.012, 0.012, drop + 0.012 + cheek_line * 0.4 - 0.02 * smoothstep(0.02, 0.0, x))
    side = smoothstep(0.066, 0.040, x) + smoothstep(0.030, 0.036, x) * smoothstep(-0.05, 0.0, drop + 0.02)
    below = smoothstep(0.085, 0.055, drop)
    moustache = smoothstep(0.017, 0.008, -drop) * smoothstep(0.032, 0.024, x) * smoothstep(0.0, 0.004, -drop + 0.010)
    front = smoothstep(site.ears[0][2] - 0.002, site.ears[0][2] + 0.02, points[:, 2])
    return np.clip(np.maximum(jaw * np.clip(side, 0, 1) * below, moustache) * front, 0, 1) * (1 - site.lips)


def relief_normals(canvas: Canvas, height: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Turn heights in metres into a tangent-space normal map, using each texel's real size on the body.

    Args:
        canvas: the texels.
        height: (n,) metres.
        points: (n, 3) metres.

    Returns:
        (size, size, 3) in [0, 1].
    """
    picture, place = canvas.image(height), canvas.image(points)
    across = np.linalg.norm(np.gradient(place, axis=1), axis=2)
    down = np.linalg.norm(np.gradient(place, axis=0), axis=2)
    slope_x = np.clip(np.gradient(picture, axis=1) / np.clip(across, 4e-5, 2e-3), -0.7, 0.7)
    slope_y = np.clip(np.gradient(picture, axis=0) / np.clip(down, 4e-5, 2e-3), -0.7, 0.7)
    normal = np.stack([-slope_x, slope_y, np.ones_like(slope_x)], axis=2)
    normal = ndimage.gaussian_filter(normal, (0.6, 0.6, 0))
    return normal / np.linalg.norm(normal, axis=2, keepdims=True) * 0.5 + 0.5


def _flush(site: SkinSite) -> np.ndarray:
    points = site.points
    total = 0.20 * _blob(points, site.nose, 0.013) + 0.13 * _blob(points, site.chin, 0.016)
    for eye, ear in zip(site.eyes, site.ears, strict=True):
        side = np.sign(eye[0])
        cheek = np.array([side * 0.046, site.nose[1] - 0.002, eye[2] - 0.004])
        total = total + 0.30 * _blob(points, cheek, 0.024) + 0.42 * _blob(points, ear, 0.026)
        total = total + 0.22 * _blob(points, (side * 0.014, site.nose[1] - 0.004, site.nose[2] - 0.012), 0.008)
        total = total + 0.16 * _blob(points, (side * 0.014, eye[1] - 0.003, eye[2] + 0.012), 0.010)
    return total + 0.10 * _blob(points, site.mouth, 0.028)


def _under_eyes(color: np.ndarray, style: SkinStyle, site: SkinSite) -> np.ndarray:
    for eye in site.eyes:
        below = eye + np.array([0.0, -0.014, 0.010])
        color = _over(color, _shift(style.tone, -0.14, -0.12, -0.06), 0.20 * _blob(site.points, below, 0.0125))
        above = eye + np.array([0.0, 0.012, 0.010])
        color = _over(color, _shift(style.tone, 0.05, 0.05, 0.05), 0.45 * _blob(site.points, above, 0.0115))
        hollow = eye + np.array([-0.012 * np.sign(eye[0]), 0.009, 0.006])
        color = _over(color, _shift(style.tone, 0.07, 0.08, 0.08), 0.60 * _blob(site.points, hollow, 0.0090))
    return color


def _freckles(color: np.ndarray, style: SkinStyle, site: SkinSite, noise: VolumeNoise) -> np.ndarray:
    zone = np.zeros(len(site.points), np.float32)
    for side in (-1, 1):
        zone += _blob(site.points, (side * 0.034, site.nose[1] + 0.012, site.nose[2] - 0.025), 0.032)
    spots = smoothstep(1.45, 2.2, noise.at(site.points + 4.0, 0.0042)) * (0.35 + 0.65 * np.clip(zone, 0, 1))
    moles = smoothstep(3.6, 3.9, noise.at(site.points + 8.0, 0.0052))
    color = _over(color, _shift(style.tone, -0.20, -0.22, -0.20), style.freckles * 0.55 * spots)
    return _over(color, _shift(style.tone, -0.36, -0.36, -0.32), 0.6 * moles * (1 - site.lips))


def _bristle(noise: VolumeNoise, points: np.ndarray) -> np.ndarray:
    return np.clip(0.40 + 0.17 * noise.at(points + 9.0, 0.0007) + 0.05 * noise.at(points, 0.012, 2), 0, 1)


def _lips(color: np.ndarray, style: SkinStyle, site: SkinSite, noise: VolumeNoise) -> np.ndarray:
    behind, near = _behind_lips(site)
    inner = near * smoothstep(-0.0012, 0.0004, behind) * smoothstep(0.005, 0.003, np.abs(site.points[:, 1] - site.mouth[1]))
    amount = np.maximum(site.lips, inner) * style.lip_strength * (0.92 + 0.06 * noise.at(site.points, 0.004, 2))
    color = _over(color, style.lips, np.clip(amount, 0, 1))
    streak = noise.at(site.points * np.array([1.0, 0.16, 0.3]), 0.0024, 2)
    color = color * (1 - 0.055 * site.lips * np.clip(np.abs(streak), 0, 2))[:, None]
    seam = np.exp(-(((site.points[:, 1] - site.mouth[1]) / 0.0016) ** 2)) * site.lips
    return _over(color, tuple(c * 0.62 for c in style.lips), 0.25 * seam)


def _lids(color: np.ndarray, site: SkinSite) -> np.ndarray:
    """The pink waterline on the margin and the soft dark line of lash roots just outside it."""
    near = site.margin_m
    upper = smoothstep(-0.002, 0.003, site.points[:, 1] - site.eyes[0][1])
    line = smoothstep(0.0036, 0.0016, near) * smoothstep(0.0004, 0.0014, near)
    color = _over(color, (0.19, 0.11, 0.09), line * (0.20 + 0.50 * upper))
    return _over(color, (0.74, 0.50, 0.46), 0.75 * smoothstep(0.0012, 0.0004, near))


def _lining(color: np.ndarray, site: SkinSite, noise: VolumeNoise) -> np.ndarray:
    depth = np.clip((site.mouth[2] - site.points[:, 2]) / 0.055, 0, 1)
    flesh = np.array([0.62, 0.30, 0.275], np.float32) * (1 - 0.62 * depth**0.8)[:, None]
    flesh *= (1 + 0.05 * noise.at(site.points, 0.003, 2))[:, None]
    behind, near = _behind_lips(site)
    return _over(color, flesh, np.maximum(site.lining, 0.9 * near * smoothstep(0.0026, 0.0058, behind)))


def _behind_lips(site: SkinSite) -> tuple[np.ndarray, np.ndarray]:
    """(n,) metres behind the lips' contact, which curves back towards the corners; and 1 near the contact, 0 elsewhere."""
    x, y, z = site.points.T
    behind = site.mouth[2] - 16.5 * x**2 - z
    near = smoothstep(0.0275, 0.0255, np.abs(x)) * smoothstep(0.011, 0.008, np.abs(y - site.mouth[1]))
    return behind, near * smoothstep(0.05, 0.03, behind)


def _blob(points: np.ndarray, center: np.ndarray | tuple, radius_m: float) -> np.ndarray:
    offset = points - np.asarray(center, np.float32)
    return np.exp(-np.einsum("nk,nk->n", offset, offset) / radius_m**2)


def _over(color: np.ndarray, paint: np.ndarray | Color, amount: np.ndarray) -> np.ndarray:
    return color + (np.asarray(paint, np.float32) - color) * amount[:, None].astype(np.float32)


def _shift(color: Color, red: float, green: float, blue: float) -> Color:
    return color[0] + red, color[1] + green, color[2] + blue


def _mix3(a: Color, b: Color, share: float) -> Color:
    return tuple(x + (y - x) * share for x, y in zip(a, b, strict=True))

"""Make the skin textures of head and body from their meshes."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.spatial import cKDTree

from .bake import Canvas, VolumeNoise, occlusion, point_areas, rasterise
from .figure import Figure
from .glb import Part
from .hairline import above_hairline_m
from .paint_skin import SkinSite, SkinStyle, paint_color, paint_surface, relief_normals
from .picture import encode, smoothstep

HEAD_SIZE, BODY_SIZE = 2048, 1024
Images = dict[str, tuple[str, bytes]]


def head_images(figure: Figure, part: Part, old_uvs: np.ndarray, style: SkinStyle) -> Images:
    """Paint the head's base colour, normal map and occlusion-roughness map.

    Args:
        figure: the person.
        part: ``Head_Mesh`` with its final UVs.
        old_uvs: (n, 2) the vertices' UVs in MakeHuman's layout (v = 0 at the bottom), where the area masks live.
        style: colours.

    Returns:
        Encoded pictures ``head_color``, ``head_normal`` and ``head_surface``.
    """
    shade = sky_openness(part)
    values = np.concatenate([part.positions, part.normals, shade[:, None], old_uvs], axis=1)
    canvas = rasterise(part.uvs, part.triangles, values, HEAD_SIZE)
    site = _site(figure, canvas)
    color = canvas.image(paint_color(style, site))
    height, rough = paint_surface(style, site)
    half = HEAD_SIZE // 2
    relief = relief_normals(canvas, height, site.points)
    surface = np.stack([canvas.image(_lit_sockets(site)), canvas.image(rough), np.zeros((HEAD_SIZE, HEAD_SIZE), np.float32)], axis=2)
    return {
        "head_color": encode(color, 90),
        "head_normal": encode(relief, 86),
        "head_surface": encode(_halved(surface, half), 84),
    }


def body_images(figure: Figure, part: Part, style: SkinStyle) -> Images:
    """Paint the hands and the skin below the collar.

    Args:
        figure: the person.
        part: ``Body_Mesh`` with its final UVs.
        style: colours.

    Returns:
        Encoded picture ``body_color``.
    """
    shade = sky_openness(part)
    canvas = rasterise(part.uvs, part.triangles, np.concatenate([part.positions, shade[:, None]], axis=1), BODY_SIZE)
    points, shade = canvas.values[:, :3], canvas.values[:, 3]
    noise = VolumeNoise(style.seed)
    color = (
        np.asarray(style.tone, np.float32) * (1 + 0.022 * noise.at(points, 0.030, 3) + 0.014 * noise.at(points + 1.0, 0.0035, 2))[:, None]
    )
    joints = [p for name, p in zip(figure.skeleton.names, figure.skeleton.positions, strict=True) if "Hand" in name and name[-1] in "1234"]
    red = 0.36 * np.exp(-((cKDTree(np.array(joints)).query(points)[0] / 0.013) ** 2))
    color = color + (np.asarray(style.flush, np.float32) - color) * np.clip(red * (1 + 0.3 * noise.at(points, 0.006, 2)), 0, 0.6)[:, None]
    color *= (0.5 + 0.5 * shade)[:, None]
    return {"body_color": encode(canvas.image(color.astype(np.float32)), 88)}


def sky_openness(part: Part) -> np.ndarray:
    """(n,) ambient occlusion of a mesh by itself, smoothed, seams welded."""
    points, index = np.unique(np.round(part.positions, 7), axis=0, return_inverse=True)
    triangles = index.ravel()[part.triangles]
    turned = np.zeros_like(points)
    turned[index.ravel()] = part.normals
    return occlusion(points, turned, point_areas(points, triangles), 0.022)[index.ravel()]


def _lit_sockets(site: SkinSite) -> np.ndarray:
    """(n,) occlusion with the hollow below the brow half filled: brow and cheek throw light in there that no renderer here bounces."""
    hollow = np.zeros(len(site.points), np.float32)
    for eye in site.eyes:
        offset = (site.points - eye - np.array([0.0, 0.013, 0.008])) / np.array([0.024, 0.011, 0.020])
        hollow = np.maximum(hollow, np.exp(-np.einsum("nk,nk->n", offset, offset)))
    return site.open_sky + 0.6 * hollow * (1 - site.open_sky)


def _site(figure: Figure, canvas: Canvas) -> SkinSite:
    points, turned, shade = canvas.values[:, :3], canvas.values[:, 3:6], canvas.values[:, 6]
    uv = canvas.values[:, 7:9]
    loops = np.concatenate([_dense(rim) for rim in figure.rims(None).values()])
    near = np.full(len(points), 1.0, np.float32)
    close = np.abs(points[:, 1] - figure.eyes[0].center[1]) < 0.03
    near[close] = cKDTree(loops).query(points[close])[0]
    lining = ((uv[:, 0] > 0.75) & (uv[:, 1] < 0.145)).astype(np.float32)
    noise = VolumeNoise(7)
    edge = above_hairline_m(figure, points) + 0.0022 * noise.at(points, 0.004, 2) + 0.003 * noise.at(points, 0.018)
    marks = landmarks(figure)
    return SkinSite(
        points, turned, shade, _mask(figure, "lips", uv) * (1 - lining), lining, smoothstep(-0.005, 0.007, edge), near,
        tuple(eye.center for eye in figure.eyes), marks["mouth"], marks["nose"], marks["chin"], (marks["ear"], marks["ear"] * (-1, 1, 1)),
    )  # fmt: skip


def landmarks(figure: Figure) -> dict[str, np.ndarray]:
    """Points of the face found on the middle of the profile, and the left ear.

    Args:
        figure: the person.

    Returns:
        ``nose`` tip, ``mouth`` (front of the closed lips), ``chin``, ``ear``; each (3,).
    """
    body = figure.vertices[:13380]
    eye = figure.eyes[0].center
    middle = body[(np.abs(body[:, 0]) < 0.002) & (body[:, 2] > eye[2]) & (body[:, 1] < eye[1]) & (body[:, 1] > eye[1] - 0.14)]
    nose = middle[np.argmax(middle[:, 2])]
    base_lip = figure.mouth
    below = middle[(middle[:, 1] < base_lip[1] - 0.025) & (middle[:, 1] > base_lip[1] - 0.045)]
    ear_zone = body[(body[:, 1] < eye[1] + 0.01) & (body[:, 1] > eye[1] - 0.03)]
    ear = ear_zone[np.argmax(ear_zone[:, 0])]
    return {"nose": nose, "mouth": base_lip, "chin": below[np.argmax(below[:, 2])], "ear": ear}


def _mask(figure: Figure, name: str, uv: np.ndarray) -> np.ndarray:
    picture = np.asarray(Image.open(figure.source.mask(name)).convert("L"), np.float32) / 255
    soft = ndimage.gaussian_filter(picture, 1.3)
    rows, cols = (1 - uv[:, 1]) * len(picture) - 0.5, uv[:, 0] * len(picture) - 0.5
    return ndimage.map_coordinates(soft, [rows, cols], order=1)


def _dense(loop: np.ndarray) -> np.ndarray:
    closed = np.concatenate([loop, loop[:1]])
    at = np.linspace(0, len(loop), 600)
    return np.stack([np.interp(at, np.arange(len(closed)), closed[:, k]) for k in range(3)], axis=1)


def _halved(picture: np.ndarray, size: int) -> np.ndarray:
    return picture.reshape(size, 2, size, 2, -1).mean(axis=(1, 3))

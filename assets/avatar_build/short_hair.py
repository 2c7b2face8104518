"""Short hair: a cap close to the scalp and many small cards combed from the crown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .figure import Figure, group_surface
from .glb import Part
from .hair import DENSE_COLUMNS, LOOSE_COLUMNS, Strips
from .hairline import above_hairline_m
from .picture import smoothstep
from .surface import normals


@dataclass(frozen=True)
class ShortStyle:
    """A short cut.

    Attributes:
        top_m: length on top.
        side_m: length at the hairline of sides and nape.
        lift: how steeply hair stands off the scalp, 0 flat to 1 upright, on top.
        spacing_m: between roots.
        seed: for everything random.
    """

    top_m: float = 0.044
    side_m: float = 0.013
    lift: float = 0.55
    spacing_m: float = 0.0050
    seed: int = 9


def short_hair_part(figure: Figure, style: ShortStyle) -> Part:
    """The hair as ``avaturn_hair_0``.

    Args:
        figure: the person.
        style: of the cut.

    Returns:
        The part.
    """
    surface = group_surface(figure, ("body",))
    points = surface.operator @ figure.vertices
    turned = normals(points, surface.triangles)
    above = above_hairline_m(figure, points)
    strips = Strips()
    scalp = (above > -0.004) & ~near_ears(figure, points)
    field = _Scalp(figure, points[scalp], turned[scalp], style)
    generator = np.random.default_rng(style.seed)
    for root, facing in _roots(points[scalp], turned[scalp], above[scalp], style, generator):
        _tuft(strips, field, root, facing, generator)
    _cap(strips, field, triangles=surface.triangles, points=points, turned=turned, above=above)
    return strips.part(figure)


def near_ears(figure: Figure, points: np.ndarray) -> np.ndarray:
    """(n,) bool: on or just behind an ear, where no hair of the cut may root."""
    tip = points[np.argmax(np.where(points[:, 1] < figure.eyes[0].center[1] + 0.02, points[:, 0], -1.0))]
    mirrored = np.abs(points - tip * (0, 1, 1))
    return (np.abs(points[:, 0]) > tip[0] - 0.014) & (mirrored[:, 1] < 0.036) & (mirrored[:, 2] < 0.020)


class _Scalp:
    """Lengths, combing directions and the surface that hair must stay above."""

    def __init__(self, figure: Figure, points: np.ndarray, turned: np.ndarray, style: ShortStyle) -> None:
        self.figure, self.style = figure, style
        self.points, self.turned = points, turned
        self.tree = cKDTree(points)
        self.top = points[:, 1].max()
        self.eye = figure.eyes[0].center
        crown_zone = points[points[:, 1] > self.top - 0.02]
        self.crown = np.array([0.006, self.top - 0.012, crown_zone[:, 2].mean() - 0.045])

    def height(self, point: np.ndarray) -> float:
        """0 at the sides and nape to 1 on top."""
        return float(smoothstep(self.eye[1] + 0.045, self.top - 0.022, point[1]))

    def comb(self, point: np.ndarray, facing: np.ndarray) -> np.ndarray:
        """Unit direction along the scalp: away from the crown, on top forwards and a little to one side."""
        away = point - self.crown
        forward = np.array([-0.35, 0.05, 1.0])
        front = float(smoothstep(-0.02, 0.05, point[2] - self.crown[2])) * self.height(point)
        down = np.array([0.0, -1.0, -0.25])
        direction = away / np.linalg.norm(away) * (1 - front) + forward * front + down * 0.7 * (1 - self.height(point))
        direction -= facing * (direction @ facing)
        return direction / np.linalg.norm(direction)

    def lifted(self, point: np.ndarray, at_least: float) -> np.ndarray:
        """Move a point out of the scalp if it is nearer than a distance."""
        _, index = self.tree.query(point)
        depth = (point - self.points[index]) @ self.turned[index]
        return point + self.turned[index] * max(at_least - depth, 0.0)


def _roots(points: np.ndarray, turned: np.ndarray, above: np.ndarray, style: ShortStyle, generator: np.random.Generator) -> list:
    """Roots at about equal distances, thinned out at the hairline so that it looks grown and not drawn."""
    order = generator.permutation(len(points))
    chosen: list[int] = []
    free = np.ones(len(points), bool)
    tree = cKDTree(points)
    for index in order:
        if free[index] and generator.random() < 0.35 + 0.65 * smoothstep(-0.004, 0.010, above[index]):
            chosen.append(index)
            free[tree.query_ball_point(points[index], style.spacing_m)] = False
    return [(points[i], turned[i]) for i in chosen]


def _tuft(strips: Strips, field: _Scalp, root: np.ndarray, facing: np.ndarray, generator: np.random.Generator) -> None:
    style, high = field.style, field.height(root)
    length = (style.side_m + (style.top_m - style.side_m) * high**1.3) * generator.uniform(0.85, 1.08)
    comb = field.comb(root, facing)
    swirl = generator.normal(0, 0.28)
    across = np.cross(facing, comb)
    comb = comb * np.cos(swirl) + across * np.sin(swirl)
    across = np.cross(facing, comb)
    rise = np.radians(14 + 52 * style.lift * high * generator.uniform(0.8, 1.1))
    rows, point = [], root - facing * 0.001
    for step in range(5):
        rows.append(field.lifted(point, 0.0008 + 0.0009 * step) if step else point)
        bend = rise * (1 - 0.30 * step)
        point = rows[-1] + (comb * np.cos(bend) + facing * np.sin(bend)) * length / 4
    spine = np.array(rows)
    half = generator.uniform(0.0022, 0.0034) * (0.8 + 0.6 * high)
    twist = generator.normal(0, 0.5)
    side = across * np.cos(twist) + facing * np.sin(twist)
    taper = np.array([0.9, 1.0, 0.85, 0.55, 0.10])[:, None]
    grid = np.stack([spine - side * half * taper, spine + side * half * taper], axis=1)
    shading = np.tile(facing + 0.35 * comb, (5, 2, 1)).astype(float)
    shading[:, 0] -= 0.35 * side
    shading[:, 1] += 0.35 * side
    column = LOOSE_COLUMNS[generator.integers(len(LOOSE_COLUMNS))]
    strips.add(grid, shading, column + 0.22, 0.56, (0.03, 0.80))


def _cap(strips: Strips, field: _Scalp, *, triangles: np.ndarray, points: np.ndarray, turned: np.ndarray, above: np.ndarray) -> None:
    """A close layer of strands that keeps skin from showing between the cards."""
    keep = ((above > 0.006) & ~near_ears(field.figure, points))[triangles].all(axis=1)
    used, index = np.unique(triangles[keep], return_inverse=True)
    rise = 0.0010 + 0.0030 * smoothstep(0.006, 0.05, above[used])
    azimuth = np.arctan2(points[used, 0], points[used, 2] - field.crown[2]) / (2 * np.pi)
    u = (DENSE_COLUMNS[0] + np.abs(azimuth) * 2 * len(DENSE_COLUMNS)) / 8
    distance = np.linalg.norm(points[used] - field.crown, axis=1)
    strips.positions.append(points[used] + turned[used] * rise[:, None])
    strips.normals.append(turned[used])
    strips.uvs.append(np.stack([u, 0.05 + 0.75 * distance / distance.max()], axis=1))
    strips.triangles.append(index.reshape(-1, 3) + strips.count)
    strips.count += len(used)

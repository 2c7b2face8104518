"""Hair as a mesh of layered strips with strand textures: an opaque under-layer and many loose cards above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .figure import Figure
from .glb import Part
from .hair_flow import Hull, fit_hull, resampled, smoothed

#: columns of the strand texture: dense ones for under-layers, loose ones for cards
DENSE_COLUMNS, LOOSE_COLUMNS, COLUMNS = (0, 1, 2), (3, 4, 5, 6, 7), 8
#: points along a strand of the under-layer and of a card
SHEET_ROWS, CARD_ROWS = 26, 17


@dataclass
class Strips:
    """Collects strips of quads."""

    positions: list[np.ndarray] = field(default_factory=list)
    normals: list[np.ndarray] = field(default_factory=list)
    uvs: list[np.ndarray] = field(default_factory=list)
    triangles: list[np.ndarray] = field(default_factory=list)
    count: int = 0

    def add(self, grid: np.ndarray, normals: np.ndarray, column: float, width: float, v: tuple[float, float]) -> None:
        """Add a strip.

        Args:
            grid: (rows, cols, 3) points, rows from root to tip.
            normals: (rows, cols, 3).
            column: left edge in the strand texture, in columns.
            width: in columns.
            v: texture rows of root and tip.
        """
        rows, cols = grid.shape[:2]
        u, along = np.meshgrid((column + width * np.linspace(0, 1, cols)) / COLUMNS, np.linspace(v[0], v[1], rows))
        a = (np.arange(rows - 1)[:, None] * cols + np.arange(cols - 1)[None, :]).ravel() + self.count
        quads = np.stack([a, a + cols, a + cols + 1, a + 1], axis=1)
        self.positions.append(grid.reshape(-1, 3))
        self.normals.append(normals.reshape(-1, 3))
        self.uvs.append(np.stack([u.ravel(), along.ravel()], axis=1))
        self.triangles.append(np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))
        self.count += rows * cols

    def part(self, figure: Figure) -> Part:
        """Everything as ``avaturn_hair_0``, carried by the head."""
        positions = np.concatenate(self.positions)
        joints = np.zeros((len(positions), 4), np.uint8)
        joints[:, 0] = figure.skeleton.names.index("Head")
        weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(positions), 1))
        turned = np.concatenate(self.normals)
        turned /= np.linalg.norm(turned, axis=1, keepdims=True)
        return Part(
            "avaturn_hair_0", positions, turned, np.concatenate(self.uvs), np.concatenate(self.triangles), joints, weights,
            "avaturn_hair_0_material",
        )  # fmt: skip


@dataclass(frozen=True)
class BobStyle:
    """A parted bob.

    Attributes:
        parting_m: how far the parting lies to the avatar's left.
        front_deg: azimuth at which the foremost strand hangs.
        end_drop_m: how far below the eyes the ends hang, at the front and at the back.
        volume_m: lift over the skull.
        wave_m: amplitude of the waves at the tips.
        cards: per side.
        seed: for everything random.
    """

    parting_m: float = 0.020
    front_deg: float = 47.0
    end_drop_m: tuple[float, float] = (0.128, 0.112)
    volume_m: float = 0.011
    wave_m: float = 0.0045
    cards: int = 92
    seed: int = 5


def bob_part(figure: Figure, style: BobStyle) -> Part:
    """A side-parted bob.

    Args:
        figure: the person.
        style: its shape.

    Returns:
        ``avaturn_hair_0``.
    """
    hull = fit_hull(figure)
    strips = Strips()
    generator = np.random.default_rng(style.seed)
    for side in (1, -1):

        def path(rows: int, u: float, lift: float, drop: float, phase: float = 0.0, *, side: int = side) -> np.ndarray:
            return _bob_strand(figure, hull, style, side, rows=rows, u=u, lift=lift, drop=drop, phase=phase)

        for layer, lift in enumerate((0.25, 0.62)):
            _sheet(strips, hull, path, lift, layer)
        for number in range(style.cards):
            _card(strips, hull, path, (number + generator.random()) / style.cards, generator)
    return strips.part(figure)


def _sheet(strips: Strips, hull: Hull, path: Callable, lift: float, layer: int) -> None:
    """A closed under-layer from the foremost strand to the back, a little shorter than the cards."""
    shares = np.linspace(0.02, 1.0, 30)
    grid = np.stack([path(SHEET_ROWS, u, lift, 0.90 + 0.04 * layer) for u in shares], axis=1)
    normals = hull.outward(grid.reshape(-1, 3)).reshape(grid.shape)
    for first in range(0, 29, 6):
        columns = slice(first, min(first + 7, 30))
        strips.add(grid[:, columns], normals[:, columns], DENSE_COLUMNS[(first // 6 + layer) % 3], 1.0, (0.004, 0.985))


def _card(strips: Strips, hull: Hull, path: Callable, u: float, generator: np.random.Generator) -> None:
    half = generator.uniform(0.018, 0.034)
    lift = generator.uniform(0.75, 1.25)
    drop = generator.uniform(0.93, 1.04)
    phase = generator.normal(0, 0.5)
    skew = generator.normal(0, 0.012)
    edges = [np.clip(u - half + skew, -0.012, 1), np.clip(u + skew * 0.5, 0, 1), np.clip(u + half, 0, 1)]
    grid = np.stack([path(CARD_ROWS, edge, lift - 0.25 * abs(k - 1), drop, phase + 0.3 * k) for k, edge in enumerate(edges)], axis=1)
    normals = hull.outward(grid.reshape(-1, 3)).reshape(grid.shape)
    across = grid[:, 2] - grid[:, 0]
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    for k in (0, 2):
        normals[:, k] += 0.45 * (k - 1) * across
    strips.add(grid, normals, LOOSE_COLUMNS[generator.integers(len(LOOSE_COLUMNS))], 1.0, (0.004, 0.985))


def _bob_strand(
    figure: Figure, hull: Hull, style: BobStyle, side: int, *, rows: int, u: float, lift: float, drop: float, phase: float
) -> np.ndarray:
    """One strand from the parting to its tip.

    Args:
        figure: for the height of the eyes.
        hull: what it runs over.
        style: of the cut.
        side: 1 left, -1 right.
        rows: how many points.
        u: 0 at the front to 1 at the back.
        lift: share of the style's volume.
        drop: share of the full length.
        phase: of its wave, radians.

    Returns:
        (rows, 3) points.
    """
    start = _parting_direction(hull, style, side, u, figure.eyes[0].center[1])
    azimuth = np.radians(side * (style.front_deg + (180 - style.front_deg) * np.sign(u) * abs(u) ** 0.85))
    equator = np.array([np.sin(azimuth), 0.0, np.cos(azimuth)])
    t = np.linspace(0, 1, 24)[:, None]
    angle = np.arccos(np.clip(start @ equator, -1, 1))
    arc = (np.sin((1 - t) * angle) * start + np.sin(t * angle) * equator) / np.sin(angle)
    rise = style.volume_m * lift * (0.08 + 0.92 * np.sin(np.pi / 2 * np.clip(t[:, 0] * 2.4, 0, 1)))
    over = hull.dome(arc, 0.003 + rise)
    low = figure.eyes[0].center[1] - np.interp(u, [0, 1], style.end_drop_m) * drop
    fall = np.linspace(0, 1, 22)[1:, None]
    hanging = np.repeat(over[-1:], len(fall), axis=0)
    hanging[:, 1] = over[-1, 1] + (low - over[-1, 1]) * fall[:, 0]
    outward = hull.outward(over[-1:])[0] * (1, 0, 1)
    hanging += outward * (0.004 * np.sin(np.pi * fall) - 0.012 * np.clip(fall - 0.6, 0, 1) ** 2 / 0.16)
    points = resampled(smoothed(np.concatenate([over, hanging]), 2.5), rows)
    share = np.linspace(0, 1, rows)
    wave = style.wave_m * np.clip(share - 0.3, 0, 1) * np.sin(share * 15.0 + phase + 2.2 * np.sin(u * 9.0))
    points = points + hull.outward(points) * wave[:, None]
    along = np.cross(hull.outward(points), (0.0, 1.0, 0.0))
    points = points + along * (0.8 * style.wave_m * np.clip(share - 0.3, 0, 1) * np.cos(share * 13.0 + phase * 1.7))[:, None]
    return hull.pushed_out(points, 0.0015 + 0.004 * lift)


def _parting_direction(hull: Hull, style: BobStyle, side: int, u: float, eye_y: float) -> np.ndarray:
    """Where on the parting a strand starts: from the hairline over the top to the crown."""
    hairline = np.degrees(np.arcsin((eye_y + 0.060 - hull.center[1]) / hull.radii[1]))
    x = (style.parting_m * (1 - 0.75 * u) - side * 0.004) / hull.radii[0]
    pitch = np.radians(hairline + (134 - hairline) * max(u, 0.0) ** 0.9)
    rest = np.sqrt(1 - x * x)
    return np.array([x, np.sin(pitch) * rest, np.cos(pitch) * rest])

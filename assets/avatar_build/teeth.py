"""Two rows of separate teeth set in gums, built on a dental arch that fits behind the lips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import t2
from .figure import Figure
from .glb import Part
from .surface import normals

#: crown width, height and depth in millimetres from the middle outwards (typical adult means, e.g. Wheeler's tables)
UPPER_MM = ((8.5, 10.0, 7.0), (6.6, 8.8, 6.2), (7.6, 9.6, 7.8), (7.0, 8.0, 9.0), (6.9, 7.4, 9.0), (10.0, 7.0, 10.8))
LOWER_MM = ((5.3, 8.6, 5.8), (5.8, 8.8, 6.2), (6.9, 10.0, 7.6), (7.0, 8.2, 7.8), (7.1, 7.6, 8.2), (10.6, 7.2, 10.4))
#: depth of the arch behind its front as curvature: 17.5 mm to the side it lies 8.5 mm farther back
ARCH_CURVE = 27.8
#: labial front of the upper incisors behind the lips' contact, and their edges above it, metres
FRONT_M, EDGE_M = -0.0062, -0.0012
OVERJET_M, OVERBITE_M = 0.0026, 0.0020
AROUND, GUM_ROWS = 10, 7
ROWS = (-0.25, 0.0, 0.35, 0.70, 0.92, 1.0)


@dataclass(frozen=True)
class Row:
    """One row of teeth.

    Attributes:
        crowns_mm: widths, heights, depths from the middle.
        up: +1 when crowns hang from above (upper row), -1 for the lower row.
        front_m: z of the incisors' front at the edge.
        edge_m: y of the incisors' edges.
        curve: of the arch.
    """

    crowns_mm: tuple[tuple[float, float, float], ...]
    up: int
    front_m: float
    edge_m: float
    curve: float


def dental_rows(mouth: np.ndarray, size: float) -> tuple[Row, Row]:
    """Place the rows behind closed lips.

    Args:
        mouth: (3,) middle of the lips' contact.
        size: 1 for an average adult.

    Returns:
        Upper and lower row.
    """
    front, edge = mouth[2] + FRONT_M, mouth[1] + EDGE_M
    scaled = [tuple(tuple(v * size for v in crown) for crown in row) for row in (UPPER_MM, LOWER_MM)]
    return (
        Row(scaled[0], 1, front, edge, ARCH_CURVE / size),
        Row(scaled[1], -1, front - OVERJET_M, edge + OVERBITE_M, ARCH_CURVE * 1.09 / size),
    )


def teeth_part(figure: Figure, mouth: np.ndarray, size: float) -> Part:
    """Both rows with gums as ``Teeth_Mesh``; the lower row moves as the base mesh's lower teeth do.

    Args:
        figure: the person.
        mouth: (3,) middle of the lips' contact.
        size: 1 for an average adult.

    Returns:
        The part.
    """
    pieces: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    owner: list[int] = []
    for number, row in enumerate(dental_rows(mouth, size)):
        mine = [_tooth(row, i, side) for side in (1, -1) for i in range(len(row.crowns_mm))] + [_gum(row)]
        pieces += mine
        owner += [number] * sum(len(piece[0]) for piece in mine)
    starts = np.cumsum([0] + [len(piece[0]) for piece in pieces[:-1]])
    positions, uvs = (np.concatenate([piece[k] for piece in pieces]) for k in (0, 1))
    triangles = np.concatenate([piece[2] + start for piece, start in zip(pieces, starts, strict=True)])
    turned = normals(positions, triangles)
    lower = np.array(owner) == 1
    targets = {}
    for name in t2.TEETH_TARGETS:
        moved = jaw_moved(figure, name, positions)
        delta = np.where(lower[:, None], moved - positions, 0.0)
        targets[name] = (delta, normals(positions + delta, triangles) - turned)
    joints = np.zeros((len(positions), 4), np.uint8)
    joints[:, 0] = figure.skeleton.names.index("Head")
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(positions), 1))
    return Part("Teeth_Mesh", positions, turned, uvs, triangles, joints, weights, "Teeth", targets, t2.TEETH_TARGETS)


def jaw_moved(figure: Figure, target: str, points: np.ndarray) -> np.ndarray:
    """Carry points with the lower jaw, as a least-squares rotation of the base mesh's lower teeth (Kabsch 1976).

    Args:
        figure: the person.
        target: whose jaw motion.
        points: (n, 3).

    Returns:
        (n, 3).
    """
    teeth = np.unique(figure.source.base().faces["helper-lower-teeth"])
    before = figure.vertices[teeth]
    after = before + figure.shapes[target][teeth]
    center = before.mean(axis=0), after.mean(axis=0)
    u, _, vt = np.linalg.svd((before - center[0]).T @ (after - center[1]))
    turn = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    return (points - center[0]) @ turn.T + center[1]


def _place(row: Row, along_m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of the arch at signed distances from the middle along it: x, z and the outward angle about Y."""
    x = np.linspace(0, 0.04, 400)
    length = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(row.curve * x**2)))])
    at = np.interp(np.abs(along_m), length, x) * np.sign(along_m)
    slope = 2 * row.curve * at
    return at, row.front_m - row.curve * at**2, np.arctan(slope)


@dataclass(frozen=True)
class _Seat:
    """Where a tooth sits on its arch."""

    row: Row
    number: int
    x: float
    z: float
    angle: float

    def place(self, across: np.ndarray, v_m: float, out: np.ndarray) -> np.ndarray:
        """Points of the tooth given across the arch, from the neck towards the edge, and outwards, in metres."""
        row, number = self.row, self.number
        edge = row.edge_m + row.up * (0.0006 if number == 1 else 0.0 if number in (0, 2) else 0.0008 * (number - 2))
        y = edge + row.up * (row.crowns_mm[number][1] / 1000 - v_m)
        px = self.x + across * np.cos(self.angle) + out * np.sin(self.angle)
        pz = self.z - across * np.sin(self.angle) + out * np.cos(self.angle)
        return np.stack([px, np.full_like(px, y), pz], axis=1)


def _tooth(row: Row, number: int, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    width, height, depth = (v / 1000 for v in row.crowns_mm[number])
    start = sum(crown[0] for crown in row.crowns_mm[:number]) / 1000
    seat = _Seat(row, number, *(float(v[0]) for v in _place(row, np.array([side * (start + width / 2)]))))
    grinder = number >= 3
    around = np.arange(AROUND) / AROUND * 2 * np.pi
    points, uvs = [], []
    for v in ROWS:
        grow = 0.80 + 0.20 * np.sin(np.clip(v, 0, 1) * np.pi / 2 * 1.1)
        close = 1.0 if v < 0.9 else 0.965 if v < 0.95 else 0.80
        half_w = width / 2 * grow * close * 0.985
        thin = 1 - (0.18 if grinder else 0.72) * np.clip(v, 0, 1) ** 1.3
        half_d = depth / 2 * thin * (close if grinder else 1)
        shape_x = np.sign(np.cos(around)) * np.abs(np.cos(around)) ** 0.75
        shape_z = np.sign(np.sin(around)) * np.abs(np.sin(around)) ** 0.75
        lean = 0.0009 * np.sin(np.pi * np.clip(v, 0, 1))
        across, out = half_w * shape_x, half_d * (shape_z - 1) + lean - (0.0006 if v < 0 else 0)
        points.append(seat.place(across, v * height, out))
        uvs.append(np.stack([0.02 + 0.46 * around / (2 * np.pi), np.full(AROUND, 0.04 + 0.90 * (v + 0.25) / 1.25)], axis=1))
    top = seat.place(np.zeros(1), (0.93 if grinder else 1.0) * height, np.array([-depth / 2 * thin]))
    triangles = _tube(len(ROWS), AROUND, cap=True)
    if row.up > 0:
        triangles = triangles[:, ::-1]
    return np.concatenate([*points, top]), np.concatenate([*uvs, [[0.25, 0.97]]]), triangles


def _gum(row: Row) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A scalloped band of gum round the necks, on both sides of the teeth."""
    samples = 96
    total = sum(crown[0] for crown in row.crowns_mm) / 1000
    along = np.linspace(-total - 0.002, total + 0.002, samples)
    x, z, angle = _place(row, along)
    ends = np.cumsum([crown[0] for crown in row.crowns_mm]) / 1000
    index = np.clip(np.searchsorted(ends, np.abs(along)), 0, len(ends) - 1)
    starts = np.concatenate([[0], ends[:-1]])
    width = np.array([crown[0] for crown in row.crowns_mm])[index] / 1000
    across = np.clip((np.abs(along) - starts[index]) / width, 0, 1)
    height = _eased(along, ends, [crown[1] / 1000 for crown in row.crowns_mm])
    depth = _eased(along, ends, [crown[2] / 1000 for crown in row.crowns_mm])
    papilla = 0.0022 * np.abs(2 * across - 1) ** 2.2
    sections = (
        (-0.0028, 0.0118, 0), (0.0004, 0.0075, 0), (0.0009, 0.0030, 0), (0.0003, 0.0, 1),
        (-1.0, 0.0005, 1), (-1.0, 0.0040, 0), (-1.0, 0.0100, 0),
    )  # fmt: skip
    rows, uvs = [], []
    for number, (out, up, scalloped) in enumerate(sections):
        reach = np.full(samples, out) if out > -1 else -depth - (0.0003, 0.0009, 0.0016)[number - 4]
        y = row.edge_m + row.up * (height + up - scalloped * papilla)
        rows.append(np.stack([x + reach * np.sin(angle), y, z + reach * np.cos(angle)], axis=1))
        uvs.append(np.stack([0.54 + 0.44 * np.linspace(0, 1, samples), np.full(samples, 0.04 + 0.92 * number / (GUM_ROWS - 1))], axis=1))
    a = (np.arange(GUM_ROWS - 1)[:, None] * samples + np.arange(samples - 1)[None, :]).ravel()
    quads = np.stack([a, a + samples, a + samples + 1, a + 1], axis=1)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return np.concatenate(rows), np.concatenate(uvs), triangles if row.up > 0 else triangles[:, ::-1]


def _eased(along: np.ndarray, ends: np.ndarray, values: list[float]) -> np.ndarray:
    middles = np.concatenate([[0], ends[:-1]]) + np.diff(np.concatenate([[0], ends])) / 2
    return np.interp(np.abs(along), middles, values)


def _tube(rows: int, around: int, cap: bool) -> np.ndarray:
    row, col = np.meshgrid(np.arange(rows - 1), np.arange(around), indexing="ij")
    a, b = (row * around + col).ravel(), (row * around + (col + 1) % around).ravel()
    triangles = [np.stack([a, a + around, b + around], axis=1), np.stack([a, b + around, b], axis=1)]
    if cap:
        last = (rows - 1) * around + np.arange(around)
        triangles.append(np.stack([last, np.full(around, rows * around), (rows - 1) * around + (np.arange(around) + 1) % around], axis=1))
    return np.concatenate(triangles)

"""Quad surfaces: Catmull-Clark as a linear operator, adaptive refinement, normals, distances.

Because subdivision is linear, one sparse matrix carries the neutral face and every morph target alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class Surface:
    """A triangulated surface whose points are linear in some other mesh's vertices.

    Attributes:
        operator: (n_points, n_source) sparse; points = operator @ source vertices.
        uvs: (n_corners, 2) with v = 0 at the bottom.
        triangles: (m, 3) indices of points.
        uv_triangles: (m, 3) indices of ``uvs``.
        faces: (m,) the source face each triangle came from.
    """

    operator: sparse.csr_matrix
    uvs: np.ndarray
    triangles: np.ndarray
    uv_triangles: np.ndarray
    faces: np.ndarray

    def subset(self, keep: np.ndarray) -> Surface:
        """The triangles of a boolean mask, with the points that nothing uses dropped.

        Args:
            keep: (m,) bool.

        Returns:
            A smaller surface.
        """
        points, triangles = np.unique(self.triangles[keep], return_inverse=True)
        corners, uv_triangles = np.unique(self.uv_triangles[keep], return_inverse=True)
        shape = (-1, 3)
        return Surface(self.operator[points], self.uvs[corners], triangles.reshape(shape), uv_triangles.reshape(shape), self.faces[keep])


def refine(quads: np.ndarray, uv_quads: np.ndarray, uvs: np.ndarray, n_vertices: int, selected: np.ndarray) -> Surface:
    """Catmull-Clark smooth every point once and split the selected faces in four.

    Unselected faces keep their corners (on the smoothed surface) and are stitched to split neighbours without gaps.

    Args:
        quads: (m, 4) vertex indices of a manifold mesh.
        uv_quads: (m, 4) indices of ``uvs``.
        uvs: (n, 2).
        n_vertices: number of source vertices (columns of the operator).
        selected: (m,) bool, faces to split.

    Returns:
        The surface.
    """
    edges, edge_of = _edges(quads)
    uv_edges, uv_edge_of = _edges(uv_quads)
    split = np.zeros(len(edges), bool)
    split[edge_of[selected].ravel()] = True
    operator = _catmull_clark(quads, edges, edge_of, n_vertices)
    all_uvs = np.concatenate([uvs, uvs[uv_edges].mean(axis=1), uvs[uv_quads].mean(axis=1)])
    triangles, uv_triangles, faces = [], [], []
    for face in range(len(quads)):
        ring, uv_ring = [], []
        for k in range(4):
            edge = edge_of[face, k]
            ring.append(quads[face, k])
            uv_ring.append(uv_quads[face, k])
            if split[edge]:
                ring.append(n_vertices + edge)
                uv_ring.append(len(uvs) + uv_edge_of[face, k])
        center = n_vertices + len(edges) + face
        uv_center = len(uvs) + len(uv_edges) + face
        order = _split_order() if selected[face] else _stitch_order(len(ring), [split[e] for e in edge_of[face]])
        ring.append(center)
        uv_ring.append(uv_center)
        for tri in order:
            triangles.append([ring[i] for i in tri])
            uv_triangles.append([uv_ring[i] for i in tri])
            faces.append(face)
    surface = Surface(operator, all_uvs, np.array(triangles), np.array(uv_triangles), np.array(faces))
    return surface.subset(np.ones(len(faces), bool))


def smoothing(quads: np.ndarray, n_vertices: int) -> sparse.csr_matrix:
    """Where Catmull-Clark moves the vertices of a mesh.

    Args:
        quads: (m, 4).
        n_vertices: number of vertices; those that no quad uses stay.

    Returns:
        (n_vertices, n_vertices) sparse.
    """
    edges, edge_of = _edges(quads)
    return _catmull_clark(quads, edges, edge_of, n_vertices)[:n_vertices]


def _split_order() -> list[tuple[int, int, int]]:
    order = []
    for k in range(4):
        before, corner, after = (2 * k - 1) % 8, 2 * k, 2 * k + 1
        order += [(before, corner, after), (before, after, 8)]
    return order


def _stitch_order(n: int, split: list[bool]) -> list[tuple[int, int, int]]:
    """Fan an unsplit face; with edge points on its rim the fan starts at one of them, so no sliver is flat."""
    if n == 4:
        return [(0, 1, 2), (0, 2, 3)]
    start = split.index(True)
    first = start + 1 + sum(split[:start])
    return [(first, (first + i) % n, (first + i + 1) % n) for i in range(1, n - 1)]


def _edges(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2)
    pairs.sort(axis=1)
    edges, index = np.unique(pairs, axis=0, return_inverse=True)
    return edges, index.reshape(-1, 4)


def _catmull_clark(quads: np.ndarray, edges: np.ndarray, edge_of: np.ndarray, n: int) -> sparse.csr_matrix:
    n_faces, n_edges = len(quads), len(edges)
    ones = np.ones(n_faces * 4)
    face_rows = np.repeat(np.arange(n_faces), 4)
    face_points = sparse.csr_matrix((ones / 4, (face_rows, quads.ravel())), (n_faces, n))
    edge_faces = sparse.csr_matrix((ones, (edge_of.ravel(), face_rows)), (n_edges, n_faces))
    edge_ends = sparse.csr_matrix((np.ones(n_edges * 2), (np.repeat(np.arange(n_edges), 2), edges.ravel())), (n_edges, n))
    inner = np.asarray(edge_faces.sum(axis=1)).ravel() == 2
    middle = edge_ends / 2
    smooth = edge_ends / 4 + edge_faces @ face_points / 4
    edge_points = sparse.diags(inner.astype(float)) @ smooth + sparse.diags((~inner).astype(float)) @ middle
    vertex_faces = sparse.csr_matrix((ones, (quads.ravel(), face_rows)), (n, n_faces))
    valence = np.maximum(np.asarray(vertex_faces.sum(axis=1)).ravel(), 1)
    ends = edge_ends.T.tocsr()
    mean_face = sparse.diags(1 / valence) @ vertex_faces @ face_points
    mean_edge = sparse.diags(1 / np.maximum(np.asarray(ends.sum(axis=1)).ravel(), 1)) @ ends @ middle
    identity = sparse.identity(n, format="csr")
    vertices = (
        sparse.diags(1 / valence) @ mean_face + sparse.diags(2 / valence) @ mean_edge + sparse.diags((valence - 3) / valence) @ identity
    )
    rim = np.zeros(n, bool)
    rim[edges[~inner].ravel()] = True
    used = np.zeros(n, bool)
    used[quads.ravel()] = True
    outer = ends @ sparse.diags((~inner).astype(float))
    rim_points = identity / 2 + outer @ middle / 4
    pick = [sparse.diags(mask.astype(float)) for mask in (used & ~rim, rim, ~used)]
    corners = pick[0] @ vertices + pick[1] @ rim_points + pick[2] @ identity
    return sparse.vstack([corners, edge_points, face_points]).tocsr()


def normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Area-weighted point normals.

    Args:
        points: (n, 3).
        triangles: (m, 3), counter-clockwise from outside.

    Returns:
        (n, 3) unit vectors; (0, 0, 1) where a point has no area.
    """
    corners = points[triangles]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(points)
    for axis in range(3):
        for k in range(3):
            total[:, axis] += np.bincount(triangles[:, k], face[:, axis], len(points))
    length = np.linalg.norm(total, axis=1)
    total[length < 1e-14] = (0.0, 0.0, 1.0)
    return total / np.linalg.norm(total, axis=1, keepdims=True)


def neighbours(triangles: np.ndarray, n: int) -> sparse.csr_matrix:
    """Row-normalised adjacency of a mesh, so ``matrix @ values`` averages over neighbours.

    Args:
        triangles: (m, 3) or (m, 4) indices.
        n: number of points.

    Returns:
        (n, n) sparse.
    """
    a = triangles
    b = np.roll(triangles, -1, axis=1)
    rows, cols = np.concatenate([a.ravel(), b.ravel()]), np.concatenate([b.ravel(), a.ravel()])
    matrix = sparse.csr_matrix((np.ones(len(rows)), (rows, cols)), (n, n))
    matrix.data[:] = 1.0
    degree = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1)
    return (sparse.diags(1 / degree) @ matrix).tocsr()

"""From network output to the solver's right-hand side: composition, smoothing, face mask (SDK source, section "animator").

All steps are linear except the spatial mask, which is fixed. So the vertices are never built: the pose matrix is multiplied
into the basis once, and a frame costs two small products. ``skin_vertices`` is the long way, kept as the measure of the short one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.nvidia.layout import Basis, Identity
from models.nvidia.parameters import FaceParameters
from models.nvidia.solver import BlendshapeSolver, pose_rows


class TwoPole:
    """Two exponential smoothers in a row, per value; the first frame passes unchanged.

    alpha = 1 - 0.5^(dt / tau): tau is the half-life of each pole in seconds (SDK source); tau <= 0 switches it off.
    """

    def __init__(self, tau_s: float, dt_s: float):
        self.alpha = 1.0 if tau_s <= 0 else 1.0 - 0.5 ** (dt_s / tau_s)
        self._state: tuple[np.ndarray, np.ndarray] | None = None

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Smooth consecutive frames.

        Args:
            values: (frames, n).

        Returns:
            (frames, n), a new array.
        """
        out = np.array(values, np.float64)
        if self.alpha >= 1.0 or not len(out):
            return out
        p, q = self._state or (out[0].copy(), out[0].copy())
        for row in out:
            p = p + self.alpha * (row - p)
            q = q + self.alpha * (p - q)
            row[:] = q
        self._state = (p, q)
        return out


def face_mask(height: np.ndarray, face: FaceParameters) -> np.ndarray:
    """Share of the lower face per vertex.

    Args:
        height: (P,) 0 at the lowest, 1 at the highest vertex of the full mesh.
        face: ``face_mask_level`` and ``face_mask_softness``.

    Returns:
        (P,) float64, near 1 low on the face: 1 / (1 + exp(-(level - height) / softness)).
    """
    exponent = np.clip((face.face_mask_level - height.astype(np.float64)) / face.face_mask_softness, -500, 500)
    return 1.0 / (1.0 + np.exp(-exponent))


def _base(identity: Identity, face: FaceParameters) -> np.ndarray:
    """The constant part of the skin's motion: (P, 3) of the lid and lip offsets."""
    return -face.eyelid_open_offset * identity.eye_close.astype(np.float64) + face.lip_open_offset * identity.lip_open


def skin_vertices(identity: Identity, face: FaceParameters, coefficients: np.ndarray, blink: np.ndarray, fps: float) -> np.ndarray:
    """The skin's vertices, step by step as NVIDIA computes them.

    Args:
        identity: meshes.
        face: tuning.
        coefficients: (frames, k) as the network gives them, from the first frame on.
        blink: (frames,) 0..1.
        fps: frames per second.

    Returns:
        (frames, P, 3) float64 absolute positions on the rig's rows, cm.
    """
    basis = identity.skin
    flat = np.asarray(coefficients, np.float64)
    moved = flat if basis.shapes is None else flat @ basis.shapes.reshape(len(basis.shapes), -1).astype(np.float64)
    lids = np.asarray(blink, np.float64)[:, None] * face.blink_strength * identity.eye_close.reshape(-1)
    target = face.skin_strength * moved + lids + _base(identity, face).reshape(-1)
    upper = TwoPole(face.upper_face_smoothing, 1 / fps)(target)
    lower = TwoPole(face.lower_face_smoothing, 1 / fps)(target)
    mask = np.repeat(face_mask(basis.height, face), 3)
    motion = upper * face.upper_face_strength * (1 - mask) + lower * face.lower_face_strength * mask
    vertices: np.ndarray = (basis.neutral.reshape(-1) + motion).reshape(len(flat), -1, 3)
    return vertices


@dataclass(frozen=True)
class SkinMatrices:
    """The poses' matrix times everything that can move the skin, apart for lower and upper face.

    Attributes:
        lower, upper: (coefficients, active).
        lower_lids, upper_lids, lower_lips, upper_lips: (active,) of the lid-closing and lip-opening poses.
        rest: (active,) of the difference between the two neutral meshes.
    """

    lower: np.ndarray
    upper: np.ndarray
    lower_lids: np.ndarray
    upper_lids: np.ndarray
    lower_lips: np.ndarray
    upper_lips: np.ndarray
    rest: np.ndarray


@lru_cache(maxsize=4)
def skin_matrices(identity: Identity, active: tuple[int, ...], level: float, softness: float) -> SkinMatrices:
    """The matrices of one mask; strengths, offsets and smoothing come later and cost nothing."""
    rig, basis = identity.skin_rig, identity.skin
    assert rig is not None
    poses = pose_rows(rig)[0][list(active)]
    mask = np.repeat(face_mask(basis.height, FaceParameters(face_mask_level=level, face_mask_softness=softness)), 3)
    low = poses * mask
    whole = _whole(identity, active)
    lids, lips = (delta.reshape(-1).astype(np.float64) for delta in (identity.eye_close, identity.lip_open))
    lower = _projected(basis, low)
    rest = (basis.neutral.astype(np.float64) - rig.neutral).reshape(-1)
    return SkinMatrices(lower, whole - lower, low @ lids, (poses - low) @ lids, low @ lips, (poses - low) @ lips, poses @ rest)


@lru_cache(maxsize=4)
def _whole(identity: Identity, active: tuple[int, ...]) -> np.ndarray:
    """What the mask does not change, so that moving it costs one product."""
    assert identity.skin_rig is not None
    return _projected(identity.skin, pose_rows(identity.skin_rig)[0][list(active)])


def _projected(basis: Basis, poses: np.ndarray) -> np.ndarray:
    """(coefficients, active): the poses' matrix times the basis."""
    if basis.shapes is None:
        return np.ascontiguousarray(poses.T)
    projected: np.ndarray = basis.shapes.reshape(len(basis.shapes), -1).astype(np.float64) @ poses.T
    return projected


class SkinAnimator:
    """Skin coefficients to right-hand sides, frame after frame."""

    def __init__(self, identity: Identity, solver: BlendshapeSolver, face: FaceParameters, fps: float):
        active = tuple(int(i) for i in solver.active)
        m = skin_matrices(identity, active, face.face_mask_level, face.face_mask_softness)
        self._face, self._matrices = face, m
        lids, lips = -face.eyelid_open_offset, face.lip_open_offset
        lower, upper = m.lower_lids * lids + m.lower_lips * lips, m.upper_lids * lids + m.upper_lips * lips
        self._constant = m.rest + lower * face.lower_face_strength + upper * face.upper_face_strength
        self._smooth_lower = TwoPole(face.lower_face_smoothing, 1 / fps)
        self._smooth_upper = TwoPole(face.upper_face_smoothing, 1 / fps)

    def project(self, coefficients: np.ndarray, blink: np.ndarray) -> np.ndarray:
        """D (v - n0) of consecutive frames.

        Args:
            coefficients: (frames, k).
            blink: (frames,) how far the lids are closed, 0..1.

        Returns:
            (frames, active) float64.
        """
        face, m, raw = self._face, self._matrices, np.asarray(coefficients, np.float64)
        lids = np.asarray(blink, np.float64)[:, None] * face.blink_strength
        lower = self._smooth_lower(face.skin_strength * (raw @ m.lower) + lids * m.lower_lids)
        upper = self._smooth_upper(face.skin_strength * (raw @ m.upper) + lids * m.upper_lids)
        return self._constant + face.lower_face_strength * lower + face.upper_face_strength * upper


@lru_cache(maxsize=4)
def tongue_matrices(identity: Identity, active: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The tongue's: (coefficients, active) of the motion, (active,) of the neutral meshes, (3, active) of a shift along x, y, z."""
    rig, basis = identity.tongue_rig, identity.tongue
    assert rig is not None
    poses = pose_rows(rig)[0][list(active)]
    rest = (basis.neutral.astype(np.float64) - rig.neutral).reshape(-1)
    shifts = poses.reshape(len(poses), -1, 3).sum(1).T
    return _projected(basis, poses), poses @ rest, shifts


class TongueAnimator:
    """Tongue coefficients to right-hand sides: mean + strength * motion, then height and depth; no smoothing."""

    def __init__(self, identity: Identity, solver: BlendshapeSolver, face: FaceParameters):
        matrix, rest, shifts = tongue_matrices(identity, tuple(int(i) for i in solver.active))
        self._matrix = matrix * face.tongue_strength
        self._constant = rest + face.tongue_height_offset * shifts[1] + face.tongue_depth_offset * shifts[2]

    def project(self, coefficients: np.ndarray) -> np.ndarray:
        """D (v - n0) of frames: (frames, k) -> (frames, active)."""
        projected: np.ndarray = np.asarray(coefficients, np.float64) @ self._matrix + self._constant
        return projected


def fit_jaw(neutral: np.ndarray, deltas: np.ndarray, face: FaceParameters) -> np.ndarray:
    """The lower teeth as a rigid motion.

    Rigid fit by Kabsch (singular values of the centred cross-covariance, corrected to a rotation).

    Args:
        neutral: (5, 3) anchor points, cm.
        deltas: (frames, 15) as the network gives them.
        face: strength, height and depth of the lower teeth.

    Returns:
        (frames, 4, 4) float64; transpose and flatten for NVIDIA's 16 column-major floats.
    """
    points = np.asarray(neutral, np.float64)
    shift = np.array([0.0, face.lower_teeth_height_offset, face.lower_teeth_depth_offset])
    target = points + np.asarray(deltas, np.float64).reshape(-1, len(points), 3) * face.lower_teeth_strength + shift
    from_mean, to_mean = points.mean(0), target.mean(1)
    covariance = np.einsum("pi,fpj->fij", points - from_mean, target - to_mean[:, None])
    u, _, vt = np.linalg.svd(covariance)
    sign = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    flip = np.broadcast_to(np.eye(3), covariance.shape).copy()
    flip[:, 2, 2] = np.where(sign == 0, 1.0, sign)
    rotation = vt.transpose(0, 2, 1) @ flip @ u.transpose(0, 2, 1)
    out = np.broadcast_to(np.eye(4), (len(target), 4, 4)).copy()
    out[:, :3, :3] = rotation
    out[:, :3, 3] = to_mean - rotation @ from_mean
    return out

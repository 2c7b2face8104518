"""Blendshape weights from vertices: NVIDIA's bounded least squares, exactly and as its GPU approximation.

Objective (SDK source): minimise |A w - b|^2 with 0 <= w <= 1, where
A = D D^T + L1^2/4 s 11^T + 10 L2 s I + 100 T s I + 10 Sym s M^T M and b = D (v - n0) + T s w_prev.
A itself is the design matrix; this is not the quadratic form w^T A w / 2 - b^T w.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.nvidia.errors import BundleError
from models.nvidia.layout import PoseRig
from models.nvidia.parameters import SolverSettings

METHODS = ("exact", "admm")
#: the smaller member of a cancel pair may reach this at most in the second solve (SDK source)
CANCELLED = 1e-10
#: sweeps of NVIDIA's GPU solver; more approach the exact solution
ADMM_SWEEPS = 4
#: its over-relaxed dual step
ADMM_DUAL_STEP = 1.9


@dataclass(frozen=True)
class SolverMode:
    """How to solve.

    Attributes:
        method: ``exact`` (as NVIDIA's CPU solver) or ``admm`` (as its GPU solver).
        sweeps: of admm.
        quirks: reproduce two slips of the SDK: the temporal term pulls the diagonal by 100 T but the frame before by 1 T only,
            and exactly two active poses without a pair id count as a pair. False repairs both.
    """

    method: str = "exact"
    sweeps: int = ADMM_SWEEPS
    quirks: bool = True

    def __post_init__(self) -> None:
        if self.method not in METHODS or self.sweeps < 1:
            raise BundleError(f"There is no solver {self.method!r} with {self.sweeps} sweeps; choose exact, or admm with at least 1.")


def active_pairs(ids: tuple[int, ...], active: np.ndarray, quirks: bool) -> list[tuple[int, int]]:
    """Pairs among the active poses.

    Args:
        ids: pair id per pose, -1 for none.
        active: (n,) indices of the active poses.
        quirks: let two -1 entries count as a pair when they are the only two, as the SDK does.

    Returns:
        Positions within ``active``.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    for position, pose in enumerate(active):
        groups[ids[pose]].append(position)
    return [(members[0], members[1]) for i, members in groups.items() if len(members) == 2 and (i >= 0 or quirks)]


@lru_cache(maxsize=16)
def pose_rows(rig: PoseRig) -> tuple[np.ndarray, np.ndarray]:
    """All poses of a rig as rows, and their products with each other; computed once per rig.

    Returns:
        (poses, 3P) and (poses, poses), both float64.
    """
    rows = rig.deltas.reshape(len(rig.names), -1).astype(np.float64)
    return rows, rows @ rows.T


def system_matrix(products: np.ndarray, settings: SolverSettings, pairs: list[tuple[int, int]], scale: float) -> np.ndarray:
    """The matrix A.

    Args:
        products: (n, n) float64, D D^T of the active poses.
        settings: strengths of the regularisers.
        pairs: symmetric pairs as positions.
        scale: s = (diagonal / template size)^2.

    Returns:
        (n, n) float64, symmetric.
    """
    n = len(products)
    matrix = products.copy()
    matrix += settings.l1**2 * 0.25 * scale
    matrix += np.eye(n) * ((10 * settings.l2 + 100 * settings.temporal) * scale)
    for i, j in pairs:
        strength = 10 * settings.symmetry * scale
        matrix[i, i] += strength
        matrix[j, j] += strength
        matrix[i, j] -= strength
        matrix[j, i] -= strength
    return matrix


class BlendshapeSolver:
    """Solves frame after frame; remembers the frame before."""

    def __init__(self, rig: PoseRig, settings: SolverSettings | None = None, mode: SolverMode | None = None):
        self.mode = mode or SolverMode()
        self.names = rig.names
        self.settings = settings or rig.settings
        self.active = np.flatnonzero(self.settings.active)
        if not len(self.active):
            raise BundleError("No blendshape is active; switch on at least one pose.")
        self.rig = rig
        scale = (rig.diagonal / self.settings.template_bb_size) ** 2
        quirks = self.mode.quirks
        products = pose_rows(rig)[1][np.ix_(self.active, self.active)]
        self.matrix = system_matrix(products, self.settings, active_pairs(self.settings.symmetric, self.active, quirks), scale)
        self._cancel = active_pairs(self.settings.cancel, self.active, quirks)
        self._pull = (1.0 if quirks else 100.0) * self.settings.temporal * scale
        self._multipliers = np.array(self.settings.multipliers)
        self._offsets = np.array(self.settings.offsets)
        solver = ExactBounded if self.mode.method == "exact" else AdmmBounded
        self._bounded = solver(self.matrix, self.mode.sweeps)
        self.before = np.zeros(len(self.active))

    def reset(self) -> None:
        """Forget the frame before."""
        self.before = np.zeros(len(self.active))

    def right_hand_side(self, vertices: np.ndarray) -> np.ndarray:
        """D (v - n0) of whole vertex frames.

        Args:
            vertices: (frames, P, 3) absolute positions on the rig's rows, cm.

        Returns:
            (frames, active) float64.
        """
        moved = np.asarray(vertices, np.float64) - self.rig.neutral
        side: np.ndarray = moved.reshape(len(moved), -1) @ pose_rows(self.rig)[0][self.active].T
        return side

    def solve(self, projected: np.ndarray) -> np.ndarray:
        """Weights of consecutive frames.

        Args:
            projected: (frames, active) float64, D (v - n0) of each.

        Returns:
            (frames, poses) float64: solution * multiplier + offset; inactive poses give their offset. Not clamped.
        """
        solved = np.empty((len(projected), len(self.active)))
        for row, b in zip(solved, projected, strict=True):
            row[:] = self._solve_frame(b + self._pull * self.before)
            self.before = row.copy()
        out = np.tile(self._offsets, (len(projected), 1))
        out[:, self.active] += solved * self._multipliers[self.active]
        return out

    def _solve_frame(self, b: np.ndarray) -> np.ndarray:
        upper = np.ones(len(b))
        w = self._bounded.solve(b, upper)
        if not self._cancel:
            return w
        for i, j in self._cancel:
            upper[i if w[i] < w[j] else j] = CANCELLED
        return self._bounded.solve(b, upper)


class ExactBounded:
    """The exact minimum of |A w - b|^2 between bounds, by block principal pivoting.

    The minimum is unique (A is regular), so this gives what NVIDIA's active-set search (BVLS) gives, but starts from the
    frame before, which is nearly right. Method: Judice and Pires 1994 (block exchanges, single exchanges once they stall).
    """

    MAX_STALLS = 3

    def __init__(self, matrix: np.ndarray, _sweeps: int = 0):
        self._matrix = matrix
        self._normal = matrix.T @ matrix
        self._tolerance = 1e-12 * float(np.abs(self._normal).max())
        #: -1 at the lower bound, 0 free, 1 at the upper bound; kept from frame to frame
        self._state = np.zeros(len(matrix), np.int8)

    def solve(self, b: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """The minimiser.

        Args:
            b: (n,) right-hand side.
            upper: (n,) upper bounds; the lower ones are 0.

        Returns:
            (n,) within the bounds.
        """
        target = self._matrix.T @ b
        state = self._state
        fewest, patience = len(b) + 1, self.MAX_STALLS
        for _ in range(100 + 20 * len(b)):
            w, gradient = self._at(state, target, upper)
            wrong = self._violations(state, w, gradient, upper)
            count = int(np.count_nonzero(wrong))
            if not count:
                break
            if count < fewest:
                fewest, patience = count, self.MAX_STALLS
            elif patience:
                patience -= 1
            else:  # Murty's rule: only the last violation is exchanged; it cannot cycle
                last = np.flatnonzero(wrong)[-1]
                wrong = np.arange(len(b)) == last
            state = np.where(wrong, np.where(state == 0, np.where(w < 0, -1, 1), 0), state).astype(np.int8)
        self._state = state
        kept: np.ndarray = np.clip(w, 0.0, upper)
        return kept

    def _at(self, state: np.ndarray, target: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The minimum over the free weights with the others at their bounds, and the gradient of the bound ones."""
        w = np.where(state > 0, upper, 0.0)
        free = np.flatnonzero(state == 0)
        if len(free):
            block = self._normal[np.ix_(free, free)]
            rest = target[free] - self._normal[free] @ w
            try:
                w[free] = np.linalg.solve(block, rest)
            except np.linalg.LinAlgError:
                w[free] = np.linalg.lstsq(block, rest, rcond=None)[0]
        return w, self._normal @ w - target

    def _violations(self, state: np.ndarray, w: np.ndarray, gradient: np.ndarray, upper: np.ndarray) -> np.ndarray:
        outside = (state == 0) & ((w < -1e-12) | (w > upper + 1e-12))
        wants_up = (state < 0) & (gradient < -self._tolerance)
        wants_down = (state > 0) & (gradient > self._tolerance)
        wrong: np.ndarray = outside | wants_up | wants_down
        return wrong


class AdmmBounded:
    """NVIDIA's GPU solver: a fixed number of sweeps of alternating directions (SDK source)."""

    def __init__(self, matrix: np.ndarray, sweeps: int = ADMM_SWEEPS):
        normal = matrix.T @ matrix
        self._weight = np.diag(normal) / 16
        self._inverse = _inverse(normal + np.diag(self._weight))
        self._start = _inverse(matrix)
        self._transposed = matrix.T
        self._sweeps = sweeps

    def solve(self, b: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Weights within the bounds, near the minimum.

        Args:
            b: (..., n) right-hand sides; leading axes are independent problems solved at once.
            upper: (n,) or (..., n) upper bounds.
        """
        target = b @ self._transposed.T
        z: np.ndarray = np.clip(b @ self._start.T, 0.0, upper)
        u = np.zeros_like(z)
        for _ in range(self._sweeps):
            x = (self._weight * (z - u) + target) @ self._inverse.T
            z = np.clip(u + x, 0.0, upper)
            u = u + ADMM_DUAL_STEP * (x - z)
        return z


def _inverse(matrix: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(matrix)

"""The blendshape solver against scipy, against known mixtures, and its documented quirks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from models.nvidia.errors import BundleError
from models.nvidia.layout import PoseRig
from models.nvidia.parameters import BlendshapeTuning
from models.nvidia.solver import CANCELLED, AdmmBounded, BlendshapeSolver, ExactBounded, SolverMode, active_pairs, system_matrix


@pytest.fixture
def rig(regression) -> PoseRig:
    """The synthetic skin."""
    return regression.face.skin_rig


def free_of_regularisers(rig: PoseRig):
    return replace(rig.settings, l1=0.0, l2=0.0, temporal=0.0, symmetry=0.0)


def random_problem(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    poses = rng.normal(size=(n, 3 * n)) * rng.uniform(0.2, 3, (n, 1))
    matrix = poses @ poses.T + np.eye(n) * rng.uniform(0, 20)
    return matrix, matrix @ rng.uniform(-0.8, 1.6, n) + rng.normal(0, 5, n)


def objective(matrix: np.ndarray, b: np.ndarray, w: np.ndarray) -> float:
    return float(((matrix @ w - b) ** 2).sum())


@pytest.mark.parametrize("n", [1, 2, 5, 16, 43])
def test_exact_solver_equals_scipy_bvls(n):
    rng = np.random.default_rng(n)
    for _ in range(8):
        matrix, b = random_problem(rng, n)
        solver = ExactBounded(matrix)
        for target in (b, b + rng.normal(0, 1, n), b * 0.5):  # warm starts
            upper = rng.choice([1.0, 1.0, 0.5, CANCELLED], n)
            ours, theirs = solver.solve(target, upper), lsq_linear(matrix, target, (0, upper), method="bvls", max_iter=5000, tol=1e-14).x
            assert objective(matrix, target, ours) <= objective(matrix, target, theirs) * (1 + 1e-9) + 1e-9
            assert np.abs(ours - theirs).max() < 1e-5
            assert (ours >= 0).all() and (ours <= upper).all()


def test_singular_problems_still_end():
    matrix = np.ones((4, 4))
    w = ExactBounded(matrix).solve(np.full(4, 2.0), np.ones(4))
    assert objective(matrix, np.full(4, 2.0), w) == pytest.approx(0, abs=1e-9)


def test_known_mixtures_are_recovered(rig):
    solver = BlendshapeSolver(rig, free_of_regularisers(rig))
    rng = np.random.default_rng(3)
    weights = np.where(rng.random((20, len(rig.names))) < 0.6, rng.random((20, len(rig.names))), 0.0)
    weights[:, ~np.array(rig.settings.active)] = 0
    vertices = rig.neutral + np.einsum("fn,npc->fpc", weights, rig.deltas)
    assert np.abs(solver.solve(solver.right_hand_side(vertices)) - weights).max() < 1e-3


def test_regularisers_enter_as_documented(rig):
    settings = replace(rig.settings, l1=0.7, l2=0.3, temporal=0.2, symmetry=9.0)
    solver = BlendshapeSolver(rig, settings)
    poses = rig.deltas[solver.active].reshape(len(solver.active), -1).astype(np.float64)
    plain = poses @ poses.T
    s = (rig.diagonal / settings.template_bb_size) ** 2
    left = np.flatnonzero(solver.active == rig.names.index("mouthSmileLeft"))[0]
    right = np.flatnonzero(solver.active == rig.names.index("mouthSmileRight"))[0]
    jaw = np.flatnonzero(solver.active == rig.names.index("jawOpen"))[0]
    extra = solver.matrix - plain
    assert extra[jaw, jaw] == pytest.approx(s * (0.49 * 0.25 + 3.0 + 20.0))
    assert extra[left, left] == pytest.approx(s * (0.49 * 0.25 + 3.0 + 20.0 + 90.0))
    assert extra[left, right] == pytest.approx(s * (0.49 * 0.25 - 90.0))


def test_symmetry_pulls_both_sides_together(rig):
    vertices = rig.neutral + rig.deltas[rig.names.index("mouthSmileLeft")][None]
    apart = []
    for strength in (0.0, 1000.0):
        solver = BlendshapeSolver(rig, replace(free_of_regularisers(rig), symmetry=strength))
        w = solver.solve(solver.right_hand_side(vertices))[0]
        apart.append(abs(w[rig.names.index("mouthSmileLeft")] - w[rig.names.index("mouthSmileRight")]))
    assert apart[0] == pytest.approx(1.0, abs=1e-3)
    assert apart[1] < 0.05


def test_temporal_quirk_and_its_repair(rig):
    """NVIDIA's term shrinks; repaired, a still pose is reached over time."""
    settings = replace(free_of_regularisers(rig), temporal=0.3)
    vertices = np.repeat(rig.neutral[None] + 0.5 * rig.deltas[rig.names.index("jawOpen")], 400, axis=0)
    jaw = rig.names.index("jawOpen")
    quirk = BlendshapeSolver(rig, settings)
    shrunk = quirk.solve(quirk.right_hand_side(vertices))[:, jaw]
    repaired = BlendshapeSolver(rig, settings, SolverMode(quirks=False))
    reached = repaired.solve(repaired.right_hand_side(vertices))[:, jaw]
    assert shrunk[-1] < 0.495
    assert reached[0] < reached[5] < reached[-1] == pytest.approx(0.5, abs=1e-3)


def test_the_frame_before_counts_and_reset_forgets_it(rig):
    solver = BlendshapeSolver(rig)
    b = np.random.default_rng(0).normal(0, 20, (2, len(solver.active)))
    together = solver.solve(b)
    solver.reset()
    first = solver.solve(b[:1])
    second = solver.solve(b[1:])
    assert np.allclose(together, np.concatenate([first, second]))
    solver.reset()
    assert not np.allclose(solver.solve(b[1:]), second, atol=1e-9)


def test_cancel_pairs_leave_only_the_stronger(rig):
    i, j = rig.names.index("jawLeft"), rig.names.index("jawRight")
    tuned = BlendshapeTuning(cancel={"jawLeft": 0, "jawRight": 0}).applied(rig.names, free_of_regularisers(rig), "skin")
    solver = BlendshapeSolver(rig, tuned)
    mixed = rig.neutral + (0.3 * rig.deltas[i] + 0.7 * rig.deltas[j])[None]
    w = solver.solve(solver.right_hand_side(mixed))[0]
    assert w[i] <= CANCELLED < w[j]


def test_two_poses_without_a_pair_count_as_one_only_with_the_quirk():
    active = np.array([0, 2, 3])
    assert active_pairs((-1, 5, 4, 4), active, True) == [(1, 2)]
    assert active_pairs((-1, -1, -1, 7), active, True) == [(0, 1)]
    assert active_pairs((-1, -1, -1, 7), active, False) == []


def test_multipliers_offsets_and_inactive_poses(rig):
    tuned = BlendshapeTuning({"jawOpen": 2.0, "tongueOut": 5.0}, {"jawOpen": 0.1, "tongueOut": 0.25})
    solver = BlendshapeSolver(rig, tuned.applied(rig.names, free_of_regularisers(rig), "skin"))
    vertices = rig.neutral + 0.8 * rig.deltas[rig.names.index("jawOpen")][None]
    w = solver.solve(solver.right_hand_side(vertices))[0]
    assert w[rig.names.index("jawOpen")] == pytest.approx(1.7, abs=2e-3)
    assert w[rig.names.index("tongueOut")] == 0.25


def test_admm_is_near_the_exact_solution(rig):
    rng = np.random.default_rng(7)
    weights = np.where(rng.random((40, len(rig.names))) < 0.3, rng.random((40, len(rig.names))), 0.0)
    vertices = rig.neutral + np.einsum("fn,npc->fpc", weights, rig.deltas)

    def solved(mode: SolverMode) -> np.ndarray:
        solver = BlendshapeSolver(rig, mode=mode)
        return solver.solve(solver.right_hand_side(vertices))

    exact, few, many = solved(SolverMode()), solved(SolverMode("admm", 4)), solved(SolverMode("admm", 2000))
    assert np.abs(few - exact).max() < 0.05 and np.abs(few - exact).mean() < 2e-3
    assert np.abs(many - exact).max() < 1e-4
    assert (few >= 0).all() and (few <= 1).all()


def test_admm_solves_many_at_once(rig):
    solver = BlendshapeSolver(rig, mode=SolverMode("admm"))
    b = np.random.default_rng(1).normal(0, 50, (9, len(solver.active)))
    bounded = AdmmBounded(solver.matrix)
    upper = np.ones(len(solver.active))
    assert np.allclose(bounded.solve(b, upper), [bounded.solve(row, upper) for row in b])


def test_matrix_of_one_pose():
    from models.nvidia.parameters import SolverSettings

    settings = SolverSettings((True,), (-1,), (-1,), (1.0,), (0.0,), l1=2.0, l2=0.1, temporal=0.0, symmetry=0.0)
    assert system_matrix(np.array([[25.0]]), settings, [], 2.0) == pytest.approx(25 + 4 * 0.25 * 2 + 2.0)


def test_nothing_active_and_unknown_methods_are_refused(rig):
    off = BlendshapeTuning(active=dict.fromkeys(rig.names, False)).applied(rig.names, rig.settings, "skin")
    with pytest.raises(BundleError, match="active"):
        BlendshapeSolver(rig, off)
    with pytest.raises(BundleError, match="choose"):
        SolverMode("magic")
    with pytest.raises(BundleError, match="solver parameter"):
        BlendshapeTuning(skin={"l3": 1.0}).applied(rig.names, rig.settings, "skin")

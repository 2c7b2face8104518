"""Lips move as lips do, whatever a network says: limited speed, rounded onsets, rest at the start, no stop at the top."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from models.emotion import emotion_vector  # noqa: E402
from models.kinematics import FASTEST_PER_S, Slack, SpeedLimit, curve_shares, gesture_shares, onset  # noqa: E402
from models.motion import Gating, StepFrames, decided, face, probabilities  # noqa: E402
from models.rig import GAP, INDEX, PARAMETER_INDEX, PARAMETERS, weights_from  # noqa: E402
from models.train.phones import PHONES  # noqa: E402

GATING = Gating()
LOGITS = len(PARAMETERS) + len(PHONES)


def track(logits: np.ndarray, fps: float, chunks: list[int] | None = None, feeling: np.ndarray | None = None) -> np.ndarray:
    """The frames of (k, 52) logits, given in chunks of so many steps again and again."""
    frames, limit, out, at, turn = StepFrames(fps, GATING.slack), SpeedLimit(fps), [], 0, 0
    mood = np.zeros(10, np.float32) if feeling is None else feeling
    while at < len(logits):
        size = chunks[turn % len(chunks)] if chunks else len(logits)
        wanted = decided(probabilities(logits[None, at : at + size], GATING), GATING)
        out.append(limit.follow(face(frames.ready(wanted), mood)[0]))
        at, turn = at + size, turn + 1
    return np.concatenate(out)


def gap(weights: np.ndarray) -> np.ndarray:
    """How far the lips are apart."""
    return np.maximum(weights @ GAP, 0)


def random_logits(seed: int, steps: int, size: float) -> np.ndarray:
    """Logits that leap at random: sometimes every step, sometimes held for a while."""
    rng = np.random.default_rng(seed)
    held = np.repeat(rng.normal(0, size, (steps, LOGITS)), rng.integers(1, 6, steps), 0)[:steps]
    return held.astype(np.float32)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.floats(0.5, 40), st.sampled_from([24.0, 25.0, 30.0, 50.0, 59.94, 60.0]), st.booleans())
def test_no_logits_move_the_lips_faster_than_lips(seed, size, fps, angry):
    weights = track(random_logits(seed, 80, size), fps, feeling=emotion_vector({"anger": 1.0}) if angry else None)
    assert np.isfinite(weights).all() and weights.min() >= 0 and weights.max() <= 1
    assert np.abs(np.diff(gap(weights))).max() <= FASTEST_PER_S / fps + 1e-5 < 0.25 * 60 / fps


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 9), min_size=1, max_size=5), st.sampled_from([24.0, 30.0, 60.0]))
def test_steps_in_any_chunks_give_the_same_frames(seed, chunks, fps):
    logits = random_logits(seed, 70, 4.0)
    whole, pieces = track(logits, fps), track(logits, fps, chunks)
    assert len(whole) == len(pieces)
    assert np.abs(whole - pieces).max() < 1e-5


def test_the_first_frame_rests_and_the_next_ones_leave_it_slowly():
    logits = np.zeros((50, LOGITS), np.float32)
    logits[:, [PARAMETER_INDEX[n] for n in ("jaw", "closure", "active", "accent")]] = 6.0
    logits[:, len(PARAMETERS) + PHONES.index("B")] = 9.0
    weights = track(logits, 60)
    assert not weights[0].any()
    assert weights[1].max() < 0.02 and np.abs(np.diff(weights[:4], axis=0)).max() < 0.1
    assert weights[20, INDEX["mouthPressLeft"]] > 0.2


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_a_closure_is_a_movement_that_begins_before_it_and_is_kept(steps):
    logits = np.zeros((60, LOGITS), np.float32)
    logits[:, [PARAMETER_INDEX[n] for n in ("jaw", "active")]] = 2.0, 9.0
    logits[:, [PARAMETER_INDEX[n] for n in ("closure", "pucker")]] = -9.0
    logits[30 : 30 + steps, PARAMETER_INDEX["closure"]] = 9.0
    logits[30 : 30 + steps, len(PARAMETERS) + PHONES.index("P")] = 12.0
    opening = gap(track(logits, 60))
    middle = round((30 + (steps - 1) / 2 - 0.5) * 60 / 50)
    wide = opening[20]
    assert opening[middle - 9] == pytest.approx(wide, rel=0.02)
    moving = np.abs(np.diff(opening)) > 0.02
    assert moving[: middle + 1].sum() >= 3 and moving[middle:].sum() >= 3
    assert opening[middle - 2 : middle + 3].min() <= {1: 0.6, 2: 0.25}.get(steps, 0.1) * wide


def test_shares_of_steps_sum_to_one_and_join_smoothly():
    part = np.linspace(0, 1, 101)[:-1]
    for shares in (curve_shares, gesture_shares):
        found = shares(part)
        assert found.shape == (100, 4) and found.min() > -1e-6
        assert np.allclose(found.sum(1), 1, atol=1e-6)
        # the share of a step passes from column to column without a jump of value or speed
        one = np.concatenate([found[:, k] for k in (3, 2, 1, 0)])
        assert np.abs(np.diff(one)).max() < 0.01 and np.abs(np.diff(one, 2)).max() < 5e-4
        assert one[0] == pytest.approx(0, abs=1e-6)


def test_small_wavering_is_held_and_large_movements_are_followed():
    t = np.arange(200) / 50
    waver = (0.5 + 0.02 * np.sin(2 * np.pi * 6 * t))[None, :, None].astype(np.float32)
    assert np.ptp(Slack(0.03).follow(waver)[0, 30:]) < 0.01
    swing = (0.5 + 0.4 * np.sin(2 * np.pi * 3 * t))[None, :, None].astype(np.float32)
    assert np.ptp(Slack(0.03).follow(swing)) > 0.72


def test_slack_lets_go_in_time():
    held = Slack(0.05).follow(np.concatenate([np.full((1, 20, 1), 0.8), np.zeros((1, 60, 1))], 1).astype(np.float32))
    assert held[0, -1, 0] < 1e-3


def test_a_wider_jaw_always_opens_farther():
    jaws = np.linspace(0, 3, 61, dtype=np.float32)
    rows = np.zeros((61, len(PARAMETERS)), np.float32)
    rows[:, PARAMETER_INDEX["jaw"]], rows[:, PARAMETER_INDEX["active"]] = jaws, 1.0
    opened = weights_from(rows)[:, INDEX["jawOpen"]]
    assert (np.diff(opened) > 0).all()
    assert opened[-1] < 0.85 and opened[18] == pytest.approx(0.9 * 0.55, abs=1e-6)
    logits = np.zeros((40, LOGITS), np.float32)
    logits[:, 0] = np.linspace(-4, 12, 40)
    wanted = probabilities(logits[None], GATING)[0, :, 0]
    assert (np.diff(wanted) > 0.005).all()


def test_what_the_limit_held_back_comes_in_the_next_frames():
    weights = np.zeros((20, 52), np.float32)
    weights[10:, INDEX["jawOpen"]] = 0.9
    limited = SpeedLimit(60).follow(weights)
    assert limited[9].max() == 0 and limited[15, INDEX["jawOpen"]] == pytest.approx(0.9)
    assert (np.diff(limited[:, INDEX["jawOpen"]]) >= 0).all()
    assert SpeedLimit(60).follow(limited[:0]).shape == (0, 52)
    slow = np.linspace(0, 1, 30, dtype=np.float32)[:, None] * np.ones(52, np.float32)
    assert SpeedLimit(60).follow(slow) is slow


def test_the_onset_is_the_same_however_it_is_asked_for():
    whole = onset(0, 30, 60)
    assert whole[0] == 0 and whole[9] == 1 and (np.diff(whole) >= 0).all()
    assert np.array_equal(whole, np.concatenate([onset(0, 7, 60), onset(7, 23, 60)]))

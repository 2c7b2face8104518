"""Streams that share calls of the network give what each would have given alone."""

from __future__ import annotations

import numpy as np

from models.batching import FacePool, Piece
from models.runtime import FaceNet


def voice(length_s: float, seed: int) -> np.ndarray:
    """Noise that comes and goes."""
    n = round(length_s * 16000)
    loud = 0.5 + 0.5 * np.sin(np.arange(n) / (900 + 100 * seed))
    return (0.2 * loud * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)


def alone(net: FaceNet, samples: np.ndarray, fps: float, seed: int) -> np.ndarray:
    """The frames of a stream of its own."""
    return net.infer(samples, fps=fps, blinks=True, seed=seed)


def test_streams_of_any_age_and_chunking_give_what_each_gives_alone(lively_net):
    rng = np.random.default_rng(7)
    clips = [voice(length_s, i) for i, length_s in enumerate((2.3, 0.41, 1.9, 0.012, 3.007))]
    rates = (30, 60, 30, 24, 60)
    pool = FacePool(lively_net)
    rows: dict[int, int] = {}
    position, out = [0] * len(clips), [[] for _ in clips]
    turn = 0
    while any(position[i] < len(clip) for i, clip in enumerate(clips)):
        pieces, who = [], []
        for i, clip in enumerate(clips):
            if turn >= 3 * i and position[i] < len(clip):
                if i not in rows:
                    rows[i] = pool.add(rates[i], blinks=True, seed=i)
                n = int(rng.integers(1, 2500))
                pieces.append(Piece(rows[i], clip[position[i] : position[i] + n], position[i] + n >= len(clip)))
                position[i] += n
                who.append(i)
        for i, frames in zip(who, pool.run(pieces), strict=True):
            out[i].append(frames)
            if position[i] >= len(clips[i]):
                pool.remove(rows[i])
        turn += 1
    assert len(pool) == 0
    for i, clip in enumerate(clips):
        expected = alone(lively_net, clip, rates[i], i)
        assert np.abs(np.concatenate(out[i]) - expected).max() < 2e-4, i
        assert np.concatenate(out[i]).shape == expected.shape


def test_a_row_used_again_remembers_nothing(lively_net):
    pool = FacePool(lively_net)
    clip = voice(1.0, 3)
    results = []
    for _ in range(2):
        row = pool.add(30)
        results.append(pool.run([Piece(row, clip, True)])[0])
        pool.remove(row)
    assert np.array_equal(*results) and np.ptp(results[0]) > 0.1


def test_an_empty_clip_has_no_frames(lively_net):
    pool = FacePool(lively_net)
    assert len(pool.run([Piece(pool.add(30), np.zeros(0, np.float32), True)])[0]) == 0

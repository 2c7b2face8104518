"""Streams that share calls of the network give what each would have given alone."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from models.batching import FacePool, Piece
from models.context import LEAST_S, MOST_S, needed_context_s
from models.runtime import STEP, FaceNet
from models.weights_file import weights_path


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


def piecewise(net: FaceNet, samples: np.ndarray, steps: tuple[int, ...], **options) -> np.ndarray:
    """The frames of a row that hears its sound in so many steps at once, over and over."""
    pool, out, at, turn = FacePool(net), [], 0, 0
    row = pool.add(30, blinks=True, seed=5, **options)
    while at < len(samples):
        n = steps[turn % len(steps)] * STEP
        out += pool.run([Piece(row, samples[at : at + n], at + n >= len(samples))])
        at, turn = at + n, turn + 1
    return np.concatenate(out)


def test_a_stream_that_begins_in_the_middle_goes_on_as_the_whole_clip(lively_net):
    clip, first_step = voice(10.0, 2), 35
    whole = piecewise(lively_net, clip, (25,))
    later = piecewise(lively_net, clip[first_step * STEP :], (20, 7), first_step=first_step, first_frame=21)
    assert len(later) == len(whole) - 21
    assert np.abs(whole[250:] - later[229:]).max() < 2e-4


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not weights_path("quality").exists(), reason="the weights are not in this checkout")
@pytest.mark.parametrize("mode", ["quality", "light"])
def test_a_restart_in_the_middle_of_a_recording_changes_nothing(mode, shared):
    sound, rate = soundfile.read(shared / "data/speech/nvidia/Claire_neutral.wav", dtype="float32")
    clip, at_s = np.concatenate([sound, 0.3 * sound[: 3 * rate]]), 12
    net = FaceNet.load(mode, "cpu")
    second = at_s - needed_context_s(clip, at_s)
    assert second == 2
    whole = piecewise(net, clip, (32,))
    later = piecewise(net, clip[second * 16000 :], (1, 5, 2), first_step=50 * second, first_frame=30 * second)
    assert np.abs(whole[30 * at_s :] - later[30 * (at_s - second) :]).max() < 1e-3


SPOKEN = voice(50.0, 1)
SHOUT = np.where(np.arange(len(SPOKEN)) < 12 * 16000, 1.0, 0.01).astype(np.float32)


@pytest.mark.parametrize(
    ("clip", "at_s", "context_s"),
    [
        (SPOKEN, 40.0, LEAST_S),
        (SPOKEN, 4.0, 4),
        (SHOUT * SPOKEN, 25.0, 14),
        (SHOUT**4 * SPOKEN, 26.0, 15),
        (SHOUT**4 * SPOKEN, 45.0, 15),
        (0 * SPOKEN, 45.0, 15),
    ],
)  # fmt: skip
def test_what_set_the_level_is_heard_again(lively_net, clip, at_s, context_s):
    found = needed_context_s(clip, at_s)
    assert found == context_s <= MOST_S
    mel, first = lively_net.mel, round(at_s - found) * 16000
    end = round(at_s * 16000)
    whole, later = (mel.push(part[None], mel.start(1))[0] for part in (clip[:end], clip[first:end]))
    assert np.array_equal(whole[-700:], later[-700:])

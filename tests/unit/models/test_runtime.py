"""Streams give what whole clips give; the look-ahead is what is said; nothing breaks the numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.emotion import EMOTIONS, emotion_vector, keyed_emotion  # noqa: E402
from models.rig import ARKIT, INDEX  # noqa: E402
from models.runtime import FaceNet  # noqa: E402


def streamed(net: FaceNet, samples: np.ndarray, sizes: list[int], fps: float = 60) -> np.ndarray:
    """The frames of a stream that is fed in chunks of the given sizes, again and again."""
    stream, out, place = net.stream(fps=fps), [], 0
    for size in itertools.cycle(sizes):
        if place >= len(samples):
            break
        out.append(stream.push(samples[place : place + size]))
        place += size
    return np.concatenate([*out, stream.finish()])


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [[320], [1, 7, 159, 641, 3000], [16000], [37]], ids=str)
@pytest.mark.parametrize("fps", [60, 30, 24])
def test_chunks_of_any_size_give_the_whole_clip(net, voice, sizes, fps):
    beginning = voice[:25600]
    assert np.abs(streamed(net, beginning, sizes, fps) - net.infer(beginning, fps=fps)).max() < 1e-4


def test_a_batch_gives_each_voice_its_own_face(net, voice):
    other = voice[::-1].copy()
    both = net.infer(np.stack([voice, other]))
    assert np.abs(both[0] - net.infer(voice)).max() < 1e-4
    assert np.abs(both[1] - net.infer(other)).max() < 1e-4
    assert np.abs(both[0] - both[1]).max() > 0.01


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 16001])
def test_there_are_as_many_frames_as_the_sound_is_long(net, samples):
    weights = net.infer(np.zeros(samples, np.float32))
    assert weights.shape == (int(np.ceil(samples * 60 / 16000)), 52)


def test_sound_changes_nothing_before_the_look_ahead(net, voice):
    changed = voice.copy()
    changed[32000:] = -0.3 * voice[::-1][: len(voice) - 32000]
    differs = np.abs(net.infer(changed) - net.infer(voice)).max(1) > 1e-6
    assert differs.any()
    assert 2.0 - np.flatnonzero(differs)[0] / 60 <= net.look_ahead_ms / 1000


def test_the_look_ahead_is_bounded(net):
    assert net.look_ahead_ms <= {"light": 125, "quality": 185}[net.mode]


def test_the_same_sound_gives_the_same_face(net, voice):
    assert np.array_equal(net.infer(voice, blinks=True, seed=4), net.infer(voice, blinks=True, seed=4))


def test_weights_are_weights_even_for_broken_sound(net, voice):
    broken = voice.copy()
    broken[5000:9000] = np.nan
    broken[12000], broken[13000] = np.inf, -np.inf
    broken[20000:21000] *= 1e6
    weights = net.infer(broken)
    assert np.isfinite(weights).all() and weights.min() >= 0 and weights.max() <= 1
    silenced = broken.copy()
    silenced[~np.isfinite(silenced)] = 0
    assert np.array_equal(weights, net.infer(silenced))


def test_long_silence_needs_no_memory_and_stays_finite(net):
    stream = net.stream()
    sizes = [stream.push(np.zeros(16000, np.float32)).nbytes for _ in range(40)]
    assert len(set(sizes[2:])) == 1
    kept = sum(array.size for array in vars(stream).values() if isinstance(array, np.ndarray))
    stream.push(np.zeros(16000, np.float32))
    assert sum(array.size for array in vars(stream).values() if isinstance(array, np.ndarray)) == kept


def test_an_emotion_poses_the_face(net, voice):
    neutral, joyful = net.infer(voice), net.infer(voice, emotion_vector({"joy": 1.0}))
    rise = (joyful - neutral).mean(0)
    assert rise[INDEX["mouthSmileLeft"]] > 0.2 and rise[INDEX["cheekSquintRight"]] > 0.2
    assert rise[INDEX["browDownLeft"]] == pytest.approx(0)


def test_every_emotion_is_different_and_half_is_less(net, voice):
    faces = [net.infer(voice[:8000], emotion_vector({name: 1.0})).mean(0) for name in EMOTIONS]
    for one, two in itertools.combinations(faces, 2):
        assert np.abs(one - two).max() > 0.1
    half = net.infer(voice[:8000], emotion_vector({"anger": 0.5})).mean(0)
    assert 0 < half[INDEX["browDownLeft"]] < faces[EMOTIONS.index("anger")][INDEX["browDownLeft"]]


def test_emotion_may_be_keyed_over_time(net, voice):
    keys = [(0.0, np.zeros(10, np.float32)), (2.0, emotion_vector({"sadness": 1.0}))]
    weights = net.infer(voice, keyed_emotion(keys, 198, 60))
    frown = (weights - net.infer(voice))[:, INDEX["mouthFrownLeft"]]
    assert frown[0] == pytest.approx(0) and 0.15 < frown[60] < 0.28 and frown[150] > 0.35


def test_finished_streams_and_wrong_shapes_are_refused(net):
    stream = net.stream(batch=2)
    with pytest.raises(ValueError, match="2"):
        stream.push(np.zeros(100, np.float32))
    stream.finish()
    with pytest.raises(ValueError, match="finished"):
        stream.push(np.zeros((2, 100), np.float32))


def test_the_names_are_apples():
    arkit = pytest.importorskip("app.core.arkit")
    assert ARKIT == arkit.ARKIT_CHANNELS

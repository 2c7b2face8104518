"""Parts of a speech laid on one frame grid."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from app.core.arkit import VISEME_CHANNELS
from app.core.track import Animation, BlendshapeTrack
from app.session.base.growing import GrowingAnimation


def chunks(weights: np.ndarray, fps: float, cuts: list[int]) -> list[Animation]:
    """An animation cut at frames."""
    edges = [0, *cuts, len(weights)]
    return [Animation(BlendshapeTrack(weights[a:b], fps, a / fps)) for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize("cuts", [[], [1], [1, 2, 300], [599]])
def test_one_part_is_copied_bit_for_bit(rng, cuts):
    """However it is cut, a speech of one part is what the source made."""
    weights = rng.random((600, 52), np.float32)
    growing = GrowingAnimation()
    for chunk in chunks(weights, 60.0, cuts):
        growing.append(0.0, chunk)
    growing.finish_part(0.0, 10.0)
    assert np.array_equal(growing.animation.arkit.weights, weights)


def test_what_came_is_not_looked_through_again(rng, monkeypatch):
    """Each chunk was checked when it became a track; a long clip is not searched for NaN with every chunk."""
    weights = rng.random((90, 52), np.float32)
    growing = GrowingAnimation()
    for chunk in chunks(weights, 60.0, [30, 60]):
        growing.append(0.0, chunk)
    monkeypatch.setattr(BlendshapeTrack, "__post_init__", lambda _: pytest.fail("looked through again"))
    shown = growing.animation.arkit
    assert len(shown) == 90 and not shown.weights.flags.writeable and shown.end_s == 1.5


def test_parts_off_the_grid_are_sampled_onto_it(rng):
    """A part that starts between frames is interpolated, and the whole ends with the sound."""
    weights, offset_s = rng.random((200, 52), np.float32), 1.2345
    growing = GrowingAnimation()
    growing.append(0.0, Animation(BlendshapeTrack(weights[:74], 60.0)))
    growing.finish_part(0.0, offset_s)
    for chunk in chunks(weights, 60.0, [50, 51, 120]):
        growing.append(offset_s, chunk)
    growing.finish_part(offset_s, 200 / 60)
    track, alone = growing.animation.arkit, BlendshapeTrack(weights, 60.0, offset_s)
    for frame in range(75, len(track)):
        assert np.allclose(track.weights[frame], alone.sample(frame / 60.0), atol=2e-5)
    assert 0 <= track.end_s - (offset_s + 200 / 60) < 1 / 60 + 1e-9


def test_a_source_that_falls_short_is_held(rng):
    """A part whose last frames are missing keeps its last pose until its sound ends."""
    weights = rng.random((10, 52), np.float32)
    growing = GrowingAnimation()
    growing.append(0.0, Animation(BlendshapeTrack(weights, 60.0)))
    growing.finish_part(0.0, 0.5)
    assert growing.n_frames == 30
    assert np.array_equal(growing.animation.arkit.weights[29], weights[9])


def test_what_was_shown_never_changes(rng):
    """An animation handed out stays as it was while the buffer grows under it."""
    weights = rng.random((5000, 52), np.float32)
    growing = GrowingAnimation()
    growing.append(0.0, Animation(BlendshapeTrack(weights[:700], 60.0)))
    early = growing.animation
    copy = early.arkit.weights.copy()
    growing.append(0.0, Animation(BlendshapeTrack(weights[700:], 60.0, 700 / 60)))
    assert np.array_equal(early.arkit.weights, copy) and growing.n_frames == 5000


def test_visemes_travel_beside(rng):
    """Both tracks keep the same frames."""
    animation = Animation(
        BlendshapeTrack(rng.random((30, 52), np.float32), 60.0),
        BlendshapeTrack(rng.random((30, 15), np.float32), 60.0, channels=VISEME_CHANNELS),
    )
    growing = GrowingAnimation()
    growing.append(0.0, animation)
    growing.finish_part(0.0, 0.5)
    assert np.array_equal(growing.animation.visemes.weights, animation.visemes.weights)


def test_empty_sound_gives_no_animation():
    """A part without chunks adds nothing."""
    growing = GrowingAnimation()
    growing.finish_part(0.0, 0.0)
    assert growing.animation is None

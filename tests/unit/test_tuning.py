"""What an animator expects of each control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.coarticulation import MouthMotion
from app.core.lips import closure_rate, lip_opening
from app.core.regions import PARTS, REGIONS
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import ShapeTuning, Tuning, apply_tuning, tuned_animation, tuning_stages

WORD = ("M", "AA1", "P", "AE1", "B", "IY1", "M", "AH0", "P", "AO1", "B", "AA1")
PHONES = tuple(Phone(s, 0.3 + 0.09 * i, 0.3 + 0.09 * (i + 1)) for i, s in enumerate(WORD))


@pytest.fixture(scope="module")
def spoken() -> Animation:
    """A word full of lip contacts, at 60 fps."""
    arkit, visemes = MouthMotion(PHONES).frames(np.arange(110) / 60)
    return Animation(BlendshapeTrack(arkit, 60.0), BlendshapeTrack(visemes, 60.0, 0.0, VISEME_CHANNELS))


def test_regions_hold_every_channel():
    assert sorted(REGIONS["upper"] + REGIONS["lower"]) == sorted(ARKIT_CHANNELS)
    assert sorted(sum(PARTS.values(), ())) == sorted(ARKIT_CHANNELS)


def test_contacts_are_there_to_begin_with(spoken):
    assert closure_rate(spoken.arkit, PHONES) == 1.0


@pytest.mark.parametrize("kind", ["offline", "live"])
@pytest.mark.parametrize("ms", [40, 80, 150])
def test_smoothing_keeps_contacts_unless_told_otherwise(spoken, kind, ms):
    tuning = Tuning(smoothing_ms={"jaw": ms, "lips": ms}, kind=kind)
    assert closure_rate(apply_tuning(spoken.arkit, tuning), PHONES) == 1.0
    if ms >= 80:
        assert closure_rate(apply_tuning(spoken.arkit, replace(tuning, keep_contacts=False)), PHONES) < 0.8


def test_attack_and_release_keep_contacts(spoken):
    slow = Tuning(attack_ms=80, release_ms=120)
    assert closure_rate(apply_tuning(spoken.arkit, slow), PHONES) == 1.0
    assert closure_rate(apply_tuning(spoken.arkit, replace(slow, keep_contacts=False)), PHONES) < 0.8


def test_a_wider_jaw_still_closes(spoken):
    wide = Tuning(regions={"jaw": 2.0})
    assert closure_rate(apply_tuning(spoken.arkit, wide), PHONES) == 1.0
    opened = lip_opening(apply_tuning(spoken.arkit, wide).weights).max()
    assert opened > 1.5 * lip_opening(spoken.arkit.weights).max()


def test_smoothing_calms(spoken):
    smooth = apply_tuning(spoken.arkit, Tuning(smoothing_ms={"jaw": 60}, keep_contacts=False))
    assert np.abs(np.diff(smooth.column("jawOpen"), 2)).max() < 0.5 * np.abs(np.diff(spoken.arkit.column("jawOpen"), 2)).max()


def test_the_viseme_lane_is_tuned_and_still_closes(spoken):
    tuned = tuned_animation(spoken, Tuning(intensity=0.6, smoothing_ms={"lips": 80}, offset_ms=40))
    assert tuned.visemes is not None
    pp = tuned.visemes.column("viseme_PP")
    assert [pp[int(p.start_s * 60) : int(p.end_s * 60) + 2].max() > 0.95 for p in PHONES if p.base in "PBM"] == [True] * 6
    assert tuned.visemes.column("viseme_aa").max() < 0.65
    assert tuned.visemes.start_s == tuned.arkit.start_s == pytest.approx(0.04)
    assert np.allclose(tuned.visemes.weights.sum(axis=1), 1.0, atol=1e-5)


def test_identity_is_the_same_animation(spoken):
    assert tuned_animation(spoken, Tuning()) is spoken


def test_shapes(spoken):
    tuned = apply_tuning(
        spoken.arkit,
        Tuning(
            shapes={
                "browInnerUp": ShapeTuning(offset=0.2),
                "mouthFunnel": ShapeTuning(mute=True),
                "jawOpen": ShapeTuning(gain=3.0, high=0.4),
                "mouthSmileLeft": ShapeTuning(gain=0.5),
            },
            keep_contacts=False,
        ),
    )
    assert np.allclose(tuned.column("browInnerUp"), 0.2)
    assert not tuned.column("mouthFunnel").any()
    assert tuned.column("jawOpen").max() == pytest.approx(0.4)
    assert np.allclose(tuned.column("mouthSmileLeft"), spoken.arkit.column("mouthSmileLeft") / 2)
    assert np.array_equal(tuned.column("mouthSmileRight"), spoken.arkit.column("mouthSmileRight"))


def test_solo_silences_the_rest(spoken):
    tuned = apply_tuning(spoken.arkit, Tuning(shapes={"jawOpen": ShapeTuning(solo=True)}))
    assert np.array_equal(tuned.column("jawOpen"), spoken.arkit.column("jawOpen"))
    assert np.count_nonzero(tuned.weights.any(axis=0)) == 1


def test_symmetry_meets_in_the_middle():
    weights = np.zeros((3, 52), np.float32)
    weights[:, ARKIT_CHANNELS.index("mouthSmileLeft")] = 0.6
    tuned = apply_tuning(BlendshapeTrack(weights, 60.0), Tuning(symmetry=1.0))
    assert np.allclose(tuned.column("mouthSmileLeft"), 0.3) and np.allclose(tuned.column("mouthSmileRight"), 0.3)


def test_ends_ease_from_and_to_neutral():
    track = BlendshapeTrack(np.full((61, 52), 0.5, np.float32), 60.0)
    tuned = apply_tuning(track, Tuning(ease_in_ms=200, ease_out_ms=300))
    assert not tuned.weights[0].any() and not tuned.weights[-1].any()
    assert np.array_equal(tuned.weights[15:40], track.weights[15:40])


def test_the_printed_delay_is_per_part():
    tuning = Tuning(smoothing_ms={"jaw": 50.0, "lips": 20.0, "eyes": 0.0})
    delays = tuning.live_delay_ms(240.0)
    assert set(delays) == {"jaw", "lips"}
    # two poles with T = spread / sqrt(2) are 2 T late, less half a frame of binning
    assert delays["jaw"] == pytest.approx(50 * 2**0.5, abs=3)
    assert delays["lips"] == pytest.approx(20 * 2**0.5, abs=3)


def test_stages_show_what_each_does(spoken):
    stages = tuning_stages(spoken.arkit, Tuning(intensity=0.5, smoothing_ms={"jaw": 40}, ease_in_ms=50))
    assert stages["raw"] is spoken.arkit
    assert len({id(stage) for stage in stages.values()}) == 4


def test_visemes_are_not_tuned_as_arkit(spoken):
    with pytest.raises(ValueError, match="52"):
        apply_tuning(spoken.visemes, Tuning(intensity=0.5))

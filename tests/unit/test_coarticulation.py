"""The mouth's motion: contacts close, sounds anticipate, silence rests, and nothing jumps."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_INDEX
from app.core.coarticulation import MouthMotion, Style
from app.core.speech import Phone

JAW, CLOSE = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]


def utterance(*symbols: str, each_s: float = 0.1, start_s: float = 0.5) -> tuple[Phone, ...]:
    """Phones of equal length after half a second of silence."""
    spoken = [Phone(s, start_s + i * each_s, start_s + (i + 1) * each_s) for i, s in enumerate(symbols)]
    return (Phone("sil", 0.0, start_s), *spoken, Phone("sil", spoken[-1].end_s, spoken[-1].end_s + 0.5))


def motion(phones: tuple[Phone, ...], fps: float = 200.0, **style: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, ARKit and viseme weights of all of it."""
    times_s = np.arange(0, phones[-1].end_s, 1 / fps)
    return (times_s, *MouthMotion(phones, Style(**style), 1 / fps).frames(times_s))


@pytest.mark.parametrize("stop", ["P", "B", "M"])
@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0])
@pytest.mark.parametrize("each_s", [0.03, 0.05, 0.12])
@pytest.mark.parametrize("phase", [0.0, 0.3, 0.7])
def test_lips_meet_on_a_frame_whatever_the_rate(stop, fps, each_s, phase):
    phones = utterance("AA1", stop, "AA1", each_s=each_s, start_s=0.5 + phase / fps)
    times_s, arkit, visemes = motion(phones, fps)
    near = (times_s >= phones[2].start_s - 0.025) & (times_s <= phones[2].end_s + 0.025)
    best = int(np.argmax(np.where(near, visemes[:, VISEME_INDEX["PP"]], 0)))
    assert visemes[best, VISEME_INDEX["PP"]] == pytest.approx(1.0)
    assert arkit[best, CLOSE] == pytest.approx(arkit[best, JAW])
    assert arkit[best, JAW] <= Style().contact_jaw + 1e-6
    assert arkit[best, ARKIT_INDEX["mouthPressLeft"]] > 0.3
    assert arkit[best, ARKIT_INDEX["mouthUpperUpLeft"]] == pytest.approx(0)


def test_the_mouth_opens_again_between_two_closures():
    times_s, arkit, _ = motion(utterance("M", "AA1", "M", "AA1", each_s=0.09))
    vowel = (times_s > 0.59) & (times_s < 0.68)
    assert (arkit[vowel, JAW] - arkit[vowel, CLOSE]).max() > 0.15


def test_mouth_close_never_exceeds_jaw_open():
    _, arkit, _ = motion(utterance("P", "AA1", "M", "IY0", "B", "UW1"))
    assert (arkit[:, CLOSE] <= arkit[:, JAW] + 1e-6).all()


def test_the_lower_lip_meets_the_teeth():
    times_s, arkit, visemes = motion(utterance("AE1", "F", "AE1"))
    middle = int(np.argmin(np.abs(times_s - 0.655)))
    assert visemes[middle, VISEME_INDEX["FF"]] > 0.95
    assert arkit[middle, ARKIT_INDEX["mouthRollLower"]] > 0.4
    assert arkit[middle, JAW] < 0.08


def test_teeth_nearly_meet_on_sibilants():
    times_s, arkit, _ = motion(utterance("AA1", "S", "AA1"))
    assert arkit[np.argmin(np.abs(times_s - 0.65)), JAW] <= Style().sibilant_jaw + 0.02


def test_silence_is_rest():
    times_s, arkit, visemes = motion(utterance("AA1", "T"))
    rest = (times_s < 0.38) | (times_s > 0.8)
    assert not arkit[rest].any()
    assert np.allclose(visemes[rest, 0], 1.0)


def test_a_short_pause_keeps_the_mouth_moving_and_a_long_one_closes_it():
    def least(pause_s: float) -> float:
        phones = (Phone("AA1", 0.0, 0.2), Phone("sil", 0.2, 0.2 + pause_s), Phone("AA1", 0.2 + pause_s, 0.5 + pause_s))
        times_s, arkit, _ = motion(phones)
        return float(arkit[(times_s > 0.1) & (times_s < 0.4), JAW].min())

    assert least(0.05) > 0.4
    assert least(0.2) < 0.02


def test_rounding_comes_before_the_sound():
    times_s, arkit, _ = motion(utterance("AE1", "T", "UW1"))
    early = np.argmin(np.abs(times_s - 0.68))
    assert arkit[early, ARKIT_INDEX["mouthPucker"]] > 0.2


def test_tongue_sounds_leave_the_lips_to_the_vowel():
    times_s, arkit, _ = motion(utterance("UW1", "T", "UW1"))
    assert arkit[np.argmin(np.abs(times_s - 0.65)), ARKIT_INDEX["mouthPucker"]] > 0.34


def test_h_shows_the_next_vowel():
    times_s, _, visemes = motion(utterance("HH", "UW1"))
    assert visemes[np.argmin(np.abs(times_s - 0.57))].argmax() == VISEME_INDEX["U"]


def test_diphthongs_glide():
    times_s, _, visemes = motion(utterance("AY1", each_s=0.3))
    assert visemes[np.argmin(np.abs(times_s - 0.58))].argmax() == VISEME_INDEX["aa"]
    assert visemes[np.argmin(np.abs(times_s - 0.76))].argmax() == VISEME_INDEX["I"]


def test_an_unstressed_vowel_opens_less():
    assert motion(utterance("T", "AA0", "T"))[1][:, JAW].max() < 0.95 * motion(utterance("T", "AA1", "T"))[1][:, JAW].max()


def test_nothing_jumps():
    _, arkit, visemes = motion(utterance("P", "AA1", "S", "T", "UW1", "M", "F", "IY1"), fps=1000.0)
    # a contact closes in 65 ms, so its steepest millisecond is below 1.9 / 65
    assert np.abs(np.diff(arkit, axis=0)).max() < 0.03
    assert np.abs(np.diff(visemes, axis=0)).max() < 0.04


def test_viseme_weights_sum_to_one(rng):
    symbols = [str(s) for s in rng.choice(["P", "AA1", "S", "T", "UW0", "M", "F", "IY1", "HH", "W", "XX"], 60)]
    _, arkit, visemes = motion(utterance(*symbols, each_s=0.06))
    assert np.allclose(visemes.sum(axis=1), 1.0, atol=1e-5)
    assert arkit.min() >= 0 and arkit.max() <= 1


def test_pieces_are_the_whole():
    phones = utterance(*(["P", "AA1", "S", "UW1"] * 30))
    times_s = np.arange(0, phones[-1].end_s, 1 / 60)
    whole = MouthMotion(phones)
    pieces = MouthMotion(phones)
    for both in range(2):
        parts = [pieces.frames(times_s[i : i + 37])[both] for i in range(0, len(times_s), 37)]
        assert np.array_equal(np.concatenate(parts), whole.frames(times_s)[both])


@pytest.mark.parametrize("phones", [(), (Phone("sil", 0, 1),), (Phone("AA1", 0.3, 0.3),), (Phone("B", 0.2, 0.4), Phone("AA1", 0.1, 0.3))])
def test_odd_timings_still_give_weights(phones):
    arkit, visemes = MouthMotion(phones).frames(np.arange(0, 1, 1 / 60))
    assert arkit.shape == (60, len(ARKIT_CHANNELS)) and np.isfinite(arkit).all() and np.isfinite(visemes).all()

"""Rig, motion, blinks, weights files, prosody."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.blink import Blinks  # noqa: E402
from models.checkpoint import WeightsError, load_network, save_network, weights_path  # noqa: E402
from models.features import LogMel, mel_filters  # noqa: E402
from models.feelings import EMOTIONS, emotion_vector, keyed_emotion  # noqa: E402
from models.motion import Gating, probabilities  # noqa: E402
from models.network import make_network  # noqa: E402
from models.prosody import FeelingTracker, estimate_feeling, feeling_to_emotion, pitch_hz  # noqa: E402
from models.rig import INDEX, PARAMETER_INDEX, PARAMETERS, weights_from  # noqa: E402
from models.train.phones import PHONES, from_misaki  # noqa: E402


def parameters(**values: float):
    """(12,) parameters, speaking."""
    row = np.zeros(len(PARAMETERS), np.float32)
    for name, value in ({"active": 1.0} | values).items():
        row[PARAMETER_INDEX[name]] = value
    return row


def test_meeting_lips_close_whatever_the_jaw_does():
    weights = weights_from(parameters(jaw=0.9, lower=0.5, upper=0.5, funnel=0.4, closure=1.0))
    assert weights[INDEX["mouthClose"]] >= 0.9 * weights[INDEX["jawOpen"]] > 0.2
    for parting in ("mouthLowerDownLeft", "mouthUpperUpRight", "mouthFunnel"):
        assert weights[INDEX[parting]] == 0


def test_silence_rests_whatever_the_lips_want():
    weights = weights_from(parameters(jaw=0.9, spread=0.8, pucker=0.5, closure=0.3, active=0.0))
    assert np.abs(weights).max() == 0


def test_both_sides_of_the_face_move_alike_in_speech():
    weights = weights_from(np.random.default_rng(2).random((50, len(PARAMETERS)), np.float32))
    for name, column in INDEX.items():
        if name.endswith("Left") and name[:-4] + "Right" in INDEX:
            assert np.array_equal(weights[:, column], weights[:, INDEX[name[:-4] + "Right"]])


def heard(phone: str, closure: float, tuck: float = -4.0):
    """(1, 1, 52) logits of a network that hears a phone and believes in its gates so much."""
    logits = np.zeros((1, 1, len(PARAMETERS) + len(PHONES)), np.float32)
    logits[..., PARAMETER_INDEX["closure"]], logits[..., PARAMETER_INDEX["tuck"]] = closure, tuck
    logits[..., len(PARAMETERS) + PHONES.index(phone)] = 9.0
    return logits


def test_lips_meet_only_when_the_gate_and_the_heard_phone_agree():
    column, gating = PARAMETER_INDEX["closure"], Gating(witness=0.5)
    for phone in PHONES:
        believed = float(probabilities(heard(phone, closure=1.0), gating)[0, 0, column])
        assert (believed > 0.9) == (phone in "PBM"), phone
    assert probabilities(heard("T", closure=1.0), Gating(witness=0.0))[0, 0, column] > 0.7


def test_a_tucked_lip_listens_to_f_and_v_only():
    column = PARAMETER_INDEX["tuck"]
    believed = {p: float(probabilities(heard(p, -4.0, tuck=1.0), Gating())[0, 0, column]) for p in PHONES}
    assert {p for p, value in believed.items() if value > 0.9} == {"F", "V"}


def test_mel_filters_cover_all_frequencies_once():
    filters = mel_filters()
    assert filters.shape == (201, 80) and (filters >= 0).all() and (filters.sum(0) > 0).all()
    peaks = filters.argmax(0)
    assert (np.diff(peaks) >= 0).all() and peaks[-1] > 190


def test_levels_do_not_matter_but_silence_stays_silent(rng):
    t = np.arange(48000) / 16000
    sound = (0.3 * np.sin(2 * np.pi * 200 * t) * (t % 0.5 > 0.2) + 1e-3 * rng.normal(size=len(t))).astype(np.float32)
    mel = LogMel()
    loud, quiet = (mel.push(sound[None] * np.float32(gain), mel.start(1))[0, 100:] for gain in (1.0, 0.05))
    assert np.abs(loud - quiet).mean() < 0.15
    hiss = (2e-5 * rng.normal(size=48000)).astype(np.float32)
    assert mel.push(hiss[None], mel.start(1))[0, 100:].mean() < -0.1


@pytest.mark.parametrize("fps", [60, 30])
def test_blinks_come_at_natural_rates_and_in_pauses(fps):
    seconds = 600
    active = ((np.arange(seconds * fps) / fps) % 4.0 < 3.2).astype(np.float32)
    lids = Blinks(7, fps).next(active)
    starts = np.flatnonzero((lids[1:] > 0.02) & (lids[:-1] <= 0.02))
    assert 12 < len(starts) / seconds * 60 < 32
    assert np.mean(active[starts] < 0.5) > 0.35
    assert lids.max() > 0.85 and lids.min() >= 0


def test_weights_survive_a_file_and_half_precision(tmp_path):
    network = make_network("light").train(False)
    save_network(network, tmp_path, {"note": "test"})
    again = load_network("light", tmp_path)
    mels = torch.randn(1, 40, 80)
    assert (again(mels) - network(mels)).abs().max() < 0.02


def test_damaged_weights_are_refused(tmp_path):
    save_network(make_network("light"), tmp_path)
    path = weights_path("light", tmp_path)
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(WeightsError, match="checksum"):
        load_network("light", tmp_path)
    path.unlink()
    with pytest.raises(WeightsError, match="missing"):
        load_network("light", tmp_path)


def test_pitch_is_found_and_noise_has_none(rng):
    t = np.arange(16000) / 16000
    for hz in (90.0, 180.0, 300.0):
        tone = np.sum([0.2 * np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 6)], axis=0).astype(np.float32)
        assert np.median(pitch_hz(tone, 50, 50)[5:45]) == pytest.approx(hz, rel=0.03)
    assert np.mean(pitch_hz(rng.normal(size=16000).astype(np.float32) * 0.1, 50, 50) > 0) < 0.2


def buzz(hz: float, swing: float, seconds: float = 3.0) -> np.ndarray:
    """A buzz whose pitch swings by +-``swing`` semitones."""
    t = np.arange(int(seconds * 16000)) / 16000
    phase = 2 * np.pi * np.cumsum(hz * 2 ** (swing / 12 * np.sin(2 * np.pi * 0.7 * t))) / 16000
    tone = np.sum([np.sin(k * phase) / k for k in range(1, 12)], axis=0)
    return (0.15 * tone * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))).astype(np.float32)


def test_a_lively_high_voice_sounds_more_aroused_than_a_low_flat_one():
    lively, flat = estimate_feeling(buzz(190, 6)), estimate_feeling(buzz(85, 0.5))
    assert lively.arousal > flat.arousal + 0.2
    assert feeling_to_emotion(flat)[EMOTIONS.index("sadness")] > feeling_to_emotion(lively)[EMOTIONS.index("sadness")]


def test_no_voice_gives_no_feeling(rng):
    assert estimate_feeling(np.zeros(16000, np.float32)).confidence == 0
    assert not feeling_to_emotion(estimate_feeling((0.01 * rng.normal(size=32000)).astype(np.float32))).any()
    tracker = FeelingTracker()
    assert not tracker.push(np.full(20000, np.nan, np.float32)).any()


def test_keys_hold_outside_and_mix_between():
    keys = [(2.0, emotion_vector({"joy": 1.0})), (1.0, emotion_vector({"fear": 0.5}))]
    rows = keyed_emotion(keys, 40, 10)
    assert rows[0, EMOTIONS.index("fear")] == 0.5 and rows[39, EMOTIONS.index("joy")] == 1
    assert rows[15, EMOTIONS.index("joy")] == pytest.approx(0.5)
    with pytest.raises(ValueError, match="glee"):
        emotion_vector({"glee": 1.0})


def test_an_engines_letters_become_contiguous_phones():
    """A stress mark lengthens the vowel behind it, ``əɹ`` is one ER, a short gap is shared by its neighbours, a long one stays."""
    phones = from_misaki([*"hˈəɹ", " ", *"tˈI", "."], [0.1, 0.01, 0.1, 0.05, 0.1, 0.04, 0.02, 0.1, 0.3], -0.05)
    assert [phone.symbol for phone in phones] == ["HH", "ER1", "T", "AY1", "sil"]
    assert [phone.word for phone in phones] == [0, 0, 1, 1, -1]
    assert [phone.start_s for phone in phones] == pytest.approx([0.0, 0.05, 0.26, 0.35, 0.47])
    assert [phone.end_s for phone in phones] == pytest.approx([0.05, 0.26, 0.35, 0.47, 0.77])

"""Pauses in recordings stay pauses, whatever faint hiss lies in them."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.speech import AudioClip, Phone, Speech, joined
from app.speech.align import align
from app.speech.pauses import CLOSURE_S, Quiet, quiet_of, with_pauses

TEXT = "They bought a pony and Bob took pictures of the thin people there."


@pytest.fixture(scope="module")
def said(engine) -> Speech:
    return joined(list(engine.synthesize(TEXT)))


def hiss(n: int, level_db: float | None, tilt: float) -> np.ndarray:
    """Noise of a level in dB of full scale, its spectrum rising with a power of the frequency."""
    if level_db is None:
        return np.zeros(n, np.float32)
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(n))
    noise = np.fft.irfft(spectrum * (np.arange(len(spectrum)) + 30.0) ** tilt, n)
    return (noise / noise.std() * 10 ** (level_db / 20)).astype(np.float32)


def with_a_pause(said: Speech, word: str, pause_s: float, level_db: float | None, tilt: float) -> tuple[AudioClip, float]:
    """The speech with a pause before a word, hiss over all of it, and when the pause begins."""
    phones = said.phones
    i = next(i for i, phone in enumerate(phones) if phone.word == word and phones[i - 1].word != word)
    samples, rate = said.audio.samples, said.audio.rate
    cut, at_s = int(phones[i].start_s * rate), phones[i].start_s
    before = samples[:cut].copy()
    before[-240:] *= np.linspace(1, 0, 240, dtype=np.float32)
    joined_up = np.concatenate([before, np.zeros(int(pause_s * rate), np.float32), samples[cut:]])
    return AudioClip((joined_up + hiss(len(joined_up), level_db, tilt)).clip(-1, 1).astype(np.float32), rate), at_s


@pytest.mark.parametrize(("level_db", "tilt"), [(None, 0.0), (-60, 0.5), (-50, 0.5), (-50, -1.0), (-44, 0.0)])
@pytest.mark.parametrize(("word", "pause_s"), [("the", 0.3), ("pictures", 0.3), ("bought", 0.3), ("Bob", 0.7), ("thin", 0.7)])
def test_a_pause_inside_a_sentence_is_silence(said, word, pause_s, level_db, tilt):
    clip, at_s = with_a_pause(said, word, pause_s, level_db, tilt)
    found = align(clip, TEXT)
    silent_s = sum(max(0.0, min(p.end_s, at_s + pause_s) - max(p.start_s, at_s)) for p in found if p.is_silence)
    assert silent_s >= 0.7 * pause_s
    first = next(p for p in found if p.word == word and p.end_s > at_s + pause_s - 0.02)
    assert first.start_s > at_s + pause_s - 0.1


@pytest.mark.parametrize("level_db", [None, -50])
def test_a_first_closure_begins_shortly_before_its_burst(engine, level_db):
    text = "Bob and Pam bought five fresh muffins."
    said = joined(list(engine.synthesize(text)))
    samples = np.concatenate([np.zeros(int(0.7 * said.audio.rate), np.float32), said.audio.samples])
    clip = AudioClip((samples + hiss(len(samples), level_db, 0.5)).clip(-1, 1).astype(np.float32), said.audio.rate)
    first = next(p for p in align(clip, text) if not p.is_silence)
    truth = next(p for p in said.phones if not p.is_silence)
    assert first.symbol == "B" and first.end_s - first.start_s < 0.12
    assert first.end_s - 0.7 == pytest.approx(truth.end_s, abs=0.03)


def quiet_between(*spans: tuple[float, float], length_s: float = 3.0) -> Quiet:
    times = np.arange(int(length_s / 0.005)) * 0.005 + 0.008
    return Quiet(np.any([(times >= a) & (times < b) for a, b in spans], axis=0))


def test_a_stop_stretched_over_silence_is_its_closure_only():
    words = [[Phone("sil", 0.0, 0.3)], [Phone("P", 0.3, 1.05, "paper"), Phone("EY1", 1.05, 1.2, "paper")]]
    made = with_pauses(words, quiet_between((0.0, 1.0)))
    assert [p.symbol for p in made if not p.is_silence] == ["P", "EY1"]
    assert made[-2].start_s == pytest.approx(1.0 - CLOSURE_S, abs=0.01) and made[-2].end_s == 1.05


def test_a_last_sound_does_not_last_through_the_pause_behind_it():
    words = [[Phone("AH0", 0.0, 0.2, "the"), Phone("S", 0.2, 0.9, "the")], [Phone("B", 0.9, 1.0, "b")]]
    made = with_pauses(words, quiet_between((0.4, 0.9)))
    assert [p.symbol for p in made] == ["AH0", "S", "sil", "B"]
    assert made[1].end_s == pytest.approx(0.43, abs=0.01)


def test_what_sounds_before_the_pause_goes_to_the_word_before():
    words = [[Phone("OW1", 0.0, 0.3, "so")], [Phone("DH", 0.3, 0.8, "this"), Phone("IH1", 0.8, 0.9, "this")]]
    made = with_pauses(words, quiet_between((0.36, 0.74)))
    assert [p.symbol for p in made] == ["OW1", "sil", "DH", "IH1"]
    assert made[0].end_s == pytest.approx(0.36, abs=0.01) and made[2].start_s == pytest.approx(0.72, abs=0.01)


def test_closures_inside_words_and_between_them_stay():
    words = [[Phone("IH1", 0.0, 0.2, "big"), Phone("G", 0.2, 0.29, "big")], [Phone("B", 0.29, 0.37, "box"), Phone("AA1", 0.37, 0.5, "box")]]
    assert with_pauses(words, quiet_between((0.22, 0.36))) == [phone for word in words for phone in word]


def test_digital_silence_is_quiet_and_a_tone_is_not():
    rate = 16000
    tone = 0.3 * np.sin(2 * np.pi * 200 * np.arange(rate) / rate)
    clip = AudioClip(np.concatenate([tone, np.zeros(rate)]).astype(np.float32), rate)
    stretch = quiet_of(clip).longest(0.0, 2.0)
    assert stretch is not None and stretch[0] == pytest.approx(1.0, abs=0.03) and stretch[1] == pytest.approx(2.0, abs=0.03)
    assert quiet_of(clip).longest(0.1, 0.9) is None

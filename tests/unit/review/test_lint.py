"""Each rule finds its fault at its place, and good motion has none."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS
from app.core.coarticulation import MouthMotion
from app.core.speech import AudioClip, Phone, Speech
from app.core.track import BlendshapeTrack, concatenate
from app.lipsync.visemes import VisemeSource
from app.review.finding import needs_work
from app.review.lint import lint, lint_weights
from app.review.material import Material
from app.review.mouth_rules import measured_lag
from app.review.thresholds import RULES

WORD = ("M", "AA1", "P", "AE1", "B", "IY1", "S", "AH0", "P", "AO1", "B", "AA1")
VOWELS = {"AA1", "AE1", "IY1", "AH0", "AO1"}
FPS = 60.0


def phones_of(words: int) -> tuple[Phone, ...]:
    """So many words with pauses between them, from 0.5 s on."""
    made, t = [], 0.5
    for _ in range(words):
        for symbol in WORD:
            made.append(Phone(symbol, t, t + 0.09, "word"))
            t += 0.09
        t += 0.6
    return tuple(made)


PHONES = phones_of(3)
LENGTH_S = PHONES[-1].end_s + 0.8


@pytest.fixture(scope="module")
def good() -> BlendshapeTrack:
    """Motion made of the phones."""
    return BlendshapeTrack(MouthMotion(PHONES).frames(np.arange(round(LENGTH_S * FPS)) / FPS)[0], FPS)


@pytest.fixture(scope="module")
def audio() -> AudioClip:
    """A hum whose loudness follows the phones: loud vowels, softer consonants, silence."""
    rate = 16000
    level = np.zeros(round(LENGTH_S * rate), np.float32)
    for phone in PHONES:
        level[round(phone.start_s * rate) : round(phone.end_s * rate)] = 0.5 if phone.symbol in VOWELS else 0.08
    level = np.convolve(level, np.hanning(801) / np.hanning(801).sum(), "same")
    return AudioClip((level * np.sin(np.arange(len(level)) * 0.06)).astype(np.float32), rate)


def rules(findings) -> set[str]:
    return {f.rule for f in findings if f.severity != "note"}


def changed(track: BlendshapeTrack, channel: str, start_s: float, end_s: float, value) -> BlendshapeTrack:
    """A copy whose channel is replaced between two times."""
    weights = track.weights.copy()
    weights[round(start_s * FPS) : round(end_s * FPS), ARKIT_INDEX[channel]] = value
    return track.with_weights(weights)


def test_good_motion_passes(good, audio):
    assert not needs_work(lint(good, audio, PHONES))
    assert not needs_work(lint(good, audio))


def test_every_finding_has_a_known_rule_and_one_sentence(good, audio):
    broken = good.with_weights(good.weights[:, ::-1] * 1.4)
    found = lint(broken, audio, PHONES)
    assert found
    for finding in found:
        assert finding.rule in RULES
        assert finding.sentence.endswith(".")
        assert json.loads(json.dumps(finding.as_json()))["rule"] == finding.rule


def test_open_lips_are_found_at_their_phone(good):
    phone = next(p for p in PHONES if p.symbol == "B")
    weights = good.weights.copy()
    inside = slice(round((phone.start_s - 0.1) * FPS), round((phone.end_s + 0.1) * FPS))
    weights[inside, ARKIT_INDEX["mouthClose"]] = 0.0
    weights[inside, ARKIT_INDEX["jawOpen"]] = 0.4
    found = [f for f in lint(good.with_weights(weights), None, PHONES) if f.rule == "open-lips"]
    assert any(abs(f.time_s - phone.start_s) < 1e-6 and f.severity == "error" and '"word"' in f.sentence for f in found)
    assert all(abs(f.time_s - phone.start_s) < 0.25 for f in found)


def test_open_in_a_pause(good, audio):
    pause = PHONES[len(WORD) - 1].end_s
    broken = changed(good, "jawOpen", pause + 0.25, pause + 0.45, 0.5)
    found = [f for f in lint(broken, audio, PHONES) if f.rule == "open-in-silence"]
    assert len(found) == 1
    assert found[0].time_s == pytest.approx(pause + 0.25, abs=0.05)


def test_open_after_the_last_word(good, audio):
    last = PHONES[-1].end_s
    found = [f for f in lint(changed(good, "jawOpen", last, LENGTH_S, 0.5), audio, PHONES) if f.rule == "open-at-end"]
    assert [f.severity for f in found] == ["error"]
    assert found[0].time_s > last


def test_a_track_that_stops_early(good, audio):
    half = good.with_weights(good.weights[: len(good) // 2])
    assert "short" in rules(lint(half, audio, PHONES))


@pytest.mark.parametrize("shift_s", [-0.15, 0.07, 0.12])
@pytest.mark.parametrize("by", ["phones", "loudness"])
def test_shifted_motion_is_measured(good, audio, shift_s, by):
    phones = PHONES if by == "phones" else ()
    neutral = measured_lag(Material(good, audio, phones))
    lag_s, fit, how = measured_lag(Material(replace(good, start_s=shift_s), audio, phones))
    assert how == by
    assert fit > 0.5
    assert lag_s - neutral[0] == pytest.approx(shift_s, abs=0.015)


def test_early_and_late_follow_the_broadcast_figures(good, audio):
    def severities(shift_s: float) -> list[tuple[str, str]]:
        found = lint(replace(good, start_s=shift_s), audio, PHONES)
        return [(f.rule, f.severity) for f in found if f.rule in ("early", "late")]

    assert severities(0.03) == []
    assert severities(-0.10) == []
    assert severities(0.06) == [("late", "warning")]
    assert severities(0.12) == [("late", "error")]
    assert severities(-0.15) == [("early", "warning")]
    assert severities(-0.22) == [("early", "error")]


def test_out_of_range_and_flat_tops(good):
    found = lint(changed(good, "mouthSmileLeft", 1.0, 1.3, 1.2))
    assert {"over-one", "clipping"} <= rules(found)
    found = lint(changed(good, "jawOpen", 1.0, 1.3, -0.1))
    negative = [f for f in found if f.rule == "negative"]
    assert negative[0].time_s == pytest.approx(1.0)
    assert negative[0].channels == ("jawOpen",)


def test_trembling(good):
    noise = np.random.default_rng(1).normal(0.3, 0.05, 60)
    found = [f for f in lint(changed(good, "mouthLeft", 1.0, 2.0, noise)) if f.rule == "jitter"]
    assert len(found) == 1
    assert found[0].channels == ("mouthLeft",)
    assert 0.8 < found[0].time_s < 1.2


def test_a_jump(good):
    found = [f for f in lint(changed(good, "mouthPucker", 4.0, 5.0, 0.9)) if f.rule == "pop"]
    assert found
    assert all("mouthPucker" in f.channels for f in found)


def test_sides_and_mouth_close(good):
    loud = np.abs(np.sin(np.arange(90) / 9)) * 0.5
    assert "asymmetry" in rules(lint(changed(good, "mouthSmileLeft", 1.0, 2.5, loud)))
    assert "close-over-jaw" in rules(lint(changed(good, "mouthClose", 0.1, 0.4, 0.3)))


def test_a_mouth_that_never_opens_is_an_error(audio):
    still = BlendshapeTrack(np.zeros((120, 52), np.float32), FPS)
    found = lint(still, audio, PHONES)
    assert any(f.rule == "dead" and f.severity == "error" and f.channels == ("jawOpen",) for f in found)
    assert any("Audio2Face" in f.sentence for f in lint(_only_nine_dead()))


def _only_nine_dead() -> BlendshapeTrack:
    weights = np.abs(np.random.default_rng(2).normal(0.3, 0.1, (90, 52))).astype(np.float32)
    weights[:, [i for n, i in ARKIT_INDEX.items() if n.startswith("eyeLook") or n == "tongueOut"]] = 0.0
    return BlendshapeTrack(np.clip(weights, 0, 1), FPS)


def test_values_that_are_no_numbers(good):
    weights = good.weights.copy()
    weights[30:33, 5] = np.nan
    found = [f for f in lint_weights(weights, FPS) if f.rule == "not-a-number"]
    assert len(found) == 1
    assert found[0].time_s == pytest.approx(0.5)
    assert found[0].duration_s == pytest.approx(0.05)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_tiny_tracks_do_not_break_it(n, audio):
    found = lint(BlendshapeTrack(np.zeros((n, 52), np.float32), FPS), audio, PHONES)
    assert {finding.rule for finding in found} <= RULES.keys()
    assert all(np.isfinite([finding.time_s, finding.duration_s]).all() for finding in found)


def test_real_captures_hold_no_false_alarms(shared):
    from app.formats.registry import read_track

    captures = sorted((shared / "data" / "captures" / "livelink").glob("*.csv"))
    assert captures
    for path in captures:
        assert not rules(lint(read_track(path))) & {"jitter", "pop", "clipping", "over-one", "negative"}, path.name


def test_visemes_that_change_within_one_frame_pop_and_smooth_ones_do_not(good):
    weights = np.zeros((120, len(VISEME_CHANNELS)), np.float32)
    weights[:60, VISEME_CHANNELS.index("viseme_sil")] = 1
    weights[60:, VISEME_CHANNELS.index("viseme_aa")] = 1
    hard = BlendshapeTrack(weights, FPS, 0.0, VISEME_CHANNELS)
    found = [f for f in lint(good, None, PHONES, hard) if f.rule == "viseme-pop"]
    assert len(found) == 1
    assert found[0].time_s == pytest.approx(59 / FPS)
    assert "where viseme aa follows sil" in found[0].sentence
    assert "jawOpen" in found[0].channels
    share = np.clip((np.arange(120) - 55) / 10, 0, 1)[:, None]
    soft = hard.with_weights(weights[:1] * (1 - share) + weights[-1:] * share)
    assert not [f for f in lint(good, None, PHONES, soft) if f.rule == "viseme-pop"]


@pytest.mark.parametrize("profile", ["recommended", "visemesync"])
def test_the_viseme_sources_do_not_pop(audio, profile):
    made = concatenate(list(VisemeSource(profile).generate(Speech(audio, "", PHONES), Event())))
    assert made.visemes is not None
    assert not [f.sentence for f in lint(made.arkit, audio, PHONES, made.visemes) if f.rule == "viseme-pop"]

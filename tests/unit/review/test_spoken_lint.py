"""The check against real speech: exact tracks are not accused, planted faults are named by their cause, once."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.speech import AudioClip, Speech, joined
from app.core.track import BlendshapeTrack, concatenate
from app.lipsync.visemes import VisemeSource
from app.review import alignment, heard
from app.review.lint import lint
from app.review.material import Material
from app.review.timing_rules import measured_lag
from app.speech.hibari import HibariEngine
from models.train.sentences import SentenceMaker

LINE = "Well, my neighbour bought a big brown pony. He feeds it apples every morning, and maybe a pear."
#: lines of everyday speech; a hundred and more of the sentence maker join them
LINES = ("Good morning, and welcome to the show.", "Please leave a message after the tone.", "No, I never said that, and you know it.",
         "Wait. Stop. Look at the map again before we go.", "Turn left at the bridge, then follow the signs for ten miles.")  # fmt: skip
#: what this file is about; the viseme model's own quick lips are another's
SYNC_RULES = {
    "early",
    "late",
    "rate",
    "unrelated",
    "open-in-silence",
    "open-at-end",
    "short",
    "small",
    "percent",
    "eyes",
    "tongue",
    "opposites",
}


def visemes_of(said: Speech, fps: float) -> BlendshapeTrack:
    """The exact motion of a line."""
    return concatenate(list(VisemeSource("recommended", fps).generate(said, Event()))).arkit


@pytest.fixture(scope="module")
def voice() -> HibariEngine:
    return HibariEngine()


@pytest.fixture(scope="module")
def said(voice) -> Speech:
    return joined(list(voice.synthesize(LINE)))


@pytest.fixture(scope="module")
def exact(said) -> BlendshapeTrack:
    return visemes_of(said, 30.0)


def faults(track: BlendshapeTrack, audio: AudioClip) -> list:
    return [f for f in lint(track, audio) if f.rule in SYNC_RULES]


def test_exact_tracks_of_a_hundred_lines_are_not_accused(voice):
    """Known by their sound alone. Loudness called a third of such tracks 270 to 370 ms late."""
    maker, accused = SentenceMaker(5), {}
    for text in (*LINES, *(maker() for _ in range(100))):
        line = joined(list(voice.synthesize(text)))
        track = visemes_of(line, 60.0)
        found = [f for f in lint(track, line.audio) if f.rule in SYNC_RULES | {"pop"}]
        assert np.all(track.weights[0] == 0.0), "a clip begins at rest"
        if found:
            accused[text] = [f.sentence for f in found]
    assert not accused


def at_once(track: BlendshapeTrack, **values: float) -> BlendshapeTrack:
    """A copy with channels held at values."""
    weights = track.weights.copy()
    for name, value in values.items():
        weights[:, ARKIT_INDEX[name]] = value
    return track.with_weights(weights)


PLANTS = {
    "made at 30, read as 24": (lambda t: replace(t, fps=24.0), "rate", "4/5"),
    "made at 24, read as 25": (lambda t: replace(t, fps=30 * 25 / 24), "rate", "25/24"),
    "half speed": (lambda t: replace(t, fps=15.0), "rate", "1/2"),
    "double speed": (lambda t: replace(t, fps=60.0), "rate", "2/1"),
    "drift": (lambda t: replace(t, fps=30.9), "rate", "102.7 %"),
    "late": (lambda t: replace(t, start_s=0.5), "late", "ms after the sound"),
    "very late": (lambda t: replace(t, start_s=0.8), "late", "ms after the sound"),
    "early": (lambda t: replace(t, start_s=-0.4), "early", "before the sound"),
    "crossed eyes": (lambda t: at_once(t, eyeLookInLeft=0.8, eyeLookInRight=0.8), "eyes", "cross"),
    "parted eyes": (lambda t: at_once(t, eyeLookOutLeft=0.8, eyeLookOutRight=0.8), "eyes", "apart"),
    "shut eyes": (lambda t: at_once(t, eyeBlinkLeft=1.0, eyeBlinkRight=1.0), "eyes", "shut"),
    "tongue": (lambda t: at_once(t, tongueOut=0.8), "tongue", "tongueOut"),
    "jaw both ways": (lambda t: at_once(t, jawLeft=0.5, jawRight=0.5), "opposites", "jawLeft and jawRight"),
    "eye both ways": (lambda t: at_once(t, eyeLookUpLeft=0.7, eyeLookDownLeft=0.7), "opposites", "eyeLookUpLeft"),
    "hardly any motion": (lambda t: t.with_weights(t.weights * 0.15), "small", "hardly moves"),
    "percent": (lambda t: t.with_weights(t.weights * 100), "percent", "divide all of them by 100"),
    "backwards": (lambda t: t.with_weights(t.weights[::-1].copy()), "unrelated", "does not follow the sound"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_named_by_its_cause_once(exact, said, name):
    plant, rule, words = PLANTS[name]
    known = {f.rule for f in lint(exact, said.audio)}
    assert not known & SYNC_RULES
    found = [f for f in lint(plant(exact), said.audio) if f.severity != "note" and f.rule not in known]
    assert [f.rule for f in found] == [rule]
    assert words in found[0].sentence


@pytest.mark.parametrize("late_s", [-0.4, 0.25, 0.5, 0.8])
def test_a_shift_is_measured(exact, said, late_s):
    shifted = measured_lag(Material(replace(exact, start_s=late_s), said.audio))
    assert shifted[0] - measured_lag(Material(exact, said.audio))[0] == pytest.approx(late_s, abs=0.02)


def test_motion_of_another_line_is_not_called_late(exact, voice):
    other = joined(list(voice.synthesize("Open the window, please; it is far too warm in here, and nobody can think."))).audio
    assert [f.rule for f in faults(exact, other) if f.rule in ("unrelated", "late", "early", "rate")] == ["unrelated"]


def test_without_a_network_only_gross_shifts_are_called_late(exact, said, monkeypatch):
    """Loudness is no clock, and says so."""
    monkeypatch.setattr("app.review.material.heard_motion", lambda _audio: None)
    assert not faults(exact, said.audio)
    assert measured_lag(Material(exact, said.audio))[2] == "loudness"


def test_a_sound_is_listened_to_once(said, monkeypatch):
    heard.heard_motion(said.audio)
    monkeypatch.setattr("app.review.heard.make_source", lambda *_: pytest.fail("listened again"))
    again = AudioClip(said.audio.samples.copy(), said.audio.rate, "another name")
    assert heard.heard_motion(again) is heard.heard_motion(said.audio)


def test_a_hum_is_no_speech():
    """Nothing is measured against what is not spoken."""
    rate = 16000
    assert heard.heard_motion(AudioClip(np.zeros(3 * rate, np.float32), rate)) is None


def test_people_are_not_accused(shared):
    """Lips measured in video follow what is heard in their sound: fits of 41 clips lie above the limit, those of swapped clips below."""
    import json

    from app.audio.clips import read_clip
    from app.review.thresholds import limit

    folder = shared / "data" / "human_lips"
    clips = json.loads((folder / "human_lips.json").read_text())["clips"][:12]
    own = []
    for clip in clips:
        audio = read_clip(folder / f"{clip['id']}.flac")
        network = heard.heard_motion(audio)
        n = int(audio.duration_s / alignment.STEP_S)
        times = clip["t0"] + np.arange(len(clip["gap"])) / clip["fps"]
        grid = np.arange(n) * alignment.STEP_S
        gap, width = np.interp(grid, times, clip["gap"]), -np.interp(grid, times, clip["width"])
        reference = alignment.laid_out(network, 0.0, n)
        reference[2] = 0.0
        fits = alignment.correlations(np.stack([gap, width, gap]), reference, 0.25)
        own.append(float(fits.max()))
    assert min(own) > limit("follows")

"""Advice is followed here as a person would: what it promised is true."""

from __future__ import annotations

import re
from collections import Counter
from threading import Event

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.curve_edits import CurveEdit
from app.core.speech import Phone, Speech
from app.core.track import Animation, BlendshapeTrack, concatenate
from app.core.tuning import Tuning, tuned_animation
from app.lipsync.visemes import VisemeSource
from app.review.advice import _MENDS
from app.review.finding import Finding
from app.review.lint import lint

FPS = 60.0
WORD = ("M", "AA1", "P", "AE1", "B", "IY1", "S", "AH0", "P", "AO1", "B", "AA1")
STARTS_S = [0.5 + 0.09 * i + 0.6 * (i // 12) for i in range(36)]
PHONES = tuple(Phone(symbol, t, t + 0.09, "word") for t, symbol in zip(STARTS_S, WORD * 3, strict=True))


@pytest.fixture(scope="module")
def good(silence) -> BlendshapeTrack:
    """Motion of the phones without a jump."""
    return concatenate(list(VisemeSource("recommended").generate(Speech(silence, "", PHONES), Event()))).arkit


@pytest.fixture(scope="module")
def silence():
    from app.core.speech import AudioClip

    return AudioClip(np.zeros(round((PHONES[-1].end_s + 0.8) * 16000), np.float32), 16000)


def planted(good: BlendshapeTrack, kind: str) -> BlendshapeTrack:
    """The track with one fault."""
    weights, rng = good.weights.copy(), np.random.default_rng(3)
    jaw, pucker = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthPucker"]
    if kind == "step":
        weights[90:, pucker] = np.clip(weights[90:, pucker] + 0.5, 0, 1)
    elif kind == "steps":
        for at in (70, 120, 170):
            weights[at : at + 20, pucker] += 0.35
    elif kind == "jaw":
        weights[80:95, jaw] = 0.9
    elif kind == "noise":
        weights[60:140, pucker] = np.clip(0.3 + rng.normal(0, 0.05, 80), 0, 1)
    return good.with_weights(weights)


def followed(track: BlendshapeTrack, fault: Finding) -> BlendshapeTrack | None:
    """The track of somebody who does what the sentence says; None where it says to use one's own eyes."""
    advice = fault.sentence.partition("; ")[2]
    whole = re.fullmatch(r"smooth (.*) by (\d+) ms\.", advice)
    part = re.fullmatch(r"in Edits, smooth ([\d.]+) to ([\d.]+) s by (\d+) ms\.", advice)
    flat = re.fullmatch(r"in Edits, flatten ([\d.]+) to ([\d.]+) s\.", advice)
    if whole:
        parts = re.findall(r"the (\w+)", whole[1])
        tuning, edits = Tuning(smoothing_ms=dict.fromkeys(parts, float(whole[2]))), ()
    elif part:
        tuning, edits = Tuning(), (CurveEdit("smooth", fault.channels, float(part[1]), float(part[2]), float(part[3])),)
    elif flat:
        tuning, edits = Tuning(), (CurveEdit("flatten", fault.channels, float(flat[1]), float(flat[2]), 1.0, 30.0),)
    else:
        assert advice == "smoothing it alone brings other faults or leaves this one, so ease it by hand in Edits."
        return None
    return tuned_animation(Animation(track), tuning, PHONES, edits).arkit


@pytest.mark.parametrize("kind", ["step", "steps", "jaw", "noise"])
def test_followed_the_fault_is_gone_and_none_has_come(good, kind):
    track = planted(good, kind)
    before = lint(track, None, PHONES)
    faults = [f for f in before if f.rule in _MENDS]
    assert faults
    for fault in faults:
        print(fault.sentence)
        made = followed(track, fault)
        if made is None:
            continue
        after = lint(made, None, PHONES)
        assert not [f for f in after if f.rule == fault.rule and abs(f.time_s - fault.time_s) < 0.1], fault.sentence
        counts = [Counter(f.rule for f in each if f.severity != "note") for each in (before, after)]
        assert sum(counts[1].values()) < sum(counts[0].values()) and not counts[1] - counts[0], fault.sentence


def test_something_can_be_done_against_most(good):
    told = [f.sentence for kind in ("step", "steps", "jaw", "noise") for f in lint(planted(good, kind), None, PHONES) if f.rule in _MENDS]
    assert sum("by hand" not in sentence for sentence in told) >= len(told) / 2, told

"""A stretch of viseme motion made alone is that of the whole, and nothing outside what is said to be touched changes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.core.timing import changes
from app.core.timing.retimed import retimed, warp_of
from app.core.timing.timed import timed_of
from app.core.timing.warp import of_change
from app.core.track import Animation, concatenate
from app.core.visemes import azure_events
from app.lipsync.registry import make_source
from app.lipsync.source import Mends
from app.session.base.side import with_stretch
from tests.unit.test_warp import a_line

SYMBOLS = ("M", "AY1", "W", "sil", "S", "F", "UW1", "P", "AO1", "HH", "AH0", "B", "OW1")


def spoken(seed: int):
    """Half a minute of sounds of all kinds and lengths, with Azure's events."""
    from app.core.speech import Phone, Speech

    rng = np.random.default_rng(seed)
    phones, now_s = [], 0.0
    while now_s < 30.0:
        length_s = float(rng.choice([0.03, 0.06, 0.1, 0.2, 0.5]))
        symbol = str(rng.choice(SYMBOLS))
        phones.append(Phone(symbol, now_s, now_s + length_s, "" if symbol == "sil" else f"w{len(phones)}"))
        now_s += length_s
    clip = a_line(times=round(now_s)).audio
    return Speech(clip, "", tuple(phones), azure_events(phones))


def whole(source, speech) -> Animation:
    """All of a source's motion."""
    return concatenate(list(source.generate(speech, threading.Event())))


@pytest.mark.parametrize(
    "words", ["visemes", "visemes:visemesync-early", "visemes:visemesync", "azure-visemes", "azure-visemes:visemesync"]
)
def test_what_is_mended_is_what_would_be_made_anew(words):
    source = make_source(words)
    assert isinstance(source, Mends)
    speech = spoken(3)
    motion = whole(source, speech)
    for index, by_s in ((40, 0.06), (80, -0.04), (20, 0.2)):
        timed = timed_of(speech)
        made = changes.moved(timed, "phones", index, by_s)
        speech = retimed(speech, made.timed, warp_of(speech).followed_by(of_change(timed, made.timed, speech.audio.duration_s)))
        stretch = source.glimpse(speech, source.touched(made.span_s))
        assert stretch is not None and len(stretch.arkit) < 600
        motion = with_stretch(motion, 0.0, stretch)
        anew = whole(source, speech)
        np.testing.assert_allclose(motion.arkit.weights, anew.arkit.weights, atol=2e-4)
        assert motion.visemes is not None and anew.visemes is not None
        np.testing.assert_allclose(motion.visemes.weights, anew.visemes.weights, atol=2e-4)

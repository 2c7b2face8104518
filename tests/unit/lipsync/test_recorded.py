"""Tracks from files, played against a sound."""

from __future__ import annotations

import threading

import numpy as np

from app.core.arkit import VISEME_CHANNELS
from app.core.speech import AudioClip, Speech
from app.core.track import BlendshapeTrack, concatenate
from app.formats.performance import Performance
from app.formats.registry import write_performance
from app.lipsync.recorded import EASE_OUT_S, RecordedSource


def test_the_visemes_of_a_file_are_played_beside_its_shapes(tmp_path, rng):
    """And end with it: an avatar that shows visemes moves as the file says, and rests behind its end."""
    weights, visemes = rng.random((60, 52), np.float32), rng.random((60, 15), np.float32)
    performance = Performance(BlendshapeTrack(weights, 60.0), BlendshapeTrack(visemes, 60.0, channels=VISEME_CHANNELS))
    write_performance(tmp_path / "both.track.json", performance)
    silence = Speech(AudioClip(np.zeros(48000, np.float32), 24000))
    made = concatenate(list(RecordedSource(tmp_path / "both.track.json").generate(silence, threading.Event())))
    assert made.visemes is not None and len(made.visemes) == len(made.arkit) == 120
    assert np.allclose(made.visemes.weights[:60], visemes, atol=1e-6) and np.allclose(made.arkit.weights[:60], weights, atol=1e-6)
    assert made.visemes.weights[60:].any() and not made.visemes.weights[60 + round(EASE_OUT_S * 60) + 1 :].any()

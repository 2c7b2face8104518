"""The recommended profile against the scorer, and VisemeSync's own smoothing beside it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import SourceError
from app.core.speech import AudioClip, Phone, Speech, VisemeEvent
from app.core.track import Animation, concatenate
from app.formats.registry import write_track
from app.lipsync.viseme_lanes import BlendSetting, EventFollower
from app.lipsync.visemes import VisemeSource

NVIDIA = ("Claire_anger", "Claire_neutral", "Claire_sadness", "Mark_joy", "Mark_neutral")
LIBRIVOX = tuple(f"sense_and_sensibility_01_austen_64kb-08{n}0" for n in (7, 8, 9))


def aligned(shared: Path, clip: str) -> Speech:
    """A clip's phones over silence of its length: the source hears nothing but the timings."""
    rows = json.loads((shared / "data" / "alignments" / f"{clip}.json").read_text())
    phones = tuple(Phone("sil" if r["phone"] == "SIL" else r["phone"], r["start"], r["end"]) for r in rows)
    return Speech(AudioClip(np.zeros(round(phones[-1].end_s * 16000), np.float32), 16000), phones=phones)


def animate(profile: str, speech: Speech, fps: float = 60.0) -> Animation:
    """The whole animation."""
    return concatenate(list(VisemeSource(profile, fps).generate(speech, threading.Event())))


def score(shared: Path, clip: str, track_file: Path) -> dict[str, float]:
    """What the scorer says about a written track."""
    phones = shared / "data" / "alignments" / f"{clip}.json"
    command = [sys.executable, str(shared / "bench" / "lipsync_score.py"), str(track_file), str(phones), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.shared
def test_the_recommended_profile_closes_every_contact_and_scores_high(shared, tmp_path):
    results = {}
    for clip in NVIDIA + LIBRIVOX:
        write_track(tmp_path / "t.csv", animate("recommended", aligned(shared, clip)).arkit)
        results[clip] = score(shared, clip, tmp_path / "t.csv")
    assert {clip: r["closure"] for clip, r in results.items()} == dict.fromkeys(results, 1.0)
    assert all(r["labiodental"] in (1.0, None) for r in results.values())
    assert max(r["jitter"] for r in results.values()) <= 0.02
    assert max(abs(r["lag_ms"]) for r in results.values()) <= 30
    assert np.mean([results[clip]["score"] for clip in NVIDIA]) >= 97
    assert min(r["score"] for r in results.values()) >= 95


@pytest.mark.shared
@pytest.mark.parametrize("fps", [24.0, 30.0])
def test_slower_frame_rates_still_close_every_contact(shared, tmp_path, fps):
    write_track(tmp_path / "t.a2f.csv", animate("recommended", aligned(shared, "Mark_joy"), fps).arkit)
    result = score(shared, "Mark_joy", tmp_path / "t.a2f.csv")
    assert result["closure"] == 1.0
    assert result["score"] >= 95


@pytest.mark.shared
def test_visemesyncs_present_setting_is_late_and_misses_contacts(shared, tmp_path):
    results = []
    for clip in NVIDIA:
        write_track(tmp_path / "t.csv", animate("visemesync", aligned(shared, clip)).arkit)
        results.append(score(shared, clip, tmp_path / "t.csv"))
    assert 55 <= np.mean([r["score"] for r in results]) <= 80
    assert np.mean([r["closure"] for r in results]) < 0.5
    assert min(r["lag_ms"] for r in results) >= 45


def test_visemesync_moves_by_its_factor_every_display_frame():
    follower = EventFollower((VisemeEvent(0, 0.0), VisemeEvent(21, 0.1)), BlendSetting(0.15, 0.8))
    weights = [follower.at(i / 60)[1] for i in range(12)]
    assert weights[:6] == [0.0] * 6
    assert weights[6] == pytest.approx(0.15 * 0.8)
    assert weights[7] == pytest.approx(0.12 + (0.8 - 0.12) * 0.15)


def test_visemesync_snaps_small_weights_to_zero():
    follower = EventFollower((VisemeEvent(21, 0.0), VisemeEvent(0, 0.02)), BlendSetting(0.15, 0.8))
    weights = np.array([follower.at(i / 60)[1] for i in range(60)])
    assert ((weights == 0) | (weights >= 0.01)).all()
    assert weights[-1] == 0


def test_visemesync_is_the_same_at_every_frame_rate():
    phones = tuple(Phone(symbol, 0.1 * i, 0.1 * i + 0.1) for i, symbol in enumerate(["sil", "P", "AA1", "S", "UW1", "sil"]))
    speech = Speech(AudioClip(np.zeros(9600, np.float32), 16000), phones=phones)
    at60, at30 = animate("visemesync", speech, 60.0), animate("visemesync", speech, 30.0)
    assert np.allclose(at60.arkit.weights[::2], at30.arkit.weights, atol=1e-6)


def test_visemesync_uses_true_events_when_there_are_any():
    phones = (Phone("AA1", 0.0, 1.0),)
    speech = Speech(AudioClip(np.zeros(16000, np.float32), 16000), phones=phones, visemes=(VisemeEvent(7, 0.0),))
    visemes = animate("visemesync", speech).visemes
    assert visemes is not None and visemes.column("viseme_U").max() > 0.7 and not visemes.column("viseme_aa").any()


def test_the_viseme_lane_closes_too():
    phones = tuple(Phone(symbol, 0.08 * i, 0.08 * i + 0.08) for i, symbol in enumerate(["AA1", "P", "AA1", "F", "AA1"]))
    visemes = animate("recommended", Speech(AudioClip(np.zeros(6400, np.float32), 16000), phones=phones)).visemes
    assert visemes is not None
    assert visemes.column("viseme_PP").max() == pytest.approx(1.0)
    assert visemes.column("viseme_FF").max() == pytest.approx(1.0)


def test_an_unknown_profile_is_refused():
    with pytest.raises(SourceError, match="visemesync-early"):
        VisemeSource("loud")

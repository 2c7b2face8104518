"""--layer on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.audio.clips import write_wav
from app.cli import main
from app.core.arkit import ARKIT_INDEX
from app.core.regions import REGIONS
from app.core.speech import AudioClip
from app.core.track import BlendshapeTrack
from app.formats.registry import read_track, write_track

LOWER, UPPER, BROWS = ([ARKIT_INDEX[name] for name in REGIONS[part]] for part in ("lower", "upper", "brows"))


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "hum.wav"
    write_wav(path, AudioClip((0.2 * np.sin(np.arange(24000) / 8)).astype(np.float32), 24000))
    return path


@pytest.fixture
def capture(tmp_path):
    path = tmp_path / "take, one.csv"
    write_track(path, BlendshapeTrack(0.2 + 0.1 * np.sin(np.arange(60)[:, None] / 9 + np.arange(52)), 60.0))
    return path


def test_the_lips_of_one_source_over_a_track(sound, capture, tmp_path, capsys):
    tracks = {}
    for name, words in {"lips": ["--source", "mock"], "both": ["--source", f"file:{capture}", "--layer", "lips=mock,gain=0.5"]}.items():
        assert main(["animate", str(sound), "-o", str(tmp_path / f"{name}.csv"), "--progress", "none", "--json", *words]) == 0
        tracks[name] = read_track(tmp_path / f"{name}.csv").weights
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["source"].startswith("lips and jaw: MOCK") and said["source"].endswith("rest: take, one.csv")
    jaw = ARKIT_INDEX["jawOpen"]
    assert np.allclose(tracks["both"][:, jaw], 0.5 * tracks["lips"][:, jaw], atol=1e-3)
    assert np.allclose(tracks["both"][:, UPPER], read_track(capture).weights[:, UPPER], atol=1e-3)


def test_tracks_are_put_together_and_what_cannot_be_had_is_one_sentence(capture, tmp_path, capsys):
    still = tmp_path / "still.csv"
    write_track(still, BlendshapeTrack(np.zeros((60, 52)), 60.0))
    out = tmp_path / "out.csv"
    assert main(["convert", str(still), str(out), "--layer", f"brows=file:{capture},gain=2"]) == 0
    made = read_track(out).weights
    assert np.allclose(made[:, BROWS], 2 * read_track(capture).weights[:, BROWS], atol=1e-3) and not made[:, LOWER].any()
    capsys.readouterr()
    for words, code in (("lips=mock", 2), ("lips=live", 2), (f"upper=file:{tmp_path / 'gone.csv'}", 2)):
        assert main(["convert", str(still), str(out), "--layer", words]) == code
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    with pytest.raises(SystemExit):
        main(["convert", str(still), str(out), "--layer", "ears=mock"])
    assert "takes a part of the face" in capsys.readouterr().err

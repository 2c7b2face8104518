"""--tuning on the command line."""

from __future__ import annotations

import numpy as np
import pytest

from app.cli import main
from app.core.arkit import ARKIT_INDEX
from app.core.tuning import ShapeTuning, Tuning
from app.formats.presets import write_preset
from app.formats.registry import read_track


@pytest.fixture
def sound(tmp_path):
    from app.audio.clips import write_wav
    from app.core.speech import AudioClip

    path = tmp_path / "hum.wav"
    write_wav(path, AudioClip((0.2 * np.sin(np.arange(24000) / 8)).astype(np.float32), 24000))
    return path


def test_a_preset_changes_the_track(sound, tmp_path, capsys):
    preset = tmp_path / "half.json"
    write_preset(preset, "half", Tuning(shapes={"jawOpen": ShapeTuning(gain=0.5)}))
    tracks = []
    for words in ([], ["--tuning", str(preset)]):
        out = tmp_path / f"{len(words)}.csv"
        assert main(["animate", str(sound), "-o", str(out), "--source", "mock", "--progress", "none", *words]) == 0
        tracks.append(read_track(out).weights[:, ARKIT_INDEX["jawOpen"]])
    assert tracks[0].max() > 0.05
    assert np.allclose(tracks[1], 0.5 * tracks[0], atol=1e-4)


def test_an_unknown_preset_is_refused_before_any_work(sound, tmp_path, capsys):
    assert main(["animate", str(sound), "-o", str(tmp_path / "x.csv"), "--source", "mock", "--tuning", "nothing"]) == 2
    assert "Firm lips" in capsys.readouterr().err
    assert not (tmp_path / "x.csv").exists()

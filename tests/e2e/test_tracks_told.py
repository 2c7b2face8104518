"""What the verbs say about the track files that they read: on standard error, and under ``warnings`` in JSON."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from app.audio.clips import write_wav
from app.cli import main
from app.core.speech import AudioClip
from app.formats.registry import read_track


def code(frame: int, base: int) -> str:
    return f"{frame // base // 3600:02d}:{frame // base // 60 % 60:02d}:{frame // base % 60:02d}:{frame % base:02d}"


@pytest.fixture
def take(tmp_path):
    """Writes a table of jawOpen, head and eye angles at a rate, with timecodes that count to a base."""

    def write(name: str = "take.csv", fps: float = 30.0, base: int = 30, n: int = 120):
        lines = ["Timecode,JawOpen,HeadYaw,LeftEyeYaw,Slate"]
        for k in range(n):
            t = k / fps
            lines.append(f"{code(k, base)},{0.4 + 0.3 * math.sin(4.4 * t):.5f},{0.25 * math.sin(t):.5f},{-0.2 * math.sin(t):.5f},7.5")
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


@pytest.fixture
def sound(tmp_path):
    """Writes a quiet hum of a length."""

    def write(seconds: float, name: str = "hum.wav"):
        samples = 0.1 * np.sin(np.arange(int(seconds * 16000)) / 20)
        path = tmp_path / name
        write_wav(path, AudioClip(samples.astype(np.float32), 16000))
        return path

    return write


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_convert_keeps_angles_and_tells_its_evidence(take, tmp_path, capsys, ending):
    out = tmp_path / f"out.{ending}"
    assert main(["convert", str(take()), str(out)]) == 0
    assert "30 fps from 120 timecodes" in capsys.readouterr().err
    track = read_track(out)
    assert track.side is not None
    t = track.times_s
    assert np.allclose(track.side.find("HeadYaw"), 0.25 * np.sin(t), atol=1e-4)
    assert np.allclose(track.side.find("LeftEyeYaw"), -0.2 * np.sin(t), atol=1e-4)
    assert np.allclose(track.side.find("Slate"), 7.5)


def test_resampling_takes_the_angles_along(take, tmp_path, capsys):
    assert main(["convert", str(take()), str(tmp_path / "out.csv"), "--fps", "60", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    track = read_track(tmp_path / "out.csv")
    assert document["frames"] == len(track) == 240 and track.side is not None
    assert np.allclose(track.side.find("HeadYaw"), 0.25 * np.sin(np.minimum(track.times_s, 119 / 30)), atol=1e-3)


def test_convert_as_json_and_what_is_left_out(take, tmp_path, capsys):
    assert main(["convert", str(take()), str(tmp_path / "out.a2f.csv"), "--json"]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["fps_from"] == "timecode" and "30 fps from 120 timecodes" in document["evidence"]
    assert document["maybe_swapped"] is False and document["side"] == ["HeadYaw", "LeftEyeYaw", "Slate"]
    assert any("lacks 51" in warning for warning in document["warnings"])
    assert any("no columns for HeadYaw, LeftEyeYaw, Slate" in warning for warning in document["warnings"])
    assert "no columns for" in said.err and said.err.count("\n") == 1


def test_a_stated_rate_overrules_in_every_verb(take, sound, tmp_path, capsys):
    path, audio = str(take(fps=24.0, n=24)), str(sound(1.0))
    assert main(["convert", path, str(tmp_path / "o.json"), "--in-fps", "24"]) == 0
    assert read_track(tmp_path / "o.json").fps == 24
    assert "24 fps as stated" in capsys.readouterr().err
    main(["check", path, "--in-fps", "24", "--json"])
    assert json.loads(capsys.readouterr().out)["fps"] == 24
    out = tmp_path / "a.csv"
    assert main(["animate", audio, "-o", str(out), "--source", f"file:{path}", "--in-fps", "24", "--progress", "none", "--json"]) == 0
    said = capsys.readouterr()
    assert "24 fps as stated" in said.err and any("24 fps" in warning for warning in json.loads(said.out)["warnings"])
    track = read_track(out)
    assert np.abs(track.column("jawOpen")[:55] - (0.4 + 0.3 * np.sin(4.4 * track.times_s[:55]))).max() < 0.01
    assert track.side is not None and np.allclose(track.side.find("HeadYaw")[:55], 0.25 * np.sin(track.times_s[:55]), atol=1e-3)


def test_a_doubtful_rate_is_told_by_animate_and_check(take, sound, tmp_path, capsys):
    path = str(take(n=20))
    assert main(["animate", str(sound(0.7)), "-o", str(tmp_path / "a.csv"), "--source", f"file:{path}", "--progress", "none"]) == 0
    assert "assumed 60 fps" in capsys.readouterr().err
    main(["check", path, "--json"])
    said = capsys.readouterr()
    assert "assumed 60 fps" in said.err and any("--in-fps" in warning for warning in json.loads(said.out)["warnings"])


def test_the_sound_tells_television_rates_apart(take, sound, capsys):
    path, audio = str(take(fps=30000 / 1001, n=2097)), str(sound(69.97))
    main(["check", path, "--audio", audio])
    said = capsys.readouterr().err
    assert "30 and 29.97 fps alike" in said and "70 ms shorter than the sound" in said and "--in-fps 29.97" in said
    main(["check", path, "--audio", audio, "--in-fps", "29.97"])
    assert "shorter than the sound" not in capsys.readouterr().err


def test_check_reads_the_speaker_that_is_asked_for(take, tmp_path, capsys):
    grid = tmp_path / "two.TextGrid"
    tiers = "".join(f'"IntervalTier"\n"{who} - phones"\n0\n2\n1\n0.5\n1.5\n"AA1"\n' for who in ("ann", "bob"))
    grid.write_text(f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n2\n<exists>\n2\n{tiers}')
    main(["check", str(take()), "--phones", str(grid)])
    assert "left out: bob" in capsys.readouterr().err
    main(["check", str(take()), "--phones", str(grid), "--speaker", "bob"])
    assert "left out" not in capsys.readouterr().err
    assert main(["check", str(take()), "--phones", str(grid), "--speaker", "eve"]) == 2
    assert "ann, bob" in capsys.readouterr().err


def test_the_key_decides_where_the_ending_does_not(take, tmp_path, capsys):
    out = tmp_path / "out.txt"
    assert main(["convert", str(take()), str(out), "--as", "a2f", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "a2f" and out.read_text().startswith(",timeCode,blendShapes.")
    assert main(["convert", str(take()), str(out), "--as", "abc"]) == 2
    said = capsys.readouterr().err
    assert "'abc'" in said and "livelink" in said


def test_every_format_is_listed(capsys):
    assert main(["formats", "--json"]) == 0
    listed = {each["key"]: each for each in json.loads(capsys.readouterr().out)["formats"]}
    assert listed["livelink"] == {
        "key": "livelink", "name": "Live Link Face CSV", "holds": "weights", "reads": True, "writes": True, "ending": ".csv",
    }  # fmt: skip
    assert main(["formats"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines if line.startswith(" ")} == set(listed)

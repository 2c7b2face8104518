"""``batch``: many recordings, kept when they are done, one sentence for each that failed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from app.formats.registry import read_track


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three recordings, two of them with the same name but for the ending, one in a folder below, and a file that is no sound."""
    made = tmp_path / "takes"
    (made / "day 2").mkdir(parents=True)
    for name, seconds in (("a.wav", 1.0), ("a.flac", 0.5), ("day 2/b.wav", 0.7)):
        t = np.arange(int(16000 * seconds)) / 16000
        soundfile.write(made / name, 0.3 * np.sin(2 * np.pi * 150 * t), 16000)
    (made / "bad.mp3").write_bytes(b"no sound" * 40)
    (made / "notes.pdf").write_bytes(b"%PDF")
    return made


@pytest.fixture
def batch(folder, capsys) -> Callable[..., tuple[int, dict, str]]:
    """Run the verb on the folder -> exit status, its JSON document, its errors."""

    def run(*options, source="mock") -> tuple[int, dict, str]:
        capsys.readouterr()
        words = ["batch", folder, "-o", folder.parent / "tracks", "--source", source, "--json", *options]
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return status, json.loads(said.out) if said.out else {}, said.err

    return run


def statuses(document: dict) -> dict[str, str]:
    return {entry["audio"]: entry["status"] for entry in document["entries"]}


def test_every_recording_gets_its_track_and_failures_a_sentence_each(batch, folder):
    status, document, errors = batch()
    out = folder.parent / "tracks"
    assert status == 1 and [document[fate] for fate in ("made", "kept", "failed", "left_out")] == [3, 0, 1, 1]
    fates = {"a.flac": "made", "a.wav": "made", "bad.mp3": "failed", "day 2/b.wav": "made", "notes.pdf": "left_out"}
    assert statuses(document) == fates
    assert len(read_track(out / "a.wav.csv")) == 60 and len(read_track(out / "a.flac.csv")) == 30 and (out / "day 2" / "b.csv").is_file()
    assert len(errors.strip().splitlines()) == 1 and errors.startswith("bad.mp3: bad.mp3 is not a readable audio file")
    assert json.loads((out / "batch-report.json").read_text()) == document
    assert all(entry["mock"] for entry in document["entries"] if entry["status"] == "made")


def test_the_same_command_again_does_only_what_changed(batch, folder):
    batch()
    (folder / "bad.mp3").unlink()
    status, document, _ = batch()
    assert status == 0 and document["kept"] == 3
    soundfile.write(folder / "a.wav", np.zeros(8000), 16000)
    (folder.parent / "tracks" / "a.flac.csv").unlink()
    assert statuses(batch()[1]) == {
        "a.flac": "made", "a.wav": "made", "day 2/b.wav": "kept", "notes.pdf": "left_out",
    }  # fmt: skip
    assert batch("--fps", "30")[1]["made"] == 3


def test_an_interrupted_batch_goes_on_where_it_was(batch, folder, monkeypatch):
    from app.commands import batch as module

    for name in ("bad.mp3", "notes.pdf"):
        (folder / name).unlink()
    honest, calls = module.animate_clip, []

    def stopped_at_the_second(clip):
        calls.append(clip.name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return honest(clip)

    monkeypatch.setattr(module, "animate_clip", stopped_at_the_second)
    status, _, errors = batch()
    assert status == 2 and "Stopped after 1 of 3" in errors and "go on" in errors
    # as if the power had failed while a line was written
    with (folder.parent / "tracks" / "batch-journal.jsonl").open("a") as journal:
        journal.write('{"audio": "a.wav", "out"')
    status, document, _ = batch()
    assert status == 0 and statuses(document) == {"a.flac": "kept", "a.wav": "made", "day 2/b.wav": "made"}
    assert batch()[1]["kept"] == 3


def test_every_file_is_named_with_its_fate_in_text_too(folder, capsys):
    (folder / "a.txt").write_text("Hello.")
    (folder / "memo.m4a").write_bytes(b"\0\0\0 ftypM4A " * 3)
    (folder / "no ending").write_bytes(b"?")
    (folder / "gone.wav").symlink_to(folder / "nowhere.wav")
    assert main(["batch", str(folder), "-o", str(folder.parent / "tracks"), "--source", "mock"]) == 1
    *lines, summary = capsys.readouterr().out.splitlines()
    told = {line[10:].partition(": ")[0]: (line[:9].strip(), line.partition(": ")[2]) for line in lines}
    assert set(told) == {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    assert {name for name, (fate, _) in told.items() if fate == "failed"} == {"bad.mp3", "gone.wav", "memo.m4a"}
    assert told["gone.wav"][1].startswith("gone.wav cannot be read") and "memo.m4a" in told["memo.m4a"][1]
    assert told["a.txt"] == ("left out", "These are the words of a.flac.")
    assert told["notes.pdf"][0] == told["no ending"][0] == "left out" and told["a.wav"] == ("made", "a.wav.csv, 60 frames")
    assert summary.startswith("3 made, 0 kept, 3 failed, 3 left out in ")


def test_what_a_batch_wrote_is_no_file_of_the_folder(batch, folder):
    first = statuses(batch("-o", str(folder))[1])
    assert statuses(batch("-o", str(folder))[1]).keys() == first.keys()
    assert statuses(batch("-o", str(folder / "below"))[1]).keys() - {"a.wav.csv", "a.flac.csv", "day 2/b.csv"} == first.keys()


def test_a_file_that_raises_what_nobody_foresaw_costs_itself_alone(batch, folder, monkeypatch):
    from app.commands.batches import work as batch_work

    honest = batch_work.speech_from_audio

    def brittle(audio, *rest):
        if audio.name == "a.wav":
            raise ZeroDivisionError("of a decoder\nthat is not ours")
        return honest(audio, *rest)

    monkeypatch.setattr(batch_work, "speech_from_audio", brittle)
    status, document, errors = batch()
    assert status == 1 and (document["made"], document["failed"]) == (2, 2)
    assert "a.wav: a.wav stopped the program's work (ZeroDivisionError: of a decoder that is not ours)" in errors
    assert "Traceback" not in errors and (folder.parent / "tracks" / "batch-report.json").is_file()


def test_a_clip_that_kills_its_process_costs_itself_alone():
    """The other clips that were under way when it died are done all the same."""
    from app.commands.batches import processes as batch_processes
    from app.commands.batches.work import BatchClip
    from app.core.source_spec import SourceSpec
    from app.core.tuning import Tuning

    names = ["one", "two", "deadly", "three", "four", "deadly too", "five"]
    clips = (BatchClip(name, b"", "", SourceSpec.parse("mock"), 60.0, Tuning()) for name in names)
    made = dict(batch_processes.in_processes(clips, 2, _deadly))
    assert [made[i] for i in range(7) if not names[i].startswith("deadly")] == ["one", "two", "three", "four", "five"]
    assert all(made[i].startswith(f"{names[i]} made its process die") for i in (2, 5))


def _deadly(clip) -> str:
    if clip.name.startswith("deadly"):
        os._exit(9)
    return clip.name


def test_processes_make_the_same_tracks(batch, folder):
    assert batch()[1]["made"] == 3
    one = {path.name: path.read_bytes() for path in (folder.parent / "tracks").rglob("*.csv")}
    shutil.rmtree(folder.parent / "tracks")
    status, document, errors = batch("--jobs", "2", "--progress", "json")
    steps = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    assert status == 1 and document["made"] == 3 and steps[-1] == {"step": "4/4", "fraction": 1.0}
    assert {path.name: path.read_bytes() for path in (folder.parent / "tracks").rglob("*.csv")} == one


def test_a_transcript_beside_its_recording_is_used(batch, folder, root):
    for path in folder.rglob("*.*"):
        path.unlink()
    shutil.copy(root / "assets" / "eval" / "bf_emma.flac", folder / "emma.flac")
    spoken = json.loads((root / "assets" / "eval" / "bf_emma.json").read_text())["text"]
    (folder / "emma.txt").write_text(spoken)
    assert batch(source="visemes")[0] == 0
    (folder / "emma.txt").write_text("!")
    status, _, errors = batch("--fps", "24", source="visemes")
    assert status == 1 and errors.startswith("emma.flac: ")


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--source", "nonsense"], 2, "no source 'nonsense'"),
        (["--jobs", "0"], 2, "at least 1"),
        (["--format", "xyz"], 2, "xyz"),
        (["--tuning", "no such preset"], 2, "no such preset"),
    ],
)
def test_bad_words_are_one_sentence_and_leave_nothing(batch, folder, options, status, words):
    code, document, errors = batch(*options)
    assert (code, document) == (status, {}) and words in errors and errors.count("\n") == 1
    assert not (folder.parent / "tracks").exists()


def test_a_folder_that_is_missing_or_empty_is_one_sentence(tmp_path, capsys):
    for name, words in (("gone", "no folder"), ("", "holds no wav")):
        assert main(["batch", str(tmp_path / name), "-o", str(tmp_path / "out"), "--source", "mock"]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["batch", "FOLDER", "-o", "out", "--source", "mock", "--cluster", "local"], ["serve", "--cluster", "auto", "--token", "x" * 16]],
)
def test_without_ray_the_sentence_says_what_installs_it(folder, capsys, monkeypatch, tmp_path, words):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.chdir(tmp_path)
    asked = [str(folder) if word == "FOLDER" else word for word in words]
    assert main(asked + (["--source", "mock", "--port", "0"] if words[0] == "serve" else [])) == 3
    assert "run.py in place of" in capsys.readouterr().err

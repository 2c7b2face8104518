"""``batch TABLE``: every line a take, bad rows a sentence each, only what changed made again, and what a hand did kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from app.commands.batches import lines as module
from app.core.curve_edits import CurveEdit
from app.formats.dialogue.characters import find_characters, read_characters
from app.formats.dialogue.table import read_table
from app.formats.notes import Note
from app.formats.registry import read_track
from app.formats.takes.reading import read_take
from app.formats.takes.writing import change_take, write_take
from app.review.batch.journal import read_document
from app.review.batch.stamp import stamp_of

ASSETS = Path(__file__).resolve().parents[2] / "assets"
TABLE = """line,character,text,audio,transcript,preset,emotion,scene
L1,Ann,Bob may buy a map.,,,,map: joy 0.5,1
L2,Ben,,sounds/b.wav,,Softer,,1
L3,Ben,,sounds\\c.wav,,,,2
L4,Ann,,sounds/gone.wav,,,,2
L5,Ann,,../secret.wav,,,,2
L6,Ann,Hello.,,,No such preset,,2
L7,Nobody,Hello.,,,,,3
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A table with its sounds; three of its rows are good."""
    made = tmp_path / "script"
    (made / "sounds").mkdir(parents=True)
    for name, seconds in (("b", 0.8), ("c", 0.5)):
        t = np.arange(int(16000 * seconds)) / 16000
        soundfile.write(made / "sounds" / f"{name}.wav", 0.3 * np.sin(2 * np.pi * 150 * t) * np.sin(9 * t), 16000)
    shutil.copy(made / "sounds" / "b.wav", tmp_path / "secret.wav")
    (made / "characters.toml").write_text('[characters.Ann]\nvoice = "heart"\n[characters.Ben]\nsource = "mock"\n')
    (made / "table.csv").write_text(TABLE, "utf-8-sig")
    return made


@pytest.fixture
def batch(folder, capsys) -> Callable[..., tuple[int, dict, str]]:
    """Run the verb on the table -> exit status, lines by id, its errors."""

    def run(*options) -> tuple[int, dict, str]:
        capsys.readouterr()
        status = main(
            [str(word) for word in ("batch", folder / "table.csv", "-o", folder / "out", "--source", "visemes", "--json", *options)]
        )
        said = capsys.readouterr()
        return status, {line["line"]: line for line in json.loads(said.out)["lines"]} if said.out else {}, said.err

    return run


def edit_table(folder: Path, old: str, new: str) -> None:
    text = (folder / "table.csv").read_text("utf-8-sig")
    assert old in text
    (folder / "table.csv").write_text(text.replace(old, new), "utf-8-sig")


def only(folder: Path, *lines: str) -> None:
    """Leave only some rows in the table."""
    rows = TABLE.splitlines(keepends=True)
    (folder / "table.csv").write_text("".join(row for row in rows if row.startswith("line") or row.split(",")[0] in lines), "utf-8-sig")


def take_at(folder: Path, line: str):
    return read_take(folder / "out" / "takes" / f"{line}.vstake", ASSETS)


def test_good_rows_are_takes_and_bad_ones_a_sentence_each(batch, folder):
    status, lines, errors = batch()
    assert status == 1 and {line: each["fate"] for line, each in lines.items()} == dict.fromkeys(
        ("L1", "L2", "L3"), "made"
    ) | dict.fromkeys(("L4", "L5", "L6", "L7"), "failed")
    for line, row, words in (
        ("L4", 5, "gone.wav cannot be read"),
        ("L5", 6, "--outside"),
        ("L6", 7, "no preset"),
        ("L7", 8, "no character “Nobody”"),
    ):
        told = next(each for each in errors.splitlines() if each.startswith(f"row {row} ({line}): "))
        assert words in told and told.endswith(".")
    take = take_at(folder, "L1")
    assert (
        take.speech.text == "Bob may buy a map." and take.line == "L1" and take.status == "to do" and take.thumbnail.startswith(b"\x89PNG")
    )
    assert take.project.emotion.timeline.keys[1].dominant == "joy" and 0.3 < take.project.emotion.timeline.keys[1].time_s < 3
    assert stamp_of(take.unknown).columns == {"scene": "1"} and lines["L1"]["columns"] == {"scene": "1"}
    assert take_at(folder, "L2").project.sides["A"].tuning.intensity == 0.8 and lines["L2"]["mock"]
    assert len(read_track(folder / "out" / "tracks" / "L2.csv")) == 48 and (folder / "out" / "report.html").is_file()
    assert any("shows no emotion" in remark for remark in lines["L1"]["remarks"])


def test_the_same_command_again_does_only_what_changed(batch, folder):
    only(folder, "L1", "L2", "L3")
    assert batch()[0] == 0
    assert {each["fate"] for each in batch()[1].values()} == {"kept"}
    edit_table(folder, "Softer", "Broader")
    (folder / "out" / "takes" / "L3.vstake").unlink()
    fates = {line: each["fate"] for line, each in batch()[1].items()}
    assert fates == {"L1": "kept", "L2": "made", "L3": "made"} and take_at(folder, "L2").project.sides["A"].tuning.intensity == 1.25
    (folder / "out" / "lines-journal.jsonl").unlink()
    assert {each["fate"] for each in batch()[1].values()} == {"kept"}
    sound, rate = soundfile.read(folder / "sounds" / "c.wav")
    soundfile.write(folder / "sounds" / "c.wav", sound * 0.5, rate)
    assert {line for line, each in batch()[1].items() if each["fate"] == "made"} == {"L3"}


def test_a_voice_is_not_paid_again_for_another_preset(batch, folder, monkeypatch):
    only(folder, "L1")
    batch()
    from app.commands.batches import line_work

    monkeypatch.setattr(line_work, "speech_from_text", lambda *_: pytest.fail("it was spoken again"))
    edit_table(folder, "map.,,,,", "map.,,,Softer,")
    status, lines, _ = batch()
    assert status == 0 and lines["L1"]["fate"] == "made" and take_at(folder, "L1").project.sides["A"].tuning.intensity == 0.8


def test_what_a_hand_did_is_done_to_the_new_motion_and_the_rest_is_listed(batch, folder):
    only(folder, "L1")
    batch()
    path, take = folder / "out" / "takes" / "L1.vstake", take_at(folder, "L1")
    at = {word: [p for p in take.speech.phones if p.word.lower().strip(".") == word] for word in ("bob", "buy", "map")}
    on_map = CurveEdit("offset", ("jawOpen",), at["map"][0].start_s, at["map"][-1].end_s, 0.3, 1.0)
    on_buy = CurveEdit("scale", (), at["buy"][0].start_s, at["buy"][-1].end_s, 0.5)
    side = replace(take.project.sides["A"], edits=(on_map, on_buy))
    note = Note("n1", "Ann", text="More lips here", start_s=at["map"][0].start_s, status="open")
    write_take(path, replace(take, project=replace(take.project, sides={"A": side}), notes=(note,), status="approved"), ASSETS)
    status, lines, _ = batch()
    assert (
        status == 0
        and lines["L1"]["fate"] == "kept"
        and (lines["L1"]["status"], lines["L1"]["edits"], lines["L1"]["notes"]) == ("approved", 2, 1)
    )
    edit_table(folder, "Bob may buy a map.", "Bob may draw a map.")
    status, lines, errors = batch()
    new = take_at(folder, "L1")
    word = [p for p in new.speech.phones if p.word.lower().strip(".") == "map"]
    assert status == 0 and lines["L1"]["fate"] == "made" and new.id == take.id and new.status == "approved"
    (edit,) = new.project.sides["A"].edits
    assert edit.start_s == pytest.approx(word[0].start_s, abs=0.02) and edit.end_s == pytest.approx(word[-1].end_s, abs=0.02)
    raw, tuned = new.lanes["A"].raw.arkit, new.lanes["A"].tuned.arkit
    middle = (edit.start_s + edit.end_s) / 2
    assert float(tuned.sample(middle)[tuned.index["jawOpen"]] - raw.sample(middle)[raw.index["jawOpen"]]) == pytest.approx(0.3, abs=0.02)
    assert next(each for each in new.notes if each.id == "n1").start_s == pytest.approx(word[0].start_s, abs=0.02)
    conflicts = stamp_of(new.unknown).conflicts
    assert sorted(each.kind for each in conflicts) == ["edit", "status"] and all(each.sentence in errors for each in conflicts)
    assert next(each for each in conflicts if each.kind == "edit").data["kind"] == "scale"
    assert len(lines["L1"]["conflicts"]) == 2 and {each.id for each in conflicts} < {each.id for each in new.notes}
    assert len(batch()[1]["L1"]["conflicts"]) == 2
    change_take(path, lambda review: replace(review, notes=[replace(each, status="done") for each in review.notes]))
    assert batch()[1]["L1"]["conflicts"] == []


def test_a_take_that_somebody_saves_meanwhile_stays_as_saved(batch, folder, monkeypatch):
    only(folder, "L2")
    batch()
    edit_table(folder, "Softer", "Broader")
    path, honest = folder / "out" / "takes" / "L2.vstake", module.make_line

    def meanwhile(order):
        made = honest(order)
        change_take(path, lambda review: replace(review, status="changes asked"))
        return made

    monkeypatch.setattr(module, "make_line", meanwhile)
    status, lines, _ = batch()
    assert status == 1 and "run the same command again" in lines["L2"]["error"] and take_at(folder, "L2").status == "changes asked"
    monkeypatch.setattr(module, "make_line", honest)
    status, lines, _ = batch()
    assert status == 0 and lines["L2"]["status"] == "changes asked" and take_at(folder, "L2").project.sides["A"].tuning.intensity == 1.25


def test_a_take_of_somebody_else_is_never_overwritten(batch, folder):
    only(folder, "L2", "L3")
    batch()
    path = folder / "out" / "takes" / "L2.vstake"
    write_take(path, replace(take_at(folder, "L2"), unknown={}), ASSETS)
    (folder / "out" / "takes" / "L3.vstake").write_bytes(b"no take")
    before = path.read_bytes()
    edit_table(folder, "Softer", "Broader")
    status, lines, _ = batch()
    assert status == 1 and "no batch made" in lines["L2"]["error"] and path.read_bytes() == before
    assert lines["L3"]["fate"] == "failed" and (folder / "out" / "takes" / "L3.vstake").read_bytes() == b"no take"


def test_an_interrupted_table_goes_on_where_it_was(batch, folder, monkeypatch):
    only(folder, "L2", "L3")
    honest = module.make_line

    def stopped(order):
        if order.line == "L3":
            raise KeyboardInterrupt
        return honest(order)

    monkeypatch.setattr(module, "make_line", stopped)
    status, _, errors = batch()
    assert status == 2 and "Stopped after 1 of 2 lines" in errors
    monkeypatch.setattr(module, "make_line", honest)
    assert {line: each["fate"] for line, each in batch()[1].items()} == {"L2": "kept", "L3": "made"}


def test_processes_make_the_same_takes_and_films(batch, folder):
    only(folder, "L2", "L3")
    batch()
    one = {line: take_at(folder, line).lanes["A"].tuned.arkit.weights for line in ("L2", "L3")}
    shutil.rmtree(folder / "out")
    status, lines, errors = batch("--jobs", "2", "--progress", "json", "--films", "--films-size", "160x90")
    steps = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    assert status == 0 and steps[-1] == {"step": "2/2", "fraction": 1.0}
    assert all(np.array_equal(take_at(folder, line).lanes["A"].tuned.arkit.weights, weights) for line, weights in one.items())
    assert all((folder / "out" / each["film"]).stat().st_size > 1000 for each in lines.values())
    films = {each["film"]: (folder / "out" / each["film"]).stat().st_mtime_ns for each in lines.values()}
    change_take(folder / "out" / "takes" / "L2.vstake", lambda review: replace(review, status="approved"))
    again = batch("--films", "--films-size", "160x90")[1]
    assert {each["fate"] for each in again.values()} == {"kept"} and again["L2"]["status"] == "approved"
    edit_table(folder, "wav,,Softer,,1", "wav,,Softer,,2")
    assert batch("--films", "--films-size", "160x90")[1]["L2"]["fate"] == "made"
    assert films == {name: (folder / "out" / name).stat().st_mtime_ns for name in films}, "what moves as before is not filmed again"
    edit_table(folder, "Softer", "Broader")
    batch("--films", "--films-size", "160x90")
    assert (folder / "out" / "films" / "L2.mp4").stat().st_mtime_ns > films["films/L2.mp4"]


def test_a_folder_of_recordings_gets_takes_and_a_report_too(folder, capsys):
    (folder / "sounds" / "b.txt").write_text("Hello.")
    shutil.copy(folder / "sounds" / "c.wav", folder / "sounds" / "b.flac.wav")
    words = ["batch", str(folder / "sounds"), "-o", str(folder / "sounds" / "out"), "--source", "mock", "--takes", "--films"]
    assert main([*words, "--films-size", "64x64"]) == 0
    document = read_document(folder / "sounds" / "out")
    assert sorted((each.line, each.text) for each in document.lines) == [("b", "Hello."), ("b.flac", "b.flac.wav"), ("c", "c.wav")]
    assert "--takes" in document.command.arguments and (folder / "sounds" / "out" / "report.html").is_file()
    assert main([*words, "--films-size", "64x64"]) == 0 and len(read_document(folder / "sounds" / "out").lines) == 3
    capsys.readouterr()


def test_a_table_through_ray_makes_the_same_takes(batch, folder, root):
    only(folder, "L2", "L3")
    batch()
    one = {line: take_at(folder, line).lanes["A"].tuned.arkit.weights for line in ("L2", "L3")}
    shutil.rmtree(folder / "out")
    command = [sys.executable, "-m", "app", "batch", "table.csv", "-o", "out", "--source", "visemes", "--cluster", "local"]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "2 made, 0 kept, 0 failed" in done.stdout, done.stderr
    assert all(np.array_equal(take_at(folder, line).lanes["A"].tuned.arkit.weights, weights) for line, weights in one.items())


def test_files_outside_the_folder_are_allowed_by_an_option(batch, folder):
    only(folder, "L5")
    assert batch()[0] == 1
    status, lines, _ = batch("--outside")
    assert status == 0 and lines["L5"]["duration_s"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [(["--jobs", "0"], 2, "at least 1"), (["--characters", "gone.toml"], 2, "gone.toml"), (["--format", "xyz"], 2, "xyz")],
)
def test_bad_options_are_one_sentence(batch, folder, options, status, words):
    code, lines, errors = batch(*options)
    assert (code, lines) == (status, {}) and words in errors and errors.count("\n") == 1 and not (folder / "out" / "takes").exists()


def test_the_example_is_a_table_of_thirty_lines_and_three_characters(root):
    table = read_table(root / "docs" / "examples" / "dialogue" / "dialogue.csv")
    characters = read_characters(find_characters(table.path))
    assert len(table.rows) == 30 and len({row.character for row in table.rows}) == 3 and not any(row.error for row in table.rows)
    assert all(characters.of(row.character).voice == "heart" for row in table.rows) and sum(bool(row.marks) for row in table.rows) > 15


def test_ten_real_clips(tmp_path, shared, capsys):
    """Recordings of strangers, each a take; it says how long that took."""
    clips = sorted(each for each in (shared / "data" / "speech").rglob("*") if each.suffix in (".wav", ".flac"))[:10]
    rows = ["line,audio"]
    for number, clip in enumerate(clips, 1):
        shutil.copy(clip, tmp_path / clip.name)
        rows.append(f"R{number:02d},{clip.name}")
    (tmp_path / "clips.csv").write_text("\n".join(rows) + "\n")
    begun_s = time.monotonic()
    assert main(["batch", str(tmp_path / "clips.csv"), "-o", str(tmp_path / "out"), "--source", "a2f:light", "--jobs", "2"]) == 0
    lines = read_document(tmp_path / "out").lines
    print(
        f"ten clips, {sum(each.duration_s for each in lines):.0f} s of speech, in {time.monotonic() - begun_s:.0f} s",
        capsys.readouterr().out,
    )
    assert len(lines) == 10 and not any(each.error for each in lines) and all(each.jaw and each.thumb for each in lines)

"""Takes in the session: what was kept is shown as it was, without its source; killed in a review, five seconds are lost at most."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from app.core.curve_edits import CurveEdit
from app.core.places import where
from app.core.tuning import Tuning
from app.formats.notes import Note
from app.formats.project import ProjectView
from app.formats.takes.reading import read_take
from app.formats.takes.writing import change_take, write_take
from app.remote.sources import register
from app.session.base.opening import waveform

WORDS = "Bob may buy a map."
#: a program that opens a take, reviews it, and never ends by itself
REVIEW = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from pathlib import Path
from app.core.curve_edits import CurveEdit
from app.formats.notes import Note
from app.session import Session

app = QCoreApplication([])
session = Session()
session.autosave.begin()
session.autosave.written.connect(lambda: print("written", flush=True))


def work():
    session.notes.add(Note(start_s=0.5, text="close the lips"))
    assert session.edits.add("A", CurveEdit("scale", ("jawOpen",), 0.2, 0.9, 0.5))
    print("worked", flush=True)


session.projects.opened.connect(lambda _: QTimer.singleShot(50, work))
session.projects.open(Path(sys.argv[1]))
app.exec()
"""


@pytest.fixture(autouse=True)
def folders(monkeypatch, tmp_path):
    """What is kept is kept for this test only."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return where("autosave")


@pytest.fixture
def saved(session, hum, qtbot, tmp_path):
    """A take of two sides, tuned, with a note and its voice, on the disk."""
    session.sources.choose("A", "mock")
    session.sources.choose("B", "mock")
    session.speeches.take(hum, waveform(hum), WORDS)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=60_000)
    session.tunings.change("A", Tuning(intensity=1.3), "more")
    voice = session.notes.media.new_file(".ogg")
    voice.write_bytes(b"spoken")
    session.notes.add(Note(start_s=0.25, text="more", voice=session.notes.media.add(voice)))
    qtbot.waitUntil(lambda: session.state.sides["A"].tuned is not None, timeout=5000)
    path = tmp_path / "one.vstake"
    session.projects.save(path, ProjectView())
    return path


def opened(session, path, qtbot):
    with qtbot.waitSignal(session.projects.opened, timeout=30_000):
        session.projects.open(path)


def test_a_take_opens_as_it_was_and_makes_nothing(session, saved, another, qtbot):
    other, made = another(), []
    other.motion.made.connect(made.append)
    opened(other, saved, qtbot)
    qtbot.waitUntil(lambda: not other.workers.busy, timeout=30_000)
    assert not made
    for name in "AB":
        mine, kept = session.state.sides[name], other.state.sides[name]
        assert kept.kept and kept.tuned.arkit.weights.tobytes() == mine.tuned.arkit.weights.tobytes()
        assert kept.raw.arkit.weights.tobytes() == mine.raw.arkit.weights.tobytes() and "as kept in the take" in kept.label
    assert other.state.speech.audio.digest == session.state.speech.audio.digest and other.tunings.of("A").intensity == 1.3
    (note,) = other.notes.all
    assert other.notes.media.file_of(note.voice).read_bytes() == b"spoken"
    assert not other.projects.dirty
    other.tunings.change("A", Tuning(intensity=0.5), "less")
    assert other.projects.dirty and other.state.sides["A"].tuned.arkit.weights.max() < session.state.sides["A"].tuned.arkit.weights.max()
    other.projects.kept_motion.make_again("A")
    qtbot.waitUntil(lambda: not other.workers.busy, timeout=30_000)
    assert made and not other.state.sides["A"].kept


def test_saved_again_it_is_the_same_take(session, saved, another, qtbot, tmp_path):
    """Strange fields and files, the voice of a note, and who made the motion, all go through the session."""
    change_take(saved, lambda review: replace(review, status="in review", unknown={"mood": "good"}))
    take = read_take(saved, session.projects.bundled)
    project = replace(take.project, unknown={"future": [1]})
    write_take(saved, replace(take, project=project, unknown={"later": 2}, others={"x/y": b"z"}), session.projects.bundled)
    other = another()
    opened(other, saved, qtbot)
    again = tmp_path / "again.vstake"
    other.projects.save(again, ProjectView())
    first, second = (read_take(path, session.projects.bundled) for path in (saved, again))
    assert (second.id, second.line, second.status, second.notes) == (first.id, first.line, "in review", first.notes)
    assert second.project.unknown == {"future": [1]} and second.unknown == {"later": 2} and second.others == {"x/y": b"z"}
    assert second.project.review.unknown == {"mood": "good"}
    assert {name: lane.source for name, lane in second.lanes.items()} == {name: lane.source for name, lane in first.lanes.items()}
    with zipfile.ZipFile(saved) as a, zipfile.ZipFile(again) as b:
        for name in set(a.namelist()) - {"project.vsync"}:
            assert a.read(name) == b.read(name), name
    other.projects.save(tmp_path / "as.vsync", ProjectView())
    (note,) = other.notes.all
    assert (tmp_path / "as-notes").is_dir() and other.notes.media.file_of(note.voice).is_relative_to(tmp_path / "as-notes")


def test_a_take_of_a_server_asks_nobody(session, saved, another, qtbot, hum):
    """The motion is there; the server is not asked, not even by the next line, before its user agrees."""
    register()
    take = read_take(saved, session.projects.bundled)
    sides = take.project.sides | {"A": replace(take.project.sides["A"], source="remote:ws://127.0.0.1:9/ws")}
    write_take(saved, replace(take, project=replace(take.project, sides=sides)), session.projects.bundled)
    other, asked, failed = another(), [], []
    other.projects.allows = lambda addresses: bool(asked.append(addresses))
    other.messages.failed.connect(failed.append)
    opened(other, saved, qtbot)
    assert other.state.sides["A"].kept and not asked and not other.links.remote_sides
    assert other.projects.content().sides["A"].source == "remote:ws://127.0.0.1:9/ws" and not other.projects.dirty
    other.projects.kept_motion.make_again("A")
    assert asked == [("remote:ws://127.0.0.1:9/ws",)] and other.state.sides["A"].kept
    other.speeches.take(hum, waveform(hum), "Another line.")
    assert str(other.state.sides["A"].spec) == "visemes" and not failed
    qtbot.waitUntil(lambda: not other.workers.busy, timeout=60_000)


def test_a_lost_bundle_is_no_hindrance(session, saved, another, qtbot):
    take = read_take(saved, session.projects.bundled)
    sides = take.project.sides | {"B": replace(take.project.sides["B"], source="nvidia:/nowhere/claire")}
    write_take(saved, replace(take, project=replace(take.project, sides=sides)), session.projects.bundled)
    other, told = another(), []
    other.projects.lacked.connect(told.append)
    other.messages.failed.connect(told.append)
    opened(other, saved, qtbot)
    qtbot.waitUntil(lambda: not other.workers.busy, timeout=30_000)
    assert not told and other.state.sides["B"].kept and "/nowhere/claire" in other.projects.content().sides["B"].source


def test_a_broken_take_changes_nothing(session, saved, qtbot, tmp_path):
    bad, told = tmp_path / "bad.vstake", []
    bad.write_bytes(saved.read_bytes()[:-100])
    before = session.state.speech
    session.messages.failed.connect(told.append)
    session.projects.open(bad)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert "bad.vstake" in told[0] and told[0].endswith(".") and session.state.speech is before


@pytest.mark.slow
def test_killed_in_a_review_the_next_program_restores_it(root, saved, another, qtbot):
    keys = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)}
    program = subprocess.Popen([sys.executable, "-c", REVIEW, str(saved)], env=keys, cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        while (line := program.stdout.readline().strip()) != "worked":
            assert line == "written"
        worked_s = time.monotonic()
        assert program.stdout.readline().strip() == "written"
        assert time.monotonic() - worked_s <= 5.0
    finally:
        program.send_signal(signal.SIGKILL)
        program.communicate()
    session = another()
    session.autosave.begin(3600)
    (one,) = session.autosave.found()
    assert one.origin == saved and "2 notes" in one.what and "1 curve edit" in one.what
    with qtbot.waitSignal(session.autosave.restored, timeout=30_000):
        session.autosave.restore(one)
    assert [note.text for note in session.notes.all] == ["more", "close the lips"]
    side = session.state.sides["A"]
    assert side.kept and side.edits == (CurveEdit("scale", ("jawOpen",), 0.2, 0.9, 0.5),)
    take = read_take(saved, session.projects.bundled)
    assert np.array_equal(side.raw.arkit.weights, take.lanes["A"].raw.arkit.weights)
    assert session.projects.path == saved and session.projects.dirty
    session.projects.save(saved, ProjectView())
    assert (
        len(read_take(saved, session.projects.bundled).notes) == 2
        and len(read_take(saved.with_name("one.vstake.bak"), saved.parent).notes) == 1
    )

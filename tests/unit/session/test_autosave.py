"""A program that is killed loses no more than five seconds; what is closed leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from app.core.curve_edits import CurveEdit
from app.core.places import where
from app.core.tuning import Tuning
from app.formats.project import ProjectView
from app.session import Session
from app.session.base.opening import waveform
from app.session.keep.autosave import FILE
from app.upkeep.slots import Slot, deserted

EDIT = CurveEdit("scale", ("jawOpen",), 0.2, 0.9, 0.5)
WORDS = "Bob may buy a map."
#: a program that works on a session, says so, and never ends by itself
PROGRAM = """
import sys
import numpy as np
from PySide6.QtCore import QCoreApplication, QTimer
from app.core.curve_edits import CurveEdit
from app.core.speech import AudioClip
from app.core.tuning import Tuning
from app.formats.notes import Note
from app.session import Session
from app.session.base.opening import waveform

app = QCoreApplication([])
session = Session()
session.autosave.begin()
session.autosave.written.connect(lambda: print("written", flush=True))
session.sources.choose("A", "mock")
t = np.arange(32000) / 16000
clip = AudioClip((0.3 * np.sin(2 * np.pi * 150 * t)).astype(np.float32), 16000, "hum")
session.speeches.take(clip, waveform(clip), "Bob may buy a map.")


def work():
    session.tunings.change("A", Tuning(intensity=1.3, close_lips=0.4), "more")
    assert session.edits.add("A", CurveEdit("scale", ("jawOpen",), 0.2, 0.9, 0.5))
    spoken = session.notes.media.new_file(".ogg")
    spoken.write_bytes(b"spoken")
    session.notes.add(Note(start_s=0.5, text="Lips stay open", voice=session.notes.media.add(spoken)))
    print("worked", flush=True)


def begin():
    if session.workers.busy:
        QTimer.singleShot(50, begin)
    else:
        work()


QTimer.singleShot(0, begin)
app.exec()
"""


@pytest.fixture(autouse=True)
def state_folder(monkeypatch, tmp_path) -> Path:
    """Autosaves of this test only."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return where("autosave")


def saved(session: Session, qtbot) -> None:
    """Let it write what is not written yet."""
    with qtbot.waitSignal(session.autosave.written, timeout=10_000):
        session.autosave.save()
    qtbot.waitUntil(lambda: not session.autosave._workers.busy, timeout=5000)


def crash(session: Session) -> None:
    """End it as a kill does: the lock is gone, the files stay."""
    session.autosave._timer.stop()
    session.autosave._workers.close()
    slot, session.autosave._slot = session.autosave._slot, None
    slot.release(remove=False)


@pytest.fixture
def worked(session, hum, qtbot) -> Session:
    """A session with a line that no file holds, tuned and edited."""
    session.autosave.begin(3600)
    session.sources.choose("A", "mock")
    session.speeches.take(hum, waveform(hum), WORDS)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=60_000)
    session.tunings.change("A", Tuning(intensity=1.3), "more")
    session.edits.add("A", EDIT)
    return session


def test_killed_in_the_middle_of_work_the_next_program_restores_it(root, tmp_path, another, qtbot):
    keys = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)}
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], env=keys, cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        while (line := program.stdout.readline().strip()) != "worked":
            assert line == "written"
        worked_s = time.monotonic()
        assert not another().autosave.found(), "while it lives it is nobody else's"
        assert program.stdout.readline().strip() == "written"
        assert time.monotonic() - worked_s <= 5.0
    finally:
        program.send_signal(signal.SIGKILL)
        program.communicate()
    session = another()
    session.autosave.begin(3600)
    (one,) = session.autosave.found()
    assert one.what == f"“{WORDS}”, tuned, 1 curve edit, 1 note" and one.origin is None and time.time() - one.saved_s < 60
    assert WORDS in one.sentence and one.sentence.endswith("Restore it?")
    with qtbot.waitSignal(session.autosave.restored, timeout=30_000):
        session.autosave.restore(one)
    assert session.tunings.of("A") == Tuning(intensity=1.3, close_lips=0.4) and session.state.sides["A"].edits == (EDIT,)
    (note,) = session.notes.all
    assert note.text == "Lips stay open" and session.notes.media.file_of(note.voice).read_bytes() == b"spoken"
    speech = session.state.speech
    assert speech.text == WORDS and speech.audio.duration_s == pytest.approx(2.0)
    t = np.arange(32000) / 16000
    assert np.abs(speech.audio.samples - 0.3 * np.sin(2 * np.pi * 150 * t)).max() < 1e-4
    assert session.projects.dirty and session.projects.path is None and session.speeches.file is None
    assert not session.autosave.found(), "it is ours now"
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=60_000)
    saved(session, qtbot)
    crash(session)
    (again,) = another().autosave.found()
    assert again.what == one.what, "killed again, it is there again"


def test_only_what_changed_is_written_and_a_clean_end_leaves_nothing(worked, qtbot, state_folder):
    saved(worked, qtbot)
    (folder,) = state_folder.iterdir()
    before = (folder / FILE).stat().st_mtime_ns
    worked.autosave.save()
    assert not worked.autosave._workers.busy and (folder / FILE).stat().st_mtime_ns == before
    (sound,) = folder.glob("*.wav")
    worked.tunings.change("A", Tuning(intensity=1.5), "more")
    saved(worked, qtbot)
    assert list(folder.glob("*.wav")) == [sound], "the sound did not change"
    worked.autosave.close()
    assert not list(state_folder.iterdir())


def test_what_is_being_typed_is_kept_too(worked, qtbot, state_folder):
    line = ProjectView(line="Hello", time_s=0.5)
    worked.autosave.view = lambda: line
    saved(worked, qtbot)
    line.time_s = 0.7
    worked.autosave.save()
    assert not worked.autosave._workers.busy, "where the cursor stands is no work"
    line.line = "Hello there"
    saved(worked, qtbot)
    (folder,) = state_folder.iterdir()
    view = json.loads((folder / FILE).read_text())["project"]["view"]
    assert (view["line"], view["time_s"]) == ("Hello there", 0.7)


def test_a_saved_project_needs_none_and_a_changed_one_remembers_where_it_belongs(worked, another, qtbot, state_folder, tmp_path):
    project = tmp_path / "keep.vsync"
    worked.projects.save(project, ProjectView())
    worked.autosave.save()
    assert not worked.projects.dirty and not list(state_folder.glob("*"))
    worked.tunings.change("A", Tuning(intensity=0.7), "less")
    saved(worked, qtbot)
    crash(worked)
    session = another()
    session.autosave.begin(3600)
    (one,) = session.autosave.found()
    assert one.origin == project and "keep.vsync" in one.sentence
    with qtbot.waitSignal(session.autosave.restored, timeout=30_000):
        session.autosave.restore(one)
    assert session.projects.path == project and session.projects.dirty and session.tunings.of("A") == Tuning(intensity=0.7)
    assert session.speeches.file == project.with_suffix(".wav"), "the project's own sound stays its sound"
    session.projects.save(project, ProjectView())
    qtbot.waitUntil(lambda: not list(state_folder.glob("*")), timeout=5000)


def test_two_programs_do_not_fight(worked, another, qtbot):
    other, third = another(), another()
    saved(worked, qtbot)
    assert other.autosave.found() == []
    crash(worked)
    (one,) = other.autosave.found()
    assert third.autosave.found() == [one]
    other.autosave.begin(3600)
    with qtbot.waitSignal(other.autosave.restored, timeout=30_000):
        other.autosave.restore(one)
    told = []
    third.messages.failed.connect(told.append)
    third.autosave.restore(one)
    assert len(told) == 1 and "another window" in told[0] and third.state.speech is None
    third.autosave.discard(one)
    assert one.folder.is_dir(), "nobody throws away what another holds"


def test_discarded_it_is_gone(worked, another, qtbot):
    saved(worked, qtbot)
    crash(worked)
    session = another()
    (one,) = session.autosave.found()
    session.autosave.discard(one)
    assert session.autosave.found() == [] and not one.folder.exists()


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"format": "visemesync-autosave", "version": 99}', '{"format": 3}'])
def test_a_damaged_autosave_is_passed_over(another, state_folder, damage):
    folder = state_folder / "1-2"
    folder.mkdir(parents=True)
    (folder / FILE).write_text(damage)
    assert another().autosave.found() == []


def test_a_session_whose_files_are_gone_stays_where_it_is(worked, another, qtbot):
    saved(worked, qtbot)
    crash(worked)
    session, told = another(), []
    session.messages.failed.connect(told.append)
    (one,) = session.autosave.found()
    for sound in one.folder.glob("*.wav"):
        sound.unlink()
    session.autosave.restore(one)
    qtbot.waitUntil(lambda: bool(told) and not session.workers.busy, timeout=10_000)
    assert "the sound" in told[0] and session.state.speech is None and session.autosave.found() == [one]


def test_where_nothing_can_be_written_it_is_said_once(worked, state_folder):
    state_folder.parent.mkdir(parents=True)
    state_folder.write_text("a file")
    told = []
    worked.messages.failed.connect(told.append)
    for _ in range(3):
        worked.autosave.save()
    assert len(told) == 1 and "not saved by itself" in told[0]


def test_what_would_be_lost(session, hum, qtbot):
    """A line or a file that is open is no work; tunings, edits and feelings are, until they are undone, saved or accepted."""
    told = []
    session.projects.dirty_changed.connect(told.append)
    session.sources.choose("A", "mock")
    session.speeches.take(hum, waveform(hum), WORDS)
    session.sources.choose("B", "mock")
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=60_000)
    assert not session.projects.dirty
    session.tunings.change("A", Tuning(intensity=1.3), "more")
    assert session.projects.dirty
    qtbot.waitUntil(lambda: told == [True], timeout=5000)
    session.undo.undo()
    qtbot.waitUntil(lambda: told == [True, False], timeout=5000)
    session.edits.add("B", EDIT)
    assert session.projects.dirty
    session.projects.note_clean()
    assert not session.projects.dirty


def test_a_slot_belongs_to_one(tmp_path):
    slot = Slot.create(tmp_path)
    assert Slot.claim(slot.folder) is None and deserted(tmp_path) == []
    slot.release(remove=False)
    assert deserted(tmp_path) == [slot.folder]
    again = Slot.claim(slot.folder)
    again.release(remove=True)
    assert deserted(tmp_path) == [] and Slot.claim(slot.folder) is None

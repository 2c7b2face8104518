"""Takes in the window: saved, opened by a drop, gone through in a list, compared with one another."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.tuning import Tuning
from app.formats.notes import Note
from app.formats.takes.reading import read_about, read_take
from app.formats.takes.writing import change_take, write_take
from app.review.page.returning import document
from app.review.takes.playlist import read_playlist
from app.session.takes.playlists import usual_playlist

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def press(window, key, modifier=Qt.KeyboardModifier.ControlModifier):
    QTest.keyClick(window.windowHandle(), key, modifier)


@pytest.fixture
def takes(spoken, tmp_path, qtbot):
    """Three takes: two of one line, the first of them with a note, and one of another."""
    spoken.session.notes.add(Note(start_s=0.4, text="Close the lips on the B."))
    folder = tmp_path / "takes"
    folder.mkdir()
    first = folder / "L010-1.vstake"
    spoken.session.projects.save(first, spoken.controls.scene.content())
    take = read_take(first, spoken.session.projects.bundled)
    tuned = replace(take.project, sides={"A": replace(take.project.sides["A"], tuning=Tuning(intensity=0.5))})
    lanes = {"A": replace(take.lanes["A"], tuned=take.lanes["A"].raw)}
    write_take(folder / "L010-2.vstake", replace(take, id="2", project=tuned, notes=(), lanes=lanes), spoken.session.projects.bundled)
    write_take(folder / "L020.vstake", replace(take, id="3", line="L020", notes=()), spoken.session.projects.bundled)
    for name in ("L010-1", "L010-2"):
        change_take(folder / f"{name}.vstake", lambda review: replace(review, line="L010"))
    spoken.session.projects.leave()
    spoken.session.notes.restore(())
    return folder


def go_on(window, qtbot, key=Qt.Key.Key_PageDown):
    with qtbot.waitSignal(window.session.projects.opened, timeout=SLOW_MS):
        press(window, key)
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)


def test_takes_are_gone_through(spoken, takes, qtbot, drop, shoot):
    session, panel = spoken.session, spoken.widgets.playlist
    press(spoken, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(panel.isVisible, timeout=5000)
    shoot(spoken, "playlist-empty")
    assert session.playlists.add([takes]) == 3 and session.playlists.add([takes]) == 0
    qtbot.waitUntil(lambda: len(session.playlists.about) == 3, timeout=SLOW_MS)
    assert [entry.line for entry in session.playlists.playlist.entries] == ["L010", "L010", "L020"]
    go_on(spoken, qtbot)
    assert session.playlists.at == 0 and session.state.sides["A"].kept and len(session.notes.all) == 1
    press(spoken, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert session.projects.review.status == "changes asked" and not session.projects.dirty
    assert read_about(takes / "L010-1.vstake").review.status == "changes asked"
    session.notes.add(Note(start_s=0.6, text="More on the vowel."))
    go_on(spoken, qtbot)
    qtbot.waitUntil(lambda: len(session.notes.all) == 2, timeout=SLOW_MS)
    assert len(read_about(takes / "L010-1.vstake").review.notes) == 2, "what was noted is saved when the take is left"
    assert session.tunings.of("A").intensity == 0.5
    press(spoken, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
    go_on(spoken, qtbot)
    assert session.playlists.at == 2 and session.notes.all == ()
    assert [note.text for note in read_about(takes / "L010-2.vstake").review.notes] == ["Close the lips on the B.", "More on the vowel."]
    qtbot.waitUntil(lambda: "1 open" in panel.list.item(0).text() or "2 open" in panel.list.item(0).text(), timeout=SLOW_MS)
    assert panel.isVisible(), "a take does not rearrange its reviewer's window"
    shoot(spoken, "playlist")
    spoken.resize(1920, 1080)
    qtbot.waitUntil(lambda: spoken.width() >= 1900, timeout=5000)
    shoot(spoken, "playlist-1920")
    panel.list.moved.emit(2, 0)
    kept = read_playlist(usual_playlist())
    assert [entry.path.stem for entry in kept.entries] == ["L020", "L010-1", "L010-2"]
    assert [entry.status for entry in kept.entries] == ["to do", "changes asked", "approved"]
    go_on(spoken, qtbot)
    assert session.projects.path == takes / "L010-1.vstake"
    drop(spoken, takes / "L020.vstake")
    qtbot.waitUntil(lambda: session.projects.path == takes / "L020.vstake", timeout=SLOW_MS)


def test_all_are_played_one_after_the_other(spoken, takes, qtbot):
    session, panel, heard = spoken.session, spoken.widgets.playlist, []
    session.projects.opened.connect(lambda _: heard.append(session.projects.path.stem))
    session.playlists.add([takes])
    qtbot.waitUntil(lambda: len(session.playlists.about) == 3, timeout=SLOW_MS)
    spoken.controls.tools.open(panel)
    qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(heard) == 3 and not session.playlists.on, timeout=SLOW_MS)
    assert heard == ["L010-1", "L010-2", "L020"] and not panel.play.isChecked()


def test_two_takes_are_compared_in_the_window(spoken, takes, qtbot, shoot):
    session = spoken.session
    with qtbot.waitSignal(session.projects.opened, timeout=SLOW_MS):
        session.projects.open(takes / "L010-2.vstake")
    spoken.controls.takes.compare(takes / "L010-1.vstake")
    qtbot.waitUntil(lambda: spoken.controls.takes.dialog is not None and spoken.controls.takes.dialog.isVisible(), timeout=SLOW_MS)
    dialog = spoken.controls.takes.dialog
    said = [dialog.table.item(row, 2).text() for row in range(dialog.table.rowCount())]
    assert "Side A, tuning intensity: 1 → 0.5." in said and any(words.startswith("Note removed at 0.40 s") for words in said)
    shoot(spoken, "take-diff-window")
    shoot(dialog, "take-diff")
    row = next(i for i, words in enumerate(said) if words.startswith("Note removed"))
    dialog.table.cellDoubleClicked.emit(row, 2)
    assert session.playback.now() == pytest.approx(0.4)
    dialog.close()


def test_a_take_is_saved_by_its_command(spoken, qtbot, tmp_path, monkeypatch):
    path = tmp_path / "mine.vstake"
    monkeypatch.setattr("app.ui.window.project_files.ask_save", lambda *_: path)
    press(spoken, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    take = read_take(path, spoken.session.projects.bundled)
    assert take.thumbnail.startswith(b"\x89PNG") and take.speech.text == "Maybe my puppy barks." and "A" in take.lanes
    assert spoken.session.projects.path == path and str(path) in spoken.settings.recent


def test_the_status_of_a_take_outside_the_list_is_in_its_file(spoken, tmp_path, drop):
    projects, path, saved = spoken.session.projects, tmp_path / "mine.vstake", tmp_path / "notes.json"
    projects.save(path, spoken.controls.scene.content())
    press(spoken, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
    assert read_about(path).review.status == projects.review.status == "approved" and not projects.dirty
    saved.write_text(json.dumps(document(projects.review.id, projects.review.line, (), "changes asked")), "utf-8")
    drop(spoken, saved)
    assert projects.review.status == "changes asked" and projects.dirty and spoken.isWindowModified()
    assert read_about(path).review.status == "approved", "what came back is not saved yet"

"""Notes out of the window and back, and the package: written, cancelled, and told."""

from __future__ import annotations

import json
import zipfile

import pytest
from PySide6.QtWidgets import QFileDialog

from app.formats.notes import Note
from tests.gui.conftest import SLOW_MS

pytestmark = pytest.mark.gui


@pytest.fixture
def noted(spoken):
    """A window with a line and two notes."""
    spoken.session.notes.add(Note(start_s=0.2, text="lips", side="A"))
    spoken.session.notes.add(Note(start_s=0.3, end_s=0.5, text="jaw"))
    return spoken


def save_as(monkeypatch, path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))


def told(window) -> str:
    return window.widgets.preview.banner.text.text()


def written(window, qtbot, action, timeout=SLOW_MS):
    with qtbot.waitSignal(window.session.hand_off.written, timeout=timeout):
        window.widgets.actions[action].trigger()


@pytest.mark.parametrize("ending", ["csv", "otio"])
def test_notes_go_out_and_come_back_once(noted, qtbot, monkeypatch, tmp_path, ending):
    session, path = noted.session, tmp_path / f"notes.{ending}"
    save_as(monkeypatch, path)
    written(noted, qtbot, "send_notes")
    assert path.name in told(noted)
    text = path.read_text("utf-8-sig")
    path.write_text(_with_status(text) if ending == "otio" else text.replace(",open,jaw", ",done,jaw"), "utf-8")
    before = session.notes.all
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(path), ""))
    for said, wanted in (("One note is new or changed", "done"), ("all of them were here already", "done")):
        noted.widgets.actions["take_notes"].trigger()
        assert said in told(noted)
        assert [(note.text, note.status) for note in session.notes.all] == [("lips", "open"), ("jaw", wanted)]
    session.undo.undo()
    assert session.notes.all == before


def _with_status(text: str) -> str:
    data = json.loads(text)
    for marker in data["tracks"]["children"][0]["children"][0]["markers"]:
        ours = marker["metadata"]["visemesync"]
        ours["status"] = "done" if ours["text"] == "jaw" else ours["status"]
    return json.dumps(data)


def test_a_time_line_is_dropped_and_notes_about_another_take_are_refused(noted, qtbot, monkeypatch, tmp_path, drop):
    path = tmp_path / "notes.otio"
    save_as(monkeypatch, path)
    written(noted, qtbot, "send_notes")
    drop(noted, path)
    assert "all of them were here already" in told(noted)
    path.write_text(path.read_text("utf-8").replace(noted.session.projects.review.id, "another"))
    drop(noted, path)
    assert "about another take" in told(noted) and len(noted.session.notes.all) == 2


@pytest.fixture
def folder(tmp_path):
    """Where packages go; the window's settings and autosave lie elsewhere."""
    made = tmp_path / "packages"
    made.mkdir()
    return made


def test_a_package_is_written_from_the_window(window, speak, qtbot, monkeypatch, folder):
    """Of a short line, with few frames."""
    session = window.session
    speak(window, "Bob.")
    qtbot.waitUntil(lambda: not session.playback.playing and not session.workers.busy, timeout=SLOW_MS)
    session.notes.add(Note(start_s=0.2, text="lips", side="A"))
    session.counting.set_rate(12.0)
    save_as(monkeypatch, folder / "out.zip")
    written(window, qtbot, "pack", 8 * SLOW_MS)
    with zipfile.ZipFile(folder / "out.zip") as archive:
        endings = {name.rpartition(".")[2] for name in archive.namelist()}
    assert {"mp4", "vstake", "png", "otio", "csv", "md", "txt"} <= endings
    assert [each.name for each in folder.iterdir()] == ["out.zip"]
    assert told(window).startswith("Wrote out.zip. ") and " files, " in told(window) and window.widgets.preview.banner.action.isVisible()


def test_a_cancelled_package_leaves_nothing(noted, qtbot, monkeypatch, folder):
    session = noted.session
    save_as(monkeypatch, folder / "out.zip")
    with qtbot.waitSignal(session.workers.progress_changed, timeout=SLOW_MS, check_params_cb=lambda task, f: task == "package" and f > 0):
        noted.widgets.actions["pack"].trigger()
    session.workers.stop_all()
    qtbot.waitUntil(lambda: not session.workers.leaving, timeout=SLOW_MS)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("action", ["pack", "send_notes"])
def test_nothing_to_hand_off_is_said(window, action):
    window.widgets.actions[action].trigger()
    assert "nothing to review yet" in told(window)

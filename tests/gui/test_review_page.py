"""The review page from the window: written, cancelled, and its notes dropped back on the window."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from PySide6.QtWidgets import QFileDialog

from app.formats.notes import Note, Reply
from app.review.page.returning import document
from tests.gui.conftest import SLOW_MS

pytestmark = pytest.mark.gui


def data_of(page) -> dict:
    """What a written page holds."""
    return json.loads(re.search(r'id="take">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)[1])


def write(window, qtbot, monkeypatch, path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    with qtbot.waitSignal(window.session.pages.written, timeout=SLOW_MS):
        window.widgets.actions["save_page"].trigger()
    return data_of(path)


def test_the_page_has_the_sides_and_notes_and_its_notes_come_home_once(spoken, qtbot, monkeypatch, tmp_path, drop):
    session = spoken.session
    session.notes.add(Note(start_s=0.2, text="lips"))
    data = write(spoken, qtbot, monkeypatch, tmp_path / "p.html")
    assert [side["name"] for side in data["sides"]] == list(session.state.sides) and data["bodies"][0]["parts"]
    assert [note["text"] for note in data["notes"]] == ["lips"] and data["take"]["id"] == session.projects.review.id
    assert "p.html" in spoken.widgets.preview.banner.text.text()
    theirs = Note(**{**session.notes.all[0].__dict__, "replies": [Reply("r", "Bo", "2026-01-01", "mended")]})
    saved = tmp_path / "notes.json"
    saved.write_text(json.dumps(document(data["take"]["id"], "x", [theirs, Note("new", text="jaw", start_s=0.4)], "changes asked")))
    for said in ("2 notes came back", "all of them were here already"):
        drop(spoken, saved)
        assert said in spoken.widgets.preview.banner.text.text()
        assert [note.text for note in session.notes.all] == ["lips", "jaw"] and [r.text for r in session.notes.all[0].replies] == ["mended"]
    assert session.projects.review.status == "changes asked"
    session.undo.undo()
    assert [note.text for note in session.notes.all] == ["lips"]


def test_notes_about_something_else_are_refused(spoken, tmp_path, drop):
    saved = tmp_path / "notes.json"
    saved.write_text(json.dumps(document("other", "Line 9", [Note("n", text="x")])))
    drop(spoken, saved)
    assert "another take, “Line 9”" in unescape(spoken.widgets.preview.banner.text.text()) and not spoken.session.notes.all


def test_a_page_is_cancelled_without_a_trace(spoken, qtbot, monkeypatch, tmp_path):
    session = spoken.session
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "p.html"), ""))
    with qtbot.waitSignal(
        session.workers.progress_changed, timeout=SLOW_MS, check_params_cb=lambda task, f: task == "review page" and f > 0
    ):
        spoken.widgets.actions["save_page"].trigger()
    session.workers.stop_all()
    qtbot.waitUntil(lambda: not session.workers.leaving, timeout=SLOW_MS)
    assert not list(tmp_path.glob("*p*.html"))


def test_nothing_to_review_is_said(window):
    window.widgets.actions["save_page"].trigger()
    assert "nothing to review yet" in window.widgets.preview.banner.text.text()


def test_a_folder_that_cannot_be_written_is_one_sentence(spoken, qtbot, tmp_path):
    session = spoken.session
    with qtbot.waitSignal(session.workers.failed, timeout=SLOW_MS) as failed:
        session.pages.write(tmp_path / "none" / "p.html", spoken.controls.scene.content())
    assert failed.args[1] == "The review page p.html cannot be written; choose another folder."

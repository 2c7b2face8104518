"""Projects as they are found again: with the line and the panels, and with files that have gone."""

from __future__ import annotations

import json
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.desktop import DEFAULT_AVATAR

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def press(window, key):
    QTest.keyClick(window.windowHandle(), key, Qt.KeyboardModifier.ControlModifier)


def answer(window, label: str) -> None:
    """Press a button of the banner's question."""
    next(b for b in window.widgets.preview.banner.offers.findChildren(QPushButton) if b.text() == label and b.isVisible()).click()


@pytest.fixture
def reopen(qtbot):
    """``reopen(window, path)``: open a project and wait until all of it is there."""

    def do(window, path) -> None:
        with qtbot.waitSignal(window.session.projects.opened, timeout=SLOW_MS):
            window.controls.files.open(path)
        qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)

    return do


def test_the_line_and_the_panels_come_back(spoken, open_window, reopen, tmp_path):
    path, w = tmp_path / "scene.vsync", spoken.widgets
    w.speak_bar.line.setText("Not spoken yet.")
    press(spoken, Qt.Key.Key_U)
    w.tools.setCurrentWidget(w.edit_bar)
    w.side.setCurrentWidget(w.emotion)
    spoken.session.projects.save(path, spoken.controls.scene.content())
    w.speak_bar.line.setText("Something else.")
    press(spoken, Qt.Key.Key_U)
    spoken.close()
    again = open_window()
    reopen(again, path)
    assert again.widgets.speak_bar.line.text() == "Not spoken yet."
    assert again.widgets.tools.isVisible() and again.widgets.actions["tools"].isChecked()
    assert again.widgets.tools.currentWidget() is again.widgets.edit_bar
    assert again.widgets.side.currentWidget() is again.widgets.emotion
    press(again, Qt.Key.Key_B)
    again.session.projects.save(path, again.controls.scene.content())
    press(again, Qt.Key.Key_B)
    reopen(again, path)
    assert not again.widgets.side.isVisible() and not again.widgets.actions["curves"].isChecked()


def test_an_older_project_brings_the_words_of_its_sound(spoken, reopen, tmp_path):
    """Saved before lines were kept."""
    path = tmp_path / "scene.vsync"
    spoken.session.projects.save(path, spoken.controls.scene.content())
    stored = json.loads(path.read_text())
    for key in ("line", "panels", "tabs"):
        del stored["view"][key]
    path.write_text(json.dumps(stored))
    spoken.widgets.speak_bar.line.setText("Something else.")
    reopen(spoken, path)
    assert spoken.widgets.speak_bar.line.text() == "Maybe my puppy barks."


def test_a_sound_that_is_gone_is_asked_for_and_the_rest_opens(spoken, qtbot, reopen, tmp_path, monkeypatch, jaw_at, shoot):  # noqa: PLR0917
    """The face moves in silence, the tuning is there; located, it sounds, and the project has something to save."""
    monkeypatch.setattr("app.session.keep.project_reading.found_by_hash", lambda *_: {})
    path, moved = tmp_path / "scene.vsync", tmp_path / "elsewhere.wav"
    spoken.widgets.tuning.row("intensity").number.setValue(1.5)
    spoken.session.projects.save(path, spoken.controls.scene.content())
    before = path.read_text()
    (tmp_path / "scene.wav").rename(moved)
    spoken.widgets.tuning.row("intensity").number.setValue(1.0)
    reopen(spoken, path)
    session, banner = spoken.session, spoken.widgets.preview.banner
    assert "scene.wav" in banner.text.text() and banner.asks
    shoot(spoken, "project-without-its-sound")
    assert session.tunings.of("A").intensity == 1.5 and not session.state.speech.audio.samples.any()
    assert max(jaw_at(spoken, 0.05 * i) for i in range(30)) > 0.1
    session.projects.save(path, spoken.controls.scene.content())
    assert json.loads(path.read_text())["sound"] == json.loads(before)["sound"]
    banner.settle()
    qtbot.wait(10)
    monkeypatch.setattr("app.ui.window.project_files.ask_open", lambda *_: moved)
    with qtbot.waitSignal(session.projects.opened, timeout=SLOW_MS):
        answer(spoken, "Locate…")
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    assert session.state.speech.audio.samples.any() and session.state.speech.text == "Maybe my puppy barks."
    assert not banner.asks and session.projects.dirty and session.tunings.of("A").intensity == 1.5
    session.projects.save(path, spoken.controls.scene.content())
    assert json.loads(path.read_text())["sound"]["file"] == "elsewhere.wav"


def test_an_avatar_and_a_track_that_are_gone(spoken, qtbot, reopen, tmp_path, spoken_track, monkeypatch):  # noqa: PLR0917
    """Two questions; the one that is not answered is named again when the project is opened again."""
    monkeypatch.setattr("app.session.keep.project_reading.found_by_hash", lambda *_: {})
    path, avatar = tmp_path / "scene.vsync", tmp_path / "own.glb"
    shutil.copy(DEFAULT_AVATAR, avatar)
    with qtbot.waitSignal(spoken.session.state.avatar_changed, timeout=SLOW_MS):
        spoken.controls.files.open(avatar)
    spoken.session.sources.choose("B", f"file:{spoken_track}")
    qtbot.waitUntil(lambda: not spoken.session.workers.busy, timeout=SLOW_MS)
    spoken.session.projects.save(path, spoken.controls.scene.content())
    before = json.loads(path.read_text())
    with qtbot.waitSignal(spoken.session.state.avatar_changed, timeout=SLOW_MS):
        spoken.controls.files.open(DEFAULT_AVATAR)
    for each in (avatar, spoken_track):
        each.rename(each.with_name(f"moved-{each.name}"))
    reopen(spoken, path)
    banner, session = spoken.widgets.preview.banner, spoken.session
    if banner.is_error:
        banner.dismiss()
    assert "own.glb" in banner.text.text() or "jaw.csv" in banner.text.text()
    assert str(session.state.sides["B"].spec) == f"file:{spoken_track}" and session.state.speech.text == "Maybe my puppy barks."
    session.projects.save(path, spoken.controls.scene.content())
    stored = json.loads(path.read_text())
    assert (stored["avatar"], stored["sides"]["B"]["source"]) == (before["avatar"], before["sides"]["B"]["source"])
    banner.settle()
    while "own.glb" not in banner.text.text():
        answer(spoken, "Go on without")
        qtbot.wait(10)
    monkeypatch.setattr("app.ui.window.project_files.ask_open", lambda *_: tmp_path / "moved-own.glb")
    with qtbot.waitSignal(session.projects.opened, timeout=SLOW_MS):
        answer(spoken, "Locate…")
    assert session.state.avatar_path == tmp_path / "moved-own.glb"

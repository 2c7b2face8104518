"""Nothing is lost in silence: names with their endings, the star, the questions, and sound that went away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from app.desktop import DEFAULT_AVATAR
from app.session.base.recovery import SoundState

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def answer(window, label: str) -> None:
    """Press a button of the banner's question."""
    next(b for b in window.widgets.preview.banner.offers.findChildren(QPushButton) if b.text() == label and b.isVisible()).click()


@pytest.mark.parametrize("agrees", [False, True])
def test_a_name_without_its_ending_replaces_nothing_unasked(spoken, qtbot, tmp_path, monkeypatch, agrees):
    """``keep`` would become keep.vsync, which is there: asked, and another name can be given."""
    for name in ("keep.vsync", "take.csv"):
        (tmp_path / name).write_text("precious")
    asked = []
    typed = iter([tmp_path / "keep", tmp_path / "other", tmp_path / "take", tmp_path / "new.take"])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(next(typed)), ""))
    monkeypatch.setattr("app.ui.window.dialogs.replaces", lambda _parent, question: asked.append(question) or agrees)
    QTest.keyClick(spoken.windowHandle(), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert "keep.vsync" in asked[0]
    assert ((tmp_path / "keep.vsync").read_text() == "precious") != agrees and (tmp_path / "other.vsync").exists() != agrees
    if agrees:
        next(typed)
    with qtbot.waitSignal(spoken.session.export.written, timeout=SLOW_MS):
        spoken.widgets.actions["save_track"].trigger()
        spoken.controls.files.tracks.dialog.accept()
    assert "take.csv" in asked[1]
    assert ((tmp_path / "take.csv").read_text() == "precious") != agrees and (tmp_path / "new.take.csv").exists() != agrees


def test_unsaved_work_has_a_star_and_is_asked_about(spoken, qtbot, tmp_path):
    """Without any project, too: a tuned session is not closed unasked."""
    asked = []
    spoken.controls.projects.asks = lambda words, answers: asked.append((words, answers)) or "Cancel"
    assert not spoken.isWindowModified()
    spoken.widgets.tuning.row("intensity").number.setValue(1.3)
    qtbot.waitUntil(spoken.isWindowModified, timeout=5000)
    assert spoken.windowTitle().startswith("untitled[*]")
    spoken.close()
    assert spoken.isVisible() and "tuned" in asked[0][0]
    spoken.session.undo.undo()
    qtbot.waitUntil(lambda: not spoken.isWindowModified(), timeout=5000)
    spoken.widgets.tuning.row("intensity").number.setValue(1.3)
    spoken.session.projects.save(tmp_path / "kept.vsync", spoken.controls.scene.content())
    qtbot.waitUntil(lambda: spoken.windowTitle().startswith("kept") and not spoken.isWindowModified(), timeout=5000)


def test_a_session_that_was_killed_is_offered(spoken, qtbot, open_window, shoot):
    """As after kill -9: the next start asks; restored, the sound, the tuning and the line are there, and nothing is saved yet."""
    spoken.widgets.tuning.row("intensity").number.setValue(1.3)
    spoken.widgets.speak_bar.line.setText("Half a thou")
    with qtbot.waitSignal(spoken.session.autosave.written, timeout=SLOW_MS):
        spoken.session.autosave.save()
    autosave = spoken.session.autosave
    autosave._timer.stop()
    slot, autosave._slot = autosave._slot, None
    slot.release(remove=False)
    again = open_window(DEFAULT_AVATAR)
    banner = again.widgets.preview.banner
    assert "Restore it?" in banner.text.text()
    qtbot.wait(50)
    shoot(again, "restore")
    with qtbot.waitSignal(again.session.autosave.restored, timeout=SLOW_MS):
        answer(again, "Restore")
    assert again.session.state.speech.text == "Maybe my puppy barks." and again.session.tunings.of("A").intensity == 1.3
    assert again.widgets.speak_bar.line.text() == "Half a thou"
    qtbot.waitUntil(again.isWindowModified, timeout=5000)


def test_sound_that_went_is_said_and_tried_again(window, qtbot, monkeypatch):
    """One question with one button, gone as soon as there is sound; the success is said."""
    playback, banner, tried = window.session.playback, window.widgets.preview.banner, []
    monkeypatch.setattr(playback, "try_again", lambda: tried.append(True))
    monkeypatch.setattr(playback, "_watch_sound", lambda: None)
    stalled = SoundState("stalled", "Sound stalled, trying again…", "The sound device does not answer; it is tried again.")
    playback.sound_changed.emit(stalled)
    assert banner.text.text() == stalled.sentence and banner.asks
    qtbot.wait(10)
    answer(window, "Try again")
    assert tried
    playback.sound_changed.emit(stalled)
    playback.sound_changed.emit(SoundState("sounding"))
    assert not banner.asks and "sound again" in banner.text.text()

"""An animator's five minutes: two sources on one line, a fault found, repaired, taken back, kept, and the same picture the next day."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.core.curve_edits import CurveEdit

pytestmark = pytest.mark.gui
SLOW_MS = 120_000


def open_lips(window) -> list:
    return [f for f in window.session.linting.findings if f.rule == "open-lips"]


def calm(window) -> bool:
    """Whether nothing is at work and both pictures are the final, refined stills."""
    views = [window.widgets.preview.view, *window.controls.compare_view.views.values()]
    return not window.session.workers.busy and all(view.is_still for view in views)


def picture(qtbot, window) -> np.ndarray:
    """(h, w, 3) of the preview with both sides, as on the screen."""
    window.widgets.preview.banner.dismiss()
    window.controls.loop.mark_dirty()
    window.controls.loop.tick()
    for view in (window.widgets.preview.view, *window.controls.compare_view.views.values()):
        view.repaint()
    qtbot.waitUntil(lambda: calm(window), timeout=SLOW_MS)
    plain = window.widgets.preview.grab().toImage()
    plain = plain.convertToFormat(plain.Format.Format_RGB888)
    pixels = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return pixels[:, : plain.width() * 3].reshape(plain.height(), plain.width(), 3).copy()


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the pixels that look different: more than 8 of 255 in a channel."""
    assert a.shape == b.shape
    return float((np.abs(a.astype(int) - b.astype(int)).max(axis=2) > 8).mean())


def choose(combo, data) -> None:
    """Pick an entry as a person does: with the keyboard."""
    combo.setFocus()
    combo.setCurrentIndex(combo.findData(data))
    combo.activated.emit(combo.currentIndex())


@pytest.fixture
def compared(shared, qtbot, open_window):
    """Brunette says a recorded line, moved by VisemeSync's visemes and by Audio2Face, side by side."""
    window = open_window(shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb")
    session = window.session
    choose(window.widgets.speak_bar.source, "visemes:visemesync")
    window.controls.files.open(shared / "data" / "speech" / "nvidia" / "Mark_neutral.wav")
    qtbot.waitUntil(
        lambda: session.state.speech is not None and bool(session.state.speech.phones) and not session.workers.busy, timeout=SLOW_MS
    )
    QTest.keyClick(window, Qt.Key.Key_C)
    choose(window.widgets.compare.rows["B"].source, "a2f")
    view = window.controls.compare_view
    qtbot.waitUntil(lambda: view.active and session.state.sides["B"].tuned is not None and not session.workers.busy, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: session.comparing.numbers is not None and bool(open_lips(window)), timeout=SLOW_MS)
    return window


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Where the file dialog saves."""
    path = tmp_path / "scene.vsync"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    return path


def test_five_minutes_of_an_animator(compared, qtbot, open_window, shoot, path):
    window, session, widgets = compared, compared.session, compared.widgets
    assert "Lips meet" in widgets.compare.closure.text() and session.comparing.numbers.closure_a < session.comparing.numbers.closure_b
    widgets.tools.setCurrentWidget(widgets.lint)
    item = widgets.lint.list.item(widgets.lint.shown.index(open_lips(window)[0]))
    widgets.lint.list.scrollToItem(item)
    QTest.mouseClick(widgets.lint.list.viewport(), Qt.MouseButton.LeftButton, pos=widgets.lint.list.visualItemRect(item).center())
    t = session.playback.now()
    assert t > 0.0
    fault = picture(qtbot, window)
    presets = widgets.tuning.presets
    presets.fill()
    next(action for action in presets.menu().actions() if action.text() == "Firm lips").trigger()
    qtbot.waitUntil(lambda: not open_lips(window), timeout=SLOW_MS)
    repaired = picture(qtbot, window)
    assert difference(fault, repaired) > 0.001
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.playback.now() == t, "what is listed now asks for no look at another fault"
    assert difference(fault, picture(qtbot, window)) < 0.0005
    QTest.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    window.widgets.preview.camera.orbit(0.1, 0.02)
    window.widgets.preview.camera.zoom(2)
    window.widgets.preview.redraw()
    window.controls.compare_view.redraw()
    kept = picture(qtbot, window)
    shoot(window, "five_minutes")
    QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert path.exists() and not window.controls.projects.projects.dirty
    window.close()
    again = open_window()
    with qtbot.waitSignal(again.controls.projects.projects.opened, timeout=SLOW_MS):
        again.controls.files.open(path)
    qtbot.waitUntil(lambda: again.controls.compare_view.active and not again.session.workers.busy, timeout=SLOW_MS)
    assert again.session.playback.now() == pytest.approx(t)
    assert {name: str(side.spec) for name, side in again.session.state.sides.items()} == {"A": "visemes:visemesync", "B": "a2f"}
    reopened = picture(qtbot, again)
    shoot(again, "five_minutes_reopened")
    assert difference(kept, reopened) < 0.0005
    assert difference(fault, reopened) > 0.001
    qtbot.waitUntil(lambda: bool(again.session.linting.findings) or not again.session.linting._timer.isActive(), timeout=SLOW_MS)
    assert not open_lips(again) and not again.controls.projects.projects.dirty


def test_closing_asks_before_changes_are_lost(compared, tmp_path):
    """Cancel keeps the window; Save writes what was changed."""
    projects, asked = compared.controls.projects, []
    path = tmp_path / "scene.vsync"
    projects.projects.save(path, compared.controls.scene.content())
    compared.widgets.tuning.row("intensity").number.setValue(0.5)
    assert projects.projects.dirty

    def answer(given):
        return lambda words, _answers: asked.append(words) or given

    projects.asks = answer("Cancel")
    compared.close()
    assert compared.isVisible() and "scene.vsync" in asked[0]
    projects.asks = answer("Save")
    compared.close()
    assert not compared.isVisible()
    assert json.loads(path.read_text())["sides"]["A"]["tuning"]["intensity"] == 0.5


def test_a_spoken_line_is_kept_beside_the_project(spoken, qtbot, open_window, tmp_path, drop):
    """Text, sound and phones come back without the voice; a drop opens it."""
    spoken.controls.life.set_enabled(False)
    path = tmp_path / "line.vsync"
    assert not spoken.controls.projects.projects.dirty
    spoken.session.edits.add("A", CurveEdit("scale", ("jawOpen",), 0.4, 0.8, 0.5))
    assert spoken.controls.projects.projects.dirty
    spoken.controls.projects.projects.save(path, spoken.controls.scene.content())
    wanted = spoken.session.state.sides["A"].tuned.arkit.weights
    assert (tmp_path / "line.wav").exists()
    stored = json.loads(path.read_text())
    assert stored["sound"]["file"] == "line.wav" and stored["avatar"] == "bundled:avatar.glb"
    spoken.close()
    again = open_window()
    with qtbot.waitSignal(again.controls.projects.projects.opened, timeout=SLOW_MS):
        drop(again, path)
    qtbot.waitUntil(lambda: again.session.state.sides["A"].tuned is not None and not again.session.workers.busy, timeout=SLOW_MS)
    assert again.session.state.speech.text == "Maybe my puppy barks." and len(again.session.state.sides["A"].edits) == 1
    got = again.session.state.sides["A"].tuned.arkit.weights
    assert abs(len(got) - len(wanted)) <= 1 and np.abs(got[: len(wanted)] - wanted[: len(got)]).max() < 0.02
    qtbot.waitUntil(lambda: again.windowTitle().startswith("line"), timeout=SLOW_MS)


def test_a_broken_project_changes_nothing(spoken, qtbot, tmp_path):
    """One sentence; speech, sides and tunings stay."""
    path = tmp_path / "broken.vsync"
    spoken.controls.projects.projects.save(path, spoken.controls.scene.content())
    stored = json.loads(path.read_text())
    stored["sound"]["phones"] = 7
    path.write_text(json.dumps(stored))
    speech = spoken.session.state.speech
    with qtbot.waitSignal(spoken.session.messages.failed, timeout=SLOW_MS) as failed:
        spoken.controls.files.open(path)
    assert "broken.vsync" in failed.args[0] and failed.args[0].endswith(".")
    assert spoken.session.state.speech is speech and spoken.session.state.sides["A"].tuned is not None


def test_a_project_named_on_the_command_line_stands_where_it_stood(spoken, qtbot, open_window, tmp_path):
    """It is opened before the sound device is there, which must not move the cursor."""
    path = tmp_path / "line.vsync"
    spoken.controls.scrubbing.go_to(0.75)
    spoken.controls.projects.projects.save(path, spoken.controls.scene.content())
    spoken.close()
    again = open_window(ready=False)
    session = again.session
    again.controls.files.open(path)
    qtbot.waitUntil(lambda: session.playback.player is not None and again.controls.projects.projects.path == path, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: session.state.sides["A"].tuned is not None and not session.workers.busy, timeout=SLOW_MS)
    assert session.playback.now() == pytest.approx(0.75, abs=0.01)
    assert session.state.avatar_path == again.default_avatar and again.widgets.preview.view.rig is session.state.rig


@pytest.mark.parametrize(("given", "spec"), [("Use visemes instead", "visemes"), ("Connect", "remote:http://127.0.0.1:9")])
def test_a_project_sends_its_sound_to_no_server_unasked(spoken, qtbot, tmp_path, given, spec):
    """It may come from somebody else; the address is named and the user decides."""
    path, asked = tmp_path / "scene.vsync", []
    spoken.controls.projects.projects.save(path, spoken.controls.scene.content())
    stored = json.loads(path.read_text())
    stored["sides"]["B"] = {"source": "remote:http://127.0.0.1:9", "avatar": None, "tuning": {}, "edits": []}
    path.write_text(json.dumps(stored))
    spoken.controls.projects.asks = lambda words, _answers: asked.append(words) or given
    with qtbot.waitSignal(spoken.controls.projects.projects.opened, timeout=SLOW_MS):
        spoken.controls.files.open(path)
    assert "http://127.0.0.1:9" in asked[0]
    assert str(spoken.session.state.sides["B"].spec) == spec

"""What is in force can be seen: tuning, bypass, comparison, recording, searches without a hit, and what was left from the last time."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.presets import BUILT_IN
from app.core.tuning import Tuning
from app.ui.window.dialogs import TranscriptDialog

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def press(window, key, modifier=Qt.KeyboardModifier.NoModifier):
    """A key of the keyboard: Qt finds out itself who gets it."""
    QTest.keyClick(window.windowHandle(), key, modifier)
    QApplication.processEvents()


def click(widget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_what_is_tuned_stands_on_the_picture_and_beside_its_group(spoken, shoot):
    """Tuned, a preset by its name, solo and muted by the shape; gone when everything is as made."""
    panel, chip = spoken.widgets.tuning, spoken.widgets.preview.tuned
    spoken.widgets.actions["tools"].trigger()

    def heading(key: str) -> str:
        return next(section.head.text() for section in panel.sections if section.section.key == key)

    assert not chip.isVisible() and "●" not in heading("overall")
    panel.row("intensity").number.setValue(1.3)
    assert chip.isVisible() and chip.text() == "tuned" and "● 1 tuned" in heading("overall")
    panel.row("gain jawOpen")
    jaw = next(row for section in panel.sections for row in section.rows if getattr(row, "channel", "") == "jawOpen")
    click(jaw.solo)
    assert "solo: jaw open" in chip.text() and "1 solo" in heading("shapes jaw")
    shoot(spoken, "chip-solo")
    click(jaw.solo)
    click(jaw.mute)
    assert "muted: jaw open" in chip.text() and "1 muted" in heading("shapes jaw")
    panel.edit(BUILT_IN["Firm lips"][0], "Preset Firm lips")
    assert chip.text() == "preset: Firm lips"
    panel.presets.chosen.emit(Tuning(intensity=0.8), "Mine")
    assert chip.text() == "preset: Mine"
    panel.edit(Tuning(), "Reset all")
    assert not chip.isVisible() and not any("●" in section.head.text() for section in panel.sections)


def test_in_a_comparison_each_side_says_it(spoken, qtbot):
    spoken.session.sources.choose("B", "mock")
    spoken.session.comparing.set_layout("split")
    labels = spoken.controls.compare_view.labels
    qtbot.waitUntil(lambda: labels["B"].isVisible() and not spoken.session.workers.busy, timeout=SLOW_MS)
    spoken.session.tunings.change("B", Tuning(intensity=0.5), "less")
    assert "tuned" in labels["B"].text() and "tuned" not in labels["A"].text() and not spoken.widgets.preview.tuned.isVisible()


def test_bypass_latches_and_says_so(spoken):
    """By its button, by Shift+T, by the menu; T still holds, and does not undo the latch."""
    session, panel = spoken.session, spoken.widgets.tuning
    spoken.widgets.actions["tools"].trigger()
    panel.row("intensity").number.setValue(1.3)
    click(panel.bypass)
    assert session.tunings.bypassed and panel.bypass.isChecked() and "bypassed" in spoken.widgets.preview.tuned.text()
    assert spoken.widgets.actions["bypass"].isChecked()
    QTest.keyPress(spoken.windowHandle(), Qt.Key.Key_T)
    QTest.keyRelease(spoken.windowHandle(), Qt.Key.Key_T)
    assert session.tunings.bypassed
    press(spoken, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    assert not session.tunings.bypassed and not panel.bypass.isChecked() and spoken.widgets.preview.tuned.text() == "tuned"


def test_c_closes_the_comparison_that_it_opened(spoken, qtbot):
    """The side, and the panel; with the panel and a side from before, those stay. What stood against A comes back the next time."""
    w, state = spoken.widgets, spoken.session.state
    spoken.widgets.preview.setFocus()
    press(spoken, Qt.Key.Key_C)
    assert "B" in state.sides and w.compare.isVisible()
    spoken.session.sources.choose("B", "mock")
    press(spoken, Qt.Key.Key_C)
    assert "B" not in state.sides and not w.tools.isVisible()
    press(spoken, Qt.Key.Key_C)
    assert str(state.sides["B"].spec) == "mock"
    press(spoken, Qt.Key.Key_C)
    w.actions["tools"].trigger()
    w.tools.setCurrentWidget(w.tuning)
    spoken.session.sources.choose("B", "mock")
    press(spoken, Qt.Key.Key_C)
    assert w.compare.isVisible()
    press(spoken, Qt.Key.Key_C)
    assert "B" in state.sides and w.tools.currentWidget() is w.tuning


def choose(dialog: TranscriptDialog, text: str) -> int:
    """Press a button of the dialog by its text; what the dialog ends with."""
    button = next(each for each in dialog.findChildren(QPushButton) if each.text() == text)
    button.click()
    return dialog.result()


def test_the_recording_is_named_on_the_time_line(window, qtbot, recording, drop, monkeypatch, shoot, tmp_path):  # noqa: PLR0917
    """Its name, and that its words are not known, with a way to give them."""
    label = window.widgets.timeline.sound
    assert not label.isVisible()
    with qtbot.waitSignal(window.session.speeches.phones_guessed, timeout=SLOW_MS):
        drop(window, recording)
    assert label.isVisible() and label.text() == "recording.wav   transcript: none, add one"
    shoot(window, "recording-named")
    asked = []
    monkeypatch.setattr("app.ui.window.files.TranscriptDialog.exec", lambda dialog: asked.append(dialog.windowTitle()) or 0)
    click(label)
    assert asked == ["Transcript"]
    with qtbot.waitSignal(window.session.state.speech_changed, timeout=SLOW_MS):
        window.session.speeches.set_transcript("Bob may buy a map.")
    assert "“Bob may buy a map.”" in label.text()
    subtitles, grid = tmp_path / "line.srt", tmp_path / "line.TextGrid"
    subtitles.write_text("1\n00:00:00,000 --> 00:00:01,000\nBob may buy\n\n2\n00:00:01,000 --> 00:00:02,000\na map.\n")
    with qtbot.waitSignal(window.session.state.speech_changed, timeout=SLOW_MS):
        drop(window, subtitles)
    assert window.session.state.speech.text == "Bob may buy a map." and window.session.state.speech.phones
    tier = '"IntervalTier"\n"phones"\n0\n1\n1\n0.25\n1\n"OW1"\n'
    grid.write_text(f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n1\n<exists>\n1\n{tier}')
    asked = [str(grid)]
    monkeypatch.setattr("app.ui.window.dialogs.QFileDialog.getOpenFileName", lambda *_: (asked.pop(), ""))
    monkeypatch.setattr("app.ui.window.files.TranscriptDialog.exec", lambda dialog: choose(dialog, "From a file…"))
    with qtbot.waitSignal(window.session.state.speech_changed, timeout=SLOW_MS):
        click(label)
    assert [phone.symbol for phone in window.session.state.speech.phones] == ["OW1"] and not asked


def test_an_empty_search_says_so(window, qtbot):
    w = window.widgets
    w.actions["tools"].trigger()
    qtbot.keyClicks(w.tuning.search, "zygomatic")
    assert w.tuning.nothing.isVisible() and "zygomatic" in w.tuning.nothing.text()
    w.tuning.search.clear()
    assert not w.tuning.nothing.isVisible()
    qtbot.keyClicks(w.curves.search, "zygo")
    assert "zygo" in w.curves.note.text()
    w.curves.search.clear()
    assert "52 shapes" in w.curves.note.text()


def test_what_was_left_from_the_last_time_is_said(window, open_window, shoot):
    """One sentence with the number, and a way back."""
    window.widgets.tuning.row("intensity").number.setValue(1.4)
    window.close()
    again = open_window()
    banner = again.widgets.preview.banner
    assert banner.isVisible() and "intensity 1.40" in banner.text.text() and again.widgets.preview.tuned.text() == "tuned"
    shoot(again, "left-from-last-time")
    click(banner.action)
    assert again.session.tunings.of("A") == Tuning() and not again.widgets.preview.tuned.isVisible()

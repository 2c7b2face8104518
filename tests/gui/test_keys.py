"""Keys as they are typed: through the window's system window, to whatever has the focus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit

pytestmark = pytest.mark.gui
SLOW_MS = 60_000
CTRL, SHIFT, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


def press(window, key, modifier=Qt.KeyboardModifier.NoModifier):
    """A key of the keyboard: Qt finds out itself who gets it."""
    QTest.keyClick(window.windowHandle(), key, modifier)
    QApplication.processEvents()


def click(window, widget, point=None):
    """A click of the mouse: Qt finds out itself what lies below it, and who takes the focus."""
    at = widget.mapTo(window, point or widget.rect().center())
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QApplication.processEvents()


@pytest.fixture
def line(window):
    """The line's field, with a text and the focus."""
    field = window.widgets.speak_bar.line
    field.setText("Hello there")
    field.setFocus()
    return field


def typing() -> bool:
    """Whether a letter would be a letter."""
    return isinstance(QApplication.focusWidget(), QLineEdit | QAbstractSpinBox)


def test_the_curves_hide_and_come_back(window):
    side = window.widgets.side
    press(window, Qt.Key.Key_B, CTRL)
    assert not side.isVisible() and not window.widgets.actions["curves"].isChecked() and not typing()
    press(window, Qt.Key.Key_B, CTRL)
    assert side.isVisible() and window.widgets.actions["curves"].isChecked()


def test_the_windows_keys_win_in_the_line(window, line):
    """Ctrl+U opens the tools and leaves the line alone; Ctrl+E exports; Ctrl+B hides the curves; the loop's keys stay letters."""
    press(window, Qt.Key.Key_U, CTRL)
    assert window.widgets.tools.isVisible() and line.text() == "Hello there" and line.hasFocus()
    press(window, Qt.Key.Key_U, CTRL)
    assert not window.widgets.tools.isVisible() and line.hasFocus()
    press(window, Qt.Key.Key_E, CTRL)
    assert "no animation yet" in window.widgets.preview.banner.text.text()
    press(window, Qt.Key.Key_B, CTRL)
    assert not window.widgets.side.isVisible() and line.hasFocus()
    press(window, Qt.Key.Key_B, CTRL)
    line.setCursorPosition(5)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_L, Qt.Key.Key_BracketLeft):
        press(window, key)
    assert line.text() == "Hello l[ there" and not window.session.playback.looping


def test_editing_keys_edit_the_line(window, line):
    """All, home, back by a word, undo of what was typed: the field's own; undo with nothing typed is the window's."""
    undone = []
    window.session.undo.indexChanged.connect(undone.append)
    line.setCursorPosition(0)
    press(window, Qt.Key.Key_End)
    press(window, Qt.Key.Key_X)
    assert line.text() == "Hello therex"
    press(window, Qt.Key.Key_Z, CTRL)
    assert line.text() == "Hello there" and not undone
    press(window, Qt.Key.Key_Left, CTRL)
    assert line.cursorPosition() == 6
    press(window, Qt.Key.Key_A, CTRL)
    assert line.selectedText() == "Hello there"


def test_undo_with_nothing_typed_is_the_windows(window, line):
    """The field has nothing to take back: the last change of the tuning is."""
    tuning = window.widgets.tuning
    tuning.row("intensity").edited.emit(1.4)
    line.setText("Hello again")
    line.setFocus()
    press(window, Qt.Key.Key_Z, CTRL)
    assert tuning.tuning.intensity == pytest.approx(1.0) and line.text() == "Hello again"
    press(window, Qt.Key.Key_Y, CTRL)
    assert tuning.tuning.intensity == pytest.approx(1.4)


def test_the_focus_leaves_the_line(window, line, spoken_track, monkeypatch):
    """After a click on the picture, after File > Open, and with Escape; then letters are the window's keys."""
    click(window, window.widgets.preview)
    assert not typing()
    line.setFocus()
    press(window, Qt.Key.Key_Escape)
    assert not typing()
    line.setFocus()
    monkeypatch.setattr("app.ui.window.files.ask_open", lambda *_: spoken_track)
    press(window, Qt.Key.Key_O, CTRL)
    assert not typing()
    line.setFocus()
    click(window, window.widgets.timeline, QPoint(40, 30))
    assert not typing()
    line.setFocus()
    click(window, window.widgets.transport, QPoint(300, 4))
    assert not typing()
    press(window, Qt.Key.Key_L, CTRL)
    assert window.session.playback.looping


def test_space_plays_again_after_speak(spoken, qtbot):
    line = spoken.widgets.speak_bar.line
    line.setFocus()
    with qtbot.waitSignal(spoken.session.playback.playback_changed, timeout=SLOW_MS, check_params_cb=bool):
        press(spoken, Qt.Key.Key_Return)
    press(spoken, Qt.Key.Key_Space)
    assert not spoken.session.playback.playing and line.text() == "Maybe my puppy barks."


def test_a_typed_number_gives_the_keys_back(spoken, qtbot):
    """Type, Enter: the value is in force, Ctrl+Z takes it back, Space plays, T bypasses."""
    press(spoken, Qt.Key.Key_U, CTRL)
    row = spoken.widgets.tuning.row("intensity")
    row.number.setFocus()
    row.number.selectAll()
    for key in (Qt.Key.Key_1, Qt.Key.Key_Period, Qt.Key.Key_3):
        press(spoken, key)
    press(spoken, Qt.Key.Key_Return)
    assert spoken.widgets.tuning.tuning.intensity == pytest.approx(1.3) and not typing()
    press(spoken, Qt.Key.Key_Z, CTRL)
    assert spoken.widgets.tuning.tuning.intensity == pytest.approx(1.0)
    with qtbot.waitSignal(spoken.session.playback.playback_changed, timeout=SLOW_MS, check_params_cb=bool):
        press(spoken, Qt.Key.Key_Space)
    QTest.keyPress(spoken.windowHandle(), Qt.Key.Key_T)
    assert spoken.session.tunings.bypassed
    QTest.keyRelease(spoken.windowHandle(), Qt.Key.Key_T)
    assert not spoken.session.tunings.bypassed


@pytest.mark.parametrize("before", ["compare", "nothing"])
def test_a_click_on_a_tab_types_nothing(window, before):
    """From wherever: the tab of the tuning shows its panel, and T stays the key of bypass."""
    w = window.widgets
    w.actions["tools"].trigger()
    bar = w.tools.tabBar()
    if before == "compare":
        click(window, bar, bar.tabRect(w.tools.indexOf(w.compare)).center())
        w.compare.add.setFocus()
    click(window, bar, bar.tabRect(w.tools.indexOf(w.tuning)).center())
    assert w.tools.currentWidget() is w.tuning and not typing()
    press(window, Qt.Key.Key_T)
    assert w.tuning.search.text() == ""


def test_the_sync_dialog_closes(window, qtbot):
    """By Escape, by Alt+F4's event, and by its button; the device is given back each time."""
    for close in ("escape", "button"):
        window.widgets.actions["sync"].trigger()
        dialog = window.controls.sync.dialog
        qtbot.waitExposed(dialog)
        qtbot.waitUntil(dialog.watch.isEnabled, timeout=SLOW_MS)
        with qtbot.waitSignal(dialog.closed, timeout=5000):
            if close == "escape":
                press(dialog, Qt.Key.Key_Escape)
            else:
                click(dialog, dialog.buttons.button(dialog.buttons.StandardButton.Close))
        qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None, timeout=5000)

"""Keys that act while they are held: wherever the focus is, never while typing, and not after the window was left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.ui.kit.held_keys import HeldKeys

pytestmark = pytest.mark.gui
X, T = Qt.Key.Key_X, Qt.Key.Key_T


@pytest.mark.parametrize("key", [T, X], ids=["bypass", "blink"])
def test_a_key_that_is_released_elsewhere_is_not_held_any_more(window, qtbot, key):
    """Hold it, leave the window, release it there: nobody tells the window of the release."""
    session = window.session
    held = {T: lambda: session.tunings.bypassed, X: lambda: session.comparing.blinking}[key]
    window.widgets.preview.setFocus()
    QTest.keyPress(window.widgets.preview, key)
    assert held()
    elsewhere = QWidget()
    qtbot.addWidget(elsewhere)
    with qtbot.waitActive(elsewhere):
        elsewhere.show()
        elsewhere.activateWindow()
    assert not held()
    QTest.keyRelease(elsewhere, key)
    with qtbot.waitActive(window):
        elsewhere.hide()
        window.activateWindow()
    assert not held()
    QTest.keyPress(window.widgets.preview, key)
    assert held()
    QTest.keyRelease(window.widgets.preview, key)
    assert not held()


def test_letters_that_are_typed_are_letters(window):
    line = window.widgets.speak_bar.line
    line.clear()
    line.setFocus()
    QTest.keyPress(line, T)
    assert not window.session.tunings.bypassed and line.text() == "t"
    QTest.keyRelease(line, T)


def test_closing_lets_go(qtbot):
    told: list[bool] = []
    window = QWidget()
    qtbot.addWidget(window)
    keys = HeldKeys(window, {T: told.append})
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    QTest.keyPress(window, T)
    QTest.keyPress(window, T, Qt.KeyboardModifier.NoModifier)
    keys.close()
    assert told == [True, False]
    QTest.keyPress(window, T)
    assert told == [True, False]

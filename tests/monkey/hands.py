"""Does deeds at the real window, by the events of Qt's own test library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QWidget
from shiboken6 import isValid

from tests.monkey.deeds import Deed, front, takes_keys

_BUTTONS = {"left": Qt.MouseButton.LeftButton, "right": Qt.MouseButton.RightButton, "middle": Qt.MouseButton.MiddleButton}
_STEPS = 4


class Hands:
    """Does deeds, each as steps that are events of their own.

    Args:
        window: the program's.
        folder: of the files that are dropped and named.
    """

    def __init__(self, window: QWidget, folder: Path) -> None:
        self._window, self._folder = window, folder
        self._held = window

    def steps(self, deed: Deed) -> Iterator[Callable[[], None]]:
        """The events of a deed, to be done one after the other."""
        if deed.kind == "drag":
            yield from self._drag(deed)
        else:
            yield lambda: getattr(self, f"_{deed.kind}")(deed)

    def _top(self) -> QWidget:
        """The window in front, held until the next deed: what Python knows of a window's children goes with the window's own wrapper."""
        self._held = front() or self._window
        return self._held

    def _send_key(self, key: Qt.Key | str, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(takes_keys(self._window, self._top()), key, held)

    def _below(self, deed: Deed) -> tuple[QWidget, QPoint]:
        """The widget under a deed's place, and the place in it."""
        top, at = self._top(), QPoint(deed.x, deed.y)
        below = top.childAt(at)
        below = below if below is not None and isValid(below) else top
        return below, below.mapFrom(top, at)

    def _click(self, deed: Deed) -> None:
        below, at = self._below(deed)
        QTest.mouseClick(below, _BUTTONS[deed.button], Qt.KeyboardModifier(deed.modifiers), at)

    def _double(self, deed: Deed) -> None:
        below, at = self._below(deed)
        QTest.mouseDClick(below, _BUTTONS[deed.button], Qt.KeyboardModifier(deed.modifiers), at)

    def _drag(self, deed: Deed) -> Iterator[Callable[[], None]]:
        """Press, move, and let go; what was pressed gets all of it, as from a real mouse."""
        below, begin = self._below(deed)
        top = self._held
        way, held = QPoint(deed.to_x - deed.x, deed.to_y - deed.y), Qt.KeyboardModifier(deed.modifiers)
        left, none = _BUTTONS["left"], Qt.MouseButton.NoButton

        def send(kind: QEvent.Type, button: Qt.MouseButton, buttons: Qt.MouseButton, share: float) -> None:
            if isValid(top) and isValid(below):
                at = QPointF(begin + way * share)
                QApplication.sendEvent(below, QMouseEvent(kind, at, below.mapToGlobal(at), button, buttons, held))

        yield lambda: send(QEvent.Type.MouseButtonPress, left, left, 0.0)
        for n in range(1, _STEPS + 1):
            yield lambda n=n: send(QEvent.Type.MouseMove, none, left, n / _STEPS)
        if deed.word == "escape":
            yield lambda: self._send_key(Qt.Key.Key_Escape)
        yield lambda: send(QEvent.Type.MouseButtonRelease, left, none, 1.0)

    def _wheel(self, deed: Deed) -> None:
        top, at = self._top(), QPoint(deed.x, deed.y)
        below = top.childAt(at)
        below = below if below is not None and isValid(below) else top
        here = QPointF(below.mapFrom(top, at))
        turned = QWheelEvent(
            here, QPointF(top.mapToGlobal(at)), QPoint(), QPoint(0, deed.to_y), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier(deed.modifiers), Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(below, turned)

    def _press(self, deed: Deed) -> None:
        for combination in QKeySequence(deed.word):
            self._send_key(combination.key(), combination.keyboardModifiers())

    def _type(self, deed: Deed) -> None:
        for letter in deed.word:
            self._send_key(letter)

    def _command(self, deed: Deed) -> None:
        action = self._window.widgets.actions[deed.word]
        if action.isEnabled():
            action.trigger()

    def _speak(self, deed: Deed) -> None:
        bar = self._window.widgets.speak_bar
        bar.line.setText(deed.word)
        if bar.button.isEnabled():
            bar.button.click()

    def _resize(self, deed: Deed) -> None:
        self._window.resize(deed.to_x, deed.to_y)

    def _drop(self, deed: Deed) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self._folder / deed.word))])
        button, held, at = Qt.MouseButton.LeftButton, Qt.KeyboardModifier(deed.modifiers), self._window.rect().center()
        QApplication.sendEvent(self._window, QDragEnterEvent(at, Qt.DropAction.CopyAction, data, button, held))
        QApplication.sendEvent(self._window, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, button, held))

    def _answer(self, deed: Deed) -> None:
        """Accept or reject the dialog in front; a dialog of files gets a name first."""
        top = front()
        if not isinstance(top, QDialog):
            return
        if deed.word == "reject":
            top.reject()
            return
        if isinstance(top, QFileDialog):
            name = top.findChild(QLineEdit, "fileNameEdit")
            files = sorted(each for each in self._folder.iterdir() if each.is_file() and not each.name.startswith("."))
            if name is not None and top.acceptMode() == QFileDialog.AcceptMode.AcceptOpen and files:
                name.setText(str(files[len(deed.about + top.windowTitle()) % len(files)]))
        top.accept()

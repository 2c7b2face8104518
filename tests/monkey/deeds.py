"""What the monkey may do, and how it makes up its mind: every deed is plain data, so that it can be done again."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QWindow
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

#: commands that end the test, or leave the program: links, addresses of others
NEVER = frozenset({"quit", "updates", "updates_at_start", "azure"})
#: words of buttons that nobody presses here: they remove what the program keeps, or ask other machines
NEVER_PRESSED = (
    "Remove",
    "Delete everything",
    "Fetch",
    "Download",
    "Check now",
    "Connect",
    "Test",
    "Sign in",
    "Copy address",
    "Open folder",
)
WORDS = ("maybe my puppy barks", "Bob", "12.5", "-3", "0:01:02:03", "ä ö 漢", "[pause 0.2] hi", "=+/", "9" * 40, "")
_KEYS = (
    "Return",
    "Escape",
    "Tab",
    "Backtab",
    "Backspace",
    "Delete",
    "Up",
    "Down",
    "Left",
    "Right",
    "Home",
    "End",
    "PgUp",
    "PgDown",
    "Space",
)
_CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider, QTabBar, QAbstractSpinBox)


@dataclass(frozen=True)
class Deed:
    """One act.

    Attributes:
        kind: what is done.
        x: where, in pixels of the window that is in front.
        y: the same.
        to_x: where a drag ends.
        to_y: the same.
        button: of the mouse: left, right or middle.
        modifiers: held keys, as Qt's number.
        word: a key sequence, a text, a command, a file, a button.
        about: what it meant, for a person.
    """

    kind: str
    x: int = 0
    y: int = 0
    to_x: int = 0
    to_y: int = 0
    button: str = "left"
    modifiers: int = 0
    word: str = ""
    about: str = ""

    def line(self) -> str:
        """As a line of a record."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, line: str) -> Deed:
        """A line of a record."""
        return cls(**json.loads(line))


def front() -> QWidget | None:
    """The window that gets what is done: an open menu or list, else a dialog that must be answered, else the one with the keyboard."""
    own = QApplication.activePopupWidget() or QApplication.activeModalWidget() or QApplication.activeWindow()
    return own if own is not None and isValid(own) and own.isVisible() else None


class Mind:
    """Chooses deeds by a seed.

    Args:
        seed: of all choices.
        files: what may be dropped and opened.
        actions: the window's commands by name.
    """

    def __init__(self, seed: int, files: list[Path], actions: dict[str, QAction]) -> None:
        self._random = random.Random(seed)
        self._files = files
        self._actions = {name: action for name, action in actions.items() if name not in NEVER}
        self._keys = [key.toString() for action in self._actions.values() for key in action.shortcuts()] + ["J", "K", "L", "X", "T", "F8"]

    def choose(self, main: QWidget) -> Deed:
        """The next deed.

        Args:
            main: the program's window, when no other is in front.
        """
        top, rng = front() or main, self._random
        if isinstance(top, QMenu):
            return self._in_menu(top)
        if QApplication.activePopupWidget() is not None:  # a list that hangs down; Qt's own widgets in it cannot be held by name
            return Deed("press", word=self._random.choice(("Up", "Down", "PgDown", "Return", "Escape")), about="list")
        if isinstance(top, QDialog) and rng.random() < 0.35:
            return Deed("answer", word=rng.choice(("accept", "reject", "reject")), about=type(top).__name__)
        kinds = {"key": 20, "type": 8, "press": 6, "click": 16, "control": 22, "drag": 12, "wheel": 4}
        if top is main:
            kinds |= {"command": 6, "undo": 5, "redo": 3, "drop": 2, "speak": 1.5, "resize": 0.7}
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        return getattr(self, f"_{kind}")(top)

    # -- one for each kind

    def _in_menu(self, menu: QMenu) -> Deed:
        rows = [a for a in menu.actions() if a.isVisible() and a.isEnabled() and not a.isSeparator() and _is_fine(a)]
        if not rows or self._random.random() < 0.3:
            return Deed("press", word="Escape", about="leave the menu")
        action = self._random.choice(rows)
        at = menu.actionGeometry(action).center()
        return Deed("click", at.x(), at.y(), about=f"menu: {action.text()}")

    def _key(self, _top: QWidget) -> Deed:
        return Deed("press", word=self._random.choice(self._keys))

    def _press(self, _top: QWidget) -> Deed:
        return Deed("press", word=self._random.choice(_KEYS))

    def _type(self, _top: QWidget) -> Deed:
        return Deed("type", word=self._random.choice(WORDS))

    def _somewhere(self, top: QWidget) -> QPoint:
        return QPoint(self._random.randrange(max(top.width(), 1)), self._random.randrange(max(top.height(), 1)))

    def _click(self, top: QWidget) -> Deed:
        at = self._somewhere(top)
        below = top.childAt(at)
        if not _may_press(below):
            return self._press(top)
        button = self._random.choices(("left", "right", "middle"), (8, 2, 0.5))[0]
        kind = self._random.choices(("click", "double"), (8, 1))[0]
        return Deed(kind, at.x(), at.y(), button=button, modifiers=self._modifiers(), about=_name_of(below))

    def _modifiers(self) -> int:
        held = Qt.KeyboardModifier
        choices = (held.NoModifier, held.ControlModifier, held.ShiftModifier, held.AltModifier)
        return int(self._random.choices(choices, (10, 1.5, 1.5, 0.7))[0].value)

    def _control(self, top: QWidget) -> Deed:
        controls = (each for kind in _CONTROLS for each in top.findChildren(kind))
        there = [each for each in controls if isValid(each) and each.isVisible() and each.isEnabled() and _may_press(each)]
        if not there:
            return self._click(top)
        chosen = self._random.choice(there)
        inside = QPoint(self._random.randrange(max(chosen.width(), 1)), self._random.randrange(max(chosen.height(), 1)))
        at = chosen.mapTo(top, inside)
        return Deed("click", at.x(), at.y(), about=_name_of(chosen))

    def _drag(self, top: QWidget) -> Deed:
        at = self._somewhere(top)
        below = top.childAt(at)
        if not _may_press(below):
            return self._press(top)
        to = at + QPoint(round(self._random.gauss(0, 80)), round(self._random.gauss(0, 40)))
        word = self._random.choices(("release", "escape"), (6, 1))[0]
        return Deed("drag", at.x(), at.y(), to.x(), to.y(), modifiers=self._modifiers(), word=word, about=_name_of(below))

    def _wheel(self, top: QWidget) -> Deed:
        at = self._somewhere(top)
        turn = self._random.choice((-360, -120, 120, 360))
        return Deed("wheel", at.x(), at.y(), to_y=turn, modifiers=self._modifiers(), about=_name_of(top.childAt(at)))

    def _command(self, _top: QWidget) -> Deed:
        return Deed("command", word=self._random.choice(sorted(self._actions)))

    def _undo(self, _top: QWidget) -> Deed:
        return Deed("command", word="undo")

    def _redo(self, _top: QWidget) -> Deed:
        return Deed("command", word="redo")

    def _drop(self, _top: QWidget) -> Deed:
        held = self._random.choices((0, int(Qt.KeyboardModifier.ShiftModifier.value)), (3, 1))[0]
        return Deed("drop", modifiers=held, word=self._random.choice(self._files).name)

    def _speak(self, _top: QWidget) -> Deed:
        return Deed("speak", word=self._random.choice(("Maybe my puppy barks.", "Bob may buy a map. Why?", "Oh!")))

    def _resize(self, _top: QWidget) -> Deed:
        return Deed("resize", to_x=self._random.choice((640, 1000, 1280, 1920)), to_y=self._random.choice((480, 720, 800, 1080)))


def _is_fine(action: QAction) -> bool:
    """Whether what a menu offers stays in the program."""
    return action.text().replace("&", "").split("\t")[0] not in ("Quit", "Check now…", "Check for updates at start", "Azure and keys…")


def _may_press(widget: QWidget | None) -> bool:
    """Whether a click there stays in the program."""
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    return not words.startswith(NEVER_PRESSED)


def _name_of(widget: QWidget | None) -> str:
    if widget is None:
        return ""
    words = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    return f"{type(widget).__name__} {widget.accessibleName() or widget.objectName() or words}"[:80]


def takes_keys(main: QWidget, top: QWidget) -> QWidget | QWindow:
    """What keys are sent to: the window behind a list that hangs down, which passes them on; else the widget with the keyboard.

    Args:
        main: the program's window.
        top: the window in front; it is to be held as long as what is given, or Python loses that as well.
    """
    if QApplication.activePopupWidget() is not None:
        handle: QWindow = main.windowHandle()
        return handle
    focus = top.focusWidget()
    return focus if focus is not None and isValid(focus) else top

"""Keys while a text or a number is typed: what edits stays in the field, every other key of the window works there too."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QWidget

from app.ui.kit.key_watch import KeyWatch

#: where keys are letters
TYPING = (QLineEdit, QAbstractSpinBox, QPlainTextEdit)
_Standard = QKeySequence.StandardKey
#: what edits a text everywhere; a field's other habits (Ctrl+U, Ctrl+E, Ctrl+K of X11) give way to the window's keys
_EDITING = (
    _Standard.Cut, _Standard.Copy, _Standard.Paste, _Standard.SelectAll, _Standard.Delete, _Standard.DeleteStartOfWord,
    _Standard.DeleteEndOfWord, _Standard.MoveToNextWord, _Standard.MoveToPreviousWord, _Standard.SelectNextWord,
    _Standard.SelectPreviousWord,
)  # fmt: skip
_STEPS = ((_Standard.Undo, "undo"), (_Standard.Redo, "redo"))


def is_typing() -> bool:
    """Whether a letter that is typed now would be a letter."""
    return isinstance(QApplication.focusWidget(), TYPING)


class FieldKeys(KeyWatch):
    """Lets the window's keys win in its fields, but those that edit; Enter in a number and Escape give the focus back.

    Args:
        window: whose fields; those of dialogs are left alone.
        home: takes the focus when a field is done with.
        actions: have the window's keys.
    """

    def __init__(self, window: QWidget, home: QWidget, actions: Iterable[QAction]) -> None:
        super().__init__(window)
        self._home = home
        self._keys = {key.toString() for action in actions for key in action.shortcuts()}

    def leave(self) -> None:
        """A field that is typed into is done with: the keys belong to the player again."""
        if is_typing():
            self._home.setFocus()

    def _is_windows(self, field: QWidget, event: QKeyEvent) -> bool:
        """Whether a key that a field would take for itself is the window's."""
        if not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        for key, step in _STEPS:
            if event.matches(key):
                return not _has_steps(field, step)
        edits = any(event.matches(key) for key in _EDITING)
        return not edits and QKeySequence(event.keyCombination()).toString() in self._keys

    def _pressed(self, field: QWidget, event: QKeyEvent) -> bool:
        """Enter puts a typed number in force, and the focus goes home; tells whether the key was used up."""
        if isinstance(field, QAbstractSpinBox) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            field.interpretText()
            self._home.setFocus()
            return True
        return False

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at keys before the fields do."""
        kind = event.type()
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) or not isinstance(event, QKeyEvent):
            return False
        if not isinstance(watched, TYPING) or watched.window() is not self._window:
            return False
        if kind == QEvent.Type.KeyPress:
            return self._pressed(watched, event)
        if self._is_windows(watched, event):
            event.ignore()
            return True
        return False


def _has_steps(field: QWidget, step: str) -> bool:
    """Whether a field has typing of its own to take back (``undo``) or to make again (``redo``)."""
    text = field.findChild(QLineEdit) if isinstance(field, QAbstractSpinBox) else field
    if isinstance(text, QLineEdit):
        return text.isUndoAvailable() if step == "undo" else text.isRedoAvailable()
    if isinstance(text, QPlainTextEdit):
        history = text.document()
        return history.isUndoAvailable() if step == "undo" else history.isRedoAvailable()
    return False

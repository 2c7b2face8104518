"""Completing the names of marks while a text is typed: after ``[`` they are listed."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QPlainTextEdit

from app.core.marks.grammar import read_marks
from app.core.marks.vocabulary import KNOWN, name_of, offered

#: a bracket that was begun before the cursor
_BEGUN = re.compile(r"\[([A-Za-z /]{0,30})$")
_NAME_ROLE = Qt.ItemDataRole.UserRole
#: rows of the list that are seen at once
_ROWS = 8


class MarkCompletion(QObject):
    """Lists marks under a field while one is typed.

    Args:
        field: of a text; the completion belongs to it.
    """

    def __init__(self, field: QLineEdit | QPlainTextEdit) -> None:
        super().__init__(field)
        self._field = field
        self._model = QStandardItemModel(self)
        self.completer = QCompleter(self._model, self)
        self.completer.setWidget(field)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setMaxVisibleItems(_ROWS)
        self._list = QListView()
        self.completer.setPopup(self._list)
        self._list.setAccessibleName("Marks")
        self.completer.activated[QModelIndex].connect(self._take)  # type: ignore[index]
        if isinstance(field, QLineEdit):
            field.textEdited.connect(lambda _: self._look())
        else:
            field.textChanged.connect(self._look)
        self._list.installEventFilter(self)

    def _before(self) -> str:
        """What stands before the cursor."""
        if isinstance(self._field, QLineEdit):
            return self._field.text()[: self._field.cursorPosition()]
        cursor = self._field.textCursor()
        return self._field.toPlainText()[: cursor.position()]

    def names(self) -> tuple[str, ...]:
        """What may be meant by the bracket that was begun, () where none was."""
        before = self._before()
        begun = _BEGUN.search(before)
        if begun is None:
            return ()
        typed = begun[1]
        open_names = [mark.name for mark in read_marks(before).marks if mark.can_span and not mark.is_span]
        if typed.startswith("/"):
            return tuple(name for name in ("/", *(f"/{name}" for name in reversed(open_names))) if name.startswith(typed.strip()))
        return (*offered(typed), *(("/",) if open_names and not typed else ()))

    def _look(self) -> None:
        names, popup = self.names(), self._list
        if not names:
            popup.hide()
            return
        self._model.clear()
        for name in names:
            known = KNOWN.get(name_of(name) or "")
            item = QStandardItem(f"{name}   {known.about}" if known is not None else f"{name}   ends a mark")
            item.setData(name, _NAME_ROLE)
            self._model.appendRow(item)
        # the field's own width may be small, the list must hold a name and what it does
        self.completer.complete()
        popup.setMinimumWidth(popup.sizeHintForColumn(0) + 32)
        popup.setCurrentIndex(self.completer.completionModel().index(0, 0))

    def _take(self, index: QModelIndex) -> None:
        """Write the name in place of what was begun of it."""
        name = index.data(_NAME_ROLE)
        begun = _BEGUN.search(self._before())
        if begun is None or not isinstance(name, str):
            return
        made = f"{name} 300]" if name == "pause" else f"{name}]"
        if isinstance(self._field, QLineEdit):
            end = self._field.cursorPosition()
            self._field.setSelection(begun.start(1), end - begun.start(1))
            self._field.insert(made)
            return
        cursor = self._field.textCursor()
        cursor.setPosition(begun.start(1), cursor.MoveMode.KeepAnchor)
        cursor.insertText(made)

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Tab take the chosen name, and do nothing else: a completer hands Enter on to the field, which would speak."""
        pressed = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._list.isVisible()
        if pressed and isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            self._take(self._list.currentIndex())
            self._list.hide()
            return True
        return False

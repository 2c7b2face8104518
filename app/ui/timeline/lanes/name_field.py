"""The field over a word or a phone that takes its new name, and completes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QToolTip, QWidget

from app.ui.kit import theme

#: no narrower than this, however short the word
LEAST_PX = 76
#: how many completions are offered at a time
OFFERED = 12
_STYLE = (
    f"QLineEdit {{ background: {theme.FIELD}; color: {theme.BRIGHT}; border: 1px solid {theme.ACCENT}; border-radius: 3px; padding: 0 5px;"
    f" min-height: 0; font-size: {theme.SMALL_PX}px; }}"
)
#: text in small letters -> (name, what is said about it)
Offers = Callable[[str], Sequence[tuple[str, str]]]


class NameField(QLineEdit):
    """Gone as soon as the focus is; Enter takes what is typed, Escape does not.

    Args:
        parent: the time line.
    """

    #: what was typed, once it was accepted
    named = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.setAccessibleName("Name of the word or phone")
        self.setStyleSheet(_STYLE)
        self._offers: Offers = lambda _: ()
        self._why_not: Callable[[str], str] = lambda _: ""
        self._model = QStandardItemModel(self)
        completer = QCompleter(self._model, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setCompletionRole(Qt.ItemDataRole.UserRole)
        completer.setMaxVisibleItems(OFFERED)
        popup = completer.popup()
        assert popup is not None, "a completer makes its list when it is asked for"
        popup.setMinimumWidth(190)
        popup.setAccessibleName("Completions")
        self._completer = completer
        self.setCompleter(completer)
        self.textEdited.connect(self._offer)
        self.returnPressed.connect(self._accept)
        self.hide()

    def ask(self, box: QRectF, text: str, offers: Offers, why_not: Callable[[str], str], hint: str) -> None:
        """Open over a box and take a name.

        Args:
            box: in logical pixels of the time line.
            text: the name until now, which is selected.
            offers: completions of what is typed.
            why_not: one sentence on a text that cannot be taken, "" for one that can.
            hint: what may be typed.
        """
        self._offers, self._why_not = offers, why_not
        width = max(round(box.width()), LEAST_PX, self.fontMetrics().horizontalAdvance(text) + 24)
        left = min(max(round(box.center().x() - width / 2), 0), max(self._room.width() - width, 0))
        self.setGeometry(left, round(box.top()) - 2, width, round(box.height()) + 4)
        self.setText(text)
        self.setToolTip(hint)
        self.setPlaceholderText(hint.partition(";")[0])
        self.selectAll()
        self.show()
        self.raise_()
        self.setFocus()
        self._fill("")

    def _offer(self, text: str) -> None:
        self._fill(text)
        if self._model.rowCount():
            self._completer.complete()

    def _fill(self, text: str) -> None:
        self._model.clear()
        for name, about in self._offers(text):
            item = QStandardItem()
            item.setData(f"{name}    {about}" if about else name, Qt.ItemDataRole.DisplayRole)
            item.setData(name, Qt.ItemDataRole.UserRole)
            self._model.appendRow(item)

    def _accept(self) -> None:
        text = self.text().strip()
        sentence = self._why_not(text)
        if sentence:
            QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), sentence, self)
            return
        self.hide()
        self.named.emit(text)

    # -- Qt's own, last as everywhere

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down opens the list of what can be taken."""
        if event.key() == Qt.Key.Key_Down:
            self._offer("" if self.selectedText() == self.text() else self.text())
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close, but not for the list of completions, nor for another window."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.hide()

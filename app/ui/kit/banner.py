"""One sentence over the preview: an error or a notice, to be read and put away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.ui.kit import theme
from app.ui.kit.icons import icon

#: a notice goes by itself after this; an error stays until it is dismissed
NOTICE_MS = 9000
#: below the captions in the upper corners
TOP = 46
Offers = tuple[tuple[str, Callable[[], object]], ...]


class Banner(QFrame):
    """Shows the newest sentence; an error is not covered by a later notice, and a question comes back after an error."""

    #: the button beside the sentence was pressed
    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.is_error = False
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setAccessibleName("Message")
        self.action = QPushButton()
        self.action.hide()
        self.action.clicked.connect(self._act)
        self.close_button = QToolButton()
        self.close_button.setIcon(icon("cross", theme.DIM))
        self.close_button.setAccessibleName("Dismiss")
        self.close_button.setToolTip("Dismiss")
        self.close_button.clicked.connect(self.dismiss)
        self.offers = QWidget()
        self._offer_row = QHBoxLayout(self.offers)
        self._offer_row.setContentsMargins(0, 0, 0, 2)
        self._offer_row.setSpacing(8)
        self._question: tuple[str, Offers] | None = None
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self.text, 1)
        line.addWidget(self.action)
        line.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(line)
        layout.addWidget(self.offers)
        self.offers.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTICE_MS)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    def show_error(self, sentence: str) -> None:
        """Show what went wrong; it stays until it is dismissed."""
        self._show(sentence, "", is_error=True)

    def show_notice(self, sentence: str, action: str = "") -> None:
        """Show something worth knowing; it goes by itself unless it offers something to do.

        Args:
            sentence: what to say.
            action: label of a button beside it, "" for none.
        """
        if not (self.isVisible() and (self.is_error or self.asks)):
            self._show(sentence, action, is_error=False)

    def offer(self, sentence: str, actions: Offers) -> None:
        """Ask something; it stays until one of the answers is chosen, it is dismissed, or withdrawn.

        Args:
            sentence: what happened.
            actions: label and consequence of each answer.
        """
        self._question = (sentence, actions)
        self._show(sentence, "", is_error=False, actions=actions)

    @property
    def asks(self) -> bool:
        """Whether a question is open, even under an error."""
        return self._question is not None

    def withdraw(self) -> bool:
        """The question has answered itself; tells whether one was open."""
        was_open, shown = self.asks, self.asks and not self.is_error
        self._question = None
        if shown:
            self.dismiss()
        return was_open

    def dismiss(self) -> None:
        """Put the sentence away; a question under an error comes to light again, a question itself is given up."""
        self._timer.stop()
        question, was_error = self._question, self.is_error
        self.is_error = False
        if question is not None and was_error:
            self.offer(*question)
            return
        self._question = None
        self.hide()

    def _answer(self, consequence: Callable[[], object]) -> None:
        self.dismiss()
        consequence()

    def _act(self) -> None:
        self.dismiss()
        self.acted.emit()

    def _show(self, sentence: str, action: str, is_error: bool, actions: Offers = ()) -> None:
        self.is_error = is_error
        quiet = (theme.WARNING, "#2a261e") if actions else (theme.ACCENT, "#1e262c")
        edge, ground = (theme.ERROR, "#2b2022") if is_error else quiet
        self.setStyleSheet(
            f"QFrame#banner {{ background: {ground}; border: 1px solid {theme.LINE}; border-left: 3px solid {edge}; border-radius: 5px; }}"
        )
        self.text.setText(sentence)
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self._show_offers(actions)
        if is_error or action or actions:
            self._timer.stop()
        else:
            self._timer.start()
        self.show()
        self.raise_()
        self._fit()

    def _show_offers(self, actions: Offers) -> None:
        while (item := self._offer_row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for label, consequence in actions:
            button = QPushButton(label)
            button.clicked.connect(lambda _=False, then=consequence: self._answer(then))
            self._offer_row.addWidget(button)
        self._offer_row.addStretch(1)
        self.offers.setVisible(bool(actions))

    def _fit(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            width = min(parent.width() - 32, 760)
            self.setGeometry((parent.width() - width) // 2, TOP, width, self.heightForWidth(width))

    def place(self) -> None:
        """Take up position anew after the parent was resized."""
        if self.isVisible():
            self._fit()


class EmptyPage(QWidget):
    """What stands where the avatar will be: a heading, a sentence, and one thing to do."""

    #: the button was pressed
    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel()
        self.heading.setStyleSheet("font-size: 17px; font-weight: 600;")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setStyleSheet(f"color: {theme.DIM};")
        self.button = QPushButton("Open an avatar…")
        self.button.clicked.connect(self.asked)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(1)
        for widget in (self.heading, self.sentence):
            layout.addWidget(widget)
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(1)
        self.setMaximumWidth(420)

    def show_loading(self, name: str) -> None:
        """Say that an avatar is being read."""
        self.heading.setText("Loading the avatar")
        self.sentence.setText(name)
        self.button.hide()

    def show_empty(self) -> None:
        """Say that there is none, and what to do."""
        self.heading.setText("No avatar yet")
        self.sentence.setText("Drop a GLB, glTF or VRM file here, or open one. Morph targets with ARKit or Oculus viseme names will move.")
        self.button.show()

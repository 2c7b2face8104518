"""One sentence on the picture: an error, a success, a notice or a question, to be read and put away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.ui.kit import theme
from app.ui.kit.icons import icon

#: a notice goes by itself after this; an error stays until it is dismissed
NOTICE_MS = 9000
#: so many notices wait behind an error or a question; the oldest give way
MOST_WAITING = 3
#: from the lower edge of the picture, where shoulders are and no names
BOTTOM = 12
Offers = tuple[tuple[str, Callable[[], object]], ...]


@dataclass(frozen=True)
class _Message:
    """What is said.

    Attributes:
        sentence: to read.
        kind: how much it matters.
        offers: label and consequence of what can be done about it.
        about: what a question is about; a newer one about the same takes its place.
    """

    sentence: str
    kind: Literal["error", "success", "notice", "question"]
    offers: Offers = ()
    about: str = ""


class Banner(QFrame):
    """Shows one sentence at a time.

    An error and a success show at once. A notice waits for its turn while an error or a question is on. A question comes back after
    whatever came over it, until it is answered, dismissed or withdrawn.
    """

    #: it came, went or changed its size
    placed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._shown: _Message | None = None
        self._questions: dict[str, _Message] = {}
        self._waiting: list[_Message] = []
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
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self.text, 1)
        line.addWidget(self.action)
        line.addWidget(self.close_button)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(14, 8, 8, 8)
        self._layout.setSpacing(8)
        self._layout.addLayout(line)
        self._layout.addWidget(self.offers)
        self.offers.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTICE_MS)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    # -- what is said

    @property
    def is_error(self) -> bool:
        """Whether an error is shown."""
        return self._shown is not None and self._shown.kind == "error"

    @property
    def asks(self) -> bool:
        """Whether a question is open, even under an error."""
        return bool(self._questions)

    def show_error(self, sentence: str) -> None:
        """Show what went wrong; it stays until it is dismissed, or something worked after it."""
        shown = self._shown
        if shown is not None and shown.kind in ("notice", "success") and shown.offers:
            self._wait(shown)
        self._show(_Message(sentence, "error"))

    def show_success(self, sentence: str, action: str = "", does: Callable[[], object] | None = None) -> None:
        """Show that what the user asked for is done, over whatever was said before.

        Args:
            sentence: what to say.
            action: label of a button beside it, "" for none.
            does: what the button does.
        """
        self._show(_Message(sentence, "success", ((action, does),) if does is not None else ()))

    def show_notice(self, sentence: str, action: str = "", does: Callable[[], object] | None = None) -> None:
        """Show something worth knowing, after an error or a question that is on; see ``show_success``."""
        notice = _Message(sentence, "notice", ((action, does),) if does is not None else ())
        if self._shown is not None and self._shown.kind in ("error", "question"):
            self._wait(notice)
        else:
            self._show(notice)

    def offer(self, sentence: str, actions: Offers, about: str = "") -> None:
        """Ask something; it stays until one of the answers is chosen, it is dismissed, or withdrawn.

        Args:
            sentence: what happened.
            actions: label and consequence of each answer.
            about: what the question is about; a newer one about the same takes its place.
        """
        self._questions.pop(about, None)
        self._questions[about] = _Message(sentence, "question", actions, about)
        self._show(self._questions[about])

    def withdraw(self, about: str = "") -> bool:
        """A question has answered itself; tells whether it was open."""
        question = self._questions.pop(about, None)
        if question is not None and self._shown is question:
            self._show_next()
        return question is not None

    def dismiss(self) -> None:
        """Put the sentence away; what waits comes to light, a question itself is given up."""
        if self._shown is not None and self._shown.kind == "question":
            self._questions.pop(self._shown.about, None)
        self._show_next()

    def settle(self) -> None:
        """Something else begins: what was said before is old, but for open questions."""
        self._waiting.clear()
        if self._shown is not None and self._shown.kind != "question":
            self._show_next()

    # -- inside

    def _wait(self, message: _Message) -> None:
        self._waiting = [*self._waiting, message][-MOST_WAITING:]

    def _show_next(self) -> None:
        self._timer.stop()
        self._shown = None
        if self._questions:
            self._show(list(self._questions.values())[-1])
        elif self._waiting:
            self._show(self._waiting.pop(0))
        else:
            self.hide()
            self.placed.emit()

    def _answer(self, consequence: Callable[[], object]) -> None:
        self.dismiss()
        consequence()

    def _act(self) -> None:
        if self._shown is not None and self._shown.offers:
            self._answer(self._shown.offers[0][1])

    def _show(self, message: _Message) -> None:
        self._shown = message
        asks = message.kind == "question"
        quiet = (theme.WARNING, "#2a261e") if asks else (theme.ACCENT, "#1e262c")
        edge, ground = (theme.ERROR, "#2b2022") if message.kind == "error" else quiet
        self.setStyleSheet(
            f"QFrame#banner {{ background: {ground}; border: 1px solid {theme.LINE}; border-left: 3px solid {edge}; border-radius: 5px; }}"
        )
        self.text.setText(message.sentence)
        beside = message.offers if not asks else ()
        self.action.setText(beside[0][0] if beside else "")
        self.action.setVisible(bool(beside))
        self._show_offers(message.offers if asks else ())
        if message.kind == "error" or message.offers:
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
            # at once, so that the height is known
            button.show()
        self._offer_row.addStretch(1)
        self.offers.setVisible(bool(actions))

    def _fit(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        width = min(parent.width() - 32, 760)
        # the height for this width is known only once the new button and sentence have been laid out in it
        self.resize(width, self.height())
        self._layout.invalidate()
        self._layout.activate()
        height = self._layout.totalHeightForWidth(width)
        self.setGeometry((parent.width() - width) // 2, parent.height() - height - BOTTOM, width, height)
        self.placed.emit()

    def place(self) -> None:
        """Take up position anew after the parent was resized."""
        if not self.isHidden():
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

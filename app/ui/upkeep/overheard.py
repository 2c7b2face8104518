"""What is spoken and typed in the window, learnt so that no log and no report holds it."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLineEdit

from app.session import Session
from app.upkeep.said import SAID


class Overheard(QObject):
    """Learns lines, transcripts, conversations and notes as they come.

    Args:
        session: where they come from.
        line: that is typed.
        parent: Qt's.
    """

    def __init__(self, session: Session, line: QLineEdit, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._line = session, line
        session.state.speech_changed.connect(lambda _: self._learn_speech())
        session.speeches.line_begun.connect(lambda: SAID.learn(line.text()))
        session.conversation.turn_changed.connect(self._learn_turn)
        session.notes.changed.connect(self._learn_notes)
        line.editingFinished.connect(lambda: SAID.learn(line.text()))

    def learn(self) -> None:
        """Learn what is there now; in the GUI thread."""
        SAID.learn(self._line.text())
        self._learn_speech()
        self._learn_notes()

    def _learn_speech(self) -> None:
        speech = self._session.state.speech
        if speech is not None:
            SAID.learn(speech.text)

    def _learn_turn(self, number: int) -> None:
        turn = self._session.conversation.minutes.turn(number)
        if turn is not None:
            SAID.learn(turn.asked)
            SAID.learn(turn.answered)

    def _learn_notes(self) -> None:
        for note in self._session.notes.all:
            SAID.learn(note.text)
            for reply in note.replies:
                SAID.learn(reply.text)

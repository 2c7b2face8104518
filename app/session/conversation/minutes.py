"""What was said, written down: turns over several dialogues, sentences in between, and what the next one is to remember."""

from __future__ import annotations

from dataclasses import replace

from app.conversation.chat.memory import ChatMemory
from app.conversation.events import AnswerText, Believed, Event, Told, UserBegan, UserText
from app.conversation.turns import Turn, Turns


class Minutes:
    """All of a conversation. Every dialogue counts its turns from 1; here they follow each other.

    Attributes:
        said: for the export, and for whoever is talked with next.
        notes: sentences that were told, with the number of turns before each.
    """

    def __init__(self) -> None:
        self.said = ChatMemory()
        self.notes: list[tuple[int, Told]] = []
        self._turns = Turns()
        self._base = 0

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns in order."""
        return self._turns.turns

    def turn(self, number: int) -> Turn | None:
        """One of them."""
        return next((turn for turn in self.turns if turn.number == number), None)

    def begin(self) -> None:
        """Another dialogue begins to count."""
        self._base = max((turn.number for turn in self.turns), default=0)

    def numbered(self, event: Event) -> Event:
        """An event of the present dialogue as it is counted here."""
        return event if isinstance(event, UserBegan | Told) else replace(event, turn=event.turn + self._base)

    def take(self, event: Event) -> Turn | None:
        """Write an event down, counted as here; gives the turn that it changed."""
        turn = self._turns.take(event)
        if turn is None:
            return None
        if isinstance(event, UserText) and event.final:
            if event.text:
                self.said.asked(turn.number, event.text)
            else:
                self.said.unasked(turn.number)
        elif isinstance(event, AnswerText):
            self.said.answered(turn.number, turn.answered)
        elif isinstance(event, Believed):
            self.said.believe(turn.number, event.text)
        return turn

    def add_note(self, told: Told) -> None:
        """Write a sentence down."""
        self.notes.append((len(self.turns), told))

    def clear(self) -> None:
        """Forget everything; what a dialogue still tells of former turns is counted as before."""
        self._turns.clear()
        self.said.clear()
        self.notes.clear()

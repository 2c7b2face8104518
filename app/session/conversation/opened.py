"""Dialogues that were made: each is closed once, by whichever thread comes to it, and none is forgotten."""

from __future__ import annotations

from app.conversation.dialogue import Dialogue


class Opened:
    """Lists of dialogues, one for each time that a conversation was begun; a worker fills the present one."""

    def __init__(self) -> None:
        self.present: list[Dialogue] = []
        self._every = [self.present]

    def leave(self) -> list[Dialogue]:
        """Begin another list; gives the former one, which is to be closed."""
        former, self.present = self.present, []
        self._every = [*(each for each in self._every if each), self.present]
        return former

    def close(self) -> None:
        """Close whatever is still open."""
        for each in (*self._every, self.present):
            close_all(each)


def close_all(dialogues: list[Dialogue]) -> None:
    """Close what is in a list; a list serves several threads, and each dialogue leaves it once."""
    while dialogues:
        try:
            dialogue = dialogues.pop()
        except IndexError:  # another thread was quicker
            return
        dialogue.close()

"""What a conversation remembers: who it is talking as, and the last messages as they were said and heard."""

from __future__ import annotations

import threading

from app.conversation.steps import Message

#: messages beside the system prompt that a model is given, as VisemeSync has it
LAST_MESSAGES = 10


class Recollection:
    """The messages of a conversation. Any thread may use it.

    Args:
        system: the prompt that says who answers; "" for none.
    """

    def __init__(self, system: str = "") -> None:
        self.system = system
        self._turns: dict[int, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def asked(self, turn: int, text: str) -> None:
        """The user said something."""
        with self._lock:
            self._turns[turn] = (text, "")

    def answered(self, turn: int, text: str) -> None:
        """What was said in answer, in place of what stood there; ignored for a turn that was forgotten."""
        with self._lock:
            if turn in self._turns:
                self._turns[turn] = (self._turns[turn][0], text)

    def clear(self) -> None:
        """Forget all turns."""
        with self._lock:
            self._turns.clear()

    def messages(self) -> list[Message]:
        """The prompt and the last messages, the present question last."""
        with self._lock:
            lines = [
                message
                for asked, said in self._turns.values()
                for message in (Message("user", asked), Message("assistant", said))
                if message.text
            ]
        return [*([Message("system", self.system)] if self.system else []), *lines[-LAST_MESSAGES:]]

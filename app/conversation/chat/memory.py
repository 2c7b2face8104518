"""What was said: as much of it as a model is told, corrected to what was heard, and exported without anything secret."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from app.conversation.steps import Message

#: messages of the conversation that a model is told beside the system prompt, as in VisemeSync
LAST_MESSAGES = 10
#: VisemeSync's
SYSTEM_PROMPT = "You are a friendly assistant. Keep responses brief and conversational."
_SPEAKERS = {"user": "You", "assistant": "Avatar"}


@dataclass(frozen=True)
class Line:
    """Something that was said.

    Attributes:
        turn: in which turn, 0 for one before all of them.
        role: by whom.
        text: what, as far as it was heard.
        at: when, with the time zone.
        cut: it was interrupted; ``text`` is what was heard of it.
    """

    turn: int
    role: Literal["user", "assistant"]
    text: str
    at: datetime
    cut: bool = False


class ChatMemory:
    """A conversation so far. Any thread may use it.

    Args:
        system_prompt: who the avatar is; "" for none.
        last: how many messages a model is told.
        name: of the avatar, for the export.
    """

    def __init__(self, system_prompt: str = SYSTEM_PROMPT, last: int = LAST_MESSAGES, name: str = "") -> None:
        self._system, self._last, self._name = system_prompt, last, name
        self._lines: list[Line] = []
        #: turns in which the avatar speaks first
        self._unasked: set[int] = set()
        self._lock = threading.Lock()

    def be(self, system_prompt: str, name: str = "") -> None:
        """Become somebody else; what was said stays."""
        with self._lock:
            self._system, self._name = system_prompt, name

    @property
    def lines(self) -> tuple[Line, ...]:
        """All that was said."""
        with self._lock:
            return tuple(self._lines)

    def asked(self, turn: int, text: str) -> None:
        """The user said something; said again in the same turn, it takes the first one's place."""
        self._put(turn, "user", text)

    def unasked(self, turn: int) -> None:
        """The avatar speaks first in a turn: a greeting is remembered without a question."""
        with self._lock:
            self._unasked.add(turn)

    def answered(self, turn: int, text: str) -> None:
        """The avatar said something; an answer that grows is told anew with all of its text, one to a forgotten question is ignored."""
        if turn and turn not in self._unasked and self._place_of(turn, "user") is None:
            return
        self._put(turn, "assistant", text)

    def believe(self, turn: int, text: str) -> None:
        """An answer was interrupted: the model believes that it said what was heard of it, nothing where that is nothing.

        Args:
            turn: whose answer.
            text: as far as it was heard.
        """
        with self._lock:
            place = self._place(turn, "assistant")
            if place is not None and self._lines[place].text.strip() != text.strip():
                self._lines[place] = replace(self._lines[place], text=text.strip(), cut=True)

    def clear(self) -> None:
        """Forget what was said; the system prompt stays."""
        with self._lock:
            self._lines.clear()
            self._unasked.clear()

    def messages(self) -> list[Message]:
        """The system prompt and the last messages that hold something."""
        with self._lock:
            system = [Message("system", self._system)] if self._system.strip() else []
            said = [Message(line.role, line.text) for line in self._lines if line.text.strip()]
        return [*system, *said[-self._last :]]

    # -- export

    def to_data(self) -> dict[str, Any]:
        """As JSON can hold it."""
        with self._lock:
            lines = [{**asdict(line), "at": line.at.isoformat(timespec="milliseconds")} for line in self._lines]
            return {"version": 1, "persona": self._name, "system_prompt": self._system, "lines": lines}

    def to_markdown(self) -> str:
        """For people to read."""
        with self._lock:
            lines, speaker = tuple(self._lines), {**_SPEAKERS, **({"assistant": self._name} if self._name else {})}
        began = f"*{lines[0].at:%Y-%m-%d %H:%M}*\n\n" if lines else ""
        said = [f"**{speaker[line.role]}:** {_one_paragraph(line)}\n" for line in lines]
        return f"# Conversation\n\n{began}" + "\n".join(said)

    def _put(self, turn: int, role: Literal["user", "assistant"], text: str) -> None:
        with self._lock:
            place = self._place(turn, role)
            if place is None:
                self._lines.append(Line(turn, role, text, datetime.now().astimezone()))
            elif not self._lines[place].cut:
                self._lines[place] = replace(self._lines[place], text=text)

    def _place_of(self, turn: int, role: str) -> int | None:
        with self._lock:
            return self._place(turn, role)

    def _place(self, turn: int, role: str) -> int | None:
        return next((i for i in reversed(range(len(self._lines))) if (self._lines[i].turn, self._lines[i].role) == (turn, role)), None)


def _one_paragraph(line: Line) -> str:
    text = line.text.strip().replace("\n", "  \n")
    if not line.cut:
        return text
    return f"{text} … *(interrupted)*" if text else "*(interrupted before a word was heard)*"

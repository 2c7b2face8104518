"""The persona that needs no key: it says what it is, and a few things by heart, so that voice and face can be tried."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from app.conversation.chat.script import FALLBACKS, MOST_REPEATED, TOPICS, Asking
from app.conversation.steps import Message
from app.core.cancel import CancelToken

#: between two words, as a quick model streams them
WORD_S = 0.012
#: it looks so often whether it should stop
LOOK_S = 0.005
_COMPILED = tuple((topic, re.compile(pattern), answer) for topic, pattern, answer in TOPICS)


class ScriptedChat:
    """A ``ChatModel`` without a model; equal conversations give equal answers, but for the time of day.

    Args:
        word_s: seconds between two words.
        now: tells the time.
    """

    label = "Scripted persona (no key)"
    is_stand_in = True

    def __init__(self, word_s: float = WORD_S, now: Callable[[], datetime] = datetime.now) -> None:
        self._word_s, self._now = word_s, now

    def reply(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        """Answer; see ``ChatModel``. The first word comes at once."""
        for number, word in enumerate(re.findall(r"\s*\S+", self.answer(messages))):
            if number:
                self._wait(cancel)
            if cancel.is_set():
                return
            yield word

    def close(self) -> None:
        """There is nothing to let go."""

    def answer(self, messages: Sequence[Message]) -> str:
        """The whole answer to the last question.

        Args:
            messages: of the conversation.
        """
        questions = [message.text for message in messages if message.role == "user"]
        if not questions:
            return "Say something, and I will answer from my script."
        topics = [_topic(text) for text in questions]
        topic, found = topics[-1]
        again = sum(name == topic for name, _ in topics[:-1])
        answer = next((answer for name, _, answer in _COMPILED if name == topic), None)
        if found is None or answer is None:
            return FALLBACKS[again % len(FALLBACKS)].format(said=_repeated(questions[-1]))
        if isinstance(answer, tuple):
            return answer[again % len(answer)]
        return answer(Asking(questions[-1], found, again, self._now()))

    def _wait(self, cancel: CancelToken) -> None:
        until_s = time.perf_counter() + self._word_s
        while not cancel.is_set() and (left_s := until_s - time.perf_counter()) > 0:
            time.sleep(min(LOOK_S, left_s))


class OneLine:
    """A ``ChatModel`` that says one line, whatever it is asked.

    Args:
        text: of it.
    """

    label = "One line"
    is_stand_in = True

    def __init__(self, text: str) -> None:
        self._text = text

    def reply(self, _messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        """Say it at once."""
        if not cancel.is_set():
            yield self._text

    def close(self) -> None:
        """There is nothing to let go."""


def _topic(question: str) -> tuple[str, re.Match[str] | None]:
    """What a question is about; "" for nothing that is known."""
    plain = " ".join(re.sub(r"[?!.\"“”]+(?=\s|$)|[\"“”]", " ", question.lower().replace("’", "'")).split())
    for topic, pattern, _ in _COMPILED:
        found = pattern.search(plain)
        if found:
            return topic, found
    return "", None


def _repeated(question: str) -> str:
    """A question to be said back: one line, not too long, without its mark."""
    line = " ".join(question.split())
    if len(line) > MOST_REPEATED:
        line = line[:MOST_REPEATED].rsplit(" ", 1)[0] + ", and so on"
    return line.rstrip(".!?。！？ ") or "nothing"

"""Those who take part in the tests' conversations: steps that do what a test tells them, and a listener that keeps what it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from app.conversation.events import AnswerEnded, AnswerPart, AnswerText, Believed, Event, Told
from app.conversation.steps import Message, Recognised
from app.conversation.turns import Turns
from app.core.cancel import CancelToken
from app.core.errors import ServiceError

E = TypeVar("E")


class FedRecogniser:
    """Understands what a test feeds it."""

    label, is_embedded, languages = "fed", True, ("en-US",)
    hands_free = True

    def __init__(self) -> None:
        self.heard = 0
        self.closed = False

    def start(self, tell: Callable[[Recognised], None], fail: Callable[[str], None], languages: Sequence[str] = ()) -> None:
        self.feed, self.fail, self.asked_for = tell, fail, languages

    def push(self, samples: np.ndarray) -> None:
        self.heard += len(samples)

    def end_of_speech(self) -> None:
        self.feed(Recognised("let go", True))

    def close(self) -> None:
        self.closed = True


class Spoken:
    """A chat model that says given pieces; an error among them is raised, an event is waited for.

    Args:
        answers: one list of pieces per turn.
    """

    label, is_stand_in = "as told", True

    def __init__(self, *answers: list[str | Exception | threading.Event]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[Message, ...]] = []
        self.closed = False

    def reply(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        self.asked.append(tuple(messages))
        for piece in self._answers.pop(0):
            while isinstance(piece, threading.Event) and not piece.wait(0.01) and not cancel.is_set():
                pass
            if cancel.is_set():
                return
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, str):
                yield piece

    def close(self) -> None:
        self.closed = True


class Listener:
    """Keeps the events of a dialogue; call it as ``tell``."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def of(self, kind: type[E]) -> list[E]:
        with self._changed:
            return [event for event in self.events if isinstance(event, kind)]

    def wait(self, kind: type[E], n: int = 1, seconds: float = 30.0) -> E:
        """The n-th event of a kind, as soon as it was told."""
        with self._changed:
            came = self._changed.wait_for(lambda: sum(isinstance(event, kind) for event in self.events) >= n, seconds)
            assert came, f"no {kind.__name__} came, only {self.events}"
        return self.of(kind)[n - 1]

    def text(self, turn: int) -> str:
        return "".join(event.delta for event in self.of(AnswerText) if event.turn == turn)

    def parts(self, turn: int) -> list:
        return [event.arriving for event in self.of(AnswerPart) if event.turn == turn]

    def ends(self) -> list[AnswerEnded | Believed | Told]:
        return [event for event in self.events if isinstance(event, AnswerEnded | Believed | Told)]

    def turns(self) -> tuple:
        turns = Turns()
        for event in list(self.events):
            turns.take(event)
        return turns.turns


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something is so."""
    end_s = time.monotonic() + seconds
    wait = threading.Event()
    while not condition():
        assert time.monotonic() < end_s, "it did not come to be so"
        wait.wait(0.002)


NO_KEY = ServiceError("The service refused the key; check it.")

"""A turn of a conversation as data: what was asked and answered, and how long each step took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from app.conversation.events import STAGES, AnswerEnded, AnswerPart, AnswerText, Believed, Event, Reached, Stage, UserText
from app.core.arriving import ArrivingSpeech

#: what the user waits for between two moments, by the moment that ends it
WAITS: Mapping[Stage, str] = MappingProxyType(
    {
        "last_word": "Said",
        "final_text": "Understood",
        "first_token": "Thought",
        "first_sound": "Spoken",
        "first_heard": "Heard",
        "first_lip": "Seen",
    }
)


@dataclass(frozen=True)
class Turn:
    """One question and its answer.

    Attributes:
        number: counted from 1.
        asked: what the user said or typed.
        language: BCP 47 tag of it, or "".
        answered: the answer's text as the model gave it.
        parts: the answer's sound, in order.
        marks: when a step was reached, ``time.perf_counter`` seconds.
        ended: whether nothing more comes.
        complete: whether the answer came to its end.
        sentence: where it broke off, for the user.
        believed: after an interruption, what the model believes it said; None when it said all.
        heard_s: seconds of it that were heard when it was interrupted.
    """

    number: int
    asked: str = ""
    language: str = ""
    answered: str = ""
    parts: tuple[ArrivingSpeech, ...] = ()
    marks: Mapping[Stage, float] = field(default_factory=dict)
    ended: bool = False
    complete: bool = False
    sentence: str = ""
    believed: str | None = None
    heard_s: float | None = None

    @property
    def said(self) -> str:
        """The answer as far as it counts: all of it, or what was heard."""
        return self.answered if self.believed is None else self.believed


@dataclass(frozen=True)
class Wait:
    """One step of a turn's latency.

    Attributes:
        stage: the moment that ends it.
        title: what was waited for, in a word.
        start_s: since the turn's first moment.
        duration_s: 0 or more; a moment that came before the one in front of it was not waited for.
    """

    stage: Stage
    title: str
    start_s: float
    duration_s: float


def number_of(event: Event) -> int | None:
    """The turn that an event belongs to, None for none."""
    return getattr(event, "turn", None)


def told(turn: Turn, event: Event) -> Turn:
    """A turn after one of its events; an event of another turn changes nothing."""
    if number_of(event) != turn.number:
        return turn
    change: dict[str, Any] = {}
    match event:
        case UserText(text=text, language=language):
            change = {"asked": text, "language": language}
        case Reached(stage=stage, at_s=at_s) if stage not in turn.marks:
            change = {"marks": {**turn.marks, stage: at_s}}
        case AnswerText(delta=delta):
            change = {"answered": turn.answered + delta}
        case AnswerPart(arriving=arriving):
            change = {"parts": (*turn.parts, arriving)}
        case AnswerEnded(complete=complete, sentence=sentence):
            change = {"ended": True, "complete": complete, "sentence": sentence}
        case Believed(text=text, heard_s=heard_s):
            change = {"believed": text, "heard_s": heard_s}
    return replace(turn, **change)


class Turns:
    """All turns of a conversation, kept up with its events. It belongs to one thread."""

    def __init__(self) -> None:
        self._turns: dict[int, Turn] = {}

    def take(self, event: Event) -> Turn | None:
        """Keep an event; gives the turn that it changed, None when it belongs to none."""
        number = number_of(event)
        if number is None:
            return None
        self._turns[number] = told(self._turns.get(number, Turn(number)), event)
        return self._turns[number]

    def clear(self) -> None:
        """Forget all turns."""
        self._turns.clear()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """In order."""
        return tuple(self._turns[number] for number in sorted(self._turns))


def waterfall(turn: Turn) -> tuple[Wait, ...]:
    """The steps of a turn's latency, one after the other: last word, final text, first token, first sound, first heard, first lip.

    A step between two moments that were both reached; a moment that is not known (nobody spoke a typed turn's last word, nobody
    draws in a terminal) is left out, and the step after it begins at the moment before.

    Returns:
        One for every known moment but the first.
    """
    known = [(stage, turn.marks[stage]) for stage in STAGES if stage in turn.marks]
    waits, reached_s = [], known[0][1] if known else 0.0
    for stage, at_s in known[1:]:
        waits.append(Wait(stage, WAITS[stage], reached_s - known[0][1], max(0.0, at_s - reached_s)))
        reached_s = max(reached_s, at_s)
    return tuple(waits)


def total_s(turn: Turn, until: Stage = "first_heard") -> float | None:
    """Seconds from a turn's first known moment to another one, None when that was not reached."""
    known = [turn.marks[stage] for stage in STAGES if stage in turn.marks]
    return turn.marks[until] - known[0] if until in turn.marks else None

"""What a dialogue tells, as data. Times are ``time.perf_counter`` seconds, so that a turn's latency can be added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.core.arriving import ArrivingSpeech

#: the steps of a turn whose moments are kept, in their order; the last two are known by who plays and draws
Stage = Literal["last_word", "final_text", "first_token", "first_sound", "first_heard", "first_lip"]
STAGES: tuple[Stage, ...] = ("last_word", "final_text", "first_token", "first_sound", "first_heard", "first_lip")


@dataclass(frozen=True)
class UserBegan:
    """The user began to speak.

    Attributes:
        at_s: when.
    """

    at_s: float


@dataclass(frozen=True)
class UserText:
    """What the user says.

    Attributes:
        turn: the turn that it begins, counted from 1.
        text: all of it so far.
        final: it will not change any more.
        at_s: when it was known.
        language: BCP 47 tag that was recognised, or "".
    """

    turn: int
    text: str
    final: bool
    at_s: float
    language: str = ""


@dataclass(frozen=True)
class Reached:
    """A step of a turn.

    Attributes:
        turn: which turn.
        stage: which step.
        at_s: when.
    """

    turn: int
    stage: Stage
    at_s: float


@dataclass(frozen=True)
class AnswerText:
    """More of the answer's text.

    Attributes:
        turn: whose answer.
        delta: to be appended.
    """

    turn: int
    delta: str


@dataclass(frozen=True)
class AnswerPart:
    """A part of the answer begins to sound: a sentence, or all of it; parts are played one after the other.

    Attributes:
        turn: whose answer.
        arriving: its sound, and whatever came with it; it may still be growing.
    """

    turn: int
    arriving: ArrivingSpeech


@dataclass(frozen=True)
class AnswerEnded:
    """No further text or part will come in this turn.

    Attributes:
        turn: which turn.
        complete: False when it was interrupted or broke off.
        sentence: for the user, where it broke off; "" otherwise.
    """

    turn: int
    complete: bool
    sentence: str = ""


@dataclass(frozen=True)
class Believed:
    """After an interruption: what the model believes it said.

    Attributes:
        turn: which turn.
        text: as far as it was heard.
        heard_s: seconds of the answer that were heard.
    """

    turn: int
    text: str
    heard_s: float


@dataclass(frozen=True)
class Told:
    """One sentence for the user.

    Attributes:
        sentence: what and what to do.
        kind: a ``notice`` changes nothing; an ``error`` is something that did not happen; after ``ended`` the dialogue is over.
    """

    sentence: str
    kind: Literal["notice", "error", "ended"] = "notice"


Event = UserBegan | UserText | Reached | AnswerText | AnswerPart | AnswerEnded | Believed | Told

"""The interfaces of the chain's steps: who recognises, who answers. Who speaks is a ``TtsEngine`` of the room ``speech``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from app.core.cancel import CancelToken


@dataclass(frozen=True)
class Recognised:
    """What a recogniser understood of the present utterance.

    Attributes:
        text: all of it so far.
        final: the utterance is over; the next one begins anew.
        ended_s: ``time.perf_counter`` when its last word ended, as well as that is known; 0 when it is not.
        language: BCP 47 tag, or "".
    """

    text: str
    final: bool
    ended_s: float = 0.0
    language: str = ""


class Recogniser(Protocol):
    """Sound in, words out. It works in threads of its own; its methods return at once.

    Attributes:
        label: as shown in the window.
        is_embedded: whether it needs no network.
        languages: BCP 47 tags that it can be asked for.
        hands_free: whether silence ends an utterance; else only ``end_of_speech`` does (push-to-talk).
    """

    label: str
    is_embedded: bool
    languages: tuple[str, ...]
    hands_free: bool

    def start(self, tell: Callable[[Recognised], None], fail: Callable[[str], None], languages: Sequence[str] = ()) -> None:
        """Listen from now on.

        Args:
            tell: called on a thread of the recogniser's.
            fail: called with one sentence when it cannot go on; it has ended then. What it can mend by itself it mends.
            languages: one, or up to four to choose from; empty for its default.
        """
        ...

    def push(self, samples: np.ndarray) -> None:
        """Hear (n,) float32 at 16 kHz, in [-1, 1]."""
        ...

    def end_of_speech(self) -> None:
        """The utterance is over (push-to-talk): give its final text soon; an empty one when nothing was said."""
        ...

    def close(self) -> None:
        """Stop listening; no thread stays."""
        ...


@dataclass(frozen=True)
class Message:
    """A line of a conversation.

    Attributes:
        role: who said it.
        text: what.
    """

    role: Literal["system", "user", "assistant"]
    text: str


class ChatModel(Protocol):
    """Somebody who answers.

    Attributes:
        label: as shown in the window.
        is_stand_in: True for the scripted persona.
    """

    label: str
    is_stand_in: bool

    def reply(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        """Answer, in pieces of text as they come; ends within 20 ms after ``cancel`` was set, even while nothing comes.

        Raises:
            ServiceError: one sentence says what is wrong and what to do.
        """
        ...

    def close(self) -> None:
        """Let connections go."""
        ...

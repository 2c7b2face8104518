"""The interface of everything that one can talk with: the chain of recogniser, chat model and voice, or a service that does all three."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from app.conversation.events import Event

#: samples per second of what a dialogue hears
HEARING_RATE = 16000


class Dialogue(Protocol):
    """Somebody to talk with. It works in threads of its own; its methods return at once and may be called from any thread.

    Attributes:
        label: as shown in the window; a stand-in says so here.
        is_stand_in: True for the scripted one that needs no keys.
        hears_echo: True when it must not hear its own voice (a guard has to stand before it); False for a service that cancels echo.
    """

    label: str
    is_stand_in: bool
    hears_echo: bool

    def start(self, tell: Callable[[Event], None]) -> None:
        """Connect and be ready; what goes wrong is told.

        Args:
            tell: called on a thread of the dialogue's for every event, in order.
        """
        ...

    def hear(self, samples: np.ndarray) -> None:
        """What the microphone heard.

        Args:
            samples: (n,) float32 at ``HEARING_RATE``, in [-1, 1].
        """
        ...

    def end_of_speech(self) -> None:
        """The user let go of the push-to-talk key: what was heard is the whole utterance."""
        ...

    def say(self, text: str) -> None:
        """The user typed instead of speaking: a turn with this text."""
        ...

    def interrupt(self, heard_s: float) -> None:
        """Stop the answer; the model believes that it said what was heard, and ``Believed`` is told.

        Args:
            heard_s: seconds of the present answer that were heard, by the player's clock.
        """
        ...

    def clear(self) -> None:
        """Forget what was said."""
        ...

    def close(self) -> None:
        """End; nothing is told afterwards, and no thread stays."""
        ...

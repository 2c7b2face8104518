"""What is heard of the user, made into turns: when they begin to speak, what they say so far, and what they said."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.conversation.dialogue import HEARING_RATE
from app.conversation.events import Event, Reached, UserBegan, UserText
from app.conversation.recognition.voice_activity import VoiceActivity
from app.conversation.steps import Recognised

#: a listener's sign of attention is shorter
BACKCHANNEL_S = 0.4
#: a voice of which no word was understood so long after it ended was none
_NOISE_S = 1.5
_ATTENTION = re.compile(r"m+(-?h?m+)?|h+m+|uh-?huh|a?ha|[ao]h|yeah|ye[sp]|yup|ok(ay)?|right|sure|wow|cool|nice|really|i|see")


@dataclass(frozen=True)
class Manners:
    """How the user's voice is taken.

    Attributes:
        backchannels_interrupt: whether a short “mm-hm” or “yeah” over an answer is a turn like any other.
    """

    backchannels_interrupt: bool = True


def is_backchannel(text: str) -> bool:
    """Whether a text is nothing but signs of attention."""
    words = re.findall(r"[\w'’-]+", text.casefold())
    return 0 < len(words) <= 3 and all(_ATTENTION.fullmatch(word) for word in words)


class Listening:
    """Keeps the present utterance, and the count of turns. Any thread may call.

    Args:
        tell: takes its events; never waits.
        ask: called with turn and text when the user said something.
        answering: whether an answer is on its way or still to be heard.
        manners: how the user's voice is taken.
        activity: says when a voice speaks; None to rely on the recogniser's text.
    """

    def __init__(
        self,
        tell: Callable[[Event], None],
        ask: Callable[[int, str], None],
        answering: Callable[[], bool],
        *,
        manners: Manners,
        activity: VoiceActivity | None,
    ) -> None:
        self._tell, self._ask, self._answering = tell, ask, answering
        self._manners, self._activity = manners, activity
        self._lock = threading.Lock()
        self._turn = 0
        self._began = False
        self._told = False
        self._voice_s = self._quiet_s = 0.0
        self._is_rest = self._awaited = False

    def hear(self, samples: np.ndarray) -> None:
        """Look whether the user begins to speak, before any word is known.

        Args:
            samples: (n,) float32 at ``HEARING_RATE``.
        """
        if self._activity is None:
            return
        with self._lock:
            self._activity.push(samples)
            seconds, speaking = len(samples) / HEARING_RATE, self._activity.speaking
            self._voice_s = self._voice_s + seconds if speaking else 0.0
            self._quiet_s = 0.0 if speaking else self._quiet_s + seconds
            self._is_rest = self._is_rest and speaking
            if speaking and not self._is_rest and (self._voice_s >= BACKCHANNEL_S or not self._is_patient()):
                self._begin()
            elif self._quiet_s > _NOISE_S and not self._told:
                self._began = False

    def recognised(self, what: Recognised) -> None:
        """Take what the recogniser understood."""
        now_s, text = time.perf_counter(), what.text.strip()
        with self._lock:
            if self._is_patient() and not self._told and (not text or is_backchannel(text)):
                self._began = self._began and not what.final
                return
            if not what.final:
                if text:
                    self._begin()
                    self._told = True
                    self._tell(UserText(self._turn + 1, text, False, now_s, what.language))
                return
            known, self._began, self._told, self._awaited = self._told or self._awaited, False, False, False
            self._is_rest = self._activity is not None and self._activity.speaking
            if text:
                self._said(text, what, now_s)
            elif known:
                self._tell(UserText(self._turn + 1, "", True, now_s, what.language))

    def wait_for_words(self) -> None:
        """The utterance is over: its text is told even if there is none."""
        with self._lock:
            self._awaited = True

    def typed(self, text: str) -> None:
        """The user typed a turn."""
        now_s = time.perf_counter()
        with self._lock:
            self._began = self._told = False
            self._said(text, Recognised(text, True), now_s)

    def spoken_to(self) -> int:
        """The avatar speaks first; gives the turn in which it does."""
        with self._lock:
            self._turn += 1
            self._tell(UserText(self._turn, "", True, time.perf_counter()))
            return self._turn

    def _said(self, text: str, what: Recognised, now_s: float) -> None:
        self._turn += 1
        self._tell(UserText(self._turn, text, True, now_s, what.language))
        if what.ended_s:
            self._tell(Reached(self._turn, "last_word", what.ended_s))
        self._tell(Reached(self._turn, "final_text", now_s))
        self._ask(self._turn, text)

    def _begin(self) -> None:
        if not self._began:
            self._began = True
            self._tell(UserBegan(time.perf_counter()))

    def _is_patient(self) -> bool:
        return not self._manners.backchannels_interrupt and self._answering()

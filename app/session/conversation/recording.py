"""What is written down of a turn while it is heard: the moments of its sound and its lips, and the answer as a take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from app.conversation.events import Stage
from app.conversation.turns import Turn
from app.core.arkit import ARKIT_CHANNELS, MOUTH_CHANNELS
from app.session.base.playback import Playback
from app.session.conversation.answers import Answers
from app.session.conversation.kept import KeptAnswers
from app.session.pose.posing import Posing

#: a mouth that moves by this much is seen to move
LIP_MOVES = 0.03
_MOUTH = np.array([name in MOUTH_CHANNELS for name in ARKIT_CHANNELS])


class Recording(QObject):
    """Follows the answer that is played.

    Args:
        answers: play it.
        kept: keeps it.
        playback: has the clock.
        posing: knows when the mouth moves.
        parent: the session.

    Attributes:
        turn_of: finds a turn by its number.
        note: told number, stage and moment of what is reached.
        partner: who answers, in words.
    """

    def __init__(self, answers: Answers, kept: KeptAnswers, *, playback: Playback, posing: Posing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._answers, self.kept, self._playback, self._posing = answers, kept, playback, posing
        self.turn_of: Callable[[int], Turn | None] = lambda _number: None
        self.note: Callable[[int, Stage, float], object] = lambda _number, _stage, _at_s: None
        self.partner = ""
        answers.heard.connect(lambda turn, at_s: self.note(turn, "first_heard", at_s))
        answers.began.connect(lambda _turn: self.keep(finished=False))

    def note_drawn(self) -> None:
        """A picture was finished just now: note the first one of an answer on which the mouth moves."""
        turn = self.turn_of(self._answers.loaded) if self._answers.on else None
        if turn is None or "first_lip" in turn.marks or not self._playback.playing:
            return
        if self._posing.weights_at(self._playback.now())[_MOUTH].max(initial=0.0) > LIP_MOVES:
            self.note(turn.number, "first_lip", time.perf_counter())

    def keep(self, finished: bool = True) -> None:
        """Keep the answer that is played, or was played last, as it is known now."""
        turn = self.turn_of(self._answers.loaded)
        if turn is not None and turn.parts:
            self.kept.follow(turn.number, self._about(turn), finished)

    def _about(self, turn: Turn) -> dict[str, Any]:
        began_s = min(turn.marks.values(), default=0.0)
        return {
            "turn": turn.number, "asked": turn.asked, "language": turn.language, "answered": turn.answered, "said": turn.said,
            "complete": turn.complete, "heard_s": turn.heard_s, "with": self.partner,
            "waits_ms": {stage: round(1e3 * (at_s - began_s), 1) for stage, at_s in turn.marks.items()},
        }  # fmt: skip

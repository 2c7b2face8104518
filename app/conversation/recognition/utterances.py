"""Sound cut into utterances: where one begins, where it pauses, where it is over."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import numpy as np

from app.conversation.dialogue import HEARING_RATE
from app.conversation.recognition.voice_activity import STEP, VoiceActivity

#: sound before the first voiced step that belongs to the utterance: soft consonants, a short word before a stop ("What can"), and what the
#: detector needs to be sure
PRE_ROLL_S = 0.5
#: silence after which an utterance is over
SILENCE_S = 0.6
#: silence after which it may be over: reading begins, so that the text is there when it is
PAUSE_S = 0.2
#: a voice that goes on after a pause begins a new piece, which is read by itself, when the last one is so long
PART_S = 5.0
#: without a pause a piece is read by itself from this length on, cut at its softest moment in the last seconds;
#: all of an utterance is never longer than the last of these
PIECE_S, _SEARCH_S, LONGEST_S = 15.0, 5.0, 120.0


class Utterance:
    """What somebody says, growing.

    Args:
        samples: its beginning.

    Attributes:
        voiced: samples up to the end of its last voiced step.
        ended_s: ``time.perf_counter`` of that sample.
        cuts: where it is cut into pieces that are read by themselves.
        ends_s: silence that ends it, judged by what was read of it up to now; None for the usual one.
        over: nothing will be added.
    """

    def __init__(self, samples: np.ndarray) -> None:
        self._blocks = [samples]
        self.n = len(samples)
        self.voiced, self.ended_s = 0, 0.0
        self.cuts: list[int] = []
        self.ends_s: float | None = None
        self.over = False

    @property
    def silence_s(self) -> float:
        """Seconds since its last voiced step."""
        return (self.n - self.voiced) / HEARING_RATE

    def add(self, samples: np.ndarray) -> None:
        """More of it; a piece that became too long is cut."""
        self._blocks.append(samples)
        self.n += len(samples)
        start = self.cuts[-1] if self.cuts else 0
        if self.n - start > PIECE_S * HEARING_RATE:
            self.cuts.append(start + softest(self.samples(start)))

    def go_on(self) -> None:
        """The voice is there again: after a pause what came before is a piece, up to where the pause was noticed."""
        self.ends_s = None
        if self.silence_s > PAUSE_S and self.voiced - (self.cuts[-1] if self.cuts else 0) >= PART_S * HEARING_RATE:
            self.cuts.append(self.voiced + round(PAUSE_S * HEARING_RATE))

    def samples(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """The sound from one sample to another."""
        if len(self._blocks) > 1:
            self._blocks = [np.concatenate(self._blocks)]
        return self._blocks[0][start:stop]


class Utterances:
    """Finds utterances in what is heard. One thread at a time.

    Args:
        silence_s: after which one is over.
        hands_free: whether silence ends an utterance; else only ``end`` does (push-to-talk).
        activity: says when a voice speaks.
        time_s: seconds; tests pass their own.

    Attributes:
        silence_s: may be changed at any time.
        hands_free: may be changed between utterances.
        current: the utterance that is being spoken, or None.
    """

    def __init__(
        self,
        silence_s: float = SILENCE_S,
        hands_free: bool = True,
        activity: VoiceActivity | None = None,
        time_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.silence_s, self.hands_free = silence_s, hands_free
        self.current: Utterance | None = None
        self._activity, self._time_s = activity or VoiceActivity(), time_s
        self._left = np.zeros(0, np.float32)
        self._before: deque[np.ndarray] = deque(maxlen=round(PRE_ROLL_S * HEARING_RATE / STEP) + 12)

    @property
    def level(self) -> float:
        """Root mean square of the last 10 ms, 0-1; for a meter."""
        return self._activity.level

    def push(self, samples: np.ndarray) -> list[Utterance]:
        """Hear (n,) float32 at 16 kHz; gives the utterances that are over by now, seldom one."""
        now_s = self._time_s()
        heard = np.concatenate([self._left, samples.astype(np.float32, copy=False)])
        answers = self._activity.push(samples)
        self._left = heard[len(answers) * STEP :]
        over = []
        for number, voiced in enumerate(answers):
            step = heard[number * STEP : (number + 1) * STEP]
            self._step(step, voiced, now_s - (len(heard) - (number + 1) * STEP) / HEARING_RATE)
            if self.current is not None and self._is_over(self.current):
                over.append(self._finished(self.current))
        return over

    def end(self) -> Utterance | None:
        """The utterance is over now; None when there was no voice since the last."""
        return self._finished(self.current) if self.current is not None else None

    def _step(self, samples: np.ndarray, voiced: bool, at_s: float) -> None:
        if self.current is None:
            self._before.append(samples)
            if not voiced:
                return
            self.current = Utterance(np.concatenate(self._before))
            self._before.clear()
        else:
            self.current.add(samples)
        if voiced:
            self.current.go_on()
            self.current.voiced, self.current.ended_s = self.current.n, at_s

    def _is_over(self, utterance: Utterance) -> bool:
        if utterance.n > LONGEST_S * HEARING_RATE:
            return True
        return self.hands_free and utterance.silence_s >= (self.silence_s if utterance.ends_s is None else utterance.ends_s)

    def _finished(self, utterance: Utterance) -> Utterance:
        utterance.over, self.current = True, None
        return utterance


def softest(samples: np.ndarray) -> int:
    """Where a piece that is too long is best cut: the softest tenth of a second of its last seconds.

    Args:
        samples: (n,) float32 at 16 kHz, longer than those seconds.

    Returns:
        Index of a sample.
    """
    start = max(0, len(samples) - round(_SEARCH_S * HEARING_RATE))
    steps = (len(samples) - start) // STEP
    powers = np.square(samples[start : start + steps * STEP]).reshape(steps, STEP).mean(axis=1)
    smooth = np.convolve(powers, np.ones(10) / 10, "valid")
    return start + (int(smooth.argmin()) + 5) * STEP

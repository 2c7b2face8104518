"""Blinks at natural rates, tied to pauses: a seeded process beside the network, because no sound says when a person blinks.

Rates: about 17 blinks per minute at rest and 26 in conversation (Bentivoglio et al. 1997), most of them where a phrase ends; a lid
closes in about 90 ms and opens in about 160 ms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_CLOSING_S, _SHUT_S, _OPENING_S = 0.085, 0.03, 0.165
_RESTING_PER_S, _SPEAKING_PER_S, _PHRASE_END_PER_S = 17 / 60, 14 / 60, 2.2
#: after a blink, none for this long; a pause draws blinks for this long
_REFRACTORY_S, _PAUSE_S = 1.1, 0.35


class Blinks:
    """The lids of one face.

    Args:
        seed: the same seed and voice give the same blinks, whatever the chunks.
        fps: frames per second.
        first_frame: number in its clip of the first frame that will be asked for; every frame has its own two numbers, drawn or not.
    """

    def __init__(self, seed: int, fps: float, first_frame: int = 0) -> None:
        numbers = np.random.PCG64(seed)
        numbers.advance(2 * first_frame)
        self._rng = np.random.Generator(numbers)
        self._step_s = 1 / fps
        self._since_s, self._silent_s, self._spoke, self._size = 0.6, 1.0, False, 0.0

    def next(self, active: Sequence[float] | np.ndarray) -> np.ndarray:
        """The lids of the next frames.

        Args:
            active: (k,) voice activity in [0, 1].

        Returns:
            (k,) eyeBlink in [0, 1].
        """
        out = np.zeros(len(active), np.float32)
        for i, voice in enumerate(active):
            out[i] = self._frame(float(voice))
        return out

    def _frame(self, voice: float) -> float:
        if voice > 0.5:
            self._spoke, self._silent_s = True, 0.0
        else:
            self._silent_s += self._step_s
        phrase_end = self._spoke and 0.05 < self._silent_s < _PAUSE_S
        rate = _PHRASE_END_PER_S if phrase_end else _SPEAKING_PER_S if voice > 0.5 else _RESTING_PER_S
        draw, size = self._rng.random(), self._rng.uniform(0.88, 1.0)
        self._since_s += self._step_s
        if self._since_s > _REFRACTORY_S and draw < rate * self._step_s:
            self._since_s, self._size = 0.0, float(size)
        return self._size * self._lid(self._since_s)

    @staticmethod
    def _lid(t: float) -> float:
        """How far the lid is down ``t`` seconds into a blink."""
        if t < _CLOSING_S:
            return 0.5 - 0.5 * float(np.cos(np.pi * t / _CLOSING_S))
        t -= _CLOSING_S + _SHUT_S
        if t < 0:
            return 1.0
        return 0.5 + 0.5 * float(np.cos(np.pi * t / _OPENING_S)) if t < _OPENING_S else 0.0

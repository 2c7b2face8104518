"""Whether somebody speaks in the room, told apart from what is left of the avatar's own voice."""

from __future__ import annotations

import math

import numpy as np

from app.conversation.dialogue import HEARING_RATE
from app.conversation.echo.linear import BANDS, BLOCK, STRONG

#: seconds of a block
BLOCK_S = BLOCK / HEARING_RATE
#: how much stronger each band is than what is expected without anybody is limited to this, in dB, before the mean of all is taken
_LEAST_DB, _MOST_DB = -6.0, 30.0
#: by so much of that mean nobody is there; what lies above is added up from block to block, and at this sum somebody has begun (E. S.
#: Page's cumulative sum, which notices a change soonest for its false alarms). The highest sum while only the avatar spoke was 25 in 51
#: made-up scenes of 17 s (four voices, echo of -12 to +12 dB, reverberation of 0.15 to 0.8 s, clipping, drift, noise)
_BIAS_DB, _BEGAN_DB = 5.0, 27.0
#: a block is voiced when its mean is above this, and it is louder than -56 dBFS
_VOICED_DB, _FAINTEST = 6.0, 10**-5.6
#: the room's noise rises by this per block at most, and counts for so much of what is expected
_NOISE_RISES, _NOISE_COUNTS = 1.006, 3.0
#: a band as weak as this says nothing
_NOTHING = 1e-7
#: the echo's power fades by this per block at most: rooms fade slower than that only in tails that are weak already
_TAIL = 10**-0.12
#: seconds over which the remains are averaged, and longer while somebody seems to speak
_MEAN_S, _WHILE_VOICED_S = 1.0, 10.0
#: a single block counts for at most so much more than usual
_GROWTH = 16.0
#: an echo weaker than this says nothing about its remains
_AUDIBLE = 10**-6.5
#: so much of the avatar's voice has to be heard before anything can be told apart
LEARN_S = 1.5


class VoiceGate:
    """Judges blocks of what an echo canceller leaves. For one thread.

    Attributes:
        voiced: whether the newest block sounds like somebody in the room.
        learnt_s: seconds of the avatar's voice that were heard so far.
    """

    def __init__(self) -> None:
        self.voiced = False
        self.learnt_s = 0.0
        self._left, self._echo = np.full(BANDS, 1e-7), np.full(BANDS, 1e-7)
        self._noise = np.full(BANDS, 1e-6)
        self._tail = np.zeros(BANDS)
        self._sounding = 0.0
        self._sum_db = 0.0

    @property
    def leak_db(self) -> float:
        """What is usually left of the echo, in decibels of it, where voices are strong."""
        share = float(self._left[STRONG].sum() / self._echo[STRONG].sum())
        return 10 * math.log10(min(max(share, 1e-9), 4.0))

    @property
    def noise(self) -> float:
        """Power of the room's noise."""
        return float(self._noise.sum())

    @property
    def hit(self) -> bool:
        """Whether somebody has begun to speak."""
        return self._sum_db >= _BEGAN_DB

    def forget_hit(self) -> None:
        """Begin to count anew."""
        self._sum_db = 0.0

    def judge(self, left: np.ndarray, echo: np.ndarray, played: float, overdriven: bool = False) -> None:
        """Look at the next block.

        Args:
            left: (BANDS,) power of what is left of it.
            echo: (BANDS,) power of the echo that was taken away.
            played: power of what the loudspeaker was given.
            overdriven: the echo alone was too much for the microphone, so that nothing can be told apart.
        """
        self._tail = np.maximum(echo, self._tail * _TAIL)
        self._sounding = max(float(echo[STRONG].sum()), self._sounding * _TAIL)
        self._noise = np.minimum(self._noise * _NOISE_RISES, np.maximum(left, 1e-10))
        self.learnt_s += BLOCK_S * (played > _AUDIBLE)
        known = self.learnt_s >= LEARN_S or (played <= _AUDIBLE and self._sounding <= _AUDIBLE)
        leak = np.minimum(self._left / self._echo, 4.0)
        above_db = self._above_db(left, leak) if known and not overdriven else _LEAST_DB
        loud = float(left[STRONG].sum()) > _FAINTEST
        self.voiced = loud and above_db > _VOICED_DB
        self._sum_db = max(0.0, self._sum_db + (above_db if loud else min(above_db, 0.0)) - _BIAS_DB)
        if self._sounding > _AUDIBLE and not overdriven:
            pace = BLOCK_S / (_WHILE_VOICED_S if self.voiced else _MEAN_S)
            # somebody who is not noticed must not pass for an echo
            most = self._tail if self.voiced else _GROWTH * leak * self._tail
            self._left += pace * (np.minimum(left, most) - self._left)
            self._echo += pace * (self._tail - self._echo)

    def _above_db(self, left: np.ndarray, leak: np.ndarray) -> float:
        """How much stronger a block is than it would be without anybody, in the mean of the bands."""
        above = 10 * np.log10(np.maximum(left, 1e-12) / (leak * self._tail + _NOISE_COUNTS * self._noise + 1e-12))
        above[left < _NOTHING] = np.minimum(above[left < _NOTHING], 0.0)
        return float(np.clip(above, _LEAST_DB, _MOST_DB).mean())

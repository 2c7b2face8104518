"""Whether somebody speaks in the room, told apart from what is left of the avatar's own voice."""

from __future__ import annotations

import math

from app.conversation.dialogue import HEARING_RATE
from app.conversation.echo.linear import BLOCK

#: seconds of a block
BLOCK_S = BLOCK / HEARING_RATE
#: what is left has to be so much stronger than the echo's usual remains (6.5 dB) ...
_ABOVE_LEAK = 10**0.65
#: ... and than the room's noise (9 dB), and than -56 dBFS
_ABOVE_NOISE, _FAINTEST = 10**0.9, 10**-5.6
#: a hit is so many voiced blocks of the last ones: 90 of 110 ms
VOICED, OF = 9, 11
#: the echo's power fades by this per block at most: a room of 0.25 s falls by 2.4 dB in 10 ms, reverberation that is modelled too late less
_TAIL = 10**-0.055
#: the remains are followed fast upwards and slowly downwards, and hardly at all while somebody seems to speak
_UP, _DOWN, _WHILE_VOICED = 0.05, 0.012, 0.0025
#: an echo weaker than this says nothing about its remains
_AUDIBLE = 10**-6.5
#: so much of the avatar's voice has to be heard before anything can be told apart
LEARN_S = 0.8


class VoiceGate:
    """Judges blocks of what an echo canceller leaves. For one thread.

    Attributes:
        voiced: whether the newest block sounds like somebody in the room.
        learnt_s: seconds of the avatar's voice that were heard so far.
    """

    def __init__(self) -> None:
        self.voiced = False
        self.learnt_s = 0.0
        self._leak = 1.0
        self._noise = 1e-6
        self._tail = 0.0
        self._last: list[bool] = []

    @property
    def leak_db(self) -> float:
        """What is usually left of the echo, in dB of the echo."""
        return 10 * math.log10(max(self._leak, 1e-9))

    @property
    def hit(self) -> bool:
        """Whether somebody has begun to speak."""
        return sum(self._last) >= VOICED

    def forget_hit(self) -> None:
        """Begin to count anew."""
        self._last.clear()

    def judge(self, left: float, echo: float, reference: float = 0.0) -> None:
        """Look at the next block.

        Args:
            left: power of what is left of it.
            echo: power of the echo that was taken away.
            reference: power of what the loudspeaker was given.
        """
        self._tail = max(echo, self._tail * _TAIL)
        self._noise = min(max(self._noise * 1.006, 1e-9), max(left, 1e-9))
        if reference > _AUDIBLE:
            self.learnt_s += BLOCK_S
        learnt = self.learnt_s >= LEARN_S or (reference <= _AUDIBLE and self._tail <= _AUDIBLE)
        self.voiced = learnt and left > max(self._leak * self._tail * _ABOVE_LEAK, self._noise * _ABOVE_NOISE, _FAINTEST)
        self._last = [*self._last[-(OF - 1) :], self.voiced]
        if self._tail > _AUDIBLE:
            share = min(left / self._tail, 1.0 if self.voiced else 4.0)
            pace = _WHILE_VOICED if self.voiced else _UP if share > self._leak else _DOWN
            self._leak += pace * (share - self._leak)

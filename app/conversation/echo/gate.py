"""Whether somebody speaks in the room, told apart from what is left of the avatar's own voice."""

from __future__ import annotations

import math

from app.conversation.dialogue import HEARING_RATE
from app.conversation.echo.linear import BLOCK

#: seconds of a block
BLOCK_S = BLOCK / HEARING_RATE
#: a block is voiced when it is so much stronger than what is usually left of the echo (9 dB), and clear when by 20 dB. These figures had
#: no false start in sixteen made-up scenes of 20 s (echo of -12 to +12 dB, clipped, 50 ppm of drift, delays of 80 and 250 ms) and
#: heard all of 48 people who began over the avatar within 100 ms
_VOICED, _CLEAR = 10**0.9, 10**2.0
#: a hit is so many voiced blocks of the last ones, or so many clear ones: 100 of 120 ms, 40 of 50 ms
_VOICED_OF, _CLEAR_OF = (10, 12), (4, 5)
#: stronger than the room's noise by 9 dB and 15 dB, and than -56 dBFS
_ABOVE_NOISE, _CLEARLY_ABOVE_NOISE, _FAINTEST = 10**0.9, 10**1.5, 10**-5.6
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
        self._left = self._echo = 1e-7
        self._noise = 1e-6
        self._tail = 0.0
        self._last_voiced: list[bool] = []
        self._last_clear: list[bool] = []

    @property
    def leak(self) -> float:
        """What is usually left of the echo, as a share of its power."""
        return min(self._left / self._echo, 4.0)

    @property
    def leak_db(self) -> float:
        """The same in decibels."""
        return 10 * math.log10(max(self.leak, 1e-9))

    @property
    def hit(self) -> bool:
        """Whether somebody has begun to speak."""
        return sum(self._last_voiced) >= _VOICED_OF[0] or sum(self._last_clear) >= _CLEAR_OF[0]

    def forget_hit(self) -> None:
        """Begin to count anew."""
        self._last_voiced.clear()
        self._last_clear.clear()

    def judge(self, left: float, echo: float, played: float) -> None:
        """Look at the next block.

        Args:
            left: power of what is left of it.
            echo: power of the echo that was taken away.
            played: power of what the loudspeaker was given.
        """
        self._tail = max(echo, self._tail * _TAIL)
        self._noise = min(self._noise * 1.006, max(left, 1e-9))
        self.learnt_s += BLOCK_S * (played > _AUDIBLE)
        known = self.learnt_s >= LEARN_S or (played <= _AUDIBLE and self._tail <= _AUDIBLE)
        above = max(left - 2 * self._noise, 0.0) / (self.leak * self._tail + 1e-12) if known else 0.0
        self.voiced = above > _VOICED and left > max(self._noise * _ABOVE_NOISE, _FAINTEST)
        clear = self.voiced and above > _CLEAR and left > self._noise * _CLEARLY_ABOVE_NOISE
        self._last_voiced = [*self._last_voiced[-(_VOICED_OF[1] - 1) :], self.voiced]
        self._last_clear = [*self._last_clear[-(_CLEAR_OF[1] - 1) :], clear]
        if self._tail > _AUDIBLE:
            pace = BLOCK_S / (_WHILE_VOICED_S if self.voiced else _MEAN_S)
            # somebody who is not noticed must not pass for an echo
            self._left += pace * (min(left, self._tail if self.voiced else _GROWTH * self.leak * self._tail) - self._left)
            self._echo += pace * (self._tail - self._echo)

"""When somebody speaks: voice against the noise of the room, in steps of 10 ms."""

from __future__ import annotations

import importlib.util
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from app.conversation.dialogue import HEARING_RATE

STEP_S = 0.01
STEP = round(STEP_S * HEARING_RATE)
#: the room's noise is the least level within so many seconds: words have gaps, noise has none
_ROOM_S = 2.0
#: what the noise is taken for before anything was heard, and the limits between which it is believed, in dB of full scale
_ROOM_FIRST_DB, _ROOM_LEAST_DB, _ROOM_MOST_DB = -50.0, -66.0, -26.0
#: so much louder than the room is loud; a voice that began goes on down to less
_LOUD_DB, _STILL_LOUD_DB = 10.0, 7.0
#: so many of the last steps must be loud and voiced for a voice to begin: a click is shorter, a hum has no voice
_BEGIN_STEPS, _OF_STEPS = 5, 8
#: and so many in a row that are not loud end it
_END_STEPS = 12
_VOICED = 0.4
#: levels are averaged over so many steps
_SMOOTH = 3


def voice_likelihood() -> Callable[[np.ndarray], float]:
    """WebRTC's detector of voice, 0-1 for each 10 ms; where the package is missing every sound may be a voice."""
    if importlib.util.find_spec("pywebrtc_audio") is None:
        return lambda _samples: 1.0
    import pywebrtc_audio

    detector: Any = pywebrtc_audio.VoiceDetector(HEARING_RATE)
    return lambda samples: float(detector.process(samples))


class VoiceActivity:
    """Says for every 10 ms whether a voice speaks.

    Args:
        likelihood: of voice in 160 samples, 0-1; None for WebRTC's.

    Attributes:
        level: root mean square of the last step, 0-1; for a meter.
        speaking: whether a voice has begun and is not silent longer than the gaps between words.
    """

    def __init__(self, likelihood: Callable[[np.ndarray], float] | None = None) -> None:
        self._likelihood = likelihood or voice_likelihood()
        self._left = np.zeros(0, np.float32)
        self._levels: deque[float] = deque([1e-8] * _SMOOTH, _SMOOTH)
        self._room: deque[float] = deque([_ROOM_FIRST_DB] * 4, round(_ROOM_S / STEP_S))
        self._recent: deque[bool] = deque(maxlen=_OF_STEPS)
        self._quiet = 0
        self.level = 0.0
        self.speaking = False

    def push(self, samples: np.ndarray) -> list[bool]:
        """One answer for every whole 10 ms that are known now.

        Args:
            samples: (n,) float32 at 16 kHz in [-1, 1]; what is left over is kept for the next call.
        """
        heard = np.concatenate([self._left, samples.astype(np.float32, copy=False)])
        whole = len(heard) // STEP * STEP
        self._left = heard[whole:].copy()
        return [self._step(heard[at : at + STEP]) for at in range(0, whole, STEP)]

    def _step(self, samples: np.ndarray) -> bool:
        power = float(np.dot(samples, samples)) / STEP
        self.level = power**0.5
        self._levels.append(power + 1e-10)
        level_db = 10 * float(np.log10(sum(self._levels) / _SMOOTH))
        self._room.append(level_db)
        room_db = min(max(min(self._room), _ROOM_LEAST_DB), _ROOM_MOST_DB)
        voiced = self._likelihood(samples) > _VOICED
        self._recent.append(voiced and level_db > room_db + _LOUD_DB)
        if self.speaking:
            loud = level_db > room_db + _STILL_LOUD_DB
            self._quiet = 0 if loud else self._quiet + 1
            self.speaking = self._quiet < _END_STEPS
            return loud
        if sum(self._recent) >= _BEGIN_STEPS:
            self.speaking, self._quiet = True, 0
            return True
        return False

"""What the user says, on its way to a service: 24 kHz PCM as base64, and when it was heard."""

from __future__ import annotations

import base64
from collections import deque

import numpy as np
import soxr

from app.conversation.dialogue import HEARING_RATE

#: samples per second that the services take
RATE = 24000
#: blocks whose moments are remembered: more than a minute of blocks of 20 ms
_REMEMBERED = 4096


class Upstream:
    """One connection's stream of sound; its time line begins with the connection."""

    def __init__(self) -> None:
        self._resampler = soxr.ResampleStream(HEARING_RATE, RATE, 1, dtype="float32", quality="MQ")
        self._heard = 0
        #: (seconds of sound up to the end of a block, when that end was heard)
        self._moments: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)

    @property
    def heard_s(self) -> float:
        """Seconds of sound so far."""
        return self._heard / HEARING_RATE

    def encode(self, samples: np.ndarray, at_s: float) -> str:
        """Base64 of the next samples; "" while the rate conversion holds them back.

        Args:
            samples: (n,) float32 at ``HEARING_RATE``.
            at_s: ``time.perf_counter`` when the last of them was heard.
        """
        self._heard += len(samples)
        self._moments.append((self.heard_s, at_s))
        sound = self._resampler.resample_chunk(np.ascontiguousarray(samples, np.float32))
        return base64.b64encode(np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()).decode("ascii")

    def moment(self, position_s: float) -> float:
        """``time.perf_counter`` when a position of the stream was heard; 0 before anything was."""
        for end_s, at_s in self._moments:
            if end_s >= position_s:
                return at_s - (end_s - position_s)
        return self._moments[-1][1] if self._moments else 0.0

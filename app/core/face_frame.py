"""One face at one moment, as it travels between programs while it moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FaceFrame:
    """A face that was sent or received.

    Attributes:
        weights: (52,) float32 in the order of ARKIT_CHANNELS.
        angles: (9,) float32 radians in the order of ``core.head.ANGLES``, or None when nobody tracks them.
        time_s: when it is, on the sender's time line, in seconds.
        index: number of the frame as the sender counts.
        fps: frames per second as the sender says; 0 where its wire does not (VMC).
        subject: whose face it is, as the sender calls it.
        is_held: the sender sees no face (Live Link Face sends no shapes then): the last pose stands.
        happened_s: on ``time.perf_counter``, when what the face shows happened (a sound reached the microphone, a playhead stood
            there), where that is known: delays are counted from it. It does not travel.
    """

    weights: np.ndarray
    angles: np.ndarray | None = None
    time_s: float = 0.0
    index: int = 0
    fps: float = 60.0
    subject: str = ""
    is_held: bool = False
    happened_s: float | None = None

"""A moment of a clip to be heard while the playhead is dragged over it."""

from __future__ import annotations

import numpy as np

from app.audio.cue import Cue, Reel

#: long enough to hear which sound it is, short enough to stay with the mouse: a vowel's shortest, and six periods of a low voice
SNIPPET_S = 0.06
#: how long it fades in and out
EDGE_S = 0.012


def snippet_cue(reel: Reel, at_s: float, out_rate: int) -> Cue:
    """Make the moment around a position ready to be played; all of the work is done here, nothing is left for the callback.

    Args:
        reel: the clip.
        at_s: media seconds.
        out_rate: samples per second of the output device.

    Returns:
        A complete cue of about SNIPPET_S; shorter only when the clip is.
    """
    n = min(round(SNIPPET_S * reel.rate), reel.length)
    first = min(max(round(at_s * reel.rate) - n // 2, 0), reel.length - n)
    ramp = np.minimum(np.arange(n) + 0.5, n - np.arange(n) - 0.5) / max(EDGE_S * reel.rate, 1.0)
    shaped = reel.read(first, first + n) * (0.5 - 0.5 * np.cos(np.pi * np.clip(ramp, 0.0, 1.0)))
    cue = Cue(Reel(shaped.astype(np.float32), reel.rate), 0.0, out_rate, fade=True)
    while cue.produce():
        pass
    return cue

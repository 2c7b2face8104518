"""How much of a clip a network must hear again to go on in its middle as if it had heard all of it."""

from __future__ import annotations

import math

import numpy as np

from models.dimensions import DILATIONS, LAYERS, SPAN, STEP_HZ
from models.features import FALL, FIRST_PEAK, HOP, LOWEST_PEAK, RATE, WINDOW, LogMel

#: what is always enough for attention, for the temporal blocks (5.5 s together), for slack to settle and for blinks to meet again
LEAST_S = 10
#: steps that the encoder's layers, its convolutions and the temporal blocks look back on, and slack's creep to a ten-thousandth
_REACH = LAYERS * (SPAN - 1) + 2 + 2 * sum(DILATIONS["quality"]) + 88
_PER_S = RATE // HOP
#: sound is at most so loud (log10 of the strongest mel of a full-scale wave)
_LOUDEST = 3.5
#: what is always enough: the loudest peak has fallen to the lowest one before the networks' reach begins
MOST_S = round(_REACH / STEP_HZ + (_LOUDEST - LOWEST_PEAK) / (FALL * _PER_S))


def needed_context_s(samples: np.ndarray, at_s: float) -> int:
    """Whole seconds of sound before a moment after which frames are those of the whole clip.

    Usually the least. The level of the log-mels follows the loudest sound, from which it falls by 2 dB a second: where a voice fell
    silent, or speaks softly after a shout, the sound that set the level has to be heard again.

    Args:
        samples: (n,) float32 at 16 kHz in [-1, 1], from the clip's beginning on.
        at_s: time of the first frame that is wanted.

    Returns:
        From LEAST_S to MOST_S; less only where the clip has no more before that moment.
    """
    second = int(at_s)
    first = max(second - MOST_S, 0)
    reach = int((at_s - _REACH / STEP_HZ - first) * _PER_S)  # in frames of the log-mels that were heard again
    if reach <= 0:
        return min(second, LEAST_S)
    mel = LogMel()
    loudest = mel.unlevelled(samples[None, first * RATE :][:, : reach * HOP], mel.start(1))[0].max(-1, initial=-10)
    if not len(loudest):
        return min(second, LEAST_S)
    fallen = loudest - FALL * np.arange(len(loudest))[::-1]
    set_by = int(fallen.argmax())
    level = max(float(fallen[set_by]), LOWEST_PEAK)
    if level == LOWEST_PEAK:
        set_by = len(loudest)
    # a stream's own first level has to fall below this one, and windows that reach back before its beginning are cut off
    begin = min(set_by - WINDOW // HOP - 1, len(loudest) - math.ceil((FIRST_PEAK - level) / FALL))
    return min(max(second - first - begin // _PER_S, LEAST_S), second)

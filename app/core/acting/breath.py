"""When a speaker breathes in.

Breaths for speech are quick, 0.4 to 0.7 s, and deeper before longer phrases (Winkworth, Davis, Adams & Ellis 1995, *Breathing patterns
during spontaneous speech*, J. Speech Hear. Res. 38; Rochet-Capellan & Fuchs 2013, *The interplay of linguistic structure and breathing in
German spontaneous speech*); they lie in the pauses at the borders of sentences. The mouth is as it was before the first sound: of a P, B or
M the lips are together before it is heard.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.core.acting.gestures import Breath
from app.core.acting.phrases import Phrase

#: seconds of a breath in; in a short pause it is shorter and flatter
BREATH_S = (0.42, 0.7)
SHORTEST_S = 0.22
#: the mouth is as before so long before the first phone, and before the first sound where no phones are known, for a closure is not heard
READY_S, READY_UNHEARD_S = 0.07, 0.16
#: nobody breathes in sooner again
_APART_S = 1.3
_SPENT_S = 4.0


def breaths_of(phrases: Sequence[Phrase], is_heard: bool, seed: int) -> list[Breath]:
    """Breaths before phrases that follow a pause.

    Args:
        phrases: of all that is said.
        is_heard: the phrases were found in the sound alone.
        seed: of chance.
    """
    ready_s = READY_UNHEARD_S if is_heard else READY_S
    made: list[Breath] = []
    for i, phrase in enumerate(phrases):
        rng = np.random.default_rng([seed, 8, max(round(1e3 * phrase.start_s), 0)])
        low, high = BREATH_S
        wanted_s = low + (high - low) * float(rng.random())
        room_s = phrase.pause_s - ready_s - 0.03
        end_s = phrase.start_s - ready_s
        if room_s < SHORTEST_S or (made and end_s - made[-1].end_s < _APART_S):
            continue
        spoken_s = _until_next(phrases, i) - phrase.start_s
        depth = min(0.55 + 0.15 * spoken_s, 1.0) * min(room_s / low, 1.0)
        lasts_s = min(wanted_s, room_s)
        made.append(Breath(end_s - lasts_s, end_s, depth, phrase.start_s + min(spoken_s, _SPENT_S)))
    return made


def _until_next(phrases: Sequence[Phrase], first: int) -> float:
    """When the air is wanted again: the end of the last phrase before the next long pause."""
    end_s = phrases[first].end_s
    for phrase in phrases[first + 1 :]:
        if phrase.pause_s >= SHORTEST_S + READY_S:
            break
        end_s = phrase.end_s
    return end_s

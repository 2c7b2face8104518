"""When the head nods and how it is held.

Figures: head motion follows the voice's pitch and loudness closely enough to make it easier to understand (Munhall et al. 2004, *Visual
prosody and speech intelligibility*, Psychol. Sci. 15; Busso et al. 2007, *Rigid head motion in expressive speech animation*, IEEE Trans.
ASLP 15). On accents it nods, seldom with a turn or a tilt; a nod is a swing of a few degrees and as quick a swing back, at times with a
small move the other way first (Graf, Cosatto, Ström & Huang 2002, *Visual prosody: facial movements accompanying speech*). It takes 0.3
to 0.7 s as a whole (Hadar, Steiner, Grant & Rose 1983, *Head movement correlates of juncture and stress at sentence level*, Lang. Speech
26), and between phrases the whole posture shifts, more slowly. The ways are those of least jerk (Flash & Hogan 1985, J. Neurosci. 5).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.core.acting.accents import Accent
from app.core.acting.gestures import Hold, Nod, Raise
from app.core.acting.phrases import Phrase

#: degrees of a nod on the weakest and the strongest accent, and the most that chance may make of it
NOD_DEG, MOST_NOD_DEG = (2.0, 5.0), 6.0
NOD_RISE_S, NOD_FALL_S = (0.20, 0.26), (0.32, 0.46)
#: how far a nod is off the accent, at most
OFF_S = 0.02
#: nods of one phrase are so far apart, for a head that follows every syllable bobs
NODS_APART_S = 0.75
#: share of phrases whose strongest accent has a nod
_NODDED = 0.88
#: share of nods with a turn and a tilt
_ASIDE = 0.3
#: spread of the way the head is held, degrees of pitch, yaw and roll, and the furthest
_HELD, _FURTHEST = np.array([0.8, 2.0, 1.2]), np.array([1.6, 3.8, 2.4])
_SHIFT_S = (0.7, 1.1)
#: after this silence the head comes back to straight on
_RESTS_AFTER_S = 1.2
_BROWS, _RAISED_APART_S = (0.16, 0.3), 1.4


def nods_on(accents: Sequence[Accent], rng: np.random.Generator) -> list[Nod]:
    """Nods on a phrase's accents: nearly always one on the strongest.

    Args:
        accents: of one phrase.
        rng: chance.
    """
    made: list[Nod] = []
    chances = rng.random((len(accents), 7)).tolist()
    for i in sorted(range(len(accents)), key=lambda i: -accents[i].strength):
        accent, (chance, aside, way, size, off, rise, fall) = accents[i], chances[i]
        if chance > (accent.strength if made else _NODDED) or any(abs(accent.time_s - nod.time_s) < NODS_APART_S for nod in made):
            continue
        low, high = NOD_DEG
        pitch = min((low + (high - low) * accent.strength) * (0.8 + 0.4 * size), MOST_NOD_DEG)
        side = 1.0 if way < 0.5 else -1.0
        yaw, roll = (0.0, 0.0) if aside >= _ASIDE else (side * pitch * 0.45, side * pitch * 0.3)
        made.append(Nod(accent.time_s + (2 * off - 1) * OFF_S, (pitch, yaw, roll), _between(NOD_RISE_S, rise), _between(NOD_FALL_S, fall)))
    return sorted(made, key=lambda nod: nod.time_s)


def raises_on(accents: Sequence[Accent], phrase: Phrase, rng: np.random.Generator) -> list[Raise]:
    """Brows on some strong accents, and at the end of a question.

    They are batons (Ekman 1979, *About brows*) that go with rises of pitch (Cavé et al. 1996, *About the relationship between eyebrow
    movements and F0 variations*, ICSLP).

    Args:
        accents: of one phrase.
        phrase: which.
        rng: chance.
    """
    made: list[Raise] = []
    for accent in accents:
        chance, height = rng.random(2).tolist()
        asks = accent.nuclear and phrase.closing == "question"
        if asks or (accent.strength > 0.6 and chance < 0.4 and (not made or accent.time_s - made[-1].time_s > _RAISED_APART_S)):
            made.append(Raise(accent.time_s - 0.03, _between(_BROWS, height)))
    return made


def holds_of(phrase: Phrase, next_start_s: float | None, rng: np.random.Generator) -> list[Hold]:
    """How the head is held during a phrase and behind it.

    Args:
        phrase: which.
        next_start_s: when the next one begins, None for the last.
        rng: chance.
    """
    turn = np.clip(rng.normal(0.0, 1.0, 3) * _HELD, -_FURTHEST, _FURTHEST)
    lasts, tilt, off = rng.random(3).tolist()
    start_s = phrase.start_s - 0.3 * min(phrase.pause_s + 0.3, 1.0)
    made = [Hold(start_s, _turn(turn), _between(_SHIFT_S, lasts))]
    if phrase.ends and phrase.end_s - phrase.start_s > 0.5:
        # who asks lifts and tilts the head, who has finished lowers it a little
        closing = np.array([-1.6, 0.0, 1.8 if tilt < 0.5 else -1.8]) if phrase.closing == "question" else np.array([1.0, 0.0, 0.0])
        made.append(Hold(max(phrase.end_s - 0.45, start_s + 0.3), _turn(0.6 * turn + closing), 0.75))
    if next_start_s is None or next_start_s - phrase.end_s > _RESTS_AFTER_S:
        made.append(Hold(phrase.end_s + 0.25 + 0.2 * off, (0.0, 0.0, 0.0), 1.1))
    return made


def _turn(values: np.ndarray) -> tuple[float, float, float]:
    pitch, yaw, roll = values.tolist()
    return pitch, yaw, roll


def _between(low_high: tuple[float, float], share: float) -> float:
    low, high = low_high
    return low + (high - low) * share

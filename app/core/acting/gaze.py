"""Where the eyes go while somebody speaks, and when the lids close.

Who begins to speak looks away, and looks back as the end comes near (Kendon 1967, *Some functions of gaze-direction in social interaction*,
Acta Psychol. 26). Lengths, sizes and directions of looks while talking are those that were measured by Lee, Badler & Badler 2002, *Eyes
alive*, ACM Trans. Graph. 21: away for 0.93 s, at the other for 3.1 s on average, sizes that fall off exponentially, up, down and aside more
often than across. People who talk blink 26 times a minute (Bentivoglio et al. 1997, *Analysis of blink rate patterns in normal subjects*,
Mov. Disord. 12), at pauses above all (Nakano & Kitazawa 2010, *Eyeblink entrainment at breakpoints of speech*, Exp. Brain Res. 205), and
with large shifts of gaze (Evinger et al. 1994, *Not looking while leaping*, Exp. Brain Res. 100).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from app.core.acting.eyes import BLINK_LASTS, DOUBLE_BLINK_GAP, DOUBLE_BLINK_SHARE, blink_gap_s, fixation_s, resting_gaze
from app.core.acting.gestures import Blink, Look
from app.core.acting.phrases import Phrase

#: at the latest so long before a phrase that ends something, the eyes are back
RETURN_S = 0.4
#: who begins looks away, and who goes on does so more seldom
_AWAY_AT_START, _AWAY_BETWEEN = 0.65, 0.15
_AWAY_S, _AT_S = 0.93, 3.1
_SHORTEST_S = 0.35
#: degrees of a look away, by chance between its limits; up and down count less on a face that is looked at closely
_SIZE, _SIZES, _UP_SHARE = (6.9, 15.7), (5.0, 13.0), 0.65
#: how often looks go right, right and up, up, … round the clock (table 2 of Lee, Badler & Badler)
_WAYS = np.array([15.54, 6.46, 17.69, 7.44, 16.80, 7.89, 20.38, 7.79])
#: while it is at the other one, gaze goes between the eyes and the mouth
_AT_SPREAD, _AT_STEP_S = (0.9, 0.6), (0.7, 1.9)
#: silence longer than this is rest, with looks as at rest
_REST_S = 2.0
#: a blink at the end of a phrase: how often, and how long after it
_BLINKS_AT_END, _BLINKS_AT_COMMA, _AFTER_END_S = 0.85, 0.55, (-0.05, 0.18)
#: no blink sooner after another; one at the latest after so long
_APART_S, _LONGEST_S = 0.9, 5.5
#: gaze shifts over this many degrees come with a blink every other time
_LARGE_DEG = 8.0


def looks_in(phrase: Phrase, rng: np.random.Generator) -> list[Look]:
    """Where the eyes go from a little before a phrase to its end.

    Args:
        phrase: which.
        rng: chance.
    """
    back_s = phrase.end_s - RETURN_S - 0.2 * float(rng.random())
    start_s = phrase.start_s - min(0.05 + 0.2 * float(rng.random()), max(phrase.pause_s - 0.02, 0.0))
    goes = rng.random() < (_AWAY_AT_START if phrase.begins else _AWAY_BETWEEN)
    looks: list[Look] = []
    at_s = start_s
    while True:
        if goes and back_s - at_s > _SHORTEST_S:
            looks.append(_away(at_s, rng))
            at_s = min(at_s + max(_SHORTEST_S, float(rng.exponential(_AWAY_S))), back_s)
        stays_s = max(1.0, float(rng.exponential(_AT_S)))
        end_s = min(at_s + stays_s, phrase.end_s)
        looks += _at_other(at_s, end_s, rng)
        if end_s >= back_s:
            return looks
        at_s, goes = end_s, True


def looks_at_rest(start_s: float, end_s: float, rng: np.random.Generator) -> list[Look]:
    """Where the eyes go in a long silence.

    Args:
        start_s: when somebody stopped to speak.
        end_s: when the next phrase begins.
        rng: chance.
    """
    looks: list[Look] = []
    at_s = start_s + 0.5 + float(rng.random())
    while end_s - start_s > _REST_S and at_s < end_s - 0.6:
        looks.append(Look(at_s, *resting_gaze(rng)))
        at_s += fixation_s(rng)
    return looks


def _away(start_s: float, rng: np.random.Generator) -> Look:
    """A look away."""
    step, widest = _SIZE
    low, high = _SIZES
    size = min(max(-step * float(np.log(rng.uniform(0.6, 15.0) / widest)), low), high)
    way = np.pi / 4 * int(rng.choice(len(_WAYS), p=_WAYS / _WAYS.sum()))
    return Look(start_s, -size * float(np.cos(way)), _UP_SHARE * size * float(np.sin(way)))


def _at_other(start_s: float, end_s: float, rng: np.random.Generator) -> list[Look]:
    """Looks at the one who is spoken to, with the small steps that eyes make."""
    looks, at_s = [Look(start_s, 0.0, 0.0)], start_s
    low, high = _AT_STEP_S
    while (at_s := at_s + float(rng.uniform(low, high))) < end_s - 0.3:
        aside, up = np.clip(rng.normal(0.0, _AT_SPREAD), -1.6, 1.6).tolist()
        looks.append(Look(at_s, aside, up))
    return looks


def blinks_of(phrases: Sequence[Phrase], looks: Sequence[Look], span_s: tuple[float, float], seed: int, rate: float) -> list[Blink]:
    """When the lids close.

    Args:
        phrases: of all that is said.
        looks: where the eyes go.
        span_s: from when to when there is a face.
        seed: of chance.
        rate: factor on how often.
    """
    wanted: list[tuple[int, float]] = []
    for phrase in phrases:
        rng = np.random.default_rng([seed, 5, _mark(phrase.end_s)])
        often = _BLINKS_AT_END if phrase.ends else _BLINKS_AT_COMMA if phrase.closing or phrase.pause_s else 0.3
        if rng.random() < often * min(rate, 1.15):
            wanted.append((0, phrase.end_s + float(rng.uniform(*_AFTER_END_S))))
    for before, look in itertools.pairwise(looks):
        rng = np.random.default_rng([seed, 6, _mark(look.start_s)])
        if np.hypot(look.aside - before.aside, look.up - before.up) > _LARGE_DEG and rng.random() < 0.5 * rate:
            wanted.append((1, look.start_s - 0.05))
    kept: list[float] = []
    for _, at_s in sorted(wanted):
        if all(abs(at_s - other) >= _APART_S for other in kept) and span_s[0] <= at_s <= span_s[1] - BLINK_LASTS:
            kept.append(at_s)
    return _filled(sorted(kept), span_s, seed, rate)


def _filled(kept: list[float], span_s: tuple[float, float], seed: int, rate: float) -> list[Blink]:
    """Blinks with further ones where there would be none for long; now and then two in a row."""
    made: list[Blink] = []
    for before, behind in zip([span_s[0], *kept], [*kept, span_s[1]], strict=True):
        rng = np.random.default_rng([seed, 7, _mark(before)])
        at_s = before
        while behind - at_s > _LONGEST_S / rate:
            at_s += min(blink_gap_s(rng) / rate, _LONGEST_S / rate)
            if at_s < behind - _APART_S:
                made.append(Blink(at_s))
        if behind < span_s[1]:
            made.append(Blink(behind))
            if rng.random() < DOUBLE_BLINK_SHARE:
                made.append(Blink(behind + DOUBLE_BLINK_GAP, float(rng.uniform(0.75, 1.0))))
    return made


def _mark(time_s: float) -> int:
    """A moment as a number that chance can begin with."""
    return max(round(1e3 * time_s), 0)

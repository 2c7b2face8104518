"""The map from when things were heard to when they are said now: it never turns back, and leaves alone what nobody moved.

Between the knots, which are edges of phones, it is a piecewise cubic with the slopes of PCHIP (Fritsch and Butland 1984), within the
bounds that keep it monotone (Fritsch and Carlson 1980). Straight lines would be as monotone, but every curve that is warped by them
gets a corner at every edge that was moved: its speed jumps by the ratio of two neighbours' stretching, which is seen as a jerk of the
jaw. Cubics change the speed smoothly. Two things differ from the textbook: where a stretch keeps its length, the slope at its ends is
1, so that a phone that was moved as a whole moves rigidly and what nobody moved stays to the last bit; and slopes stay a little below
the bound, so that the map can be turned round everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import ClassVar

import numpy as np

from app.core.speech import Phone, Word
from app.core.timing.timed import Timed, common_ends

#: knots nearer than this are one
NEAR_S = 1e-4
#: largest slope at a knot, in slopes of the stretch beside it; from 3 on a cubic could stand still
STEEPEST = 2.5
#: stretches whose lengths differ by less keep their length
SAME_LENGTH_S = 1e-7
#: halvings of a stretch until a moment in it is found to the last bit
_HALVINGS = 52

Knots = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Warp:
    """A monotone map of time. Before the first knot and after the last one everything is moved like that knot.

    Attributes:
        knots: (as heard, now) in seconds, both rising; the first and last are usually where nothing is moved.
    """

    knots: Knots = ()
    identity: ClassVar[Warp]

    @property
    def heard_s(self) -> tuple[float, ...]:
        """The knots as heard."""
        return tuple(knot[0] for knot in self.knots)

    @property
    def now_s(self) -> tuple[float, ...]:
        """The knots as they are now."""
        return tuple(knot[1] for knot in self.knots)

    @property
    def is_identity(self) -> bool:
        """Whether nothing is moved."""
        return all(heard_s == now_s for heard_s, now_s in self.knots)

    def at(self, heard_s: np.ndarray | float) -> np.ndarray:
        """When moments are said now that were heard at (n,) times; float64 of the same shape."""
        times_s = np.asarray(heard_s, np.float64)
        return times_s.copy() if self.is_identity else self._curve.turned(times_s)

    def back(self, now_s: np.ndarray | float) -> np.ndarray:
        """When moments were heard that are said now at (n,) times; float64 of the same shape."""
        times_s = np.asarray(now_s, np.float64)
        return times_s.copy() if self.is_identity else self._curve.straight(times_s)

    @cached_property
    def _curve(self) -> _Curve:
        pairs = np.array(self.knots, np.float64)
        return _Curve(pairs[:, 1], pairs[:, 0])

    def moved_spans(self) -> list[tuple[float, float]]:
        """Stretches, on the time line of now, outside which nothing is moved; the first and last may be open (infinite)."""
        if self.is_identity:
            return []
        moved = [heard_s != now_s for heard_s, now_s in self.knots]
        now = [knot[1] for knot in self.knots]
        edges_s = [-np.inf if moved[0] else now[0], *now[1:-1], np.inf if moved[-1] else now[-1]]
        if len(now) == 1:
            return [(-np.inf, np.inf)]
        spans: list[tuple[float, float]] = []
        for i in range(len(now) - 1):
            if moved[i] or moved[i + 1]:
                if spans and spans[-1][1] == edges_s[i]:
                    spans[-1] = (spans[-1][0], edges_s[i + 1])
                else:
                    spans.append((edges_s[i], edges_s[i + 1]))
        return spans

    def followed_by(self, step: Warp) -> Warp:
        """This map, and then a step from its now to another one."""
        if step.is_identity:
            return self
        own = [knot[1] for knot in self.knots]
        new = [knot[0] for knot in step.knots]
        mine = zip((knot[0] for knot in self.knots), step.at(np.array(own)).tolist(), strict=True)
        others = zip(self.back(np.array(new)).tolist(), (knot[1] for knot in step.knots), strict=True)
        return of_pairs([*mine, *others])

    def differs_in(self, other: Warp) -> tuple[float, float] | None:
        """The stretch of the time line of now in which two maps may differ; None where they do not."""
        if self.knots == other.knots:
            return None
        if not self.knots or not other.knots:
            spans = (self if self.knots else other).moved_spans()
            return (spans[0][0], spans[-1][1]) if spans else None
        # a slope at a knot is made of the stretches on both sides of it
        first, last = common_ends(self.knots, other.knots)
        low = [-np.inf if not first else each.knots[max(first - 2, 0)][1] for each in (self, other)]
        high = [np.inf if not last else each.knots[min(len(each.knots) - last + 1, len(each.knots) - 1)][1] for each in (self, other)]
        return min(low), max(high)


Warp.identity = Warp()


class _Curve:
    """A monotone piecewise cubic through points.

    Args:
        x: (n,) rising.
        y: (n,) rising.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self._x, self._y = x, y
        if len(x) < 2:
            return
        self._h, rise = np.diff(x), np.diff(y)
        keeps = np.abs(rise - self._h) < SAME_LENGTH_S
        self._d = np.where(keeps, 1.0, rise / self._h)
        self._still = keeps & (np.abs(y[:-1] - x[:-1]) < SAME_LENGTH_S)
        slopes = np.ones(len(x))
        if len(x) > 2:
            before, after = 2 * self._h[1:] + self._h[:-1], self._h[1:] + 2 * self._h[:-1]
            mean = (before + after) / (before / self._d[:-1] + after / self._d[1:])
            slopes[1:-1] = np.where(keeps[:-1] | keeps[1:], 1.0, mean)
        self._start = np.where(keeps, 1.0, np.minimum(slopes[:-1], STEEPEST * self._d))
        self._end = np.where(keeps, 1.0, np.minimum(slopes[1:], STEEPEST * self._d))

    def straight(self, x: np.ndarray) -> np.ndarray:
        """The points' second numbers at first numbers."""
        made: np.ndarray = np.where(x < self._x[0], x + (self._y[0] - self._x[0]), x + (self._y[-1] - self._x[-1]))
        if len(self._x) < 2:
            return made
        inside = (x >= self._x[0]) & (x <= self._x[-1])
        at = np.clip(np.searchsorted(self._x, x[inside], "right") - 1, 0, len(self._h) - 1)
        made[inside] = np.where(self._still[at], x[inside], self._value(at, x[inside]))
        return made

    def _value(self, at: np.ndarray, x: np.ndarray) -> np.ndarray:
        h, d, a, b = self._h[at], self._d[at], self._start[at], self._end[at]
        t = (x - self._x[at]) / h
        made: np.ndarray = self._y[at] + h * t * (a + t * ((3 * d - 2 * a - b) + t * (a + b - 2 * d)))
        return made

    def turned(self, y: np.ndarray) -> np.ndarray:
        """The points' first numbers at second numbers."""
        made: np.ndarray = np.where(y < self._y[0], y + (self._x[0] - self._y[0]), y + (self._x[-1] - self._y[-1]))
        if len(self._x) < 2:
            return made
        inside = (y >= self._y[0]) & (y <= self._y[-1])
        wanted = y[inside]
        at = np.clip(np.searchsorted(self._y, wanted, "right") - 1, 0, len(self._h) - 1)
        low, high = self._x[at], self._x[at + 1]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            is_late = self._value(at, middle) > wanted
            low, high = np.where(is_late, low, middle), np.where(is_late, middle, high)
        found = np.where(wanted == self._y[at], self._x[at], np.where(wanted == self._y[at + 1], self._x[at + 1], (low + high) / 2))
        made[inside] = np.where(self._still[at], wanted, found)
        return made


def of_pairs(pairs: Iterable[tuple[float, float]]) -> Warp:
    """The map through pairs of (as heard, now), but for those that would turn it back and those that say nothing new."""
    kept: list[tuple[float, float]] = []
    for heard_s, told_s in sorted(pairs):
        now_s = heard_s if abs(heard_s - told_s) < SAME_LENGTH_S else told_s
        if not kept or (heard_s - kept[-1][0] >= NEAR_S and now_s - kept[-1][1] >= NEAR_S):
            kept.append((heard_s, now_s))
    moved = [abs(heard_s - now_s) >= SAME_LENGTH_S for heard_s, now_s in kept]
    beside = [i for i in range(len(kept)) if moved[i] or (i and moved[i - 1]) or (i + 1 < len(kept) and moved[i + 1])]
    made = Warp(tuple(kept[i] for i in beside))
    return Warp.identity if made.is_identity else made


def of_change(before: Timed, after: Timed, sound_s: float) -> Warp:
    """The map from one state of the time line to the next.

    Args:
        before: words and phones as they were.
        after: as they are, after one gesture. Where sounds came, went or have other names, nothing is moved: the sound is as it was.
        sound_s: where the sound ends, which stays.
    """
    row_before: Sequence[Phone | Word] = before.phones or before.words
    row_after: Sequence[Phone | Word] = after.phones or after.words
    if len(row_before) != len(row_after):
        return Warp.identity
    first, last = common_ends(row_before, row_after)
    changed = range(first, len(row_before) - last)
    if any(_name(row_before[i]) != _name(row_after[i]) for i in changed):
        return Warp.identity
    pairs = [(row_before[first - 1].start_s,) * 2, (row_before[first - 1].end_s,) * 2] if first else [(0.0, 0.0)]
    for i in changed:
        pairs += [(row_before[i].start_s, row_after[i].start_s), (row_before[i].end_s, row_after[i].end_s)]
    pairs += [(each.start_s,) * 2 for each in row_before[len(row_before) - last :][:1]] or [(sound_s, sound_s)]
    return of_pairs(_rising(pairs))


def of_alignment(before: Timed, after: Timed, sound_s: float) -> Warp:
    """The map between two alignments of one sound by different makers: sounds of the same name are matched, in order.

    Args:
        before: words and phones as they were.
        after: as they are.
        sound_s: where the sound ends.
    """
    old: Sequence[Phone | Word] = [p for p in before.phones if not p.is_silence] if before.phones and after.phones else before.words
    new: Sequence[Phone | Word] = [p for p in after.phones if not p.is_silence] if before.phones and after.phones else after.words
    matcher = SequenceMatcher(None, [_name(each) for each in old], [_name(each) for each in new], autojunk=False)
    pairs = [(0.0, 0.0)]
    for block in matcher.get_matching_blocks():
        for a, b in zip(old[block.a : block.a + block.size], new[block.b : block.b + block.size], strict=True):
            pairs += [(a.start_s, b.start_s), (a.end_s, b.end_s)]
    return of_pairs(_rising([*pairs, (sound_s, sound_s)]))


def _rising(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Pairs of which neither number falls; one that falls in the second is left out."""
    kept: list[tuple[float, float]] = []
    for pair in pairs:
        if not kept or (pair[0] >= kept[-1][0] and pair[1] >= kept[-1][1]):
            kept.append(pair)
    return kept


def _name(each: Phone | Word) -> tuple[str, str]:
    return (each.base, each.word.casefold()) if isinstance(each, Phone) else ("", each.text.casefold())

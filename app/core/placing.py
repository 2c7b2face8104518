"""Where a moment of a line lies once the line is another sound: by its words and phones, and without these by the sound itself."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import groupby, pairwise
from typing import Literal

from app.core.alignment import pairs, word_key, word_pairs
from app.core.outline import LOUDNESS_FPS, Outline, outline_of
from app.core.same_sound import lag_between
from app.core.speech import Phone, Speech
from app.core.timing.timed import common_ends

#: a stretch has its place when this share of what is spoken in it is still there
LEAST_SHARE = 0.6
#: a stretch from end to end of the line, to this much, stays one
ENDS_S = 0.06
#: without phones, sounds of the same length to this much are the same line
SAME_LENGTH_S = 0.02
#: this share of the shorter line must be in the longer one for both to be the same line
SAME_LINE = 0.6
#: one of two lines may be longer by so much more than the other (a trimmed clip) when so many words in a row are the same
LEAST_WORDS = 3
#: phones that were recognised without a transcript differ even in the same line
LEAST_PHONES = 6
#: of words that are named in a sentence
MOST_WORDS = 4
#: this near to a word its neighbourhood in a pause keeps its distance, as a share of the shorter pause
_NEAR = 0.4

#: louder than this below the loudest moment is speech and no room
HEARD_DB = -35.0

#: by what moments were found: the same sound, the lag of a trimmed one, its words, its phones, where these were dragged to, the ends of
#: what is heard, or nothing
Means = Literal["same", "lag", "words", "phones", "dragged", "ends", "none"]
_Pairs = list[tuple[int, int]]


class Places:
    """Moments of a former sound in the present one.

    Args:
        old: the line as it was.
        new: as it is now.
        trusted: somebody says that both are the same line, whatever is known of them.

    Attributes:
        same: nothing moves.
        means: by what they were found.
        trusted: whether somebody said that both are the same line.
        lag_s: by how much a moment of the former sound is earlier in the present one, where that is a part of it.
    """

    def __init__(self, old: Speech | Outline, new: Speech | Outline, *, trusted: bool = False) -> None:
        self.old = old if isinstance(old, Outline) else outline_of(old)
        self.new = new if isinstance(new, Outline) else outline_of(new)
        self._old_s, self._new_s = self.old.duration_s, self.new.duration_s
        self.trusted = trusted
        self._spoken, self._present = self.old.spoken, self.new.spoken
        #: phones of the former line that are in the present one, and where
        self._kept: dict[int, int] = {}
        self.lag_s: float | None = None
        self.same = self.old.digest == self.new.digest
        self.means: Means = "same" if self.same else self._find()
        self._anchors = self._anchored()

    @classmethod
    def retimed(cls, old: Outline, new: Outline) -> Places:
        """The same phones of the same sound at other times, as somebody dragged them: what lies on them follows, and nothing else."""
        made = cls.__new__(cls)
        made.old, made.new, made.trusted, made.lag_s = old, new, True, None
        made._old_s, made._new_s = old.duration_s, new.duration_s
        made.same, made.means = old.phones == new.phones, "dragged"
        # one phone more on either side: what has not moved holds the rest in its place
        first, last = common_ends(old.spoken, new.spoken)
        first, last = max(first - 1, 0), max(last - 1, 0)
        made._spoken, made._present = old.spoken[first : len(old.spoken) - last], new.spoken[first : len(new.spoken) - last]
        mine, theirs = ([f"{p.base} {p.word}" for p in phones] for phones in (made._spoken, made._present))
        # a phone or word that was renamed is still the one between its neighbours
        made._kept = {i: i for i in range(len(mine))} if len(mine) == len(theirs) else dict(pairs(mine, theirs))
        made._anchors = made._anchored()
        return made

    # -- how they are found

    def _find(self) -> Means:
        old, new = self.old, self.new
        if len(old.loud) and len(new.loud):
            self.lag_s = lag_between(old.loud, new.loud)
        if self._spoken and self._present:
            both = any(p.word for p in self._spoken) and any(p.word for p in self._present)
            found = self._by_words() if both else pairs([p.base for p in self._spoken], [p.base for p in self._present])
            self._kept = dict(found)
        if self.lag_s is not None:
            return "lag"
        if self._spoken and self._present:
            return "words" if both else "phones"
        return "ends" if self.trusted or abs(self._old_s - self._new_s) <= SAME_LENGTH_S else "none"

    def _by_words(self) -> _Pairs:
        """Pairs of phones in words that are the same, or alike; repeated ones by order and context."""
        mine, theirs = _grouped(self._spoken), _grouped(self._present)
        found: _Pairs = []
        for i, j in word_pairs([word for word, _, _ in mine], [word for word, _, _ in theirs]):
            (_, first, last), (_, low, high) = mine[i], theirs[j]
            inside = pairs([p.base for p in self._spoken[first:last]], [p.base for p in self._present[low:high]])
            if not inside and mine[i][0] and word_key(mine[i][0]) == word_key(theirs[j][0]):
                inside = _spread(last - first, high - low)  # said quite otherwise, but the same word
            found += [(first + a, low + b) for a, b in inside]
        return found

    def _anchored(self) -> list[tuple[float, float]]:
        """Moments that are known in both, rising in both."""
        if self.same and self.means == "same":
            return [(0.0, 0.0), (self._old_s, self._new_s)]
        if self.means == "lag":
            return self._lagged()
        if self.means == "ends":
            return self._ends()
        found = []
        for i, j in sorted(self._kept.items()):
            before, after = self._spoken[i], self._present[j]
            found += [(before.start_s, after.start_s), (before.end_s, after.end_s)]
        return _with_pauses(_rising([(0.0, 0.0), *found, (self._old_s, self._new_s)]), self._spoken)

    def _lagged(self) -> list[tuple[float, float]]:
        """The moments of a part of the same recording: each is as much earlier."""
        assert self.lag_s is not None
        low, high = max(self.lag_s, 0.0), min(self._old_s, self._new_s + self.lag_s)
        inside = [(low, low - self.lag_s), (high, high - self.lag_s)]
        return _rising([(0.0, max(-self.lag_s, 0.0) if low == 0 else 0.0), *inside, (self._old_s, self._new_s)])

    def _ends(self) -> list[tuple[float, float]]:
        """From the first sound to the last one; sounds of one length stay as they are."""
        if abs(self._old_s - self._new_s) <= SAME_LENGTH_S and not self.trusted:
            return [(0.0, 0.0), (self._old_s, self._new_s)]
        mine, theirs = _heard(self.old), _heard(self.new)
        return _rising([(0.0, 0.0), (mine[0], theirs[0]), (mine[1], theirs[1]), (self._old_s, self._new_s)])

    # -- whether it is the same line

    @cached_property
    def is_same_line(self) -> bool:
        """Whether both say the same, or mostly: a trimmed clip, a line that goes on, or one with another word here and there."""
        if self.trusted or self.means in ("same", "lag"):
            return True
        if self.means not in ("words", "phones"):
            return False
        n, m, kept = len(self._spoken), len(self._present), len(self._kept)
        if kept < SAME_LINE * min(n, m):
            return False
        if self.means == "phones":
            return kept >= LEAST_PHONES and kept >= 0.75 * SAME_LINE * max(n, m)
        return kept >= SAME_LINE * max(n, m) or self._longest_run() >= LEAST_WORDS

    def _longest_run(self) -> int:
        """How many words in a row are the same at most."""
        kept = [any(i in self._kept for i in range(first, last)) for word, first, last in _grouped(self._spoken) if word]
        return max((sum(1 for _ in run) for is_kept, run in groupby(kept) if is_kept), default=0)

    # -- what is asked

    def moment(self, t: float) -> float:
        """The new place of a moment, in seconds; between words that are still there in proportion."""
        return t if self.same else self._at(t, bisect_right(self._anchors, (t, float("inf"))))

    def _at(self, t: float, after: int) -> float:
        """The new place of a moment before a certain anchor."""
        after = min(max(after, 1), len(self._anchors) - 1)
        (old_a, new_a), (old_b, new_b) = self._anchors[after - 1], self._anchors[after]
        if old_a == new_a and old_b == new_b:
            return min(max(t, 0.0), self._new_s)
        share = (t - old_a) / (old_b - old_a) if old_b > old_a else 0.0
        return min(max(new_a + share * (new_b - new_a), 0.0), self._new_s)

    def has(self, t: float) -> bool:
        """Whether what is heard at a moment is still there; in a pause, whether a word beside it is."""
        return self.stretch(t, t) is not None

    def said(self, start_s: float, end_s: float) -> str:
        """The words of the former line that a stretch lies on, at most four of them; "" in a pause or where none are known."""
        found = [word.text for word in self.old.words if word.text and word.start_s < end_s and word.end_s > start_s]
        found = found or [word.text for word in self.old.words if word.start_s <= start_s == end_s <= word.end_s]
        return " ".join(found if len(found) <= MOST_WORDS else [*found[: MOST_WORDS - 1], "…", found[-1]])

    def stretch(self, start_s: float, end_s: float) -> tuple[float, float] | None:
        """The new place of a stretch, None where what was spoken in it is gone, or nothing tells."""
        if self.same:
            return start_s, end_s
        if end_s > start_s and start_s <= ENDS_S and end_s >= self._old_s - ENDS_S:
            return min(start_s, self._new_s), self._new_s
        if self.means == "none" or start_s > self._old_s or (start_s == self._old_s and end_s > start_s):
            return None
        if self.means == "lag":
            return self._cut(start_s, end_s)
        if self.means not in ("ends", "dragged") and not self._is_there(start_s, end_s):
            return None
        first_s = self.moment(start_s)
        # what is new behind the last word of a stretch does not belong to it
        return first_s, max(self._at(end_s, bisect_left(self._anchors, (end_s, float("-inf")))), first_s)

    def _cut(self, start_s: float, end_s: float) -> tuple[float, float] | None:
        """The place in a part of the same recording."""
        assert self.lag_s is not None
        low, high = max(start_s - self.lag_s, 0.0), min(end_s - self.lag_s, self._new_s)
        if high < low or high - low < LEAST_SHARE * (end_s - start_s):
            return None
        return low, high

    def _is_there(self, start_s: float, end_s: float) -> bool:
        """Whether enough of what is spoken in a stretch is in the present line; in a pause, whether a word beside it is."""
        if not self._kept:
            return False
        first = max(bisect_left(self._starts_s, start_s) - 2, 0)
        near = enumerate(self._spoken[first : bisect_right(self._starts_s, end_s)], first)
        inside = [(i, min(p.end_s, end_s) - max(p.start_s, start_s)) for i, p in near]
        touched = [(i, length) for i, length in inside if length > 0 or (start_s == end_s and length == 0)]
        whole = sum(length for _, length in touched)
        if not touched:
            return self._pause_is_there(start_s)
        if whole == 0:
            return any(i in self._kept for i, _ in touched)
        return sum(length for i, length in touched if i in self._kept) >= LEAST_SHARE * whole

    @cached_property
    def _starts_s(self) -> list[float]:
        return [phone.start_s for phone in self._spoken]

    def _pause_is_there(self, t: float) -> bool:
        after = bisect_left(self._starts_s, t)
        beside = [i for i in (after - 1, after) if 0 <= i < len(self._spoken)]
        return len(beside) < 2 or any(i in self._kept for i in beside)


def _grouped(phones: Sequence[Phone]) -> list[tuple[str, int, int]]:
    """Word, first place and place after the last one, of phones without silence."""
    made, at = [], 0
    for word, group in groupby(phones, key=lambda phone: phone.word):
        n = sum(1 for _ in group)
        made.append((word, at, at + n))
        at += n
    return made


def _spread(n: int, m: int) -> _Pairs:
    """The first and the last of both."""
    return [(0, 0)] if min(n, m) == 1 else [(0, 0), (n - 1, m - 1)]


def _heard(outline: Outline) -> tuple[float, float]:
    """Where the first thing is heard and the last one has ended."""
    if outline.spoken:
        return outline.spoken[0].start_s, outline.spoken[-1].end_s
    loud = [i for i, level in enumerate(outline.loud) if level > HEARD_DB]
    return (loud[0] / LOUDNESS_FPS, (loud[-1] + 1) / LOUDNESS_FPS) if loud else (0.0, outline.duration_s)


def _rising(found: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Pairs of which both numbers never fall."""
    kept = found[:1]
    for old_s, new_s in found[1:]:
        if old_s >= kept[-1][0] and new_s >= kept[-1][1]:
            kept.append((old_s, new_s))
    return kept


def _with_pauses(anchors: list[tuple[float, float]], spoken: Sequence[Phone]) -> list[tuple[float, float]]:
    """Anchors with more of them in pauses: near a word the distance to it stays what it was, the middle of the pause gives way."""
    made = anchors[:1]
    middles = [(p.start_s + p.end_s) / 2 for p in spoken]
    for (old_a, new_a), (old_b, new_b) in pairwise(anchors):
        near = _NEAR * min(old_b - old_a, new_b - new_a)
        is_pause = bisect_left(middles, old_a) == bisect_left(middles, old_b)
        if is_pause and near > 0:
            at_start, at_end = old_a > 0, old_b < anchors[-1][0]
            made += [(old_a + near, new_a + near)] if at_start or not at_end else []
            made += [(old_b - near, new_b - near)] if at_end or not at_start else []
        made.append((old_b, new_b))
    return made

"""Where a moment of a line lies once the line is spoken anew: by its words and phones, where the sound is another one."""

from __future__ import annotations

from bisect import bisect_right
from difflib import SequenceMatcher

from app.core.speech import Phone, Speech

#: a stretch has its place when this share of what is spoken in it is still there
LEAST_SHARE = 0.6
#: a stretch from end to end of the line, to this much, stays one
ENDS_S = 0.06
#: without phones, sounds of the same length to this much are the same line
SAME_LENGTH_S = 0.02


class NewPlaces:
    """Moments of a former sound in the present one.

    Args:
        old: the line as it was.
        new: as it is now.
    """

    def __init__(self, old: Speech, new: Speech) -> None:
        self._old_s, self._new_s = old.audio.duration_s, new.audio.duration_s
        self._spoken = [phone for phone in old.phones if not phone.is_silence]
        self.same = old.audio.digest == new.audio.digest
        self._known = self.same or bool(self._spoken and new.phones) or abs(self._old_s - self._new_s) <= SAME_LENGTH_S
        self._kept: set[int] = set()
        self._anchors = [(0.0, 0.0), (self._old_s, self._new_s)]
        if not self.same and self._spoken and new.phones:
            self._match([phone for phone in new.phones if not phone.is_silence])

    def _match(self, present: list[Phone]) -> None:
        """Find the phones that are said in both, in order."""
        matcher = SequenceMatcher(None, [_key(each) for each in self._spoken], [_key(each) for each in present], autojunk=False)
        pairs = []
        for block in matcher.get_matching_blocks():
            for step in range(block.size):
                self._kept.add(block.a + step)
                before, after = self._spoken[block.a + step], present[block.b + step]
                pairs += [(before.start_s, after.start_s), (before.end_s, after.end_s)]
        self._anchors = _rising([(0.0, 0.0), *pairs, (self._old_s, self._new_s)])

    def moment(self, t: float) -> float:
        """The new place of a moment, in seconds; between words that are still there in proportion."""
        if self.same:
            return t
        after = min(max(bisect_right(self._anchors, (t, float("inf"))), 1), len(self._anchors) - 1)
        (old_a, new_a), (old_b, new_b) = self._anchors[after - 1], self._anchors[after]
        share = (t - old_a) / (old_b - old_a) if old_b > old_a else 0.0
        return min(max(new_a + share * (new_b - new_a), 0.0), self._new_s)

    def stretch(self, start_s: float, end_s: float) -> tuple[float, float] | None:
        """The new place of a stretch, None where what was spoken in it is gone, or nothing tells."""
        if self.same:
            return start_s, end_s
        if start_s <= ENDS_S and end_s >= self._old_s - ENDS_S:
            return min(start_s, self._new_s), self._new_s
        if not self._known or start_s >= self._old_s:
            return None
        inside = [(i, min(p.end_s, end_s) - max(p.start_s, start_s)) for i, p in enumerate(self._spoken)]
        touched = [(i, length) for i, length in inside if length > 0 or (start_s == end_s and length == 0)]
        whole = sum(length for _, length in touched)
        kept = sum(length for i, length in touched if i in self._kept)
        if self._kept and touched and (kept < LEAST_SHARE * whole or (whole == 0 and not any(i in self._kept for i, _ in touched))):
            return None
        if self._spoken and not self._kept and abs(self._old_s - self._new_s) > SAME_LENGTH_S:
            return None
        return self.moment(start_s), self.moment(end_s)


def _key(phone: Phone) -> tuple[str, str]:
    return phone.base, phone.word.casefold()


def _rising(pairs: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Pairs of which both numbers never fall."""
    kept = pairs[:1]
    for old_s, new_s in pairs[1:]:
        if old_s >= kept[-1][0] and new_s >= kept[-1][1]:
            kept.append((old_s, new_s))
    return kept

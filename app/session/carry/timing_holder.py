"""Words and phones that were dragged go along as well: relative to where they are heard in each sound of the line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.outline import Outline, outline_of
from app.core.placed import moved_by, placed_warp
from app.core.placing import Places
from app.core.speech import Speech, as_heard
from app.core.timing.retimed import retimed, warp_of
from app.core.timing.timed import Timed, timed_of
from app.core.timing.warp import Warp
from app.formats.kept.conflicts import Conflict, conflict_of
from app.session.adjust.timing import Timing
from app.session.carry.holders import Placed
from app.session.state import State

#: edges nearer than this were not moved
_SAME_S = 1e-4
#: of words that are named in a sentence
_MOST_WORDS = 4


@dataclass(frozen=True)
class HandTiming:
    """What a hand did to the words and phones of a sound.

    Attributes:
        heard: the outline of the sound before.
        warp: how time was moved.
        timed: words and phones since.
    """

    heard: Outline
    warp: Warp
    timed: Timed

    def __eq__(self, other: object) -> bool:
        """The same words and phones of the same sound."""
        return isinstance(other, HandTiming) and self.heard.digest == other.heard.digest and self.timed == other.timed

    def __hash__(self) -> int:
        """By the sound."""
        return hash(self.heard.digest)

    def of_sound(self, sound: Outline) -> HandTiming:
        """The same of another sound, which had these words and phones."""
        return replace(self, heard=sound.said_at(self.heard.words, self.heard.phones))

    @property
    def outline(self) -> Outline:
        """Of the sound with the words and phones as they are."""
        return self.heard.said_at(self.timed.words, self.timed.phones)


class TimingHolder:
    """What a hand did to words and phones; moved edges go along, new names and phones that were split do not.

    Args:
        timing: of the session.
        state: has the speech.
    """

    kind, words, is_per_sound = "timing", ("dragged timing", "dragged timings"), True

    def __init__(self, timing: Timing, state: State) -> None:
        self._timing, self._state = timing, state
        self._held: tuple[Speech, HandTiming] | None = None

    def held(self) -> tuple[HandTiming, ...]:
        """One, where a hand has moved anything."""
        return self.of(self._state.speech)

    def of(self, speech: Speech | None) -> tuple[HandTiming, ...]:
        """What a hand did to the words and phones of a speech."""
        if speech is None or speech.heard is None:
            return ()
        if self._held is None or self._held[0] is not speech:
            self._held = speech, HandTiming(outline_of(as_heard(speech), with_loudness=False), warp_of(speech), timed_of(speech))
        return (self._held[1],)

    def place(self, item: HandTiming, places: Places) -> Placed[HandTiming]:
        """See Holder.

        Args:
            item: of the former sound.
            places: of moments as heard there, in the present one as heard.
        """
        warp = placed_warp(item.warp, places)
        timed = moved_by(Timed(places.new.words, places.new.phones), warp)
        made = None if warp.is_identity else HandTiming(places.new, warp, timed)
        lost = _lost(item, places)
        if not lost:
            return Placed(made)
        named = " ".join(lost if len(lost) <= _MOST_WORDS else [*lost[: _MOST_WORDS - 1], "…"])
        words = f"“{named}” was moved, named or split by hand on the time line, which could not be done here; look at its words and phones."
        at_s = places.moment(next((w.start_s for w in item.heard.words if w.text == lost[0]), 0.0))
        return Placed(made, conflict_of("timing", words, at_s, {"words": lost}))

    def put(self, key: str, items: Iterable[HandTiming]) -> None:
        """See Holder."""
        speech = self._state.speech
        if speech is None or speech.audio.digest != key:
            return
        item = next(iter(items), None)
        heard = as_heard(speech)
        self._timing.restore(heard if item is None else retimed(heard, item.timed, item.warp))

    def keep(self, before: Speech) -> None:
        """The present sound is the one that it was, and begins anew as heard: words and phones are where a hand moved them.

        Args:
            before: as it was until now.
        """
        speech = self._state.speech
        if speech is not None:
            self._timing.restore(
                replace(
                    speech, phones=before.phones, words=before.words, visemes=before.visemes, facial=before.facial, heard=before.heard,
                    text=before.text,
                )
            )  # fmt: skip

    def of_conflict(self, conflict: Conflict) -> HandTiming | None:
        """See Holder."""
        return None

    def put_at(self, conflict: Conflict, at_s: float) -> None:
        """See Holder."""


def _lost(item: HandTiming, places: Places) -> list[str]:
    """Words that a hand changed, and that are not in the new sound, or were changed in a way that cannot go along."""
    before, after = item.heard, item.timed
    if len(before.phones) != len(after.phones) or [p.symbol for p in before.phones] != [p.symbol for p in after.phones]:
        known = {word.text for word in before.words}
        return [word.text for word in after.words if word.text not in known] or [word.text for word in after.words[:1]] or ["a phone"]
    moved = [
        word for word, now in zip(before.words, after.words, strict=False)
        if abs(word.start_s - now.start_s) > _SAME_S or abs(word.end_s - now.end_s) > _SAME_S
    ]  # fmt: skip
    return [word.text for word in moved if places.stretch(word.start_s, word.end_s) is None]

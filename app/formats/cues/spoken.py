"""Motion as a list of mouth shapes: from the phones where they are known, else from viseme weights, else judged from the 52 weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.core.errors import TrackError
from app.core.mouths.alphabets import Alphabet
from app.core.mouths.cues import MouthCue, contiguous, shapes_of_phones, shapes_of_visemes
from app.core.mouths.seen_shapes import seen_visemes
from app.core.speech import Phone
from app.formats.performance import Performance


@dataclass(frozen=True)
class SpokenCues:
    """A performance in one alphabet.

    Attributes:
        cues: from 0 s to the end without gaps; neighbours differ in their shapes.
        end_s: where the last one ends.
        made_from: what they were made from, in words.
    """

    cues: tuple[MouthCue, ...]
    end_s: float
    made_from: str

    def note(self, format_name: str) -> str:
        """The sentence about what a list of cues leaves out."""
        return f"{told(len(self.cues), 'cue')} made from {self.made_from}; {format_name}: no room for weights, brows, eyes and head."


def told(count: int, what: str) -> str:
    """How many there are, to begin a sentence with: ``The 12 cues were``."""
    return f"The {what} was" if count == 1 else f"The {count:,} {what}s were"


def spoken_cues(performance: Performance, alphabet: Alphabet, extended: bool = True) -> SpokenCues:
    """The mouth shapes of a performance.

    Args:
        performance: its phones are used where there are any, then its visemes, then its weights.
        alphabet: that is written.
        extended: whether there is art for the shapes that ``alphabet.basic`` can do without.
    """
    phones, made_from = spoken_phones(performance)
    if phones is not None:
        shapes = shapes_of_phones(phones, alphabet, exact=bool(performance.phones_stand_for))
    else:
        shapes = shapes_of_visemes(performance.visemes if performance.visemes is not None else seen_visemes(performance.arkit), alphabet)
    end_s = spoken_end_s(performance)
    if not extended:
        shapes = (replace(cue, shape=alphabet.basic.get(cue.shape, cue.shape)) for cue in shapes)
    rest = alphabet.rest if extended else alphabet.basic.get(alphabet.rest, alphabet.rest)
    return SpokenCues(tuple(contiguous(shapes, rest, end_s)), end_s, made_from)


def spoken_phones(performance: Performance) -> tuple[tuple[Phone, ...] | None, str]:
    """The phones by time, or None when they are not known; and what cues are made from, in words."""
    if performance.phones:
        kind = f"mouth shapes ({performance.phones_stand_for})" if performance.phones_stand_for else "phones"
        count = sum(not phone.is_silence for phone in performance.phones)
        return tuple(sorted(performance.phones, key=lambda phone: phone.start_s)), f"{count:,} {kind}"
    if performance.visemes is not None:
        return None, "the strongest viseme of every moment, as no phones are known"
    return None, "the mouth of the 52 channels, as neither phones nor visemes are known"


def spoken_end_s(performance: Performance) -> float:
    """Where the last cue ends: with the sound, else with the phones while the motion ends within a frame of them, else with the motion."""
    if performance.duration_s:
        return performance.duration_s
    motion_s = performance.arkit.end_s
    spoken_s = max((phone.end_s for phone in performance.phones), default=motion_s)
    end_s = spoken_s if abs(spoken_s - motion_s) <= 1.001 / performance.arkit.fps else max(motion_s, spoken_s)
    if not end_s > 0:
        raise TrackError("The motion ends before the sound begins, so it has no mouth cues; move it to a later start.")
    return end_s

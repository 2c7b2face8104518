"""Motion as a list of mouth shapes: from the phones where they are known, else from viseme weights, else judged from the 52 weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.errors import TrackError
from app.core.speech import Phone
from app.core.visemes import DIPHTHONG_SPLIT, DIPHTHONGS, VOWELS, usual_phone
from app.formats.cues.alphabets import OCULUS, Alphabet
from app.formats.cues.seen_shapes import seen_visemes, viseme_runs
from app.formats.performance import Performance

#: a diphthong that is shorter shows its first vowel only, and an l that is shorter is not seen
SHORTEST_GLIDE_S, SHORTEST_L_S = 0.1, 0.1
#: gaps between phones that are no silence
_GAP_S = 1e-4


@dataclass(frozen=True)
class MouthCue:
    """One mouth shape.

    Attributes:
        shape: as the alphabet calls it.
        start_s: on the audio's time line, in seconds.
        end_s: the next one's start.
        phone: the phone or viseme that it shows, without stress; "" for silence.
    """

    shape: str
    start_s: float
    end_s: float
    phone: str = ""


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
        shapes = _of_phones(phones, alphabet, exact=bool(performance.phones_stand_for))
    else:
        shapes = _of_visemes(performance, alphabet)
    end_s = spoken_end_s(performance)
    if not extended:
        shapes = (replace(cue, shape=alphabet.basic.get(cue.shape, cue.shape)) for cue in shapes)
    rest = alphabet.rest if extended else alphabet.basic.get(alphabet.rest, alphabet.rest)
    return SpokenCues(tuple(_contiguous(shapes, rest, end_s)), end_s, made_from)


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


def _of_phones(phones: Sequence[Phone], alphabet: Alphabet, *, exact: bool) -> Iterator[MouthCue]:
    """Shapes of phones, diphthongs as two vowels.

    Args:
        phones: by time.
        alphabet: that is written.
        exact: they stand for shapes: nothing is divided or left out for being short.
    """
    behind = ""
    out: list[MouthCue] = []
    for phone in reversed(phones):
        base, length_s = "sil" if phone.is_silence else usual_phone(phone.base), phone.end_s - phone.start_s
        if base in DIPHTHONGS:
            first, second = DIPHTHONGS[base]
            middle_s = phone.start_s + DIPHTHONG_SPLIT[base] * length_s
            if not exact and length_s >= SHORTEST_GLIDE_S:
                out.append(MouthCue(alphabet.of_phone[second], middle_s, phone.end_s, second))
                out.append(MouthCue(alphabet.of_phone[first], phone.start_s, middle_s, first))
            else:
                out.append(MouthCue(alphabet.of_phone[first], phone.start_s, phone.end_s, first))
        else:
            shape = alphabet.of_phone[base] or (behind if behind else alphabet.of_phone["AH"])
            if base == "L" and alphabet.short_l and not exact and length_s < SHORTEST_L_S:
                shape = alphabet.short_l
            out.append(MouthCue(shape, phone.start_s, phone.end_s, "" if phone.is_silence else base))
        behind = out[-1].shape if out[-1].phone in VOWELS else ""
    return reversed(out)


def _of_visemes(performance: Performance, alphabet: Alphabet) -> Iterator[MouthCue]:
    track = performance.visemes if performance.visemes is not None else seen_visemes(performance.arkit)
    for viseme, name, start_s, end_s in viseme_runs(track):
        # n and l look alike; where they last, the tongue is seen behind the teeth
        tongue = name == "nn" and alphabet is not OCULUS and end_s - start_s >= SHORTEST_L_S
        shape = alphabet.of_phone["L"] if tongue else alphabet.of_viseme[viseme]
        yield MouthCue(shape, start_s, end_s, "" if name == "sil" else name)


def _contiguous(shapes: Iterator[MouthCue], rest: str, end_s: float) -> Iterator[MouthCue]:
    """Shapes from 0 to the end: what overlaps is cut, what is missing is silence, and equal neighbours are one."""
    last = MouthCue(rest, 0.0, 0.0)
    for cue in _with_silence(shapes, rest, end_s):
        if cue.shape == last.shape:
            last = replace(last, end_s=cue.end_s, phone=last.phone or cue.phone)
            continue
        if last.end_s > last.start_s:
            yield last
        last = cue
    yield last


def _with_silence(shapes: Iterator[MouthCue], rest: str, end_s: float) -> Iterator[MouthCue]:
    now_s = 0.0
    for cue in shapes:
        start_s, until_s = max(cue.start_s, now_s), min(cue.end_s, end_s)
        if until_s - start_s <= 1e-9:
            continue
        if start_s > now_s + _GAP_S:
            yield MouthCue(rest, now_s, start_s)
        else:
            start_s = now_s
        yield replace(cue, start_s=start_s, end_s=until_s)
        now_s = until_s
    if end_s > now_s + _GAP_S or now_s == 0:
        yield MouthCue(rest, now_s, end_s)

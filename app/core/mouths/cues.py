"""A mouth as a list of drawn shapes: from phones, or from viseme weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.mouths.alphabets import OCULUS, Alphabet
from app.core.mouths.seen_shapes import viseme_runs
from app.core.speech import Phone
from app.core.track import BlendshapeTrack
from app.core.visemes import DIPHTHONG_SPLIT, DIPHTHONGS, VOWELS, usual_phone

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


def shapes_of_phones(phones: Sequence[Phone], alphabet: Alphabet, *, exact: bool) -> Iterator[MouthCue]:
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
            shape = alphabet.of_phone[base] or behind
            if base == "L" and alphabet.short_l and not exact and length_s < SHORTEST_L_S:
                shape = alphabet.short_l
            out.append(MouthCue(shape, phone.start_s, phone.end_s, "" if phone.is_silence else base))
        behind = out[-1].shape if out[-1].phone in VOWELS or not alphabet.of_phone.get(out[-1].phone, "?") else ""
    before = alphabet.of_phone["AH"]
    for cue in reversed(out):
        yield cue if cue.shape else replace(cue, shape=before)
        before = cue.shape or before


def shapes_of_visemes(track: BlendshapeTrack, alphabet: Alphabet) -> Iterator[MouthCue]:
    """Shapes of (n, 15) viseme weights, one after the other, without gaps."""
    for viseme, name, start_s, end_s in viseme_runs(track):
        # n and l look alike; where they last, the tongue is seen behind the teeth
        tongue = name == "nn" and alphabet is not OCULUS and end_s - start_s >= SHORTEST_L_S
        shape = alphabet.of_phone["L"] if tongue else alphabet.of_viseme[viseme]
        yield MouthCue(shape, start_s, end_s, "" if name == "sil" else name)


def contiguous(shapes: Iterator[MouthCue], rest: str, end_s: float) -> Iterator[MouthCue]:
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

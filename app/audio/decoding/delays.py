"""What encoders put in front of a sound: what the file states, what the codec always does, and what nobody can know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.audio.decoding.containers import begin_s, film_start_s
from app.core.speech import ClipNote

#: samples that encoders put in front, by codec, where the file should state them: LAME's and the decoder's; FFmpeg's and Apple's AAC
_UNSTATED = {"mp3": (1105,), "aac": (1024, 2112)}
#: samples by which every encoder and decoder of these are late together: half of a block (ATSC A/52), the filter bank (ISO 11172-3),
#: the look-ahead of 5, 5 and 7.5 ms (3GPP TS 26.071, TS 26.171 with its filters, ITU-T G.723.1), the mirror filters (G.722)
_INHERENT = {
    "ac3": 256, "eac3": 256, "mp2": 481, "amr_nb": 40, "amr_wb": 110, "g723_1": 60, "adpcm_g722": 22, "nellymoser": 128,
}  # fmt: skip
#: containers without times of their own: what comes first is heard at 0
_TIMELESS = ("avi", "wav", "w64", "mp3", "aac", "ac3", "eac3", "amr", "g722", "g723_1", "aiff", "au", "caf")
#: of these the times of film and sound are taken as they stand: who made the film brought them together as they are heard
_IN_FILMS_AS_HEARD = ("ac3", "eac3", "mp2")
#: times are rounded to milliseconds in many containers
_ROUNDING_S = 0.001


@dataclass(frozen=True)
class Placing:
    """Where a sound belongs.

    Attributes:
        zero_s: time of the container that is 0 of the clip; None where its first sound is.
        trim: samples to take off the start.
        delay_is_known: False where an encoder's delay may be left in it.
    """

    zero_s: float | None
    trim: int
    delay_is_known: bool


def placing_of(container: Any, stream: Any) -> Placing:
    """Find out where a sound belongs; reads a packet of it."""
    name, kind = stream.codec_context.codec.canonical_name, container.format.name
    zero_s = film_start_s(container)
    begins_s = begin_s(stream)
    is_timeless = kind in _TIMELESS
    # a muxer that knows of the delay lets the sound begin before the picture, or before zero
    is_placed = zero_s is not None and not is_timeless and abs(begins_s - zero_s) > _ROUNDING_S
    if kind == "mp3":
        is_stated = bool(stream.start_time)  # what LAME's tag behind a Xing header says
    else:
        first = next(container.demux(stream), None)
        is_stated = first is not None and first.pts is not None and first.pts < 0  # what an edit list leaves out
    as_heard = zero_s is not None and not is_timeless and name in _IN_FILMS_AS_HEARD
    trim = 0 if is_stated or is_placed or as_heard else _INHERENT.get(name, 0)
    is_known = is_stated or is_placed or not name.startswith(tuple(_UNSTATED))
    return Placing(None if is_timeless else zero_s, trim, is_known)


def delay_note(path: Path, codec: str, rate: int) -> ClipNote:
    """What is said where the delay is not known, with the usual ones to choose from."""
    delays_ms = [f"{1000 * samples / rate:.0f}" for kind, all_of in _UNSTATED.items() if codec.startswith(kind) for samples in all_of]
    sentence = (
        f"{path.name} does not say how much silence its encoder put in front ({' or '.join(delays_ms)} ms as a rule);"
        " nothing was taken off, so beside the original recording its track may be late by that much."
    )
    return ClipNote("unknown_delay", sentence, ("0", *delays_ms))

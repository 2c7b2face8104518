"""Motion made of mouth shapes or phones with times, by the viseme model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.core.arkit import VISEME_CHANNELS
from app.core.coarticulation import MouthMotion
from app.core.errors import TrackError
from app.core.speech import Phone, Word
from app.core.track import BlendshapeTrack
from app.formats.track_file import MAX_DURATION_S, TrackFile, check_rate
from app.formats.tracks.rate import number_text

#: frames per second that are made where the user does not state a rate
MADE_FPS = 60.0
#: how long the last cue is shown when the file does not say
LAST_S = 0.15
#: the most cues that an hour of speech can have
MOST_CUES = 200_000


@dataclass(frozen=True)
class Cues:
    """A list of mouth shapes or phones.

    Attributes:
        kind: what wrote it, as shown.
        phones: that are shown in the same way, in order.
        count: how many cues the file holds.
        stand_for: what the phones stand for where they are no transcription: ``Rhubarb``; "" for real phones.
        words: timed words that the file holds too.
        notes: sentences for the user.
        sound: the file of the sound as the file names it, "" where it names none.
    """

    kind: str
    phones: tuple[Phone, ...]
    count: int
    stand_for: str = ""
    words: tuple[Word, ...] = ()
    notes: tuple[str, ...] = ()
    sound: str = ""


def track_of_cues(cues: Cues, name: str, fps: float | None = None) -> TrackFile:
    """Motion through mouth shapes.

    Args:
        cues: in order.
        name: of the file, for messages.
        fps: frames per second wanted; None makes 60.

    Raises:
        TrackError: no cues, or more than an hour.
    """
    if not cues.phones:
        raise TrackError(f"{name} holds no mouth cues; export it again.")
    rate = fps or MADE_FPS
    end_s = max(phone.end_s for phone in cues.phones)
    if not end_s <= MAX_DURATION_S:
        raise TrackError(f"{name} is longer than an hour; split it into shorter takes.")
    n = max(int(np.ceil(end_s * rate - 1e-6)), 1)
    check_rate(rate, n, name)
    weights, visemes = MouthMotion(cues.phones, frame_s=1 / rate).frames(np.arange(n) / rate)
    first_s = cues.phones[0].start_s
    warning = f"The file holds {cues.count:,} {cues.kind} from {first_s:.2f} s on, not weights: the motion between them is made here."
    evidence = f"{number_text(rate)} fps, made from {cues.count:,} {cues.kind}"
    return TrackFile(
        BlendshapeTrack(weights, rate), cues.kind, fps_from="made", evidence=evidence,
        warnings=(warning, *cues.notes), visemes=BlendshapeTrack(visemes, rate, channels=VISEME_CHANNELS), phones=cues.phones,
        words=cues.words, phones_stand_for=cues.stand_for, sound=cues.sound,
    )  # fmt: skip

"""What is handed to a writer of a format: the motion, with all that belongs to it; and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.avatar.corrections import NEUTRAL_CORRECTIONS, RigCorrections
from app.core.speech import Phone, Speech, Word, spoken_words
from app.core.track import Animation, BlendshapeTrack


@dataclass(frozen=True)
class Performance:
    """Motion and what is known about it; a format writes what it has room for.

    Attributes:
        arkit: (n, 52) track as shown, its angles and further columns in its ``side``.
        visemes: (n, 15) track of the same frames, or None.
        phones: timed phones, () when they are not known; by time.
        words: timed words, () when they are not known; by time.
        sound: name of the sound's file, "" for none; a format that names its sound writes it as it stands here.
        duration_s: length of the sound in seconds, 0 for none.
        avatar: file of the avatar that the motion is shown on, for formats that hold one or use its names; None for none.
        phones_stand_for: the mouth shapes of a file that the phones stand for (``Rhubarb``), "" where they are a transcription.
    """

    arkit: BlendshapeTrack
    visemes: BlendshapeTrack | None = None
    phones: tuple[Phone, ...] = ()
    words: tuple[Word, ...] = ()
    sound: str = ""
    duration_s: float = 0.0
    avatar: Path | None = None
    phones_stand_for: str = ""
    corrections: RigCorrections = NEUTRAL_CORRECTIONS

    @property
    def end_s(self) -> float:
        """When the performance is over: the later of the sound's and the motion's end, in seconds."""
        return max(self.duration_s, self.arkit.end_s)


def performance_of(motion: Animation, speech: Speech | None = None, sound: str = "", avatar: Path | None = None) -> Performance:
    """A motion and its speech, as they are handed to a format.

    Args:
        motion: as shown.
        speech: what it belongs to, None for a motion alone.
        sound: name of the sound's file, "" for none.
        avatar: file of the avatar that shows it.
    """
    if speech is None:
        return Performance(motion.arkit, motion.visemes, sound=sound, avatar=avatar)
    return Performance(motion.arkit, motion.visemes, speech.phones, spoken_words(speech), sound, speech.audio.duration_s, avatar)


@dataclass(frozen=True)
class WriteOptions:
    """What a person may choose about a file that is written.

    Attributes:
        max_error: keys that can be left out without changing any weight by more than this are left out, where a format holds keys
            rather than frames; 0 writes every frame.
        extended: mouth cues use the shapes G, H and X of Rhubarb's alphabet too.
        fps: of formats that count frames of their own (Moho); None for each format's own rate.
    """

    max_error: float = 0.0
    extended: bool = True
    fps: float | None = None


@dataclass(frozen=True)
class Written:
    """The content of a file.

    Attributes:
        data: its bytes.
        notes: sentences about what the format has no room for or changed; () when it kept everything.
    """

    data: bytes
    notes: tuple[str, ...] = ()

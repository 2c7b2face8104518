"""What the rules look at: the track, its mouth, the phones and the loudness, prepared once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.coarticulation import MouthMotion
from app.core.lips import lip_opening, wide_open
from app.core.speech import AudioClip, Phone
from app.core.track import BlendshapeTrack
from app.review import alignment
from app.review.heard import heard_motion
from app.review.thresholds import limit

#: loudness is measured in steps of this length
STEP_S = alignment.STEP_S
#: what Material finds out about the sound alone
_OF_SOUND = ("level_db", "reference", "spoken")


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """First and end (exclusive) of every stretch of True in an (n,) array."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[0::2], edges[1::2], strict=True)]


def loudness_db(clip: AudioClip) -> np.ndarray:
    """(n,) float64: level of every 10 ms in decibels against the loudest 10 ms, with 25 ms of sound in each."""
    hop = max(round(clip.rate * STEP_S), 1)
    n = len(clip.samples) // hop
    if n == 0:
        return np.zeros(0)
    power = np.square(clip.samples[: n * hop], dtype=np.float64).reshape(n, hop).mean(axis=1)
    power = np.convolve(power, [0.25, 0.5, 0.25], "same")
    level = 10 * np.log10(power + 1e-12)
    return level - max(float(level.max()), -60.0)


@dataclass(frozen=True)
class Material:
    """One track with what is known about its sound.

    Attributes:
        track: the 52 channels, all of them numbers.
        audio: the sound, or None.
        phones: timed phones, empty when unknown.
        visemes: (n, 15) viseme weights beside the track, or None.
    """

    track: BlendshapeTrack
    audio: AudioClip | None = None
    phones: tuple[Phone, ...] = ()
    visemes: BlendshapeTrack | None = None

    def with_motion(self, track: BlendshapeTrack, visemes: BlendshapeTrack | None) -> Material:
        """Other motion to the same sound; what is known of the sound already is not found out again.

        Args:
            track: the 52 channels.
            visemes: (n, 15) viseme weights beside them, or None.
        """
        made = Material(track, self.audio, self.phones, visemes)
        made.__dict__.update({name: self.__dict__[name] for name in _OF_SOUND if name in self.__dict__})
        return made

    @cached_property
    def wide(self) -> float:
        """The opening of the clip's wide-open mouth."""
        return wide_open(self.track)

    @cached_property
    def opening(self) -> np.ndarray:
        """(n,) how far the lips are apart, 1 for wide open."""
        return lip_opening(self.track.weights) / self.wide

    @property
    def opens(self) -> bool:
        """Whether the mouth opens at all."""
        return self.wide > limit("never_opens")

    @cached_property
    def level_db(self) -> np.ndarray:
        """(m,) loudness per STEP_S, empty without sound."""
        return np.zeros(0) if self.audio is None else loudness_db(self.audio)

    @cached_property
    def reference(self) -> tuple[BlendshapeTrack, str] | None:
        """A mouth that is known to be on the sound, and where it is from: ``phones`` or ``hearing``; None without either."""
        if any(not phone.is_silence for phone in self.phones):
            times_s = np.arange(0.0, max(phone.end_s for phone in self.phones) + 0.3, STEP_S)
            return BlendshapeTrack(MouthMotion(self.phones).frames(times_s)[0], 1.0 / STEP_S), "phones"
        heard = None if self.audio is None else heard_motion(self.audio)
        return None if heard is None else (heard, "hearing")

    @cached_property
    def fits(self) -> np.ndarray:
        """How well the mouth fits the known one for every shift, as alignment.correlations gives it; empty without a known one."""
        start_s, n = self.overlap
        if self.reference is None or n * STEP_S < limit("sync_least_s"):
            return np.zeros(0)
        mouth = alignment.laid_out(self.track, start_s, n)
        return alignment.correlations(mouth, alignment.laid_out(self.reference[0], start_s, n))

    @cached_property
    def quiet_mouth(self) -> np.ndarray:
        """(n,) bool per frame of the track: nothing that is known of the sound would open the mouth there."""
        if self.reference is None or self.reference[1] == "phones" or self.fits.max(initial=0.0) < limit("sync_correlation"):
            return np.ones(len(self.track), bool)
        heard = self.reference[0]
        opening = lip_opening(heard.weights) / wide_open(heard)
        shut: np.ndarray = np.interp(self.track.times_s, heard.times_s, opening, left=0.0, right=0.0) < limit("heard_shut")
        return shut

    @property
    def overlap(self) -> tuple[float, int]:
        """Where the track and the sound are both there: start in seconds, and steps of STEP_S."""
        start_s = max(self.track.start_s, 0.0)
        return start_s, max(int((min(self.end_s, self.track.end_s) - start_s) / STEP_S), 0)

    @property
    def end_s(self) -> float:
        """Where the sound ends, or the track when there is no sound."""
        return self.track.end_s if self.audio is None else self.audio.duration_s

    @cached_property
    def spoken(self) -> tuple[tuple[float, float], ...]:
        """Stretches of speech: start and end in seconds, joined across pauses shorter than ``silence_s``."""
        if any(not phone.is_silence for phone in self.phones):
            found: Iterable[tuple[float, float]] = [(p.start_s, p.end_s) for p in self.phones if not p.is_silence]
        else:
            found = [(a * STEP_S, b * STEP_S) for a, b in runs(self.level_db > -limit("quiet_db"))]
        joined: list[tuple[float, float]] = []
        for start_s, end_s in found:
            if joined and start_s - joined[-1][1] < limit("silence_s"):
                joined[-1] = (joined[-1][0], max(end_s, joined[-1][1]))
            else:
                joined.append((start_s, end_s))
        return tuple(joined)

    def frames(self, start_s: float, end_s: float) -> slice:
        """The frames from the last one before ``start_s`` to the first one after ``end_s``, within the track."""
        first = int(np.floor((start_s - self.track.start_s) * self.track.fps))
        end = int(np.ceil((end_s - self.track.start_s) * self.track.fps)) + 1
        return slice(max(first, 0), max(min(end, len(self.track)), 0))

    def time_of(self, frame: int) -> float:
        """Seconds of a frame."""
        return self.track.start_s + frame / self.track.fps

    def column(self, channel: str) -> np.ndarray:
        """(n,) weights of a channel."""
        return self.track.weights[:, ARKIT_INDEX[channel]]

"""The interface of everything that turns speech into motion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from app.core.arriving import ArrivingSpeech

# offered here too, beside the interface whose methods take it
from app.core.cancel import CancelToken as CancelToken  # noqa: PLC0414
from app.core.speech import Speech
from app.core.track import Animation


class LipSyncSource(Protocol):
    """A maker of animations.

    Attributes:
        name: as written on the command line (``visemes``, ``a2f``, ``mock``, ...).
        label: as shown in the window; a mock says so here.
        is_mock: True when the motion has nothing to do with the sound.
    """

    name: str
    label: str
    is_mock: bool

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """Yield the animation in consecutive chunks.

        The first chunk starts at 0 s; each next one starts where the last ended; the last one ends within one
        frame of the audio's end. An audio of length 0 gives no chunk. All chunks have the same fps, labels and
        presence of visemes. After ``cancel`` is set, no further chunk is yielded.

        Args:
            speech: what is spoken; sources that need phones say so when there are none.
            cancel: asked between chunks and inside long work.

        Raises:
            SourceError: the source cannot work on this speech; one sentence says what to do.
        """
        ...


@dataclass(frozen=True)
class Expression:
    """What the face feels while it speaks.

    Attributes:
        keys: (time in seconds, (10,) strengths of core.emotion.EMOTIONS) in any order; one key holds for the whole clip.
        detect: add what the voice sounds like, an estimate from prosody, at this strength from 0 (off) to 1.
        blinks: let the lids blink; they then belong to the source.
        seed: of the blinks.
    """

    keys: Sequence[tuple[float, np.ndarray]] = field(default=())
    detect: float = 0.0
    blinks: bool = True
    seed: int = 0


# -- what some sources can do besides


@runtime_checkable
class HasFeelings(Protocol):
    """A source whose face feels what it is told.

    Attributes:
        expression: emotions over time and blinks, None for the source's own; may be replaced between two runs.
    """

    expression: Expression | None


@runtime_checkable
class HasOwnParameters(Protocol):
    """A source with parameters of its own (core.native) that act before the tuning."""

    def set_native(self, native: Mapping[str, float]) -> None:
        """Take parameters for the next run; those of other families are left alone.

        Raises:
            PresetError: an unknown name, or a value out of range.
        """
        ...


@runtime_checkable
class Glimpses(Protocol):
    """A source that can often make a stretch alone and at once."""

    def glimpse(self, speech: Speech, span_s: tuple[float, float]) -> Animation | None:
        """The frames of a stretch, first and last moment in seconds; None where that would not be quick."""
        ...


@runtime_checkable
class Mends(Glimpses, Protocol):
    """A source whose motion of a stretch can be made anew where its timings changed."""

    def touched(self, span_s: tuple[float, float]) -> tuple[float, float]:
        """The stretch of the motion, in seconds, that what is timed in another stretch has a hand in."""
        ...


@runtime_checkable
class Follows(Protocol):
    """A source that need not wait for the end of a speech that is still arriving."""

    def follow(self, arriving: ArrivingSpeech, cancel: CancelToken) -> Iterator[Animation]:
        """Yield the animation of a speech on its way, each frame as soon as what it depends on has arrived.

        The contract is that of ``LipSyncSource.generate``, and the frames are those that it makes of the whole: to the bit where the
        source adds up in the same order, to the last bits of a float where it does not. No frame lies behind the sound so far.

        Args:
            arriving: read from its first piece on, whatever has come before.
            cancel: asked while waiting too.

        Raises:
            SourceError: as ``generate``; what is missing is known at the end only.
        """
        ...


class ListeningFace(Protocol):
    """A voice that is being spoken now: sound in, frames out.

    Attributes:
        fps: frames per second.
        delay_ms: how much later a frame is complete than its sound was heard; blocks add their own length.
    """

    fps: float
    delay_ms: float

    def set_emotion(self, strengths: np.ndarray) -> None:
        """Feel (10,) strengths from now on; eased in."""
        ...

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Hear the next (n,) float32 samples; returns (k, 52) weights of the frames that are complete."""
        ...


class Listener(Protocol):
    """A microphone's sound in, frames out, here or at the other end of a wire.

    Attributes:
        far: whether frames come when they like, not at once.
    """

    far: bool

    @property
    def look_ahead_ms(self) -> float:
        """How much later sound a frame waits for."""
        ...

    @property
    def behind_s(self) -> float:
        """Seconds between the newest sound pushed and the sound of the newest frame; negative without a frame to speak of."""
        ...

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Hear (n,) float32 samples at 16 kHz, give the (k, 52) frames that are there now; never waits for a network."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


@runtime_checkable
class ListensLive(HasFeelings, Protocol):
    """A source of this machine that makes motion while somebody speaks."""

    def live(self, rate: int) -> ListeningFace:
        """Begin to listen to a microphone of this many samples per second.

        Raises:
            SourceError: it cannot run here.
        """
        ...


# -- frames


def frame_count(speech: Speech, fps: float) -> int:
    """Frames that cover a speech: at least one for any sound, none for no sound, and at most half a frame off its end.

    Args:
        speech: what is spoken.
        fps: frames per second.
    """
    return frames_of(len(speech.audio.samples), speech.audio.rate, fps)


def frames_of(samples: int, rate: int, fps: float) -> int:
    """See frame_count, for a sound of so many samples; of a growing sound it never falls.

    Args:
        samples: how many.
        rate: of them per second.
        fps: frames per second.
    """
    return max(round(samples / rate * fps), 1) if samples else 0


def chunk_ranges(n_frames: int, fps: float, chunk_s: float = 1.0) -> Iterator[tuple[int, int]]:
    """Consecutive frame ranges [first, end) of about ``chunk_s`` that together are ``n_frames``."""
    step = max(round(fps * chunk_s), 1)
    for first in range(0, n_frames, step):
        yield first, min(first + step, n_frames)

"""The interface of everything that turns speech into motion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from app.core.speech import Speech
from app.core.track import Animation


class CancelToken(Protocol):
    """``threading.Event`` satisfies this: set it to stop the work."""

    def is_set(self) -> bool:
        """Whether the work should stop."""
        ...


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


def frame_count(speech: Speech, fps: float) -> int:
    """Frames that cover a speech: at least one for any sound, none for no sound, and at most half a frame off its end.

    Args:
        speech: what is spoken.
        fps: frames per second.
    """
    return max(round(speech.audio.duration_s * fps), 1) if len(speech.audio.samples) else 0


def chunk_ranges(n_frames: int, fps: float, chunk_s: float = 1.0) -> Iterator[tuple[int, int]]:
    """Consecutive frame ranges [first, end) of about ``chunk_s`` that together are ``n_frames``."""
    step = max(round(fps * chunk_s), 1)
    for first in range(0, n_frames, step):
        yield first, min(first + step, n_frames)

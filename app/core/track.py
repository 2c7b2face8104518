"""Weights over time: the one thing that every source makes and everything else consumes."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.errors import TrackError
from app.core.sampling import sampled
from app.core.side import SideChannels, joined_sides


@dataclass(frozen=True)
class BlendshapeTrack:
    """Weights at a constant frame rate.

    Attributes:
        weights: (n_frames, n_channels) float32, nominally in [0, 1]; read-only.
        fps: frames per second.
        start_s: time of frame 0 on the audio's time line, in seconds.
        channels: the name of each column; the 52 ARKit shapes unless said otherwise.
        side: what travels along at the same frames (angles of head and eyes, a file's further columns), or None.
    """

    weights: np.ndarray
    fps: float
    start_s: float = 0.0
    channels: tuple[str, ...] = ARKIT_CHANNELS
    side: SideChannels | None = None

    def __post_init__(self) -> None:
        array = np.ascontiguousarray(self.weights, dtype=np.float32)
        if array.ndim != 2 or array.shape[1] != len(self.channels):
            raise ValueError(f"weights must be (n, {len(self.channels)}), not {array.shape}")
        if self.side is not None and len(self.side) != len(array):
            raise ValueError(f"the side channels have {len(self.side)} frames, the weights {len(array)}")
        if not self.fps > 0:
            raise TrackError(f"A track needs a frame rate above 0, not {self.fps}.")
        if not np.isfinite(array).all():
            raise TrackError("The track holds values that are not numbers (NaN or infinite); export it again.")
        if array is self.weights and array.flags.writeable:
            array = array.copy()
        array.flags.writeable = False
        object.__setattr__(self, "weights", array)

    @classmethod
    def of_checked(
        cls, weights: np.ndarray, fps: float, start_s: float = 0.0, channels: tuple[str, ...] = ARKIT_CHANNELS,
        side: SideChannels | None = None,
    ) -> BlendshapeTrack:  # fmt: skip
        """A track of rows that were in tracks before, so that they are numbers: what grows is not looked through again for every chunk.

        Args:
            weights: (n_frames, n_channels) float32, C-contiguous and read-only.
            fps: see BlendshapeTrack, as are the others.
            start_s: in seconds.
            channels: one for each column.
            side: as long as the weights, or None.
        """
        assert weights.dtype == np.float32 and weights.shape[1] == len(channels) and not weights.flags.writeable
        track = object.__new__(cls)
        for name, value in (("weights", weights), ("fps", fps), ("start_s", start_s), ("channels", channels), ("side", side)):
            object.__setattr__(track, name, value)
        return track

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def duration_s(self) -> float:
        """Frames over rate, in seconds."""
        return len(self.weights) / self.fps

    @property
    def end_s(self) -> float:
        """Time just after the last frame."""
        return self.start_s + self.duration_s

    @cached_property
    def times_s(self) -> np.ndarray:
        """(n_frames,) float64: the time of every frame, computed as i / fps so that nothing accumulates."""
        return self.start_s + np.arange(len(self.weights), dtype=np.float64) / self.fps

    @cached_property
    def index(self) -> MappingProxyType[str, int]:
        """Channel name -> column."""
        return MappingProxyType({name: i for i, name in enumerate(self.channels)})

    def column(self, channel: str) -> np.ndarray:
        """(n_frames,) weights of one channel."""
        return self.weights[:, self.index[channel]]

    def sample(self, t: float | np.ndarray) -> np.ndarray:
        """Weights at a time or at many, linear between frames, holding the first and last frame outside.

        Args:
            t: seconds on the audio's time line, of any shape.

        Returns:
            ``t.shape + (n_channels,)`` float32, a new array; zeros for an empty track.
        """
        return sampled(self.weights, (t - self.start_s) * self.fps)

    def with_weights(self, weights: np.ndarray) -> BlendshapeTrack:
        """The same frames and channels with other weights."""
        return replace(self, weights=weights)

    def between(self, first: int, end: int) -> BlendshapeTrack:
        """The frames from ``first`` to before ``end``, at their times."""
        side = None if self.side is None else self.side.cut(first, end)
        return BlendshapeTrack(self.weights[first:end], self.fps, self.start_s + first / self.fps, self.channels, side)


@dataclass(frozen=True)
class Animation:
    """What a source makes of a speech: ARKit weights, and viseme weights beside them when it has any.

    Attributes:
        arkit: (n, 52) track; always there, so that the curves and any ARKit avatar work.
        visemes: (n, 15) track with VISEME_CHANNELS, same fps and start, or None. An avatar that has viseme
            targets is driven by these instead of the mouth channels of ``arkit`` (see avatar.rig).
        label: who made it, as shown on the picture ("Visemes (recommended)", "MOCK", ...).
        is_mock: True when the motion has nothing to do with the sound; it must be labelled wherever it is shown.
        owns_eyes: True when the source itself moves lids or gaze, so that idle life must not.
        owns_head: True when the way of the head was made for what is said, so that idle life must not sway it as well.
        notes: sentences for the user about what this was made from, such as how a file's frame rate was found.
    """

    arkit: BlendshapeTrack
    visemes: BlendshapeTrack | None = None
    label: str = ""
    is_mock: bool = False
    owns_eyes: bool = False
    notes: tuple[str, ...] = ()
    owns_head: bool = False

    def __post_init__(self) -> None:
        if self.visemes is not None and self.visemes.channels != VISEME_CHANNELS:
            raise ValueError("viseme tracks use VISEME_CHANNELS")


def concatenate(chunks: list[Animation]) -> Animation:
    """Join consecutive chunks of one generation.

    Args:
        chunks: at least one; each starts where the one before it ends (to half a frame).

    Returns:
        One animation with the first chunk's start, rate and labels.

    Raises:
        ValueError: no chunks, a gap, or different rates.
    """
    if not chunks:
        raise ValueError("nothing to join")
    first = chunks[0]

    def join(tracks: list[BlendshapeTrack]) -> BlendshapeTrack:
        for before, after in itertools.pairwise(tracks):
            if before.fps != after.fps or abs(before.end_s - after.start_s) * before.fps > 0.5:
                raise ValueError(f"chunks do not meet: {before.end_s:.4f} s and {after.start_s:.4f} s")
        return replace(tracks[0], weights=np.concatenate([t.weights for t in tracks]), side=joined_sides([t.side for t in tracks]))

    visemes = None if first.visemes is None else join([c.visemes for c in chunks if c.visemes is not None])
    return replace(first, arkit=join([c.arkit for c in chunks]), visemes=visemes)


def resampled(track: BlendshapeTrack, fps: float) -> tuple[BlendshapeTrack, float]:
    """The same motion at another frame rate, linear between frames.

    Args:
        track: any track.
        fps: frames per second wanted.

    Returns:
        The new track, and the largest difference that sampling it back at the old frame times shows.
    """
    count = math.ceil(len(track) * fps / track.fps - 1e-6)
    if count == 0:
        return replace(track, fps=fps), 0.0
    places = np.arange(count) * (track.fps / fps)
    side = None if track.side is None else track.side.sampled(places)
    other = replace(track, weights=sampled(track.weights, places), fps=fps, side=side)
    return other, float(np.abs(other.sample(track.times_s) - track.weights).max())

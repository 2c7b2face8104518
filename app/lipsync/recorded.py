"""A track from a file, played against a clip like any other source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.core.cancel import CancelToken
from app.core.smoothing import smooth_step
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.formats.registry import read_track_file
from app.lipsync.source import chunk_ranges, frame_count

#: how long the face takes back to neutral where the file ends before the audio
EASE_OUT_S = 0.3
_EYES = tuple(range(14))


class RecordedSource:
    """The motion of a track file; the audio only says how long.

    Args:
        path: a track file of any dialect that the program reads.
        fps: frames per second of the animation, None for the file's own.

    Raises:
        TrackError: the file is missing, broken or of an unknown dialect.
    """

    is_mock = False

    def __init__(self, path: Path | str, fps: float | None = None) -> None:
        path = Path(path)
        self.name = f"file:{path}"
        self.label = f"File: {path.name}"
        self.file = read_track_file(path)
        self.fps = fps or self.file.track.fps

    @property
    def end_s(self) -> float:
        """Where the file's motion ends, in seconds."""
        return self.file.track.end_s

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; a longer file is cut at the audio's end, a shorter one eases to neutral."""
        owns_eyes = bool(self.file.track.weights[:, _EYES].any())
        for first, end in chunk_ranges(frame_count(speech, self.fps), self.fps):
            if cancel.is_set():
                return
            weights = self._faded(np.arange(first, end) / self.fps)
            yield Animation(BlendshapeTrack(weights, self.fps, first / self.fps), label=self.label, owns_eyes=owns_eyes)

    def _faded(self, times_s: np.ndarray) -> np.ndarray:
        """(n, 52) float32 at the times; from the file's end on, on the way to neutral."""
        fade = 1.0 - smooth_step((times_s - self.file.track.end_s) / EASE_OUT_S)
        return self.file.track.sample(times_s) * fade[:, None].astype(np.float32)

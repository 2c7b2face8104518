"""What a broadcast is given: a track in its own time, or the newest face of something that goes on."""

from __future__ import annotations

import time

import numpy as np

from app.core.face_frame import FaceFrame
from app.core.head import angles_of
from app.core.sampling import sampled
from app.core.track import BlendshapeTrack


class PlayedTrack:
    """A track that plays in real time, on its own or behind a sound.

    Args:
        track: the 52 channels; angles in its ``side`` go along.
        is_looped: begin again at the end.
    """

    def __init__(self, track: BlendshapeTrack, is_looped: bool = False) -> None:
        self._track, self._is_looped = track, is_looped
        self._angles = angles_of(track)
        #: media seconds, when they were, and how fast they pass; replaced as a whole, so that no thread sees half of it
        self._place: tuple[float, float, float] | None = None

    @property
    def is_over(self) -> bool:
        """Whether the end has come."""
        return not self._is_looped and self.media_s(time.perf_counter()) >= self._track.end_s

    def start(self, media_s: float = 0.0) -> None:
        """Let time run from a place of the track."""
        self._place = (media_s, time.perf_counter(), 1.0)

    def follow(self, media_s: float, runs: bool) -> None:
        """Set the place that a sound's clock says; between two calls time passes by itself.

        Args:
            media_s: as heard now.
            runs: whether time passes.
        """
        self._place = (media_s, time.perf_counter(), float(runs))

    def media_s(self, now_s: float) -> float:
        """Where the track is at a moment of ``time.perf_counter``."""
        if self._place is None:
            return 0.0
        media_s, noted_s, speed = self._place
        passed_s = media_s + (now_s - noted_s) * speed
        return passed_s % self._track.end_s if self._is_looped and self._track.end_s > 0 else passed_s

    def face(self, now_s: float) -> FaceFrame | None:
        """The face of a moment, None before it starts; the first and last frame are held outside. Given to a ``Broadcast``."""
        if self._place is None or not len(self._track):
            return None
        media_s = self.media_s(now_s)
        angles = None
        if self._angles is not None:
            angles = sampled(self._angles, (media_s - self._track.start_s) * self._track.fps)
        return FaceFrame(self._track.sample(media_s), angles, media_s, happened_s=now_s)


class NewestFace:
    """Hands the newest face from the thread that makes it to the one that sends it."""

    def __init__(self) -> None:
        self._face: FaceFrame | None = None

    def put(self, weights: np.ndarray, happened_s: float | None = None) -> None:
        """Here is a newer one.

        Args:
            weights: (52,) of the face.
            happened_s: when its sound was at the microphone, on ``time.perf_counter``.
        """
        self._face = FaceFrame(np.asarray(weights, np.float32), happened_s=happened_s)

    def face(self, now_s: float) -> FaceFrame | None:
        """The newest, None while there is none. Given to a ``Broadcast``."""
        return self._face

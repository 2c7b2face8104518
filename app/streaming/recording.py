"""Faces that were heard, kept as a track."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import StreamingError
from app.core.head import ANGLES
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.streaming.heard import HeardFace, Sender

#: an hour at 60 a second: as long as a track file may be
MAX_FACES = 216_000
#: a measured rate is said to be one of these, or the sender's own, when that moves no frame by more than half of one
_USUAL = (24.0, 25.0, 30.0, 50.0, 60.0, 90.0, 120.0)
#: faces are taken as the frames of a steady camera when none is further than this from its place, in frames
_STEADY = 0.2


@dataclass(frozen=True)
class RecordedFaces:
    """What was recorded.

    Attributes:
        track: (n, 52), beginning at 0 s; angles in its ``side`` where the sender had any.
        origin_s: the sender's clock at frame 0, in seconds: the time of day, where Live Link Face sends.
        resampling_error: the largest difference in any weight between the faces that came and the track at their times; 0 when every
            face is a frame.
        timing_error_ms: how far a face was from the time of its frame, at most; 0 where they were resampled.
        faces: that came.
        missing: frames of the track that no face was there for, and that lie on the line between their neighbours.
        clock: whether times are the sender's, or when its faces came.
    """

    track: BlendshapeTrack
    origin_s: float
    resampling_error: float
    timing_error_ms: float
    faces: int
    missing: int
    clock: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person must know about it, one sentence each."""
        said = []
        if self.missing:
            said.append(f"{self.missing} of {len(self.track)} frames did not arrive; they lie on the line between their neighbours.")
        if self.clock == "arrival":
            said.append(
                f"The sender says no times, so that frames stand in the order of their arrival, up to {self.timing_error_ms:.0f} ms off."
            )
        if self.resampling_error >= 0.0005:
            said.append(f"At a constant {self.track.fps:g} fps no weight changed by more than {self.resampling_error:.3f}.")
        return tuple(said)


class FaceRecording:
    """Keeps the faces of one sender; ``take`` is what a listener's ``on_face`` calls.

    Args:
        sender: whose faces; None takes those of the first that comes.
    """

    def __init__(self, sender: Sender | None = None) -> None:
        self._sender = sender
        self._lock = threading.Lock()
        self._faces: list[HeardFace] = []

    def __len__(self) -> int:
        return len(self._faces)

    @property
    def sender(self) -> Sender | None:
        """Whose faces are kept; None while nobody has sent any."""
        return self._sender

    @property
    def is_full(self) -> bool:
        """Whether an hour has been recorded, and further faces are not kept."""
        return len(self._faces) >= MAX_FACES

    def take(self, heard: HeardFace) -> None:
        """Keep a face if it is the sender's; from any thread."""
        with self._lock:
            if self._sender is None:
                self._sender = heard.sender
            if heard.sender == self._sender and len(self._faces) < MAX_FACES:
                self._faces.append(heard)

    def finished(self, fps: float | None = None) -> RecordedFaces:
        """What was recorded up to now, at a constant rate.

        Args:
            fps: of the track; None takes what the sender says, or what is nearest to what came.

        Raises:
            StreamingError: nothing came.
        """
        with self._lock:
            faces = list(self._faces)
        if not faces:
            raise StreamingError("No face arrived, so there is nothing to keep; check the sender's address and port, and the firewall.")
        times_s, clock = _times_s(faces)
        keep = np.concatenate([np.diff(times_s) > 1e-9, [True]])  # of faces of one time the last
        times_s, columns = times_s[keep], _columns(faces)[keep]
        steady = _steady(times_s, faces[-1].face.fps, np.inf if clock == "arrival" else _STEADY)
        if steady is not None and (fps is None or fps == steady[0]):
            rate, places = steady
            values = _on_line(np.arange(places[-1] + 1), places, columns)
            timing_s, error = float(np.abs(times_s - times_s[0] - places / rate).max()), 0.0
        else:
            rate = fps or faces[-1].face.fps or _measured(times_s)
            values = _on_line(np.arange(round(float(times_s[-1]) * rate) + 1) / rate, times_s, columns)
            timing_s, error = 0.0, None
        track = _track_of(values, rate, any(heard.face.angles is not None for heard in faces))
        if error is None:
            error = float(np.abs(track.sample(times_s) - columns[:, : len(ARKIT_CHANNELS)]).max())
        there = len(np.unique(np.round(times_s * rate).astype(np.int64))) if error else len(times_s)
        return RecordedFaces(track, faces[0].face.time_s, error, timing_s * 1e3, len(faces), max(len(track) - there, 0), clock)


def _columns(faces: list[HeardFace]) -> np.ndarray:
    """(n, 61) float64: weights and angles, 0 for angles that nobody tracks."""
    weights = np.stack([heard.face.weights for heard in faces])
    angles = np.stack([np.zeros(len(ANGLES)) if heard.face.angles is None else heard.face.angles for heard in faces])
    return np.concatenate([weights, angles], axis=1).astype(np.float64)


def _times_s(faces: list[HeardFace]) -> tuple[np.ndarray, str]:
    """(n,) float64 rising times from 0, and whose clock they are of."""
    own = np.array([heard.face.time_s for heard in faces])
    arrived = np.array([heard.arrived_s for heard in faces])
    steps = np.diff(own)
    if len(faces) > 1 and not steps.any():
        return np.maximum.accumulate(arrived - arrived[0]), "arrival"
    began_anew = np.abs(steps - np.diff(arrived)) > 1.0  # a restart, midnight, or a clock that was set
    steps = np.where(began_anew, np.diff(arrived), steps)
    return np.maximum.accumulate(np.concatenate([[0.0], np.cumsum(steps)])), "sender"


def _steady(times_s: np.ndarray, stated: float, tolerance: float) -> tuple[float, np.ndarray] | None:
    """The rate of a steady camera and the (n,) frames at which its faces stand, or None when they are no such frames.

    Args:
        times_s: (n,) rising, from 0.
        stated: frames a second as the sender says, 0 for nothing.
        tolerance: how far from its frame a face may be, in frames.
    """
    if len(times_s) < 2:
        return stated or 60.0, np.zeros(1, np.int64)
    steps = np.diff(times_s)
    places = np.concatenate([[0], np.cumsum(np.maximum(np.round(steps / np.median(steps)), 1))]).astype(np.int64)
    step_s, first_s = np.polyfit(places, times_s, 1)
    if np.abs(times_s - first_s - step_s * places).max() > tolerance * step_s:
        return None
    rate = float(np.clip(1 / step_s, 1.0, 1000.0))
    usual = min((each for each in (*_USUAL, stated) if each > 0), key=lambda each: abs(each - rate))
    return (usual if abs(usual - rate) * times_s[-1] < 0.5 else round(rate, 4)), places


def _measured(times_s: np.ndarray) -> float:
    """Faces a second where the sender does not say, rounded: such a sender is not steady."""
    return float(np.clip(round((len(times_s) - 1) / max(times_s[-1], 1e-6)), 1, 240))


def _on_line(at: np.ndarray, places: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(m, n) columns at other places, on the line between their neighbours."""
    return np.stack([np.interp(at, places, column) for column in columns.T], axis=1)


def _track_of(values: np.ndarray, fps: float, has_angles: bool) -> BlendshapeTrack:
    shapes = np.ascontiguousarray(values[:, : len(ARKIT_CHANNELS)], np.float32)
    side = SideChannels(ANGLES, values[:, len(ARKIT_CHANNELS) :]).without_still() if has_angles else None
    return BlendshapeTrack(shapes, fps, side=side)

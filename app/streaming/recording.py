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
#: a rate that is measured rather than stated is said to be one of these when it is this near, in relation
_USUAL = (24.0, 25.0, 30.0, 50.0, 60.0, 90.0, 120.0)
_NEAR = 0.02


@dataclass(frozen=True)
class RecordedFaces:
    """What was recorded.

    Attributes:
        track: (n, 52), beginning at 0 s; angles in its ``side`` where the sender had any.
        origin_s: the sender's clock at frame 0, in seconds: the time of day, where Live Link Face sends.
        resampling_error: the largest difference in any weight between the faces that came and the track at their times; 0 when every
            face is a frame.
        faces: that came.
        missing: frames of the track that no face was there for, and that lie on the line between their neighbours.
        clock: whether times are the sender's, or when its faces came.
    """

    track: BlendshapeTrack
    origin_s: float
    resampling_error: float
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
            said.append("The sender says no times, so that frames stand where they arrived.")
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
        stated = faces[-1].face.fps
        rate = fps or (stated if stated > 0 else _measured(times_s))
        return _track_of(faces, times_s, rate, clock)


def _times_s(faces: list[HeardFace]) -> tuple[np.ndarray, str]:
    """(n,) float64 rising times from 0, and whose clock they are of."""
    own = np.array([heard.face.time_s for heard in faces])
    arrived = np.array([heard.arrived_s for heard in faces])
    steps = np.diff(own)
    began_anew = np.abs(steps - np.diff(arrived)) > 1.0  # a restart, midnight, or a clock that was set
    if len(faces) > 1 and not steps.any():
        return _rising(arrived - arrived[0]), "arrival"
    steps = np.where(began_anew, np.diff(arrived), steps)
    return _rising(np.concatenate([[0.0], np.cumsum(steps)])), "sender"


def _rising(times_s: np.ndarray) -> np.ndarray:
    rising: np.ndarray = np.maximum.accumulate(times_s)
    return rising


def _measured(times_s: np.ndarray) -> float:
    """Faces a second where the sender does not say."""
    if len(times_s) < 2 or times_s[-1] <= 0:
        return 60.0
    rate = float(np.clip((len(times_s) - 1) / times_s[-1], 1.0, 240.0))
    nearest = min(_USUAL, key=lambda usual: abs(usual / rate - 1))
    return nearest if abs(nearest / rate - 1) < _NEAR else round(rate, 3)


def _track_of(faces: list[HeardFace], times_s: np.ndarray, fps: float, clock: str) -> RecordedFaces:
    weights = np.stack([heard.face.weights for heard in faces]).astype(np.float64)
    angles = [np.zeros(len(ANGLES)) if heard.face.angles is None else heard.face.angles for heard in faces]
    has_angles = any(heard.face.angles is not None for heard in faces)
    columns = np.concatenate([weights, np.stack(angles)], axis=1)
    keep = np.concatenate([np.diff(times_s) > 1e-9, [True]])  # of faces of one time the last
    times_s, columns = times_s[keep], columns[keep]
    count = round(float(times_s[-1]) * fps) + 1
    grid_s = np.arange(count) / fps
    frames = np.stack([np.interp(grid_s, times_s, column) for column in columns.T], axis=1).astype(np.float32)
    shapes = frames[:, : len(ARKIT_CHANNELS)]
    side = SideChannels(ANGLES, frames[:, len(ARKIT_CHANNELS) :]).without_still() if has_angles else None
    track = BlendshapeTrack(np.ascontiguousarray(shapes), fps, side=side)
    error = float(np.abs(track.sample(times_s) - columns[:, : len(ARKIT_CHANNELS)]).max())
    filled = len(np.unique(np.round(times_s * fps).astype(np.int64)))
    return RecordedFaces(track, faces[0].face.time_s, error, len(faces), max(count - filled, 0), clock)

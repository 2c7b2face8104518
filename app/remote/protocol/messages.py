"""What may be said on ``/v1/stream``; app.remote.protocol.wire turns it into bytes and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import ServiceError

VERSION = 1
Encoding = Literal["s16le", "f32le"]


class WireError(ServiceError):
    """A message that breaks the protocol, or an error that the other side reports.

    Args:
        code: one of the codes of docs/server.md, for programs.
        message: one sentence.
        retry_after_s: when another try is worth it, 0 where nobody knows.
    """

    def __init__(self, code: str, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.code, self.retry_after_s = code, retry_after_s


@dataclass(frozen=True)
class Start:
    """Client: begin a stream.

    Attributes:
        rate: samples per second of the sound, 8000 to 192000.
        encoding: of the sound: ``s16le`` or ``f32le``, mono.
        fps: frames per second, 10 to 120.
        frames: ``binary`` or ``json`` frames.
        blinks: let the lids blink.
        seed: of the blinks.
        emotion: emotion -> strength in [0, 1].
        first_sample: number of the first sample that will be sent; above 0 when a clip is taken up in its middle.
            ``first_sample * fps / rate`` is a whole number.
        first_frame: the first frame wanted; sound before it is only listened to.
        keep: leave the connection open after ``ended``, for another ``start``.
    """

    type: ClassVar[str] = "start"
    rate: int = 16000
    encoding: Encoding = "s16le"
    fps: int = 30
    frames: Literal["binary", "json"] = "binary"
    blinks: bool = True
    seed: int = 0
    emotion: dict[str, float] = field(default_factory=dict)
    first_sample: int = 0
    first_frame: int = 0
    keep: bool = False


@dataclass(frozen=True)
class Resume:
    """Client: take up a stream whose connection was lost; ``next_frame`` is the first frame it does not have."""

    type: ClassVar[str] = "resume"
    token: str
    next_frame: int = 0


@dataclass(frozen=True)
class Ack:
    """Client: every frame before ``next_frame`` has arrived; the server may forget them."""

    type: ClassVar[str] = "ack"
    next_frame: int


@dataclass(frozen=True)
class End:
    """Client: no more sound will come."""

    type: ClassVar[str] = "end"


@dataclass(frozen=True)
class Cancel:
    """Client: forget the stream."""

    type: ClassVar[str] = "cancel"


@dataclass(frozen=True)
class Ping:
    """Client: answer with the same id; measures the round trip."""

    type: ClassVar[str] = "ping"
    id: int = 0


@dataclass(frozen=True)
class Sound:
    """Client: the next samples.

    Attributes:
        sequence: counts the sound messages of this connection from 0.
        first_sample: number of the first sample in the clip.
        time_s: when that sample sounds, on the clip's time line.
        data: mono samples in the stream's encoding.
    """

    type: ClassVar[str] = "sound"
    sequence: int
    first_sample: int
    time_s: float
    data: bytes


@dataclass(frozen=True)
class Ready:
    """Server: the stream runs (after ``start``, or taken up again after ``resume``).

    Attributes:
        token: resumes the stream; keep it secret.
        next_sample: the sample to send next.
        resumed: whether this stream was running before.
        source: name of what animates; label: what to show; mock: whether the motion has nothing to do with the sound.
        fps: frames per second of the frames to come.
        look_ahead_ms: how much later sound can change a frame.
        window_s: seconds of sound that may be sent ahead of the frames that came back.
        resume_s: seconds that a lost stream is kept.
        owns_eyes: whether the source moves the lids itself.
        channels: names of the columns of every frame.
    """

    type: ClassVar[str] = "ready"
    token: str
    next_sample: int
    resumed: bool
    source: str
    label: str
    mock: bool
    fps: int
    look_ahead_ms: float
    window_s: float
    resume_s: float
    owns_eyes: bool = True
    version: int = VERSION
    channels: list[str] = field(default_factory=lambda: list(ARKIT_CHANNELS))


@dataclass(frozen=True, eq=False)
class Frames:
    """Server: consecutive frames.

    Attributes:
        sequence: counts the frame messages of this connection from 0.
        first_frame: number of the first one; frame i is at i / fps seconds.
        time_s: when it is shown, on the clip's time line.
        weights: (k, 52) float32, k at least 1; read from bytes they are finite and in [0, 1], and need not be checked again.
    """

    type: ClassVar[str] = "frames"
    sequence: int
    first_frame: int
    time_s: float
    weights: np.ndarray

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frames):
            return NotImplemented
        mine, theirs = (self.sequence, self.first_frame, self.time_s), (other.sequence, other.first_frame, other.time_s)
        return mine == theirs and np.array_equal(self.weights, other.weights)

    def __hash__(self) -> int:
        return hash((self.sequence, self.first_frame))


@dataclass(frozen=True)
class Ended:
    """Server: the last frame was sent; the clip has ``frame_count`` frames."""

    type: ClassVar[str] = "ended"
    frame_count: int


@dataclass(frozen=True)
class Cancelled:
    """Server: the stream is forgotten."""

    type: ClassVar[str] = "cancelled"


@dataclass(frozen=True)
class Failed:
    """Server: the stream ended by an error.

    Attributes:
        code: for programs.
        message: a sentence for people.
        retry_after_s: of ``busy``: when a place is likely to be free; 0 where nobody knows, and then it is not sent.
    """

    type: ClassVar[str] = "error"
    code: str
    message: str
    retry_after_s: float = 0.0


@dataclass(frozen=True)
class Closing:
    """Server: it is stopping; take the stream up again elsewhere or when it is back."""

    type: ClassVar[str] = "closing"
    message: str = ""


@dataclass(frozen=True)
class Pong:
    """Server: the answer to ``ping``."""

    type: ClassVar[str] = "pong"
    id: int = 0


Message = Start | Resume | Ack | End | Cancel | Ping | Sound | Ready | Frames | Ended | Cancelled | Failed | Closing | Pong

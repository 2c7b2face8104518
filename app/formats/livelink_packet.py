"""One face as Live Link Face sends it: the bytes of a datagram, made and read without sockets.

Version 6 is what the app has sent since it appeared in 2020 and what Unreal reads today; decoded from recorded packets, and the same
order stands in Unreal's own receiver (AppleARKitLiveLinkSource, engine 5.8): version, device, subject, frame number, sub-frame, rate as
a fraction, count, values. Version 5 is what Unreal's ARKit programs of 2019 sent and read: a timecode and a whole frame rate in place of
the frame time. Earlier ones had no device (before 4) or a time stamp (before 3). Packets carry no names: the 52 shapes come in the order
of ARKIT_CHANNELS, then the nine of ANGLES.

Of version 5 no recording was found. Unreal's source says which fields follow each other; that its timecode is four integers is taken
from the type's declaration, and a fifth byte for drop-frame, which the type has too, is accepted on reading.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import StreamingError
from app.core.face_frame import FaceFrame
from app.core.head import ANGLES

#: the versions that are read and written
VERSIONS = (5, 6)
N_SHAPES = len(ARKIT_CHANNELS)
#: what is sent: shapes and angles
N_VALUES = N_SHAPES + len(ANGLES)
#: Unreal's own receiver has room for names of 256 characters
MAX_NAME_BYTES = 512
#: no rate of a camera; keeps what is counted from it finite
MAX_FPS = 1000.0
#: version, two empty names, the shorter time, count
_SHORTEST = 1 + 4 + 4 + 16 + 1
_INT = struct.Struct(">i")
_FRAME_TIME = struct.Struct(">ifii")
_TIMECODE = struct.Struct(">iiiiI")
_DROP_TIMECODE = struct.Struct(">iiiiBI")
#: the largest that is still below 1 as a 32-bit number, with something to spare: at 1 Unreal's frame time breaks its own rule
_LAST_SUB_FRAME = 0.999999
#: senders whose frames are counted at another rate than they come let it grow beyond 1: a recording of a minute reaches 2
_LARGEST_SUB_FRAME = 1e6
#: weights beyond this are no face; a damaged packet's floats are often enormous
_LARGEST = 1000.0


@dataclass(frozen=True)
class LiveLinkPacket:
    """A datagram, taken apart.

    Attributes:
        version: 5 or 6.
        device: id of the phone, as it says.
        subject: whose face it is, as the sender calls it.
        frame: number of the frame on the sender's clock: of the time of day, where the app sends.
        sub_frame: how far into the frame; 0 to 1, unless the sender's count drifts against its clock.
        rate: frames per second.
        values: (n,) float32: 52 shapes and nine angles in radians; (0,) where the sender sees no face.
    """

    version: int
    device: str
    subject: str
    frame: int
    sub_frame: float
    rate: Fraction
    values: np.ndarray

    @property
    def time_s(self) -> float:
        """When the face was, on the sender's clock, in seconds."""
        return (self.frame + self.sub_frame) / float(self.rate)

    def face(self, held: FaceFrame | None = None) -> FaceFrame:
        """The packet as a face.

        Args:
            held: the face before; it stands when this packet has none.
        """
        common = (self.time_s, self.frame, float(self.rate), self.subject)
        if not len(self.values):
            still = np.zeros(N_SHAPES, np.float32) if held is None else held.weights
            return FaceFrame(still, None if held is None else held.angles, *common, is_held=True)
        weights = np.zeros(N_SHAPES, np.float32)
        weights[: min(len(self.values), N_SHAPES)] = self.values[:N_SHAPES]
        angles = self.values[N_SHAPES:N_VALUES]
        return FaceFrame(weights, angles.copy() if len(angles) == len(ANGLES) else None, *common)


def encode_packet(face: FaceFrame, device: str, version: int = 6) -> bytes:
    """The datagram of a face.

    Args:
        face: its ``index``, ``fps``, ``subject`` and ``time_s`` travel along; one that is held is sent without values.
        device: id of the sender; receivers tell senders apart by it.
        version: 5 or 6.

    Raises:
        StreamingError: values that are not numbers, or a name that is too long.
    """
    rate = rate_of(face.fps)
    values = _values(face)
    names = b"".join(_INT.pack(len(name)) + name for name in (_name(device), _name(face.subject)))
    if version == 5:
        seconds, frame = divmod(max(face.index, 0), round(rate))
        time = _TIMECODE.pack(seconds // 3600 % 24, seconds // 60 % 60, seconds % 60, frame, round(rate))
    else:
        beyond = face.time_s * float(rate) - face.index
        sub_frame = min(beyond, _LAST_SUB_FRAME) if 0.0 <= beyond < 1.0 else 0.0
        time = _FRAME_TIME.pack(_wrapped(face.index), sub_frame, rate.numerator, rate.denominator)
    return bytes([version]) + names + time + bytes([len(values)]) + values.astype(">f4").tobytes()


def decode_packet(datagram: bytes) -> LiveLinkPacket:
    """Take a datagram apart.

    Raises:
        StreamingError: it is no packet of version 5 or 6, or holds no face.
    """
    if len(datagram) < _SHORTEST:
        raise StreamingError(f"A packet of {len(datagram)} bytes is too short for Live Link Face; check that the sender speaks Live Link.")
    version = datagram[0]
    if version not in VERSIONS:
        raise StreamingError(
            f"A packet says version {version} and versions 5 and 6 are known; set the phone's app to Live Link (ARKit) and update it."
        )
    device, at = _read_name(datagram, 1)
    subject, at = _read_name(datagram, at)
    frame, sub_frame, rate, at = _read_time(datagram, at, version)
    if at >= len(datagram):
        raise _damaged()
    count, values = datagram[at], np.frombuffer(datagram, ">f4", offset=at + 1) if (len(datagram) - at - 1) % 4 == 0 else None
    if values is None or len(values) != count or 0 < count < N_SHAPES - 1:
        raise StreamingError(f"A Live Link Face packet says {count} shapes and has {(len(datagram) - at - 1) / 4:g}; check the sender.")
    if count and not (np.abs(values) <= _LARGEST).all():
        raise StreamingError("A Live Link Face packet holds values that are no weights; check the sender.")
    return LiveLinkPacket(version, device, subject, frame, sub_frame, rate, values.astype(np.float32))


def rate_of(fps: float) -> Fraction:
    """Frames per second as the fraction that cameras mean: 29.97 is 30000/1001.

    Raises:
        StreamingError: no rate of a camera.
    """
    if not 0.0 < fps <= MAX_FPS:
        raise StreamingError(f"Faces cannot be sent at {fps:g} a second; choose a rate above 0 and up to {MAX_FPS:g}.")
    ntsc = Fraction(round(fps * 1.001) * 1000, 1001)
    if abs(float(ntsc) - fps) < 0.005 and abs(round(fps) - fps) > 0.005:
        return ntsc
    return max(Fraction(fps).limit_denominator(1000), Fraction(1, 1000))


def _values(face: FaceFrame) -> np.ndarray:
    if face.is_held:
        return np.zeros(0, np.float32)
    angles = np.zeros(len(ANGLES), np.float32) if face.angles is None else face.angles
    values = np.concatenate([face.weights, angles]).astype(np.float32)
    if len(values) != N_VALUES or not np.isfinite(values).all():
        raise StreamingError("A face holds values that are not numbers, so it was not sent; animate the clip again.")
    return values


def _wrapped(index: int) -> int:
    """A frame number that fits 32 bits with sign."""
    return int(index) & 0x7FFFFFFF


def _name(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if len(data) > MAX_NAME_BYTES:
        raise StreamingError(f"The subject {text[:40]!r} is too long; choose a name of at most {MAX_NAME_BYTES // 4} characters.")
    return data


def _read_name(datagram: bytes, at: int) -> tuple[str, int]:
    if at + 4 > len(datagram):
        raise _damaged()
    (length,) = _INT.unpack_from(datagram, at)
    end = at + 4 + length
    if not 0 <= length <= MAX_NAME_BYTES or end > len(datagram):
        raise _damaged()
    text = datagram[at + 4 : end].decode("utf-8", "replace")
    return "".join(c for c in text if c.isprintable()).strip(), end


def _read_time(datagram: bytes, at: int, version: int) -> tuple[int, float, Fraction, int]:
    """Frame, sub-frame, rate, and where the count stands."""
    if version == 6:
        if at + _FRAME_TIME.size > len(datagram):
            raise _damaged()
        frame, sub_frame, over, under = _FRAME_TIME.unpack_from(datagram, at)
        sub_frame = sub_frame if abs(sub_frame) < _LARGEST_SUB_FRAME else 0.0  # not a number, too
        return frame, sub_frame, _rate(over, under), at + _FRAME_TIME.size
    layout = _TIMECODE if _fits(datagram, at + _TIMECODE.size) else _DROP_TIMECODE
    if at + layout.size > len(datagram):
        raise _damaged()
    hours, minutes, seconds, frame, *_, fps = layout.unpack_from(datagram, at)
    rate = _rate(fps, 1)
    return (hours * 3600 + minutes * 60 + seconds) * fps + frame, 0.0, rate, at + layout.size


def _fits(datagram: bytes, at: int) -> bool:
    """Whether the byte there counts exactly the values that follow it."""
    return at < len(datagram) and len(datagram) == at + 1 + 4 * datagram[at]


def _rate(over: int, under: int) -> Fraction:
    if over <= 0 or under <= 0 or over / under > MAX_FPS:
        raise StreamingError(f"A Live Link Face packet says {over}/{under} frames per second; check the sender.")
    return Fraction(over, under)


def _damaged() -> StreamingError:
    return StreamingError("A packet is damaged or is no Live Link Face packet; check that the sender speaks Live Link.")

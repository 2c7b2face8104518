"""The messages of our WebSocket, made and read without sockets."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, canonical_name
from app.core.errors import StreamingError
from app.core.face_frame import FaceFrame
from app.core.foreign import parsed_json
from app.core.head import ANGLES

#: what the first message says it is
PROTOCOL = "visemesync-faces"
VERSION = 1
#: larger messages are no face and no hello
MAX_MESSAGE = 16_384
#: time of the face, its number, flags
_HEAD = struct.Struct("<dII")
_HELD, _HAS_ANGLES = 1, 2
_LARGEST = 1000.0
_MAX_NAMES = 256


@dataclass(frozen=True)
class Hello:
    """What a connection begins with, and again when something of it changes.

    Attributes:
        names: of the weights, in the order in which they come.
        angles: of the angles.
        fps: faces a second.
        subject: whose face it is.
    """

    names: tuple[str, ...] = ARKIT_CHANNELS
    angles: tuple[str, ...] = ANGLES
    fps: float = 60.0
    subject: str = ""

    def text(self) -> str:
        """The message."""
        data = {
            "protocol": PROTOCOL, "version": VERSION, "names": self.names, "angles": self.angles, "fps": self.fps, "subject": self.subject,
        }  # fmt: skip
        return json.dumps(data)

    @classmethod
    def read(cls, text: str) -> Hello:
        """Of a message.

        Raises:
            StreamingError: it is no hello of this protocol and version.
        """
        try:
            data: Any = parsed_json(text)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict) or data.get("protocol") != PROTOCOL:
            raise StreamingError("This WebSocket sends no faces of VisemeSync Preview; check its address and port.")
        if data.get("version") != VERSION:
            raise StreamingError(f"This WebSocket speaks version {str(data.get('version'))[:20]}, here is {VERSION}; update both programs.")
        names, angles = _names(data.get("names")), _names(data.get("angles"))
        fps, subject = data.get("fps"), data.get("subject")
        if names is None or angles is None or not isinstance(fps, int | float) or not isinstance(subject, str):
            raise StreamingError("This WebSocket's greeting is damaged; update both programs.")
        if not 0 <= fps <= 1000:
            raise StreamingError(f"This WebSocket says {fps:g} faces a second; check the sender.")
        return cls(names, angles, float(fps), subject[:200])


def encode_face(face: FaceFrame) -> bytes:
    """The message of a face: its time, number and flags, the weights, and the angles where it has them.

    Raises:
        StreamingError: values that are not numbers.
    """
    flags = _HELD * face.is_held | _HAS_ANGLES * (face.angles is not None)
    parts = face.weights if face.angles is None else np.concatenate([face.weights, face.angles])
    values = parts.astype("<f4")
    if not np.isfinite(values).all() or not math.isfinite(face.time_s):
        raise StreamingError("A face holds values that are not numbers, so it was not sent; animate the clip again.")
    return _HEAD.pack(face.time_s, face.index & 0xFFFFFFFF, flags) + values.tobytes()


class MessageReader:
    """Messages of one connection to faces."""

    def __init__(self) -> None:
        self._hello: Hello | None = None
        self._columns: list[tuple[int, int]] = []
        self._angles: list[tuple[int, int]] = []

    def faces(self, datagram: str | bytes) -> Iterator[FaceFrame]:
        """The face of a message; none of a hello.

        Raises:
            StreamingError: neither of them; the reader can go on.
        """
        if isinstance(datagram, str):
            self._greeted(Hello.read(datagram))
            return
        hello = self._hello
        if hello is None:
            raise StreamingError("This WebSocket sends numbers without a greeting; check its address and port.")
        if len(datagram) < _HEAD.size:
            raise _damaged()
        time_s, index, flags = _HEAD.unpack_from(datagram)
        has_angles = bool(flags & _HAS_ANGLES)
        n_weights, n_angles = len(hello.names), len(hello.angles) if has_angles else 0
        if len(datagram) != _HEAD.size + 4 * (n_weights + n_angles) or not math.isfinite(time_s):
            raise _damaged()
        values = np.frombuffer(datagram, "<f4", offset=_HEAD.size)
        if not (np.abs(values) <= _LARGEST).all():
            raise _damaged()
        weights = _placed(len(ARKIT_CHANNELS), self._columns, values)
        angles = _placed(len(ANGLES), self._angles, values[n_weights:]) if has_angles else None
        yield FaceFrame(weights, angles, time_s, index, hello.fps, hello.subject, bool(flags & _HELD))

    def _greeted(self, hello: Hello) -> None:
        meant = [canonical_name(name) or "" for name in hello.names]
        self._columns = [(ARKIT_INDEX[name], i) for i, name in enumerate(meant) if name in ARKIT_INDEX]
        self._angles = [(ANGLES.index(name), i) for i, name in enumerate(hello.angles) if name in ANGLES]
        self._hello = hello


def _placed(size: int, places: list[tuple[int, int]], values: np.ndarray) -> np.ndarray:
    row = np.zeros(size, np.float32)
    for place, i in places:
        row[place] = values[i]
    return row


def _names(data: Any) -> tuple[str, ...] | None:
    """Names of columns, or None for what is none."""
    if not isinstance(data, list) or len(data) > _MAX_NAMES or not all(isinstance(name, str) and len(name) <= 80 for name in data):
        return None
    return tuple(data)


def _damaged() -> StreamingError:
    return StreamingError("A message of this WebSocket is damaged; update both programs.")

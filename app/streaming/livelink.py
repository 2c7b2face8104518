"""Live Link Face as a way of sending and hearing faces: one datagram, one face."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from app.core.face_frame import FaceFrame
from app.formats.livelink_packet import decode_packet, encode_packet


def made_up_device() -> str:
    """An id for this program as a sender, as a phone has one; another at every start, so that it says nothing about the machine."""
    return str(uuid.uuid4()).upper()


class LiveLinkWriter:
    """Faces to datagrams of Live Link Face.

    Args:
        version: of the packet, 6 or 5 (see formats.livelink_packet).
        device: id of the sender; "" makes one up.
    """

    def __init__(self, version: int = 6, device: str = "") -> None:
        self._version, self._device = version, device or made_up_device()

    def datagrams(self, frame: FaceFrame) -> Sequence[bytes]:
        """The one datagram of a face.

        Raises:
            StreamingError: values that are not numbers, or a subject that is too long.
        """
        return (encode_packet(frame, self._device, self._version),)


class LiveLinkReader:
    """Datagrams of Live Link Face, of both versions, to faces; one for each sender."""

    def __init__(self) -> None:
        self._last: FaceFrame | None = None

    def faces(self, datagram: bytes) -> Iterator[FaceFrame]:
        """The face of a datagram; where the sender sees none, the last pose, held.

        Raises:
            StreamingError: bytes that are no packet; the reader can go on.
        """
        self._last = decode_packet(datagram).face(self._last)
        yield self._last

"""What every way of sending and hearing faces has in common; the bytes are made and read without sockets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol

from app.core.face_frame import FaceFrame

#: how shapes are called on wires that go by name (VMC); ``VRM`` and ``VRM0`` are the few expressions of a model without the 52, as versions
#: 1 and 0 of that format call them
NameStyle = Literal["PascalCase", "camelCase", "VRM", "VRM0"]


class FaceWriter(Protocol):
    """Faces to datagrams (or messages) of one wire."""

    def datagrams(self, frame: FaceFrame) -> Sequence[bytes]:
        """What is sent for one face, in order."""
        ...


class FaceReader(Protocol):
    """Datagrams (or messages) of one wire to faces; one reader for one sender, because some wires spread a face over several datagrams."""

    def faces(self, datagram: Any) -> Iterator[FaceFrame]:
        """The faces that a datagram completes, () for none yet.

        Args:
            datagram: bytes; of a WebSocket, text too.

        Raises:
            StreamingError: bytes that are not of this wire; the reader can go on.
        """
        ...

"""Live out: faces to several programs at once, at a steady rate, on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from app.audio.priority import come_first
from app.core.errors import PreviewError, StreamingError
from app.core.face_frame import FaceFrame
from app.streaming.address import Address
from app.streaming.livelink import LiveLinkWriter
from app.streaming.pacing import Moment, moments
from app.streaming.receivers import Receiver, UdpReceiver
from app.streaming.tally import ReceiverCounters
from app.streaming.vmc.writer import VmcWriter
from app.streaming.websocket.server import FaceServer
from app.streaming.wires import FaceWriter, NameStyle

#: what gives the face of a moment: ``time.perf_counter`` -> the face, or None when there is nothing to send. It is called on the
#: broadcast's thread and must not wait.
Supply = Callable[[float], FaceFrame | None]
MAX_RATE = 240.0
#: more would not keep their rate
MAX_RECEIVERS = 16


@dataclass(frozen=True)
class StreamOptions:
    """How faces are sent.

    Attributes:
        rate: faces a second.
        subject: whose face it is, where the face itself does not say.
        names: how shapes are called, for VMC.
        with_head: the head's rotation is sent too where it is known; without it, it is 0 on wires that have a place for it.
        token: asked of the clients of our WebSocket; needed where other machines may join.
    """

    rate: float = 60.0
    subject: str = "VisemeSync"
    names: NameStyle = "PascalCase"
    with_head: bool = True
    token: str = ""

    def __post_init__(self) -> None:
        if not 1.0 <= self.rate <= MAX_RATE:
            raise StreamingError(f"Faces can be sent 1 to {MAX_RATE:g} times a second, not {self.rate:g}.")

    def __repr__(self) -> str:
        return f"StreamOptions({self.rate:g}, {self.subject!r}, {self.names!r})"


class Broadcast:
    """Sends what a supplier gives to every receiver, each moment stamped with the time of day as Live Link Face does.

    A receiver that fails says so in its counters and is tried again; the others go on. Close it, or use it in a ``with``.

    Args:
        supply: gives the face of a moment; a ``PreviewError`` of it becomes ``fault`` and the next moment is tried.
        receivers: where to; more can be added and taken away while it runs.
        options: how.
    """

    def __init__(self, supply: Supply, receivers: Iterable[Address] = (), options: StreamOptions | None = None) -> None:
        self._supply, self._options = supply, options or StreamOptions()
        self._receivers: tuple[Receiver, ...] = ()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._skipped = 0
        self._fault = ""
        for address in receivers:
            self.add(address)

    @property
    def options(self) -> StreamOptions:
        """How faces are sent."""
        return self._options

    @property
    def is_running(self) -> bool:
        """Whether faces are being sent."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def skipped(self) -> int:
        """Moments that were missed, because the machine was too busy or slept."""
        return self._skipped

    @property
    def fault(self) -> str:
        """Why the last moment had no face, "" when it had."""
        return self._fault

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Of the receivers."""
        return tuple(receiver.address for receiver in self._receivers)

    def add(self, address: Address) -> None:
        """One more receiver; one that is there already stays as it is.

        Raises:
            StreamingError: there are too many, or its port is needed here and in use.
        """
        with self._lock:
            if address in self.addresses:
                return
            if len(self._receivers) >= MAX_RECEIVERS:
                raise StreamingError(f"Faces go to at most {MAX_RECEIVERS} receivers at once; take one away first.")
            self._receivers = (*self._receivers, self._receiver_at(address))

    def remove(self, address: Address) -> None:
        """One receiver less."""
        with self._lock:
            gone = [receiver for receiver in self._receivers if receiver.address == address]
            self._receivers = tuple(receiver for receiver in self._receivers if receiver.address != address)
        for receiver in gone:
            receiver.close()

    def start(self) -> None:
        """Begin to send; it may be called once."""
        self._thread = threading.Thread(target=self._run, name="live out", daemon=True)
        self._thread.start()

    def counters(self) -> tuple[ReceiverCounters, ...]:
        """One for each receiver, in their order; from any thread."""
        return tuple(receiver.counters() for receiver in self._receivers)

    def stop(self) -> None:
        """Send nothing more; returns when the thread has ended. What was counted can still be asked, and changes no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """End; returns when the thread has ended."""
        self.stop()
        for address in self.addresses:
            self.remove(address)

    def __enter__(self) -> Broadcast:
        if self._thread is None:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receiver_at(self, address: Address) -> Receiver:
        if address.wire == "websocket":
            return FaceServer(address, self._options.token)
        return UdpReceiver(address, self._writer(address))

    def _writer(self, address: Address) -> FaceWriter:
        if address.wire == "vmc":
            return VmcWriter(self._options.names, self._options.with_head)
        return LiveLinkWriter(5 if address.wire == "livelink5" else 6)

    def _run(self) -> None:
        come_first()
        of_day_s = _time_of_day_s() - time.perf_counter()
        first = None
        for moment in moments(self._options.rate, self._ended):
            if first is None:
                first = round((of_day_s + moment.due_s) * self._options.rate)
            self._skipped += moment.skipped
            face = self._face(moment, first + moment.number)
            if face is None:
                continue
            for receiver in self._receivers:
                receiver.send(face, moment.due_s)

    def _face(self, moment: Moment, index: int) -> FaceFrame | None:
        try:
            face = self._supply(moment.due_s)
        except PreviewError as error:
            self._fault = str(error)
            return None
        self._fault = ""
        if face is None:
            return None
        rate = self._options.rate
        angles = face.angles
        if angles is not None and not self._options.with_head:
            angles = np.concatenate([np.zeros(3, np.float32), angles[3:]])
        return replace(face, angles=angles, time_s=index / rate, index=index, fps=rate, subject=face.subject or self._options.subject)


def _time_of_day_s() -> float:
    now = datetime.now()
    return (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()

"""A microphone's voice through ``/v1/stream``: sound out as it is spoken, frames in as they come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import numpy as np
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection

from app.core.errors import ServiceError
from app.remote.client.http import ServerReport
from app.remote.client.known_server import known_server
from app.remote.client.stream_client import ask, open_socket, refuse_for_good
from app.remote.link.meter import LinkMeter
from app.remote.link.retiming import EASE_S
from app.remote.link.waiting import Unreachable, waits
from app.remote.protocol.messages import Ack, Cancel, Closing, Ended, Failed, Frames, Ping, Pong, Ready, Sound, Start, WireError
from app.remote.protocol.wire import FrameOrder, decode, encode

RATE = 16000
_PING_S, _ACK_FRAMES = 1.0, 60
#: a lost face is sent to rest for so long, so that smoothing after it comes to rest too
SETTLED_S = 1.5
_LOSSES = (ConnectionClosed, OSError, EOFError)
#: errors of a stream that a new one cures; a voice may be longer than a server's longest clip
_PASSING = ("busy", "closing", "idle", "slow", "gap", "unknown_token", "too_long")


@dataclass(frozen=True)
class _Tried:
    """What came of an attempt to open a stream, handed from the connecting thread to the one that pushes.

    Attributes:
        report: of the server, where it was asked.
        socket, leave, answer: of the stream that was opened.
        error: why there is none.
    """

    report: ServerReport | None = None
    socket: ClientConnection | None = None
    leave: ExitStack | None = None
    answer: Ready | None = None
    error: Exception | None = None


class RemoteLive:
    """What listens to a microphone at the other end of a wire. ``push`` never waits for the network.

    A lost connection is replaced by a new stream that begins with the sound of that moment: what was said in between is
    gone, and the face rests meanwhile.

    Args:
        url: of the server.
        fps: frames per second wanted.
        meter: is told about the link.
        token: of the server, "" for none.
        on_ready: called with what the server says of itself, at every beginning, on the thread that pushes.

    Attributes:
        far: frames come when they like, not with the sound.
    """

    far = True

    def __init__(self, url: str, fps: int, meter: LinkMeter, token: str, on_ready: Callable[[Ready], None]) -> None:
        self._url, self._fps, self._meter, self._token, self._on_ready = url, fps, meter, token, on_ready
        self._socket: ClientConnection | None = None
        self._leave = ExitStack()
        self._ready: Ready | None = None
        self._connector: threading.Thread | None = None
        self._tried = _Tried()
        self._failure: ServiceError | None = None
        self._delays, self._next_try_s = waits(), 0.0
        self._connections = self._pings = 0
        self._next_ping_s = 0.0
        self._last, self._lost_s, self._back_s = np.zeros(52, np.float32), -1.0, -1.0
        self._rested = 0
        self._begin_stream()
        meter.begin()

    def _begin_stream(self) -> None:
        self._order = FrameOrder()
        self._sequence = self._sent = self._acked = 0

    # -- what the listener asks

    @property
    def look_ahead_ms(self) -> float:
        """How much later sound the server's network waits for."""
        return 0.0 if self._ready is None else self._ready.look_ahead_ms

    @property
    def behind_s(self) -> float:
        """Seconds between the newest sound that was pushed and the sound of the newest frame; negative without such a frame."""
        return -1.0 if not self._order.next_frame or self._socket is None else self._sent / RATE - (self._order.next_frame - 1) / self._fps

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Send sound and take what has come.

        Args:
            samples: (n,) float32 at 16 kHz; n may be 0.

        Returns:
            (k, 52) float32 newest frames; while the server is lost, frames on the way to rest.

        Raises:
            ServiceError: the server refuses for good.
        """
        socket = self._opened()
        if socket is None:
            return self._resting()
        try:
            self._say(socket, samples)
            rows = self._hear(socket)
        except _LOSSES:
            self._lose("The server was lost; the face rests until it is back.")
            return self._resting()
        except WireError as error:
            if error.code not in _PASSING:
                raise
            self._lose(str(error))
            return self._resting()
        return self._eased_in(rows) if len(rows) else rows

    def close(self) -> None:
        """Leave; the server's place is free at once."""
        if self._connector is not None:
            self._connector.join()
            self._connector = None
            if self._tried.socket is not None and self._tried.leave is not None:
                self._socket, self._leave = self._tried.socket, self._tried.leave
        if self._socket is not None:
            with suppress(*_LOSSES):  # it may be gone already
                self._socket.send(encode(Cancel()))
        self._leave.close()
        self._meter.set(state="idle")

    # -- the connection

    def _opened(self) -> ClientConnection | None:
        """The socket, or None while another thread opens one."""
        if self._connector is not None:
            if self._connector.is_alive():
                return None
            self._connector = None
            self._take(self._tried)
        if self._failure is not None:
            raise self._failure
        if self._socket is None and time.monotonic() >= self._next_try_s:
            self._next_try_s = time.monotonic() + next(self._delays)
            self._tried = _Tried()
            self._connector = threading.Thread(target=self._connect, name="live-connector", daemon=True)
            self._connector.start()
        return self._socket

    def _connect(self) -> None:
        """Open a stream, on a thread of its own; what came of it is taken over by the next push."""
        leave, report = ExitStack(), None
        try:
            if self._ready is None:
                report = self._learned()
            socket = open_socket(self._url, self._token)
            leave.enter_context(socket)
            answer = ask(socket, Start(RATE, "s16le", self._fps))
            if isinstance(answer, Failed):
                raise WireError(answer.code, answer.message)
        except (*_LOSSES, InvalidHandshake, ServiceError) as error:
            leave.close()
            self._tried = _Tried(report, error=error)
            return
        self._tried = _Tried(report, socket, leave, answer)

    def _learned(self) -> ServerReport:
        """What the server says about itself.

        Raises:
            ServiceError: it says nothing, or is one that does not stream.
        """
        report = known_server(self._url, self._token).report()
        if report.kind != "ours":
            raise ServiceError("This server takes whole clips only; choose Audio2Face as the source for the live microphone.")
        return report

    def _take(self, tried: _Tried) -> None:
        """Take over what came of an attempt; what is refused for good is raised by this push and every later one."""
        if tried.report is not None:
            report = tried.report
            self._meter.set(server=report.kind, healthy=True, source=report.source, mock=report.mock, model=report.model)
            self._meter.round_trip(report.round_trip_ms)
        if tried.error is not None:
            self._refused(tried.error)
        elif tried.socket is not None and tried.leave is not None and tried.answer is not None:
            self._begin(tried.socket, tried.leave, tried.answer)

    def _refused(self, error: Exception) -> None:
        try:
            refuse_for_good(error)
        except ServiceError as final:
            self._failure = final
            return
        passing = error.code in _PASSING if isinstance(error, WireError) else isinstance(error, Unreachable)
        if isinstance(error, ServiceError) and not passing:
            self._failure = error
            return
        words = str(error) if isinstance(error, ServiceError) else "The server was lost; the face rests until it is back."
        self._meter.set(state="reconnecting", healthy=False, message=words)

    def _begin(self, socket: ClientConnection, leave: ExitStack, answer: Ready) -> None:
        self._begin_stream()
        self._leave, self._ready, self._socket, self._delays = leave, answer, socket, waits()
        self._back_s = -1.0 if self._lost_s < 0 else time.monotonic()
        self._lost_s = -1.0
        self._connections += 1
        self._meter.set(
            state="streaming", healthy=True, message="", reconnects=self._connections - 1, source=answer.label, mock=answer.mock
        )
        self._on_ready(answer)

    def _lose(self, words: str) -> None:
        self._leave.close()
        self._socket = None
        self._lost_s, self._rested = time.monotonic(), 0
        self._meter.set(state="reconnecting", healthy=False, message=words)

    # -- sound and frames

    def _say(self, socket: ClientConnection, samples: np.ndarray) -> None:
        if len(samples):
            data = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
            socket.send(encode(Sound(self._sequence, self._sent, self._sent / RATE, data)))
            self._sequence += 1
            self._sent += len(samples)
        if time.monotonic() >= self._next_ping_s:
            self._next_ping_s = time.monotonic() + _PING_S
            self._pings += 1
            self._meter.pinged(self._pings)
            socket.send(encode(Ping(self._pings)))

    def _hear(self, socket: ClientConnection) -> np.ndarray:
        """Everything that has come until now."""
        rows: list[np.ndarray] = [np.zeros((0, 52), np.float32)]
        with suppress(TimeoutError):  # nothing more for now
            while True:
                message = decode(socket.recv(timeout=0))
                if isinstance(message, Frames):
                    rows.append(self._order.accept(message))
                elif isinstance(message, Pong):
                    self._meter.ponged(message.id)
                elif isinstance(message, Closing):
                    self._meter.set(message="The server is stopping; the microphone goes on when it is back.")
                elif isinstance(message, Failed):
                    raise WireError(message.code, message.message)
                elif isinstance(message, Ended):
                    raise EOFError
        came = np.concatenate(rows)
        if len(came):
            self._meter.set(received=self._meter.status.received + len(came))
            if self._order.next_frame - self._acked >= _ACK_FRAMES:
                self._acked = self._order.next_frame
                socket.send(encode(Ack(self._acked)))
        return came

    def _resting(self) -> np.ndarray:
        """Frames on the way from the last face to rest, as many as have been due since the last look; none once it has settled there."""
        away_s = time.monotonic() - self._lost_s
        due = int(min(away_s, SETTLED_S) * self._fps) if self._lost_s >= 0 else 0
        first, self._rested = self._rested, max(due, self._rested)
        left = np.clip(1 - np.arange(first + 1, self._rested + 1) / (self._fps * EASE_S), 0, 1) ** 3
        return (left[:, None] * self._last).astype(np.float32)

    def _eased_in(self, rows: np.ndarray) -> np.ndarray:
        """The first moments after a loss grow out of rest."""
        self._last = rows[-1]
        part = 1.0 if self._back_s < 0 else min((time.monotonic() - self._back_s) / EASE_S, 1.0)
        if part >= 1.0:
            self._back_s = -1.0
        return rows if part >= 1.0 else (part * rows).astype(np.float32)

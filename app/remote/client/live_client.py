"""A microphone's voice through ``/v1/stream``: sound out as it is spoken, frames in as they come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from websockets.exceptions import InvalidHandshake

from app.core.errors import ServiceError
from app.remote.client.http import ServerReport
from app.remote.client.known_server import KnownServer
from app.remote.client.live_stream import LiveStream, RecentSound, start_at
from app.remote.client.opening import LOSSES, PASSING, Opened, open_stream, verdict
from app.remote.client.outgoing import RATE
from app.remote.link.meter import LinkMeter
from app.remote.link.retiming import EASE_S
from app.remote.link.waiting import Busy, Unreachable, busy_wait_s, waits
from app.remote.protocol.messages import Ready, Start, WireError

#: a lost face is sent to rest for so long, so that smoothing after it comes to rest too
SETTLED_S = 1.5
#: errors of a stream that a new one cures; a voice may be longer than a server's longest clip
_PASSING = (*PASSING, "too_long")
_LOST = "The server was lost; the face rests until it is back."
_STOPS = "The server is stopping; the microphone goes on with another one, or when it is back."
#: between tries to move on from a server that stops
_MOVE_S = 0.5


@dataclass(frozen=True)
class _Tried:
    """What came of an attempt to open a stream, handed from the connecting thread to the one that pushes.

    Attributes:
        report: of the server, where it was asked.
        stream: that was opened.
        error: why there is none.
        line: the time line that the stream goes on with, -1 for a new one.
    """

    report: ServerReport | None = None
    stream: LiveStream | None = None
    error: Exception | None = None
    line: int = -1


class RemoteLive:
    """What listens to a microphone at the other end of a wire. ``push`` never waits for the network.

    A server that stops says so beforehand: another connection is opened then, hears the last seconds, and takes over where the last
    frame was, so that none is lost and none comes twice. A connection that is lost without a word is replaced by a new stream that
    begins with the sound of that moment: what was said in between is gone, and the face rests meanwhile.

    Args:
        server: where.
        fps: frames per second wanted.
        meter: is told about the link.
        on_ready: called with what the server says of itself, at every beginning, on the thread that pushes.

    Attributes:
        far: frames come when they like, not with the sound.
    """

    far = True

    def __init__(self, server: KnownServer, fps: int, meter: LinkMeter, on_ready: Callable[[Ready], None]) -> None:
        self._server, self._fps, self._meter, self._on_ready = server, fps, meter, on_ready
        self._now: LiveStream | None = None
        #: hears the last seconds already, and is not as far yet as the one that stops
        self._coming: LiveStream | None = None
        self._ready: Ready | None = None
        self._connector: threading.Thread | None = None
        self._tried = _Tried()
        self._failure: ServiceError | None = None
        self._delays, self._next_try_s = waits(), 0.0
        self._connections = self._line = self._pings = 0
        #: say goodbye to servers that were left
        self._leavers: list[threading.Thread] = []
        self._last, self._lost_s, self._back_s = np.zeros(52, np.float32), -1.0, -1.0
        self._rested = 0
        self._begin_line()
        meter.begin()

    def _begin_line(self) -> None:
        """Count samples and frames from 0."""
        self._line += 1
        self._recent, self._next_frame = RecentSound(), 0

    # -- what the listener asks

    @property
    def look_ahead_ms(self) -> float:
        """How much later sound the server's network waits for."""
        return 0.0 if self._ready is None else self._ready.look_ahead_ms

    @property
    def behind_s(self) -> float:
        """Seconds between the newest sound that was pushed and the sound of the newest frame; negative without such a frame."""
        return -1.0 if not self._next_frame or self._now is None else self._recent.position / RATE - (self._next_frame - 1) / self._fps

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Send sound and take what has come.

        Args:
            samples: (n,) float32 at 16 kHz; n may be 0.

        Returns:
            (k, 52) float32 newest frames; while the server is lost, frames on the way to rest.

        Raises:
            ServiceError: the server refuses for good.
        """
        self._look_for_one()
        pcm = self._recent.add(samples)
        rows = [np.zeros((0, 52), np.float32)]
        for stream in (self._now, self._coming):
            if stream is not None:
                rows.append(self._carried(stream, pcm))
        self._take_over()
        came = np.concatenate(rows)
        if self._now is None:
            return came if len(came) else self._resting()
        if len(came):
            self._meter.set(received=self._meter.status.received + len(came))
        return self._eased_in(came) if len(came) else came

    def close(self) -> None:
        """Leave; the server's place is free at once."""
        for thread in (self._connector, *self._leavers):
            if thread is not None:
                thread.join()
        self._connector = None
        self._leavers.clear()
        for stream in (self._now, self._coming, self._tried.stream):
            if stream is not None:
                stream.opened.drop()
        self._now = self._coming = None
        self._tried = _Tried()
        self._meter.set(state="idle")

    # -- connections

    def _look_for_one(self) -> None:
        """Take what another thread has opened, and let it open one where it is needed: while there is none, or while one stops."""
        if self._connector is not None:
            if self._connector.is_alive():
                return
            self._connector = None
            tried, self._tried = self._tried, _Tried()
            self._take(tried)
        if self._failure is not None:
            raise self._failure
        wanted = self._now is None or (self._now.closing and self._coming is None)
        if wanted and time.monotonic() >= self._next_try_s:
            self._next_try_s = time.monotonic() + (next(self._delays) if self._now is None else _MOVE_S)
            going_on = None if self._now is None else (self._line, self._next_frame, self._recent.since(0), self._recent.first_sample)
            self._connector = threading.Thread(target=self._connect, args=(going_on,), name="live-connector", daemon=True)
            self._connector.start()

    def _connect(self, going_on: tuple[int, int, np.ndarray, int] | None) -> None:
        """Open a stream, on a thread of its own; what came of it is taken over by the next push.

        Args:
            going_on: None to begin; else the time line, its next frame, what was spoken, and the number of that's first sample.
        """
        report: ServerReport | None = None
        opened: Opened | None = None
        start, line, past = Start(RATE, "s16le", self._fps), -1, np.zeros(0, "<i2")
        try:
            if self._ready is None:
                report = self._learned()
            if going_on is not None:
                line, next_frame, spoken, first_sample = going_on
                start = start_at(next_frame, self._fps, spoken, first_sample)
                past = spoken[start.first_sample - first_sample :]
            opened = open_stream(self._server, start)
            stream = LiveStream(opened, self._fps, self._meter)
            stream.say(past)
        except (*LOSSES, InvalidHandshake, ServiceError) as error:
            if opened is not None:
                opened.drop()
            self._tried = _Tried(report, error=error, line=line)
            return
        self._tried = _Tried(report, stream, line=line)

    def _learned(self) -> ServerReport:
        """What the server says about itself.

        Raises:
            ServiceError: it says nothing, or is one that does not stream.
        """
        report = self._server.report()
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
        elif tried.stream is not None:
            self._begin(tried.stream, tried.line)

    def _refused(self, error: Exception) -> None:
        found = error if isinstance(error, WireError) and error.code in _PASSING and error.code != "busy" else verdict(self._server, error)
        if isinstance(found, Busy):
            self._next_try_s = time.monotonic() + busy_wait_s(found.retry_after_s)
        if self._now is not None:  # the one that stops still speaks
            return
        if not isinstance(found, Busy | Unreachable | WireError):
            self._failure = found
            return
        what = str(found).partition(";")[0]
        words = f"{what}; it is tried again until a place is free." if isinstance(found, Busy) else str(found)
        self._meter.set(state="reconnecting", healthy=isinstance(found, Busy), message=words)

    def _begin(self, stream: LiveStream, line: int) -> None:
        answer = stream.opened.answer
        if line < 0:
            self._begin_line()
        if self._now is None:
            self._now = stream
        else:
            self._coming = stream
        self._ready, self._delays = answer, waits()
        if self._lost_s >= 0:
            self._back_s, self._lost_s = time.monotonic(), -1.0
        self._connections += 1
        self._meter.set(
            state="streaming", healthy=True, message="", reconnects=self._connections - 1, source=answer.label, mock=answer.mock
        )
        self._on_ready(answer)

    def _lose(self, stream: LiveStream, words: str) -> None:
        """A connection is gone; another one that is there goes on."""
        stream.opened.way.leave.close()
        if stream is self._coming:
            self._coming = None
            return
        self._now, self._coming = self._coming, None
        if self._now is None:
            self._lost_s, self._rested = time.monotonic(), 0
            self._meter.set(state="reconnecting", healthy=False, message=words)

    def _take_over(self) -> None:
        """The new stream goes on alone as soon as it is as far as the one that stops."""
        old, new = self._now, self._coming
        if old is None or new is None or not new.opened.start.first_frame < new.next_frame >= self._next_frame:
            return
        self._now, self._coming = new, None
        leaver = threading.Thread(target=old.opened.drop, name="live-leaver", daemon=True)
        self._leavers = [*(each for each in self._leavers if each.is_alive()), leaver]
        leaver.start()

    # -- sound and frames

    def _carried(self, stream: LiveStream, pcm: np.ndarray) -> np.ndarray:
        """Sound out, frames in: (k, 52) those that no other connection has brought.

        Raises:
            WireError: the server refuses for good.
        """
        was_closing = stream.closing
        try:
            missing = pcm if stream.sent == self._recent.position - len(pcm) else self._recent.since(stream.sent)
            stream.say(missing)
            if stream is self._now:
                self._pings = stream.ping(self._pings)
            first, rows = stream.hear()
        except LOSSES:
            self._lose(stream, _LOST)
            return np.zeros((0, 52), np.float32)
        except WireError as error:
            if error.code not in _PASSING:
                raise
            self._lose(stream, str(error))
            return np.zeros((0, 52), np.float32)
        if stream.closing and not was_closing and stream is self._now:
            self._meter.set(message=_STOPS)
            self._next_try_s = 0.0
        new = rows[max(self._next_frame - first, 0) :]
        self._next_frame = max(self._next_frame, first + len(rows))
        return new

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

"""The client's side of ``/v1/stream``: sends a clip ahead of its frames, survives losses, moves on from a server that stops."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import numpy as np
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection

from app.core.errors import ServiceError
from app.lipsync.source import CancelToken
from app.remote.client.known_server import KeptSocket, KnownServer, OpenSocket
from app.remote.client.opening import LOSSES, Mover, Opened, ask, failed, new_session, open_socket, session_of, verdict
from app.remote.client.outgoing import RATE, Outgoing, first_second
from app.remote.link.meter import LinkMeter
from app.remote.link.waiting import BUSY_GIVE_UP_S, Busy, Unreachable, busy_wait_s, wait_out, waits
from app.remote.protocol import messages as said
from app.remote.protocol.messages import Failed, Ready, Start, WireError
from app.remote.protocol.wire import FrameOrder, decode, encode

#: sound is sent this far ahead of the frames that came back, whatever the server allows
MAX_AHEAD_S = 20.0
_BLOCK = RATE // 4
_FIRST_BLOCK = RATE // 10
_PING_S, _ACK_FRAMES, _POLL_S = 1.0, 60, 0.05


class _Patience:
    """How long a server is waited for, and how long until the next try.

    Args:
        give_up_s: for one that is lost; one that is full gets more.
    """

    def __init__(self, give_up_s: float) -> None:
        self._lost_limit_s, self._busy_limit_s = give_up_s, max(give_up_s, BUSY_GIVE_UP_S)
        self.forget()

    def forget(self) -> None:
        """Something came: what was before does not count."""
        self._since_s, self._delays = time.monotonic(), waits()

    def delay_s(self, found: ServiceError) -> float | None:
        """Seconds until the next try; None when it is enough."""
        waited_s = time.monotonic() - self._since_s
        if isinstance(found, Busy):
            delay_s = busy_wait_s(found.retry_after_s)
            return None if waited_s + found.retry_after_s > self._busy_limit_s else delay_s
        return None if waited_s > self._lost_limit_s else next(self._delays)


class StreamClient:
    """One clip through one stream.

    Args:
        server: where.
        sound: all of it, or as far as it has come.
        fps: frames per second to ask for.
        meter: is told about the link.
        give_up_s: how long a lost server is waited for; a full one is waited for at least half a minute.
        kept: the connection of the stream before, which this one takes and leaves to the next.

    Attributes:
        ready: what the server says of itself; known with the first frame.
    """

    def __init__(
        self, server: KnownServer, sound: Outgoing, fps: int, meter: LinkMeter, give_up_s: float, *, kept: KeptSocket | None = None
    ) -> None:
        self._server, self._fps, self._meter, self._give_up_s = server, fps, meter, give_up_s
        self._kept = kept or KeptSocket()
        self._reused = False
        self.ready: Ready | None = None
        self._sound = sound
        self._order = FrameOrder()
        self._token, self._session = "", new_session()
        self._sent = self._sequence = self._pings = self._acked = 0
        self._window_s = 1.0
        self._end_sent = self._ended = self._closing = False
        self._mover: Mover | None = None
        #: the stream on another server that goes on instead of this one
        self._moved: Opened | None = None

    def frames(self, cancel: CancelToken) -> Iterator[np.ndarray]:
        """Yield every frame once, in order.

        Raises:
            ServiceError: the server refuses, or is lost or full for too long.
        """
        try:
            yield from self._persistently(cancel)
        finally:
            if self._moved is not None:  # cancelled at this very moment
                self._moved.drop()

    def _persistently(self, cancel: CancelToken) -> Iterator[np.ndarray]:
        patience = _Patience(self._give_up_s)
        first = True
        while not self._ended and not cancel.is_set():
            had = self._order.next_frame
            try:
                with self._connected() as socket:
                    yield from self._carried(socket, cancel)
            except (*LOSSES, InvalidHandshake, Unreachable, WireError, Busy) as error:
                if self._reused and self.ready is None:  # it was closed between the sentences; that is no loss
                    continue
                found = verdict(self._server, error)
                if not isinstance(found, Busy | Unreachable):
                    raise found from (error if found is not error else error.__cause__)
                if isinstance(found, Busy) or isinstance(error, InvalidStatus):
                    self._session = new_session()  # another server behind the same address may have a place
                if self._order.next_frame > had or first:
                    patience.forget()
                    first = False
                self._wait(found, patience.delay_s(found), cancel)

    def _wait(self, found: ServiceError, delay_s: float | None, cancel: CancelToken) -> None:
        if delay_s is None:
            raise self._given_up(found)
        if isinstance(found, Busy):
            what = str(found).partition(";")[0]
            self._meter.set(state="reconnecting", message=f"{what}; it is tried again until a place is free.")
        else:
            self._meter.set(state="reconnecting", healthy=False, message="The server was lost; the face goes on when it is back.")
        wait_out(delay_s, cancel)

    def _given_up(self, found: ServiceError) -> ServiceError:
        if isinstance(found, Busy) and not self._order.next_frame:
            return found
        at_s = self._order.next_frame / self._fps
        return ServiceError(f"The server was lost at {at_s:.1f} s and the face rests from there. {found}")

    @contextmanager
    def _connected(self) -> Iterator[ClientConnection]:
        moved = self._moved
        opened = moved.way if moved is not None else self._kept.take()
        self._reused = opened is not None and moved is None
        if opened is None:
            leave = ExitStack()
            socket = open_socket(self._server, session_of(self._token, self._session))
            leave.enter_context(socket)
            opened = OpenSocket(socket, self._session, leave)
        self._session = opened.session
        try:
            yield opened.socket
        finally:
            if self._ended:
                self._kept.give(opened)
            else:
                opened.leave.close()

    def _start(self) -> Start:
        """Begin where the last frame was, so early that a server that hears the clip from there goes on as the lost one would have."""
        next_frame = self._order.next_frame
        second = first_second(self._sound.pcm, next_frame / self._fps)
        return Start(RATE, "s16le", self._fps, first_sample=second * RATE, first_frame=next_frame, keep=True)

    def _begin(self, socket: ClientConnection) -> None:
        """Start, or take up, or start anew where the last frame was."""
        self._order.reconnected()
        self._sequence = 0
        again = bool(self._token) or self._order.next_frame > 0
        moved, self._moved = self._moved, None
        answer: Ready | Failed
        if moved is not None:
            answer = moved.answer
        elif self._token:
            answer = ask(socket, said.Resume(self._token, self._order.next_frame))
            if isinstance(answer, Failed) and answer.code in ("unknown_token", "gap"):
                self._token = ""
                raise failed(answer)
        else:
            answer = ask(socket, self._start())
        if isinstance(answer, Failed):
            raise failed(answer)
        self._meter.set(reconnects=self._meter.status.reconnects + again)
        self._token, self._sent, self._window_s = answer.token, answer.next_sample, min(max(answer.window_s, 1.0), MAX_AHEAD_S)
        self._end_sent, self._closing, self.ready = False, False, answer
        self._meter.set(state="streaming", healthy=True, message="", source=answer.label, mock=answer.mock)

    def _carried(self, socket: ClientConnection, cancel: CancelToken) -> Iterator[np.ndarray]:
        """One connection: sound out, frames in."""
        try:
            self._begin(socket)
            next_ping_s = 0.0
            while not self._ended:
                if cancel.is_set():
                    _cancel(socket)
                    return
                if self._has_moved():
                    _say(socket, said.Cancel())
                    return
                self._send_some(socket)
                if time.monotonic() >= next_ping_s:
                    next_ping_s = time.monotonic() + _PING_S
                    self._ping(socket)
                rows = self._heard(socket)
                if rows is not None and len(rows):
                    yield rows
        except GeneratorExit:  # nobody wants the rest; the server's place is free at once
            _cancel(socket)
            raise
        finally:
            self._settle()

    # -- a server that stops

    def _move(self) -> None:
        """Look for another server behind the same address, while this one goes on; a stream that is all sent is ended here."""
        self._closing = True
        self._meter.set(message="The server is stopping; the stream goes on with another one, or when it is back.")
        if self._mover is None and not self._end_sent:
            self._mover = Mover(self._server, self._start)

    def _has_moved(self) -> bool:
        """Whether another server has taken the stream."""
        if self._mover is not None:
            self._moved = self._mover.take()
        return self._moved is not None

    def _settle(self) -> None:
        """This connection is over: what a server that stops knew is gone with it."""
        if self._closing:
            self._token, self._session = "", new_session()
        if self._mover is not None:
            mover, self._mover = self._mover, None
            mover.drop()

    def _ping(self, socket: ClientConnection) -> None:
        self._pings += 1
        self._meter.pinged(self._pings)
        _say(socket, said.Ping(self._pings))

    def _send_some(self, socket: ClientConnection) -> None:
        """As much sound as may be ahead of the frames, then the end."""
        self._sound.refresh()
        pcm = self._sound.pcm
        while self._sent < len(pcm) and self._sent / RATE - self._order.next_frame / self._fps < self._window_s:
            data = pcm[self._sent : self._sent + (_BLOCK if self._sent else _FIRST_BLOCK)]
            _say(socket, said.Sound(self._sequence, self._sent, self._sent / RATE, data.tobytes()))
            self._sequence += 1
            self._sent += len(data)
        if self._sound.complete and self._sent >= len(pcm) and not self._end_sent:
            _say(socket, said.End())
            self._end_sent = True

    def _heard(self, socket: ClientConnection) -> np.ndarray | None:
        try:
            message = decode(socket.recv(timeout=_POLL_S))
        except TimeoutError:
            return None
        match message:
            case said.Frames():
                rows = self._order.accept(message)
                self._meter.frames_came(self._order.next_frame - len(rows), len(rows), self._fps)
                if self._order.next_frame - self._acked >= _ACK_FRAMES:
                    self._acked = self._order.next_frame
                    _say(socket, said.Ack(self._acked))
                return rows
            case said.Pong():
                self._meter.ponged(message.id)
            case said.Ended():
                self._ended = True
            case Failed():
                raise failed(message)
            case said.Closing():
                self._move()
            case _:
                raise WireError("bad_message", "The server said something that a stream does not take; update one of the two.")
        return None


def _say(socket: ClientConnection, message: said.Message) -> None:
    """Send; a connection that is closed may still hold messages, so reading reports the loss, not writing."""
    with suppress(ConnectionClosed):
        socket.send(encode(message))


def _cancel(socket: ClientConnection) -> None:
    """Cancel and wait a moment for the answer: a socket closed at once could overtake the word."""
    _say(socket, said.Cancel())
    give_up_s = time.monotonic() + 1.0
    with suppress(ConnectionClosed, TimeoutError, WireError):
        while not isinstance(decode(socket.recv(timeout=max(give_up_s - time.monotonic(), 0))), said.Cancelled):
            continue

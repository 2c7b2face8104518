"""The client's side of ``/v1/stream``: sends a clip ahead of its frames, survives lost connections."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import numpy as np
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.core.errors import ServiceError
from app.lipsync.a2f import needed_context_s
from app.lipsync.source import CancelToken
from app.remote.client.http import WANTS_TOKEN, unreachable
from app.remote.client.known_server import KeptSocket, OpenSocket
from app.remote.client.outgoing import RATE, Outgoing
from app.remote.link.meter import LinkMeter
from app.remote.link.waiting import wait_out, waits
from app.remote.protocol import messages as said
from app.remote.protocol.messages import Failed, Ready, Start, WireError
from app.remote.protocol.wire import MAX_MESSAGE, FrameOrder, decode, encode

#: sound is sent this far ahead of the frames that came back, whatever the server allows
MAX_AHEAD_S = 20.0
_BLOCK = RATE // 4
_FIRST_BLOCK = RATE // 10
_PING_S, _ACK_FRAMES, _POLL_S = 1.0, 60, 0.05
#: errors that another try can cure
_PASSING = ("busy", "closing", "idle", "slow", "gap", "unknown_token")


def open_socket(url: str, token: str, session: str = "") -> ClientConnection:
    """Connect to ``/v1/stream``.

    Args:
        url: of the server.
        token: "" for none.
        session: where several servers stand behind one address, connections with the same word meet the same server.

    Raises:
        OSError, InvalidHandshake: it cannot be reached, or refuses.
    """
    headers = ({"Authorization": f"Bearer {token}"} if token else {}) | ({"x-session-id": session} if session else {})
    # no proxy and no pings of the library: the stream's own pings measure the way
    return connect(
        f"ws{url.removeprefix('http')}/v1/stream", compression=None, ping_interval=None, proxy=None, max_size=MAX_MESSAGE,
        open_timeout=3, close_timeout=1, additional_headers=headers,
    )  # fmt: skip


def ask(socket: ClientConnection, word: Start | said.Resume) -> Ready | Failed:
    """Begin a stream and wait for the answer."""
    socket.send(encode(word))
    while True:
        answer = decode(socket.recv(timeout=5))
        if isinstance(answer, Ready | Failed):
            return answer


class _Lost(Exception):
    """The connection is gone; another one may go on."""


class StreamClient:
    """One clip through one stream.

    Args:
        url: of the server.
        sound: all of it, or as far as it has come.
        fps: frames per second to ask for.
        meter: is told about the link.
        give_up_s: how long a lost server is waited for.
        token: of the server, "" for none.
        kept: the connection of the stream before, which this one takes and leaves to the next.

    Attributes:
        ready: what the server says of itself; known with the first frame.
    """

    def __init__(
        self, url: str, sound: Outgoing, fps: int, meter: LinkMeter, give_up_s: float, *, token: str = "", kept: KeptSocket | None = None
    ) -> None:
        self._url, self._fps, self._meter, self._give_up_s, self._server_token = url, fps, meter, give_up_s, token
        self._kept = kept or KeptSocket()
        self._reused = False
        self.ready: Ready | None = None
        self._sound = sound
        self._order = FrameOrder()
        self._token, self._session = "", secrets.token_hex(8)
        self._sent = self._sequence = self._pings = self._acked = 0
        self._window_s = 1.0
        self._end_sent = self._ended = False

    def frames(self, cancel: CancelToken) -> Iterator[np.ndarray]:
        """Yield every frame once, in order.

        Raises:
            ServiceError: the server refuses, or is lost for too long.
        """
        lost_s, delays = time.monotonic(), waits()
        first = True
        while not self._ended and not cancel.is_set():
            had = self._order.next_frame
            try:
                with self._connected() as socket:
                    yield from self._carried(socket, cancel)
            except (_Lost, ConnectionClosed, InvalidHandshake, OSError, EOFError) as error:
                if self._reused and self.ready is None:  # it was closed between the sentences; that is no loss
                    continue
                refuse_for_good(error)
                if self._order.next_frame > had or first:
                    lost_s, delays, first = time.monotonic(), waits(), False
                if time.monotonic() - lost_s > self._give_up_s:
                    raise self._given_up() from error
                message = "The server was lost; the face goes on when it is back."
                self._meter.set(state="reconnecting", healthy=False, message=message)
                wait_out(next(delays), cancel)

    def _given_up(self) -> ServiceError:
        at_s = self._order.next_frame / self._fps
        host = unreachable(self._url, OSError())
        return ServiceError(f"The server was lost at {at_s:.1f} s and the face rests from there. {host}")

    @contextmanager
    def _connected(self) -> Iterator[ClientConnection]:
        opened = self._kept.take()
        self._reused = opened is not None
        if opened is None:
            leave = ExitStack()
            socket = open_socket(self._url, self._server_token, self._session)
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

    def _begin(self, socket: ClientConnection) -> None:
        """Start, or take up, or start anew where the last frame was."""
        self._order.reconnected()
        self._sequence = 0
        if self._token:
            answer = ask(socket, said.Resume(self._token, self._order.next_frame))
            if isinstance(answer, Failed) and answer.code in ("unknown_token", "gap"):
                self._token = ""
                raise _Lost(answer.message)
            self._meter.set(reconnects=self._meter.status.reconnects + 1)
        else:
            second = self._first_second()
            start = Start(RATE, "s16le", self._fps, first_sample=second * RATE, first_frame=self._order.next_frame, keep=True)
            answer = ask(socket, start)
            self._meter.set(reconnects=self._meter.status.reconnects + (self._order.next_frame > 0))
        if isinstance(answer, Failed):
            raise WireError(answer.code, answer.message)
        self._token, self._sent, self._window_s = answer.token, answer.next_sample, min(max(answer.window_s, 1.0), MAX_AHEAD_S)
        self._end_sent, self.ready = False, answer
        self._meter.set(state="streaming", healthy=True, message="", source=answer.label, mock=answer.mock)

    def _first_second(self) -> int:
        """Where to begin anew: so early that a server that hears the clip from there goes on as the lost one would have."""
        at_s = self._order.next_frame / self._fps
        heard = self._sound.pcm[: int(at_s) * RATE]
        return max(int(at_s) - needed_context_s(heard.astype(np.float32) / 32768, at_s), 0)

    def _carried(self, socket: ClientConnection, cancel: CancelToken) -> Iterator[np.ndarray]:
        """One connection: sound out, frames in."""
        try:
            self._begin(socket)
            next_ping_s = 0.0
            while not self._ended:
                if cancel.is_set():
                    _cancel(socket)
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
        except WireError as error:
            if error.code not in _PASSING:
                raise
            raise _Lost(str(error)) from error

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
                raise WireError(message.code, message.message)
            case said.Closing():
                self._meter.set(message="The server is stopping; the stream is taken up when it is back.")
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


def refuse_for_good(error: Exception) -> None:
    """A handshake that is answered with a refusal is not tried again.

    Raises:
        ServiceError: it is one.
    """
    if isinstance(error, InvalidStatus) and error.response.status_code in (401, 403):
        raise ServiceError(f"The server refuses this token: it {WANTS_TOKEN}.") from error
    if isinstance(error, InvalidStatus) and error.response.status_code in (404, 405, 410):
        raise ServiceError("There is another server at this address now, one that does not stream; try again.") from error

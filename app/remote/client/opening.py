"""Connections to ``/v1/stream``: how they are opened, what an attempt came to, and another one beside one that ends."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.core.errors import ServiceError
from app.remote.client.known_server import KnownServer, OpenSocket, unusable_proxy
from app.remote.client.reaching import why_not
from app.remote.client.refusals import busy, refused_handshake
from app.remote.link.waiting import Busy, Unreachable, busy_wait_s
from app.remote.protocol import messages as said
from app.remote.protocol.messages import Failed, Ready, Start, WireError
from app.remote.protocol.wire import MAX_MESSAGE, decode, encode

#: what breaks a connection; another one may go on
LOSSES = (ConnectionClosed, OSError, EOFError)
#: errors of a stream that another try can cure
PASSING = ("busy", "closing", "idle", "silent", "slow", "gap", "unknown_token")
#: how tokens of a server among several begin
_NAMED = re.compile(r"w\d+-")
_LOST = "The server was lost; the face goes on when it is back."
_OPEN_S, _ANSWER_S, _CLOSE_S = 3, 5, 1
#: between tries to move on: a server that stands alone is away for seconds, and goes on serving what it has meanwhile
_FIRST_MOVE_S, _LAST_MOVE_S = 0.2, 2.0


def new_session() -> str:
    """A word for ``x-session-id`` of a stream that begins: where several servers stand behind one address, the freest one takes it."""
    return secrets.token_hex(8)


def session_of(token: str, otherwise: str) -> str:
    """A word for ``x-session-id`` of a stream that is taken up.

    Args:
        token: of the stream; behind an address with several servers it begins with its server's name, which leads there. "" for none.
        otherwise: the word of a stream without a name.
    """
    found = _NAMED.match(token)
    return otherwise if found is None else found.group()


def open_socket(server: KnownServer, session: str) -> ClientConnection:
    """Connect to ``/v1/stream``.

    Args:
        server: where.
        session: see new_session.

    Raises:
        OSError, InvalidHandshake: it cannot be reached, or refuses.
        ServiceError: the proxy on the way cannot be used.
    """
    headers = {"x-session-id": session} | ({"Authorization": f"Bearer {server.key}"} if server.key else {})
    try:
        # no pings of the library: the stream's own measure the way
        return connect(
            f"ws{server.url.removeprefix('http')}/v1/stream", compression=None, ping_interval=None, proxy=server.proxy, ssl=server.tls,
            max_size=MAX_MESSAGE, open_timeout=_OPEN_S, close_timeout=_CLOSE_S, additional_headers=headers,
        )  # fmt: skip
    except ImportError as error:
        raise unusable_proxy(server.url) from error


def ask(socket: ClientConnection, word: Start | said.Resume) -> Ready | Failed:
    """Begin a stream and wait for the answer."""
    socket.send(encode(word))
    while True:
        answer = decode(socket.recv(timeout=_ANSWER_S))
        if isinstance(answer, Ready | Failed):
            return answer


def failed(answer: Failed) -> WireError:
    """An answer of the server as an error."""
    return WireError(answer.code, answer.message, answer.retry_after_s)


def verdict(server: KnownServer, error: Exception) -> ServiceError:
    """What an error of a connection means.

    Args:
        server: that it was made to.
        error: as it was raised.

    Returns:
        Busy: come again later. Unreachable: it is lost, and another try may find it. Anything else is for good.
    """
    if isinstance(error, WireError):
        if error.code == "busy":
            return busy(server.url, str(error), error.retry_after_s)
        return Unreachable(str(error)) if error.code in PASSING else error
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, InvalidStatus):
        return refused_handshake(server.url, error, bool(server.key))
    if isinstance(error, ConnectionClosed | EOFError):
        return Unreachable(_LOST)
    return why_not(server.url, error)


@dataclass(frozen=True)
class Opened:
    """A stream that was opened.

    Attributes:
        way: its connection.
        start: what was asked for.
        answer: of the server.
    """

    way: OpenSocket
    start: Start
    answer: Ready

    def drop(self) -> None:
        """Give the place on the server back."""
        with suppress(*LOSSES):  # it may be gone already
            self.way.socket.send(encode(said.Cancel()))
        self.way.leave.close()


def open_stream(server: KnownServer, start: Start) -> Opened:
    """Open a connection with a new word, and begin a stream on it.

    Args:
        server: where.
        start: what to ask for.

    Raises:
        OSError, InvalidHandshake, EOFError, ConnectionClosed: it cannot be reached, or refuses.
        ServiceError: it refuses by a word; a WireError as ``verdict`` reads it.
    """
    session, leave = new_session(), ExitStack()
    socket = open_socket(server, session)
    leave.enter_context(socket)
    try:
        answer = ask(socket, start)
        if isinstance(answer, Failed):
            raise failed(answer)
    except BaseException:
        leave.close()
        raise
    return Opened(OpenSocket(socket, session, leave), start, answer)


class Mover:
    """Opens another stream while the one of a server that stops still runs; tries until it is there or nobody wants it any more.

    Args:
        server: whose address may lead to another one behind it.
        start: what to ask for, at each try; called on another thread.
    """

    def __init__(self, server: KnownServer, start: Callable[[], Start]) -> None:
        self._server, self._start = server, start
        self._unwanted = threading.Event()
        self._lock = threading.Lock()
        self._opened: Opened | None = None
        self._thread = threading.Thread(target=self._try, name="stream-mover", daemon=True)
        self._thread.start()

    def take(self) -> Opened | None:
        """The stream, which is the caller's now; None as long as there is none."""
        with self._lock:
            opened, self._opened = self._opened, None
        return opened

    def drop(self) -> None:
        """Nobody wants another stream any more; a try that is under way ends by itself."""
        with self._lock:
            self._unwanted.set()
        opened = self.take()
        if opened is not None:
            opened.drop()

    def _try(self) -> None:
        delay_s = _FIRST_MOVE_S
        while not self._unwanted.is_set():
            try:
                opened = open_stream(self._server, self._start())
            except (*LOSSES, InvalidHandshake, ServiceError) as error:
                found = verdict(self._server, error)
                if not isinstance(found, Busy | Unreachable):
                    return  # what refuses for good says so when the stream that runs is lost
                self._unwanted.wait(busy_wait_s(found.retry_after_s) if isinstance(found, Busy) else delay_s)
                delay_s = min(2 * delay_s, _LAST_MOVE_S)
                continue
            with self._lock:
                if not self._unwanted.is_set():
                    self._opened = opened
                    return
            opened.drop()

"""What came on a connection, handed on in small pieces: nobody's flood keeps the event loop for more than a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

#: handed on at once; also what may stand in a head beyond its limit before that is noticed
PIECE = 4096
#: after this time the others have their turn
TURN_S = 0.002


class Portions:
    """Stands between a transport and the parser behind it.

    Args:
        transport: read from.
        take: parses a piece.
        may_read: whether the parser wants more at present.
    """

    def __init__(self, transport: asyncio.Transport, take: Callable[[bytes], None], may_read: Callable[[], bool]) -> None:
        self._transport, self._take, self._may_read = transport, take, may_read
        self._rest = memoryview(b"")
        self._ended = self._paused = False

    @property
    def idle(self) -> bool:
        """Whether nothing waits here: what comes next is next."""
        return not self._ended and not self._rest

    def feed(self, data: bytes) -> None:
        """Hand on what came, now and, if it is much, in later turns; nothing more is read before."""
        if self._ended:
            return
        waiting = len(self._rest) > 0
        self._rest = memoryview(bytes(self._rest) + data if waiting else data)
        if not waiting:
            self._turn()
        else:
            self._pause()

    def end(self) -> None:
        """Nothing more is handed on."""
        self._ended, self._rest = True, memoryview(b"")
        self._resume()

    def _pause(self) -> None:
        self._paused = True
        self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._transport.resume_reading()
        self._paused = False

    def _turn(self) -> None:
        begun_s = time.perf_counter()
        waited = False
        while len(self._rest) and not self._transport.is_closing():
            piece, self._rest = self._rest[:PIECE], self._rest[PIECE:]
            self._take(bytes(piece))
            if len(self._rest) and time.perf_counter() - begun_s > TURN_S:
                self._pause()
                asyncio.get_running_loop().call_soon(self._later)
                waited = True
                break
        if self._transport.is_closing():
            self._rest = memoryview(b"")
        elif not waited and not self._ended and self._may_read():
            self._resume()

    def _later(self) -> None:
        if not self._ended:
            self._turn()

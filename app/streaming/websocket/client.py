"""Another program's WebSocket, joined: its messages as they come, and joined again when it goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.core.errors import ServiceError, StreamingError
from app.core.installation import how_to_get
from app.streaming.address import Address
from app.streaming.ports import LOOK_S, Arrival
from app.streaming.websocket.messages import MAX_MESSAGE

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

_OPEN_S = 5.0
_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 4.0


class FaceSocket:
    """A connection to a server of faces that heals itself.

    Args:
        address: of the server.
        token: that it asks for, "" for none.

    Attributes:
        address: of the server.
        fault: one sentence about why there is no connection now, "" while there is one.

    Raises:
        ServiceError: it cannot be reached, or refuses; only of the first connection, later ones are tried again.
        StreamingError: the package websockets is missing.
    """

    def __init__(self, address: Address, token: str = "") -> None:
        self.address, self._token = address, token
        self.fault = ""
        self._socket: ClientConnection | None = self._join()

    def arrivals(self, ended: threading.Event) -> Iterator[Arrival]:
        """What comes, until ``ended``."""
        from websockets.exceptions import ConnectionClosed

        wait_s = _FIRST_WAIT_S
        while not ended.is_set():
            if self._socket is None:
                try:
                    self._socket = self._join()
                except ServiceError as error:
                    self.fault = str(error)
                    ended.wait(wait_s)
                    wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
                    continue
                yield Arrival(None, self.address.host, self.address.port, time.perf_counter())
            try:
                message = self._socket.recv(timeout=LOOK_S)
            except TimeoutError:
                continue
            except ConnectionClosed:
                self.fault = f"{self.address.host} port {self.address.port} has gone; it is tried again until it is back."
                self._socket = None
                continue
            wait_s, self.fault = _FIRST_WAIT_S, ""
            yield Arrival(message, self.address.host, self.address.port, time.perf_counter())

    def wake(self) -> None:
        """Who waits in ``arrivals`` looks often enough by itself."""

    def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _join(self) -> ClientConnection:
        try:
            from websockets.exceptions import InvalidHandshake, InvalidStatus
            from websockets.sync.client import connect
        except ModuleNotFoundError as error:
            raise StreamingError(f"The WebSocket needs the package websockets; {how_to_get('websockets', 'streaming')}.") from error
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else None
        place = f"{self.address.host} port {self.address.port}"
        try:
            return connect(
                f"ws://{host}:{self.address.port}/", additional_headers=headers, compression=None, max_size=MAX_MESSAGE, proxy=None,
                open_timeout=_OPEN_S, close_timeout=0.5, user_agent_header=None,
            )  # fmt: skip
        except InvalidStatus as error:
            words = (error.response.body or b"").decode("utf-8", "replace").strip()[:200]
            raise ServiceError(f"{place} refuses: {words or 'it serves no faces here'}") from error
        except (OSError, InvalidHandshake, TimeoutError, ValueError) as error:
            raise ServiceError(f"No faces are served at {place}; start the program that serves them and check its port.") from error

"""One address in front of several servers, as a balancer is: new connections go where it points at that moment."""

from __future__ import annotations

import contextlib
import socket
import threading


class Relay:
    """Passes bytes on; connections that run stay where they are.

    Args:
        target: port of the first server.

    Attributes:
        target: port of the server that new connections meet.
        url: of the address in front.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._ways: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def _listen(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                here.close()
                continue
            self._ways += [here, there]
            for one, other in ((here, there), (there, here)):
                thread = threading.Thread(target=self._pass_on, args=(one, other), daemon=True)
                self._threads.append(thread)
                thread.start()

    @staticmethod
    def _pass_on(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Cut everything."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for way in self._ways:
            with contextlib.suppress(OSError):
                way.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for way in self._ways:
            way.close()

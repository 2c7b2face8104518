"""One window for each user and screen: a second start gives its files to the first one, and ends.

The first program holds a lock, which the system gives back however the program ends, and listens on an address of this machine alone.
Port and token stand in a file that only its user may read; whoever knows the token is this user. No pickled data is exchanged: one line
of JSON each way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.core.beside import write_whole
from app.core.places import where
from app.upkeep.slots import lock

#: the first program has so long to say where it listens, and to answer
WAIT_S = 4.0
#: nobody hands over more than a command line
_LONGEST_BYTES = 1 << 20
_HERE = "127.0.0.1"


@dataclass(frozen=True)
class Handed:
    """What a second start was asked for.

    Attributes:
        files: to be opened, absolute.
        activation: what the desktop gave it to come to the front with, "" for nothing.
    """

    files: tuple[Path, ...] = ()
    activation: str = ""


def screen() -> str:
    """The screen that this program's window is on: windows on other screens are other windows."""
    names = ("SESSIONNAME",) if sys.platform == "win32" else ("WAYLAND_DISPLAY", "DISPLAY")
    return " ".join(os.environ.get(name, "") for name in names)


class Door:
    """The first program's: takes what later ones hand over.

    Args:
        locked: the lock that says that a program runs.
        address: file that says where it listens.
    """

    def __init__(self, locked: IO[bytes], address: Path) -> None:
        self._locked, self._address = locked, address
        self._token = secrets.token_hex(32)
        self._waiting: list[Handed] = []
        self._takes: Callable[[Handed], None] | None = None
        self._guard = threading.Lock()
        self._closed = False
        self._listening = socket.create_server((_HERE, 0), backlog=16)
        self._port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, name="hand-over", daemon=True)
        self._thread.start()

    def announce(self) -> None:
        """Say where it listens.

        Raises:
            OSError: that cannot be written.
        """
        content = json.dumps({"port": self._port, "token": self._token, "process": os.getpid()})
        write_whole(self._address, content, private=True)

    def give_to(self, takes: Callable[[Handed], None]) -> None:
        """Give everything that was handed over, and all that comes, to a window.

        Args:
            takes: called in the thread of the door, or in this one for what has come already.
        """
        with self._guard:
            self._takes, waiting, self._waiting = takes, self._waiting, []
        for each in waiting:
            takes(each)

    def close(self) -> None:
        """Nothing is taken any more, and another program may be the first."""
        if self._closed:
            return
        self._closed = True
        with suppress(OSError):  # wakes the thread
            socket.create_connection((_HERE, self._port), WAIT_S).close()
        self._thread.join(WAIT_S)
        self._listening.close()
        with suppress(OSError):
            self._address.unlink(missing_ok=True)
        self._locked.close()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            with caller:
                if self._closed:
                    return
                with suppress(OSError, ValueError, KeyError, TypeError):
                    caller.settimeout(WAIT_S)
                    self._answer(caller)

    def _answer(self, caller: socket.socket) -> None:
        asked = json.loads(_line_of(caller))
        if not hmac.compare_digest(str(asked["token"]).encode(), self._token.encode()):
            return
        handed = Handed(tuple(Path(each) for each in asked["files"]), str(asked["activation"]))
        with self._guard:
            takes = self._takes
            if takes is None:
                self._waiting.append(handed)
        if takes is not None:
            takes(handed)
        caller.sendall(b'{"taken": true}\n')


def open_door(folder: Path | None = None) -> Door | None:
    """Become the first program; None when there is one already, or where nothing can be written.

    Args:
        folder: of lock and address; None for this user's.
    """
    try:
        folder = folder or where("running")
        folder.mkdir(parents=True, exist_ok=True)
        locked = (folder / f"{_name()}.lock").open("ab")
    except OSError:
        return None
    if not lock(locked):
        locked.close()
        return None
    address = folder / f"{_name()}.json"
    with suppress(OSError):
        address.unlink(missing_ok=True)
    try:
        door = Door(locked, address)
    except OSError:
        locked.close()
        return None
    try:
        door.announce()
    except OSError:
        door.close()
        return None
    return door


def hand_over(handed: Handed, folder: Path | None = None, wait_s: float = WAIT_S) -> bool:
    """Give files to the program that runs already.

    Args:
        handed: what it is asked for.
        folder: of lock and address; None for this user's.
        wait_s: how long it may take to answer; it may have begun a moment ago.

    Returns:
        Whether it took them; False when none runs or it does not answer.
    """
    folder, end_s = folder or where("running"), time.monotonic() + wait_s
    while runs_already(folder):
        with suppress(OSError, ValueError, KeyError, TypeError):
            there = json.loads((folder / f"{_name()}.json").read_text("utf-8"))
            return _asked(there, handed, max(end_s - time.monotonic(), 0.1))
        if time.monotonic() > end_s:
            return False
        time.sleep(0.02)
    return False


def runs_already(folder: Path | None = None) -> bool:
    """Whether a program holds the lock; one that was killed does not."""
    try:
        with ((folder or where("running")) / f"{_name()}.lock").open("rb+") as file:
            return not lock(file)
    except OSError:
        return False


def _asked(there: dict[str, Any], handed: Handed, wait_s: float) -> bool:
    _let_come_to_the_front(int(there["process"]))
    words = {"token": there["token"], "files": [str(path) for path in handed.files], "activation": handed.activation}
    with socket.create_connection((_HERE, int(there["port"])), wait_s) as caller:
        caller.settimeout(wait_s)
        caller.sendall(json.dumps(words).encode() + b"\n")
        return bool(json.loads(_line_of(caller))["taken"])


def _let_come_to_the_front(process: int) -> None:
    """Windows lets only the program that was started last bring a window to the front, and those that this one names."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(process)


def _line_of(caller: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        piece = caller.recv(65536)
        if not piece or len(line) > _LONGEST_BYTES:
            raise ValueError("no whole line")
        line += piece
    return line


def _name() -> str:
    return f"window-{hashlib.sha256(screen().encode()).hexdigest()[:12]}"


def files_of(words: Sequence[str], folder: Path | None = None, windows: bool = os.name == "nt") -> tuple[Path, ...]:
    """Files as desktops, file managers and people write them on a command line.

    Args:
        words: paths, also in quotation marks that a shell left, or addresses such as ``file:///C:/x.vsync``.
        folder: what relative ones are relative to; None for the present folder.
        windows: by the rules of Windows.
    """
    return tuple((folder or Path.cwd()) / _path_of(word, windows) for word in words if word.strip('"'))


def _path_of(word: str, windows: bool) -> str:
    word = word.strip('"')
    if word[:7].lower() == "file://":
        from urllib.parse import unquote, urlsplit

        parts = urlsplit(word)
        path = unquote(parts.path)
        if windows:
            path = path.lstrip("/") if path[2:3] == ":" or path[1:2] == ":" else path
            path = f"//{parts.netloc}{path}" if parts.netloc not in ("", "localhost") else path
        return path
    return word

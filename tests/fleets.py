"""A fleet in a process of its own, and what the system knows of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from app.remote.protocol.wire import decode, encode

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "sesame-for-the-tests"
#: as the command line starts it, with shorter times
_CODE = """
import json, os, sys
from app.remote.fleet.supervisor import serve_fleet
from app.remote.server.settings import ServerSettings
serve_fleet(ServerSettings(source="mock", port=0, token=os.environ["VISEMESYNC_TOKEN"], **json.loads(sys.argv[1])), 2)
"""


class RunningFleet:
    """Two workers that serve the mock.

    Args:
        settings: of the server.
        command: another way to start it.
    """

    def __init__(self, command: list[str] | None = None, **settings: object) -> None:
        environment = {**os.environ, "VISEMESYNC_TOKEN": TOKEN}
        words = command or [sys.executable, "-c", _CODE, json.dumps({"drain_s": 0.5, **settings})]
        self.begun_s = time.monotonic()
        # a session of its own, as a terminal gives to what runs in the foreground
        self.process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self.log: list[str] = []
        self._reading = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self._reading.start()
        line = self.process.stdout.readline()
        found = re.search(r"(http://\S+:(\d+)) with 2 workers", line)
        assert found, f"it did not start: {line!r} {self.log}"
        self.started_s = time.monotonic() - self.begun_s
        self.bare, self.port = found[1], int(found[2])
        self.url = f"{self.bare}/t/{TOKEN}"
        self._asking = httpx.Client(timeout=10)

    def family(self) -> dict[int, bytes]:
        """Process ids below the supervisor's, with their command lines."""
        children: dict[int, list[int]] = {}
        words: dict[int, bytes] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, rest = stat.read_text().rsplit(")", 1)
                line = (stat.parent / "cmdline").read_bytes()
            except OSError:
                continue
            pid = int(name.split()[0])
            words[pid] = line
            children.setdefault(int(rest.split()[1]), []).append(pid)
        found, todo = {}, [self.process.pid]
        while todo:
            for pid in children.get(todo.pop(), []):
                found[pid] = words[pid]
                todo.append(pid)
        return found

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        return sorted(pid for pid, words in self.family().items() if b"--as-worker" in words)

    def folder(self) -> Path:
        """The fleet's own."""
        words = next(words for words in self.family().values() if b"haproxy" in words).split(b"\0")
        return Path(words[words.index(b"-f") + 1].decode()).parent

    def figures(self) -> dict[str, float]:
        """Every sample of ``/metrics`` by name and labels."""
        lines = self._asking.get(self.url + "/metrics").text.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop it, to its end."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(30)
        finally:
            self._asking.close()
            self.process.kill()
            self._reading.join(10)
            self.process.stdout.close()
            self.process.stderr.close()


def until(condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Wait for what another process does."""
    give_up_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up_s, "it did not happen in time"
        threading.Event().wait(0.02)


def say(socket, word) -> None:
    """Send a message of the protocol."""
    socket.send(encode(word))


def hear(socket):
    """The next message."""
    return decode(socket.recv(timeout=20))

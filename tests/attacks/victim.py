"""A real ``serve`` process that is attacked, and a well-behaved client that says how long it had to wait meanwhile."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
#: the witness asks this often, and waits this long for an answer
ASKS_EVERY_S, PATIENCE_S = 0.05, 90.0


class Victim:
    """``serve`` on a free port.

    Args:
        words: further words of its command line.
        token: asked of callers, "" for none.
        source: that it serves.

    Attributes:
        port: that it listens on.
        log: where its standard error goes.
    """

    def __init__(self, *words: str, token: str = "", source: str = "mock") -> None:
        self.token = token
        folder = Path(tempfile.mkdtemp(prefix="attacked-"))
        self.log = folder / "log.jsonl"
        environment = {**os.environ, "VISEMESYNC_TOKEN": token}
        command = [sys.executable, "-m", "app", "serve", "--source", source, "--port", "0", *words]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        found = re.search(r"https?://[^ ]*:(\d+) ", self._process.stdout.readline())
        assert found, f"the server did not start: {self.log.read_text()}"
        self.port = int(found[1])
        give_up_s = time.monotonic() + 30
        while not self.answers():
            assert time.monotonic() < give_up_s, "the server does not answer"
            time.sleep(0.02)

    def answers(self, patience_s: float = 5.0) -> bool:
        """Whether it says that it is healthy."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return asked(self.port, "/health", self.token, patience_s).startswith(b'{"status":"healthy"')
        return False

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    @property
    def most_mb(self) -> float:
        """The most memory that the process has had so far, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]

    @property
    def files(self) -> int:
        """Descriptors that it has open."""
        return sum(1 for _ in Path(f"/proc/{self._process.pid}/fd").iterdir())

    def stop(self) -> None:
        """As a service manager does; one that does not stop in time is killed."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Victim:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def asked(port: int, path: str, token: str = "", patience_s: float = PATIENCE_S) -> bytes:
    """The body of an answer, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience_s)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        return connection.getresponse().read()
    finally:
        connection.close()


class Witness:
    """A well-behaved client that asks for /health again and again, each time on a new connection.

    Args:
        victim: asked.

    Attributes:
        stall_s: the longest time between two good answers.
        refused: answers that were none.
    """

    def __init__(self, victim: Victim) -> None:
        self._victim = victim
        self._stopped = threading.Event()
        self.stall_s, self.refused = 0.0, 0
        self._last_s = time.monotonic()
        self._thread = threading.Thread(target=self._ask, name="witness", daemon=True)

    def __enter__(self) -> Witness:
        self._last_s = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(PATIENCE_S + 5)
        self.stall_s = max(self.stall_s, time.monotonic() - self._last_s)

    def _ask(self) -> None:
        while not self._stopped.wait(ASKS_EVERY_S):
            if self._victim.answers(PATIENCE_S):
                now_s = time.monotonic()
                self.stall_s = max(self.stall_s, now_s - self._last_s)
                self._last_s = now_s
            else:
                self.refused += 1

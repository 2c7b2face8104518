"""Waiting for a server that is away or full: what may come back, and how often it is tried."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

from app.core.errors import ServiceError
from app.lipsync.source import CancelToken

#: the face waits, so the tries of a lost server stay close together
LONGEST_WAIT_S = 0.4
#: a full server says when to come again; longer than this nobody is kept waiting between two tries
LONGEST_BUSY_WAIT_S = 15.0
#: a server that is there and full is waited for longer than one that is lost
BUSY_GIVE_UP_S = 30.0


class Unreachable(ServiceError):
    """Nobody answers there now; later somebody may."""


class Busy(ServiceError):
    """All places of a server are taken.

    Args:
        message: one sentence; before its semicolon stands what is, behind it what to do.
        retry_after_s: when the server expects a place to be free, 0 where it does not say.
    """

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


def waits() -> Iterator[float]:
    """Seconds to wait before each further try: short at first, then the longest that resumes within a second."""
    tries = 0
    while True:
        tries += 1
        yield min(0.03 * 2**tries, LONGEST_WAIT_S) * random.uniform(0.7, 1.0)


def busy_wait_s(retry_after_s: float) -> float:
    """How long to stay away from a full server: what it asks for or a second, and a little more, so that not all come at once."""
    return min(max(retry_after_s or 1.0, 0.1), LONGEST_BUSY_WAIT_S) * random.uniform(1.0, 1.25)


def wait_out(delay_s: float, cancel: CancelToken) -> None:
    """Wait, but not long beyond a cancellation."""
    give_up_s = time.monotonic() + delay_s
    while not cancel.is_set() and (rest_s := give_up_s - time.monotonic()) > 0:
        threading.Event().wait(min(rest_s, 0.05))

"""Waiting for a server that is away: what may come back, and how often it is tried."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

from app.core.errors import ServiceError
from app.lipsync.source import CancelToken

#: the face waits, so the tries of a lost server stay close together
LONGEST_WAIT_S = 0.4


class Unreachable(ServiceError):
    """Nobody answers there now; later somebody may."""


def waits() -> Iterator[float]:
    """Seconds to wait before each further try: short at first, then the longest that resumes within a second."""
    tries = 0
    while True:
        tries += 1
        yield min(0.03 * 2**tries, LONGEST_WAIT_S) * random.uniform(0.7, 1.0)


def wait_out(delay_s: float, cancel: CancelToken) -> None:
    """Wait, but not long beyond a cancellation."""
    give_up_s = time.monotonic() + delay_s
    while not cancel.is_set() and (rest_s := give_up_s - time.monotonic()) > 0:
        threading.Event().wait(min(rest_s, 0.05))

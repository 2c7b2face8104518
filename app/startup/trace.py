"""When the steps of a start happened, for the benchmark and for whoever wonders."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

TRACE = "VISEMESYNC_TRACE"
_IMPORTED_S = time.monotonic()


def seconds_since_start() -> float:
    """Seconds since this process began, by the kernel's account where there is one, else since this module was read."""
    if sys.platform == "win32":
        return time.monotonic() - _IMPORTED_S
    try:
        ticks = float(Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text("utf-8").split()[0])
    except (OSError, IndexError, ValueError):
        return time.monotonic() - _IMPORTED_S
    return uptime - ticks / os.sysconf("SC_CLK_TCK")


def trace(event: str) -> None:
    """With VISEMESYNC_TRACE set, print when something happened and the processor time until then, one JSON line on standard error."""
    if os.environ.get(TRACE):
        told = {"trace": event, "seconds": round(seconds_since_start(), 3), "processor": round(time.process_time(), 3)}
        with suppress(OSError):  # nobody listens any more
            os.write(_own_error(), (json.dumps(told) + "\n").encode())


@cache
def _own_error() -> int:
    """A door of our own to standard error: the audio library leads the common one elsewhere for as long as it looks for devices."""
    return os.dup(2)

"""Progress of long work on standard error: a bar on a terminal, JSON lines for programs."""

from __future__ import annotations

import json
import sys
import time

BAR = 28
#: seconds between two updates of a bar; JSON lines keep the same pace
PACE_S = 0.1


class Progress:
    """Reports fractions of named steps.

    Args:
        mode: ``auto`` (bar on a terminal, else nothing), ``json`` (one line per step) or ``none``.
    """

    def __init__(self, mode: str = "auto") -> None:
        self._mode = ("bar" if sys.stderr.isatty() else "none") if mode == "auto" else mode
        self._step = ""
        self._last_s = 0.0

    def __call__(self, step: str, fraction: float) -> None:
        """Report.

        Args:
            step: what is being done, in a word or two.
            fraction: 0 to 1.
        """
        now_s = time.monotonic()
        fresh = step != self._step or fraction >= 1
        if self._mode == "none" or (not fresh and now_s - self._last_s < PACE_S):
            return
        self._last_s, self._step = now_s, step
        if self._mode == "json":
            print(json.dumps({"step": step, "fraction": round(fraction, 4)}), file=sys.stderr, flush=True)
            return
        filled = round(BAR * fraction)
        end = "\n" if fraction >= 1 else ""
        print(f"\r{step:<12} [{'#' * filled}{'.' * (BAR - filled)}] {fraction:4.0%}", end=end, file=sys.stderr, flush=True)

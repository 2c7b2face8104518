"""Waiting in the GUI thread while the window goes on working."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer

_LOOK_MS = 10


class Unproven(Exception):
    """A step of the proof did not come out as it should; one sentence."""


def wait_until(holds: Callable[[], bool], what: str, limit_s: float = 60.0) -> None:
    """Let events happen until something holds.

    Args:
        holds: asked about a hundred times a second.
        what: is waited for, for the sentence.
        limit_s: how long.

    Raises:
        Unproven: it took too long.
    """
    loop = QEventLoop()
    look, limit = QTimer(), QTimer()
    look.timeout.connect(lambda: loop.quit() if holds() else None)
    limit.setSingleShot(True)
    limit.timeout.connect(lambda: loop.exit(1))
    look.start(_LOOK_MS)
    limit.start(round(limit_s * 1000))
    failed = not holds() and loop.exec() == 1
    look.stop()
    limit.stop()
    if failed:
        raise Unproven(f"{what} did not come within {limit_s:.0f} s.")

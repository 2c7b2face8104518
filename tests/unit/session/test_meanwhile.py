"""Writing a long take: the window goes on, hands wait, and what goes wrong is raised where it was begun."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QTimer

from app.core.errors import ProjectError
from app.session.base.meanwhile import LONG_S, meanwhile


def test_events_happen_while_a_long_sound_is_written(qapp):
    ticked = threading.Event()
    timer = QTimer()
    timer.timeout.connect(ticked.set)
    timer.start(1)
    # ends only because a timer of this thread runs meanwhile
    assert meanwhile(lambda: (ticked.wait(10.0), threading.current_thread().name), LONG_S + 1)[0]
    timer.stop()
    assert meanwhile(threading.current_thread, LONG_S) is threading.current_thread()


def test_an_error_is_raised_to_whoever_waits(qapp):
    def fail() -> None:
        raise ProjectError("The disk is full; free some space.")

    for duration_s in (1.0, 600.0):
        with pytest.raises(ProjectError, match="disk is full"):
            meanwhile(fail, duration_s)

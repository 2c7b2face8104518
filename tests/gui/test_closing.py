"""A window that is closed is gone: nothing keeps it, its session, or their memory."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

from app.desktop import make_window
from app.settings import Settings

N_WINDOWS = 5
#: a leaked window keeps 20 to 30 MB
MOST_MB = 2.0


def let_go() -> None:
    """Let Qt destroy what waits for it, and collect what is left."""
    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()


def closed(open_one) -> list[weakref.ref]:
    """Open a window, close it -> what was of it."""
    window = open_one()
    known = [weakref.ref(each) for each in (window, window.session, window.widgets, window.controls, window.widgets.preview)]
    window.close()
    return known


def alive(known: list[weakref.ref]) -> list[str]:
    return [type(each()).__name__ for each in known if each() is not None]


def test_a_window_that_was_at_work_is_gone_after_it_was_closed(open_window, speak):
    def open_one():
        window = open_window()
        speak(window, "Bob may buy a map.")
        return window

    gc.unfreeze()  # what was set aside at the start is no garbage for the collector
    known = closed(open_one)
    let_go()
    assert alive(known) == []


def test_nothing_of_a_closed_window_waits_for_a_thread_to_collect_it(open_window):
    """A widget or a timer without a parent would be destroyed by whatever thread the collector happens to run in."""
    window = open_window(ready=False)
    orphans = [
        each
        for part in (window.widgets, window.controls, window.session)
        for each in vars(part).values()
        if isinstance(each, QObject) and each.parent() is None and each is not window and not isinstance(each, QApplication)
    ]
    assert orphans == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from Linux's /proc")
def test_windows_in_turn_do_not_add_up(qapp, config):
    from tests.soak.holding import give_back, memory_of

    def open_one():
        window = make_window(Settings.load())
        window.show()
        qapp.processEvents()
        return window

    held = []
    for _ in range(N_WINDOWS):
        closed(open_one)
        qapp.processEvents()
        let_go()
        give_back()
        held.append(memory_of()["own"])
    assert (held[-1] - held[1]) / (N_WINDOWS - 2) < MOST_MB, held

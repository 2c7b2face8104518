"""Work that somebody waits for and that takes long: the window goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QMetaObject, Qt

#: what is made of a sound up to this is made at once
LONG_S = 20.0

T = TypeVar("T")

#: what is being done; what an event of that time wants is done at once
_going: list[Callable[[], object]] = []


def meanwhile(work: Callable[[], T], duration_s: float) -> T:
    """Do something with a sound, with a long one in a thread while events happen; those of hands wait until it is done.

    Args:
        work: touches nothing that events may change. What it raises is raised here.
        duration_s: of the sound.
    """
    if duration_s <= LONG_S or _going:
        return work()
    _going.append(work)
    try:
        return _in_thread(work)
    finally:
        _going.clear()


def _in_thread(work: Callable[[], T]) -> T:
    loop = QEventLoop()
    # the thread has ended before the loop goes, which this thread made
    with ThreadPoolExecutor(1, "meanwhile") as pool:
        done = pool.submit(work)
        done.add_done_callback(lambda _: QMetaObject.invokeMethod(loop, "quit", Qt.ConnectionType.QueuedConnection))
        if not done.done():
            loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    return done.result()

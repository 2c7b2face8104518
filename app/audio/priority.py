"""Giving way to sound: work that nobody hears runs after the threads that play, where the system lets it."""

from __future__ import annotations

import os
import sys
import threading

#: added to the niceness of a thread or process on POSIX systems; enough to come second, far from coming last
NICENESS = 5
_BELOW_NORMAL_THREAD, _BELOW_NORMAL_PROCESS = -1, 0x4000


def give_way() -> None:
    """Let this thread run after others from now on, for good; threads that it starts, as libraries do, inherit that on Linux.

    A host starts the thread of its callback from the one that opens a stream: never open one after this. The main thread is left as
    it is, and so is everything on systems without priorities of threads.
    """
    if threading.current_thread() is threading.main_thread():
        return
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetThreadPriority(ctypes.windll.kernel32.GetCurrentThread(), _BELOW_NORMAL_THREAD)
    elif sys.platform.startswith("linux"):
        thread = threading.get_native_id()
        _set_niceness(thread, os.getpriority(os.PRIO_PROCESS, os.getpid()) + NICENESS)


def give_way_as_process() -> None:
    """Let this whole process run after others from now on, with all threads that it starts later."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetPriorityClass(ctypes.windll.kernel32.GetCurrentProcess(), _BELOW_NORMAL_PROCESS)
    else:
        _set_niceness(0, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)


def _set_niceness(which: int, niceness: int) -> None:
    try:
        os.setpriority(os.PRIO_PROCESS, which, min(niceness, 19))
    except OSError:  # a sandbox that forbids it: then all are equal, as they were
        return

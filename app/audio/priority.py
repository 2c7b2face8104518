"""Who comes first: work that nobody hears gives way to the threads that play, and faces that are sent live come in time, where the system
lets them."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

#: added to the niceness of a thread or process on POSIX systems; enough to come second, far from coming last
NICENESS = 5
_BELOW_NORMAL_THREAD, _BELOW_NORMAL_PROCESS = -1, 0x4000
_HIGHEST_THREAD = 2


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


def come_first() -> None:
    """Let this thread run before others from now on, for good: one that does little, and must do it in time.

    On Linux it takes the lowest real-time priority, or a lower niceness, where the user may; else it stays as it is.
    """
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetThreadPriority(ctypes.windll.kernel32.GetCurrentThread(), _HIGHEST_THREAD)
    elif sys.platform.startswith("linux"):
        try:
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))  # threads that it starts do not inherit it
        except OSError:
            _set_niceness(threading.get_native_id(), -10)


def give_way_as_process() -> None:
    """Let this whole process run after others from now on, with all threads that it starts later."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetPriorityClass(ctypes.windll.kernel32.GetCurrentProcess(), _BELOW_NORMAL_PROCESS)
    else:
        _set_niceness(0, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)


def _set_niceness(which: int, niceness: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # a sandbox that forbids it: then all are equal, as they were
            os.setpriority(os.PRIO_PROCESS, which, min(niceness, 19))

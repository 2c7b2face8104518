"""Watches the GUI thread: how long an event that is posted takes to arrive through its own fault, and where it is meanwhile."""

from __future__ import annotations

import re
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QObject, Qt, Signal

#: more than this and a person feels it
MOST_S = 0.1
_LOOK_S = 0.01
_DEEPEST = 14
#: files of Python's own in which a thread waits
_WAITS = re.compile(r"(threading|queue|selectors|socket|thread|_base)\.py$")


@dataclass(frozen=True)
class Hang:
    """The GUI thread took no event for a while.

    Attributes:
        took_s: as long as it would have been on a machine without other programs.
        cpu_s: its own processor time of that; the rest it waited, for a lock, a thread or the driver.
        wall_s: time on the wall, in which other programs ran, too.
        doing: the deed that was done last.
        stack: where it was most of the time.
    """

    took_s: float
    cpu_s: float
    wall_s: float
    doing: str
    stack: str


@dataclass(frozen=True)
class Moment:
    """What was used up to now.

    Attributes:
        wall_s: on the wall.
        cpu_s: processor time of the GUI thread.
        queued_s: by the number of each thread: how long it was ready to run and another one had the core; only Linux tells.
    """

    wall_s: float
    cpu_s: float
    queued_s: dict[str, float]

    def own_s(self, since: Moment, gui: str) -> float:
        """What of the time since another moment was the program's own doing.

        What the GUI thread waits for a core is not its fault. What it sleeps is: it waits for a lock, a thread or the driver; but not
        where that other thread waits for a core. Which it is nobody knows, so the one counts that waited for longest.
        """
        queued = {thread: s - since.queued_s.get(thread, 0.0) for thread, s in self.queued_s.items()}
        cpu_s, own_queue_s = self.cpu_s - since.cpu_s, queued.pop(gui, 0.0)
        asleep_s = self.wall_s - since.wall_s - cpu_s - own_queue_s if self.queued_s else 0.0
        return cpu_s + max(asleep_s - max(queued.values(), default=0.0), 0.0)


class Watch(QObject):
    """A thread that posts to the GUI thread over and over, and looks where it is when it does not answer.

    On a machine that others use, too, time on the wall tells nothing: what waits for a core is not its fault.
    """

    _posted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.hangs: list[Hang] = []
        self.worst_s = 0.0
        self.doing = ""
        self._clock = time.pthread_getcpuclockid(threading.get_ident())
        self._gui, self._number = threading.get_ident(), str(threading.get_native_id())
        self._arrived = threading.Event()
        self._apart_s = self._apart_cpu_s = 0.0
        self._ends = threading.Event()
        self._posted.connect(self._arrive, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Watch no more."""
        self._ends.set()
        self._arrived.set()
        self._thread.join()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What the GUI thread does in the block is the monkey's own, not the program's."""
        begun_s, begun_cpu_s = time.monotonic(), time.thread_time()
        yield
        self._apart_s += time.monotonic() - begun_s
        self._apart_cpu_s += time.thread_time() - begun_cpu_s

    def _arrive(self, _number: int) -> None:
        self._arrived.set()

    def _now(self) -> Moment:
        """The present, less what was apart."""
        wall_s, cpu_s = time.monotonic() - self._apart_s, time.clock_gettime(self._clock) - self._apart_cpu_s
        return Moment(wall_s, cpu_s, queued())

    def _where(self) -> str:
        """The stack of the GUI thread, and what the others do."""
        frames = sys._current_frames()
        own = frames.pop(self._gui, None)
        frames.pop(threading.get_ident(), None)
        return "".join([*traceback.format_stack(own)[-_DEEPEST:], *_others(frames)])

    def _watch(self) -> None:
        number = 0
        while not self._ends.is_set():
            number += 1
            self._arrived.clear()
            begun = self._now()
            self._posted.emit(number)
            places: Counter[str] = Counter()
            while not self._arrived.wait(_LOOK_S):
                if time.monotonic() - self._apart_s - begun.wall_s > MOST_S / 4:
                    places[self._where()] += 1
            if places:
                arrived = self._now()
                took_s = arrived.own_s(begun, self._number)
                self.worst_s = max(self.worst_s, took_s)
                if took_s > MOST_S and not self._ends.is_set():
                    stack = max(places, key=lambda place: places[place], default="")
                    self.hangs.append(Hang(took_s, arrived.cpu_s - begun.cpu_s, arrived.wall_s - begun.wall_s, self.doing, stack))
            self._ends.wait(_LOOK_S)


def _others(frames: Mapping[int, FrameType]) -> Iterator[str]:
    """What threads of ours do meanwhile that do not merely wait: one of them may hold what the GUI thread needs."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for number, frame in frames.items():
        last = traceback.extract_stack(frame)[-1]
        if not _WAITS.search(last.filename):
            yield f"  meanwhile {names.get(number, number)}: {last.filename}, line {last.lineno}, in {last.name}\n"


def queued() -> dict[str, float]:
    """By the number of each thread of this process: how many seconds it was ready to run without a core; empty where nobody counts."""
    found = {}
    for task in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError, ValueError, IndexError):
            found[task.parent.name] = 1e-9 * int(task.read_text().split()[1])
    return found


class Faults:
    """Everything that goes wrong without stopping the program: exceptions that nobody caught in any thread, words of Qt, errors logged."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.doing = ""
        #: hears of each at once
        self.told: Callable[[str], object] = lambda _fault: None

    def install(self) -> None:
        """Listen."""
        import logging

        from PySide6.QtCore import QtMsgType, qInstallMessageHandler

        self._before = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = lambda kind, error, trail: self._note("exception", "".join(traceback.format_exception(kind, error, trail)))
        threading.excepthook = lambda args: self._note(
            "in a thread", "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
        )
        sys.unraisablehook = lambda args: self._note(
            f"unraisable in {args.object!r}", "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
        )
        qInstallMessageHandler(
            lambda kind, _where, words: None if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) else self._note("Qt", words or "")
        )
        faults = self

        class Logged(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                faults._note("logged", record.getMessage())

        self._handler = Logged(logging.ERROR)
        logging.getLogger("app").addHandler(self._handler)

    def remove(self) -> None:
        """Listen no more."""
        import logging

        from PySide6.QtCore import qInstallMessageHandler

        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        qInstallMessageHandler(None)
        logging.getLogger("app").removeHandler(self._handler)

    def _note(self, what: str, words: str) -> None:
        self.found.append(f"{what} (after {self.doing}): {words.strip()}")
        self.told(self.found[-1])

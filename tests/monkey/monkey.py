"""The monkey itself: one deed after the other, each in an event of its own, watched."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from tests.monkey.deeds import Deed, Mind, front
from tests.monkey.hands import Hands
from tests.monkey.keeping import Keeper
from tests.monkey.watching import Faults, Watch

#: between two events, for the program to do what it does by itself
PAUSE_MS = 4
#: deeds between two looks at the undo stack and the autosave
CHECK_EVERY = 200
#: for quiet, and for the autosave
_LONGEST_WAIT_S = 20.0


class Monkey(QObject):
    """Does deeds until they are all done.

    Args:
        window: the program's, already begun.
        folder: files that may be dropped; what is saved lands there, too.
        autosaves: the folder of the autosaves.
        n: how many deeds.
        seed: of all choices.
        replay: deeds to do instead, None for new ones.
    """

    finished = Signal()
    #: undo stack and autosave were looked at
    checked = Signal()

    def __init__(self, window: Any, folder: Path, autosaves: Path, *, n: int, seed: int, replay: list[Deed] | None = None) -> None:
        super().__init__()
        self.window, self._autosaves = window, autosaves
        files = sorted(each for each in folder.iterdir() if each.is_file())
        self._mind, self._hands = Mind(seed, files, window.widgets.actions), Hands(window, folder)
        self.keeper, self.watch, self.faults = Keeper(window), Watch(), Faults()
        self.done: list[Deed] = []
        self.counts: Counter[str] = Counter()
        self.ends_s = math.inf
        self.n, self._replay = (n if replay is None else len(replay)), deque(replay or ())
        self._steps: Iterator[Callable[[], None]] = iter(())
        self._waits_for: Callable[[], bool] | None = None
        self._waited, self._wait_ends_s = 0, 0.0
        self._is_over = False
        self.told: Callable[[Deed], None] = lambda _deed: None

    def start(self) -> None:
        """Begin."""
        self.faults.install()
        self.watch.start()
        QTimer.singleShot(0, self._go_on)

    @property
    def state(self) -> str:
        """What was found so far."""
        faults, losses, hangs = len(self.faults.found), len(self.keeper.losses), len(self.watch.hangs)
        return f"{faults} faults, {losses} losses, {hangs} hangs, longest {1e3 * self.watch.worst_s:.0f} ms"

    def close(self) -> None:
        """Stop watching."""
        self._is_over = True
        self.watch.close()
        self.faults.remove()

    # -- inside

    def _go_on(self) -> None:
        """One event; the next is on its way before it begins, because a dialog that it opens has a loop of its own."""
        if self._is_over:
            return
        QTimer.singleShot(PAUSE_MS, self._go_on)
        if self._waits_for is not None:
            self._wait()
            return
        step = next(self._steps, None)
        if step is None:
            self._choose()
            return
        step()

    def _choose(self) -> None:
        """Make up the mind, apart from what is measured, and look at what the last deed did."""
        with self.watch.apart():
            if self.done:
                self.keeper.look(f"{len(self.done)}: {self.done[-1]}")
            if len(self.done) >= self.n or time.monotonic() > self.ends_s:
                self._end()
                return
            deed = self._replay.popleft() if self._replay else self._mind.choose(self.window)
            self.done.append(deed)
            self.counts[deed.kind] += 1
            self.watch.doing = self.faults.doing = f"{len(self.done)}: {deed.line()}"
            self.told(deed)
            self._steps = self._hands.steps(deed)
            if len(self.done) % CHECK_EVERY == 0:
                self._wait_for(self._is_quiet)

    def _wait_for(self, holds: Callable[[], bool]) -> None:
        self._waits_for, self._waited, self._wait_ends_s = holds, 0, time.monotonic() + _LONGEST_WAIT_S

    def _end(self) -> None:
        top = front()
        if top is not None and top is not self.window:
            top.close()
            return
        if self._waits_for is None and not self.keeper.checks["at the end"]:
            self.keeper.checks["at the end"] += 1
            self._wait_for(self._is_quiet)
            return
        self._is_over = True
        self.finished.emit()

    def _is_quiet(self) -> bool:
        return not self.window.session.workers.busy and (front() in (None, self.window))

    def _wait(self) -> None:
        """Something is waited for: first until nothing runs, then until the autosave is written."""
        assert self._waits_for is not None
        self._waited += 1
        with self.watch.apart():
            if time.monotonic() > self._wait_ends_s:
                self.keeper.checks["not quiet in time"] += 1
                self._waits_for = None
            elif not self._waits_for():
                top = front()
                if top is not None and top is not self.window and self._waited % 20 == 0:
                    top.close()
            elif self._waits_for == self._is_quiet:
                self.keeper.take_back_and_again()
                self._wait_for(self.keeper.compare_autosave(self._autosaves))
            else:
                self._waits_for = None
                self.checked.emit()

"""What the user did, as a step that can be taken back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtGui import QUndoCommand

#: changes of one control within this time are one step back
MERGE_S = 1.0
_JOINS, _STANDS_ALONE = 7001, -1
T = TypeVar("T")


class Step(QUndoCommand, Generic[T]):
    """One step of the user; further changes of the same control join it.

    Args:
        put: puts a value in force.
        before: the value until now.
        after: the value from now on.
        text: what was changed, for the menu.
        control: what did it, told apart from all controls of the program; "" for a step of its own.
        within_s: a later change joins when it comes so soon after the last one.
    """

    def __init__(self, put: Callable[[T], None], before: T, after: T, text: str, *, control: str = "", within_s: float = math.inf) -> None:
        super().__init__(text)
        self.after, self.control, self.when_s = after, control, time.monotonic()
        self._put, self._before, self._within_s = put, before, within_s

    def redo(self) -> None:
        """Put the new value in force."""
        self._put(self.after)

    def undo(self) -> None:
        """Put the former value in force."""
        self._put(self._before)

    def id(self) -> int:
        """Only steps of a control may join."""
        return _JOINS if self.control else _STANDS_ALONE

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Join a later change of the same control."""
        if not isinstance(other, Step) or other.control != self.control or other.when_s - self.when_s > self._within_s:
            return False
        self.after, self.when_s = other.after, other.when_s
        # a drag that was given up is no step
        self.setObsolete(self.after is self._before)
        return True

"""What is computed once from an object and kept for as long as that lives: a second window or side need not compute it again."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

Owner = TypeVar("Owner")
Made = TypeVar("Made")


class Remembered(Generic[Owner, Made]):
    """A function whose results are remembered by the identity of its argument, which is never changed.

    Args:
        compute: what it makes must not hold the argument, else that lives for ever.
    """

    def __init__(self, compute: Callable[[Owner], Made]) -> None:
        functools.update_wrapper(self, compute)
        self._compute = compute
        self._made: dict[int, tuple[weakref.ref[Owner], Made]] = {}

    def __call__(self, owner: Owner) -> Made:
        """What it makes of the argument, computed for each object once."""
        entry = self._made.get(id(owner))
        if entry is None or entry[0]() is not owner:
            return self.know(owner, self._compute(owner))
        return entry[1]

    def known(self, owner: Owner) -> Made | None:
        """What was made of the argument, None where nothing was."""
        entry = self._made.get(id(owner))
        return None if entry is None or entry[0]() is not owner else entry[1]

    def know(self, owner: Owner, made: Made) -> Made:
        """Take over a result that was computed elsewhere."""
        self._made[id(owner)] = weakref.ref(owner), made
        weakref.finalize(owner, self._made.pop, id(owner), None).atexit = False
        return made


def once_for_each(compute: Callable[[Owner], Made]) -> Remembered[Owner, Made]:
    """Let a function compute once for each object; see ``Remembered``."""
    return Remembered(compute)

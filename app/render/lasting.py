"""What is computed once from an object and kept for as long as that lives: a second window or side need not compute it again."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import TypeVar

Owner = TypeVar("Owner")
Made = TypeVar("Made")


def once_for_each(compute: Callable[[Owner], Made]) -> Callable[[Owner], Made]:
    """Remember a function's results by the identity of its argument, which is never changed.

    Args:
        compute: what it makes must not hold the argument, else that lives for ever.

    Returns:
        The function, which computes for each object once.
    """
    made: dict[int, tuple[weakref.ref[Owner], Made]] = {}

    @functools.wraps(compute)
    def remembered(owner: Owner) -> Made:
        entry = made.get(id(owner))
        if entry is None or entry[0]() is not owner:
            entry = made[id(owner)] = (weakref.ref(owner), compute(owner))
            weakref.finalize(owner, made.pop, id(owner), None).atexit = False
        return entry[1]

    return remembered

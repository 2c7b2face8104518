"""One thread that draws, so that the window's own goes on meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from app.core.errors import PreviewError
from app.render.context import GlContext, current
from app.render.egl import GL_TURN

#: seconds after which Python lets another thread go on: submitting a picture must not wait long for curves to be painted
_SWITCH_S = 0.001

T = TypeVar("T")


def _in_turn(work: Callable[[], T]) -> T:
    """Do something while no other thread is in GL."""
    with GL_TURN:
        return work()


class DrawThread:
    """Does one thing after the other with a context current, which a thread of its own keeps for as long as it lives.

    Args:
        context: stays the caller's.
        apart: in a thread of its own; otherwise everything is done at once, for contexts that belong to the caller's thread.
    """

    def __init__(self, context: GlContext, apart: bool) -> None:
        self._context = context
        self._pool = ThreadPoolExecutor(1, "draw", initializer=_in_turn, initargs=(context.make_current,)) if apart else None
        if apart:
            sys.setswitchinterval(_SWITCH_S)

    def begin(self, work: Callable[[], T]) -> Future[T]:
        """Have something done after all that was begun before.

        Args:
            work: with GL calls; what it raises is raised by the future's ``result``.
        """
        if self._pool is not None:
            return self._pool.submit(_in_turn, work)
        done: Future[T] = Future()
        try:
            with current(self._context):
                done.set_result(work())
        except PreviewError as error:  # as a thread would keep it
            done.set_exception(error)
        return done

    def close(self, then: Callable[[], None]) -> None:
        """End once all that was begun is done; nobody waits for that.

        Args:
            then: called when the context is current nowhere any more.
        """
        if self._pool is None:
            then()
            return
        self._pool.submit(_in_turn, self._context.done)
        self._pool.submit(_in_turn, then)
        self._pool.shutdown(wait=False)

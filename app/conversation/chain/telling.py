"""Events told in order on a thread of their own: whoever makes them never waits, and whoever is told may call back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from app.conversation.events import Event


class Telling:
    """Tells events one after the other.

    Args:
        tell: called for each, always on the same thread.
    """

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="conversation-telling", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        """Tell an event soon; returns at once."""
        self._events.put(event)

    def close(self) -> None:
        """Tell nothing more; when this returns, nothing is being told, unless it was called by who is being told."""
        self._closed = True
        self._events.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while (event := self._events.get()) is not None:
            if self._closed:
                return
            self._tell(event)

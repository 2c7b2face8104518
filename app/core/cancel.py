"""How long work is told to stop."""

from __future__ import annotations

from typing import Protocol


class CancelToken(Protocol):
    """``threading.Event`` satisfies this: set it to stop the work."""

    def is_set(self) -> bool:
        """Whether the work should stop."""
        ...

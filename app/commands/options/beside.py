"""Work of a verb that goes on beside its main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Beside(Generic[Made]):
    """Starts work in a thread of its own; it ends with the program at the latest.

    Args:
        work: what is done.
    """

    def __init__(self, work: Callable[[], Made]) -> None:
        self._work = work
        self._made: list[Made] = []
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="beside", daemon=True)
        self._thread.start()

    def result(self) -> Made:
        """Wait for the end.

        Raises:
            BaseException: what the work raised.
        """
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        return self._made[0]

    def _run(self) -> None:
        try:
            self._made.append(self._work())
        except BaseException as error:  # noqa: BLE001  (raised again for who waits)
            self._failed = error

"""What the first moments left for the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.startup.hand_over import Door
    from app.upkeep.runs import Run


class FirstPicture(Protocol):
    """What is seen before the window is there."""

    def step(self, share: float) -> None:
        """So much of the start is done, 0 to 1."""

    def leave(self) -> None:
        """The window is there."""


@dataclass
class Begun:
    """The parts of a start, each None where it could not be had or is not wanted.

    Attributes:
        door: takes what later starts hand over.
        run: this run's log.
        splash: what is seen meanwhile.
        removes: names of places that are removed when all is over.
    """

    door: Door | None = None
    run: Run | None = None
    splash: FirstPicture | None = None
    removes: frozenset[str] = frozenset()


#: of this process
BEGUN = Begun()

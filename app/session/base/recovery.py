"""When a sound device that stalled is tried again: soon at first, then more and more rarely."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from app.audio.player import PlayerStatus

#: seconds from the stall to the first try, which leave the stream time to go on by itself, and from each try to the next
GAPS_S = (2.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
#: sound that has held for this long is well again: the next stall is the first one
STEADY_S = 10.0


@dataclass(frozen=True)
class SoundState:
    """Whether there is sound, for the status bar and the banner.

    Attributes:
        kind: ``opening`` (a device is being opened), ``sounding``, ``stalled`` (it is tried again by itself) or ``silent`` (it is not).
        words: a few words for the status bar, "" when sounding.
        sentence: what happened and what to do; "" when sounding or opening.
    """

    kind: Literal["opening", "sounding", "stalled", "silent"]
    words: str = ""
    sentence: str = ""

    @property
    def can_try_again(self) -> bool:
        """Whether *Try again* makes sense."""
        return self.kind in ("stalled", "silent")


class Recovery:
    """The times of the tries after a stall; it opens nothing itself.

    Args:
        time_s: monotonic seconds; tests pass their own.
    """

    def __init__(self, time_s: Callable[[], float] = time.monotonic) -> None:
        self._time_s = time_s
        self._next_s: float | None = None
        self._well_s: float | None = None
        self.tries = 0

    @property
    def due(self) -> bool:
        """Whether to try now."""
        return self._next_s is not None and self._time_s() >= self._next_s

    def state(self, status: PlayerStatus, opening_another: bool) -> SoundState:
        """How it stands at this moment.

        Args:
            status: the player's.
            opening_another: the silence is wanted, because another device is being opened.
        """
        if not status.silent_reason:
            self._note_sounding()
            return SoundState("sounding")
        if opening_another:
            return SoundState("opening", "Sound…")
        if not status.awaited:
            return SoundState("silent", "No sound", status.silent_reason)
        self._well_s = None
        if self._next_s is None:
            self._plan()
        return SoundState("stalled", "Sound stalled, trying again…", status.silent_reason)

    def note_try(self) -> None:
        """It is tried now."""
        self.tries += 1
        self._plan()

    def begin_anew(self) -> None:
        """A person asks for it: the gaps are short again."""
        self.tries = 0

    def _note_sounding(self) -> None:
        now_s, self._next_s = self._time_s(), None
        if self._well_s is None:
            self._well_s = now_s
        elif now_s - self._well_s > STEADY_S:
            self.tries = 0

    def _plan(self) -> None:
        self._next_s = self._time_s() + GAPS_S[min(self.tries, len(GAPS_S) - 1)]

"""What a reasoning model on a local server thinks aloud is not spoken: ``<think>…</think>`` at the beginning of an answer."""

from __future__ import annotations

_OPENED, _CLOSED = "<think>", "</think>"


class Thoughts:
    """Takes the thoughts off the beginning of an answer, piece by piece."""

    def __init__(self) -> None:
        self._held = ""
        self._past = False

    def left(self, delta: str) -> str:
        """What of the next piece belongs to the answer.

        Args:
            delta: as it came.
        """
        if self._past:
            return delta
        self._held += delta
        begun = self._held.lstrip()
        if begun.startswith(_OPENED):
            _, closed, answer = begun.partition(_CLOSED)
            self._past = bool(closed)
            if self._past:
                self._held = ""
            return answer.lstrip()
        if not begun or _OPENED.startswith(begun):
            return ""
        return self.rest()

    def rest(self) -> str:
        """What was held back for being perhaps the beginning of a thought, at the end of the answer."""
        held, self._held, self._past = self._held, "", True
        return "" if held.lstrip().startswith(_OPENED) else held

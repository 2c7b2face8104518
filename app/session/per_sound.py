"""What belongs to one sound and is there again when it is: a value per sound, which goes on with a line that grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from app.session.state import State

Value = TypeVar("Value")


class OfSound(Generic[Value]):
    """What belongs to one sound; steps that can be taken back hold on to it, under whatever name its line is known by then.

    Attributes:
        value: see the owner.
    """

    def __init__(self, value: Value) -> None:
        self.value = value


class PerSound(QObject, Generic[Value]):
    """The values of all sounds of the session.

    Args:
        state: has the sound.
        empty: the value of a sound that nobody worked on.
        goes_on: whether what belongs to the open sound is worth keeping when its line grows; by default, when it is not ``empty``.
        parent: the owner.
    """

    #: OfSound, OfSound: what was open until now and what is open now, which is another
    moved = Signal(object, object)

    def __init__(
        self, state: State, empty: Value, goes_on: Callable[[OfSound[Value]], bool] | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._empty = state, empty
        self._goes_on = goes_on or (lambda held: held.value != empty)
        self._key = ""
        self._here = OfSound(empty)
        self._all = {"": self._here}
        state.sound_changed.connect(self._sound_changed)
        state.speech_changed.connect(self._sound_grew)

    @property
    def here(self) -> OfSound[Value]:
        """What belongs to the sound that is open."""
        return self._here

    @property
    def key(self) -> str:
        """Digest of the sound that is open, "" for none."""
        return self._key

    def of(self, key: str) -> OfSound[Value]:
        """What belongs to a sound, by its digest."""
        return self._all.setdefault(key, OfSound(self._empty))

    def __iter__(self) -> Iterator[Value]:
        """The values of all sounds that somebody worked on."""
        return (held.value for held in self._all.values() if held.value != self._empty)

    @property
    def elsewhere(self) -> tuple[Value, ...]:
        """The values of sounds that are not open and that somebody worked on."""
        return tuple(held.value for held in self._all.values() if held is not self._here and held.value != self._empty)

    def forget_others(self) -> None:
        """Only the sound that is open has something."""
        self._all = {self._key: self._here}

    def _sound_changed(self) -> None:
        before = self._here
        self._key = self._present_key()
        self._here = self.of(self._key)
        self.moved.emit(before, self._here)

    def _sound_grew(self, _speech: object) -> None:
        """A line that is longer by a sentence is another sound, but what was done while it was made goes on with it."""
        key = self._present_key()
        if key == self._key:
            return
        if not self._goes_on(self._here):
            self._sound_changed()
            return
        del self._all[self._key]
        self._key, self._all[key] = key, self._here

    def _present_key(self) -> str:
        speech = self._state.speech
        return "" if speech is None else speech.audio.digest

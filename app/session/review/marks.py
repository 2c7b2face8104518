"""Marks on the time line: set, named, coloured and removed as steps that can be taken back; a list per sound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.formats.marks import Mark
from app.formats.notes import new_id
from app.session.base.steps import MERGE_S, Step
from app.session.per_sound import OfSound, PerSound
from app.session.state import State

MarkList = tuple[Mark, ...]


class Marks(QObject):
    """The marks of the sound that is open; those of another are there again when it is.

    Args:
        state: has the sound.
        undo: takes the steps.
        parent: the session.
    """

    #: a mark changed, came or went, or another sound brought other marks
    changed = Signal()

    def __init__(self, state: State, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._undo = undo
        self._lists: PerSound[MarkList] = PerSound(state, (), parent=self)
        self._lists.moved.connect(self.changed)

    @property
    def all(self) -> MarkList:
        """The marks by time."""
        return self._lists.here.value

    @property
    def everything(self) -> tuple[MarkList, ...]:
        """Those of all sounds of the session: what would be lost with it."""
        return tuple(self._lists)

    def of(self, mark_id: str) -> Mark | None:
        """A mark by its id, None when it is gone."""
        return next((mark for mark in self.all if mark.id == mark_id), None)

    def near(self, time_s: float, within_s: float) -> Mark | None:
        """The mark nearest to a time, None where none is within reach."""
        found = min(self.all, key=lambda mark: abs(mark.time_s - time_s), default=None)
        return found if found is not None and abs(found.time_s - time_s) <= within_s else None

    def add(self, time_s: float, within_s: float = 0.0) -> str:
        """Set a mark; where one is within reach already, nothing is added.

        Args:
            time_s: where.
            within_s: how near another mark may be, usually half a frame.

        Returns:
            The id of the mark that is there.
        """
        there = self.near(time_s, within_s)
        if there is not None:
            return there.id
        colour = self.all[-1].colour if self.all else Mark().colour
        made = Mark(new_id(), max(time_s, 0.0), "", colour)
        self._push((*self.all, made), "Set mark")
        return made.id

    def change(self, mark_id: str, text: str, **values: Any) -> None:
        """Change fields of a mark.

        Args:
            mark_id: which.
            text: what was done, for the menu.
            **values: fields of Mark.
        """
        self._push((replace(mark, **values) if mark.id == mark_id else mark for mark in self.all), text)

    def remove(self, mark_id: str) -> None:
        """Take a mark out."""
        self._push((mark for mark in self.all if mark.id != mark_id), "Remove mark")

    def clear(self) -> None:
        """Take all marks out."""
        self._push((), "Remove all marks")

    def restore(self, marks: Iterable[Mark]) -> None:
        """Put the marks of a project in force; not a step."""
        self._lists.forget_others()
        self._put(self._lists.here, _in_order(marks))

    def put_for(self, key: str, marks: Iterable[Mark]) -> None:
        """Put the marks of a sound in force, now or when it is there again; not a step.

        Args:
            key: digest of the sound.
            marks: all of it.
        """
        self._put(self._lists.of(key), _in_order(marks))

    # -- inside

    def _push(self, after: Iterable[Mark], text: str) -> None:
        made, held = _in_order(after), self._lists.here
        if made != self.all:
            self._undo.push(Step(lambda marks: self._put(held, marks), self.all, made, text, within_s=MERGE_S))

    def _put(self, held: OfSound[MarkList], marks: MarkList) -> None:
        held.value = marks
        if held is self._lists.here:
            self.changed.emit()


def _in_order(marks: Iterable[Mark]) -> MarkList:
    return tuple(sorted(marks, key=lambda mark: mark.time_s))

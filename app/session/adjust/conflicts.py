"""Work of a hand that has no place in the present sound: listed, looked at, put in its place by hand or dismissed; never dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.formats.kept.conflicts import Conflict
from app.session.base.steps import Step
from app.session.per_sound import OfSound, PerSound
from app.session.state import State

ConflictList = tuple[Conflict, ...]
#: puts what a conflict is about at a time in seconds, as a step
Placer = Callable[[Conflict, float], None]


class Conflicts(QObject):
    """The conflicts of the sound that is open; those of another are there again when it is.

    Args:
        state: has the sound.
        undo: takes the steps.
        parent: the session.

    Attributes:
        placers: kind -> who puts it in its place; what has no such kind can only be looked at and dismissed.
        others: conflicts that are kept elsewhere: those that a batch wrote into the open take.
        settle_other: told the id of one of these that is settled.
    """

    #: a conflict came, went or was settled, or another sound brought others
    changed = Signal()

    def __init__(self, state: State, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.placers: dict[str, Placer] = {}
        self.others: Callable[[], Iterable[Conflict]] = tuple
        self.settle_other: Callable[[str], None] = lambda _id: None
        self._undo = undo
        self._lists: PerSound[ConflictList] = PerSound(state, (), parent=self)
        self._lists.moved.connect(self.changed)

    # -- what there is

    @property
    def own(self) -> ConflictList:
        """Those of the present sound that the session keeps, by time."""
        return self._lists.here.value

    @property
    def all(self) -> ConflictList:
        """All that are not settled, by time."""
        mine = {each.id: each for each in self.own}
        return _in_order([*mine.values(), *(each for each in self.others() if each.id not in mine)])

    def of(self, conflict_id: str) -> Conflict | None:
        """A conflict by its id, None when it is settled."""
        return next((each for each in self.all if each.id == conflict_id), None)

    def can_place(self, conflict_id: str) -> bool:
        """Whether it can be put somewhere."""
        found = self.of(conflict_id)
        return found is not None and found.kind in self.placers

    # -- what is done

    def add(self, *conflicts: Conflict, text: str = "List conflicts") -> None:
        """List what has no place; one that is listed already takes the new words.

        Args:
            *conflicts: see Conflict.
            text: for the menu of steps.
        """
        fresh = {each.id for each in conflicts}
        self._push((*(each for each in self.own if each.id not in fresh), *conflicts), text)

    def settle(self, conflict_id: str, text: str = "Dismiss conflict") -> None:
        """It is dealt with, or somebody does not mind."""
        if any(each.id == conflict_id for each in self.own):
            self._push((each for each in self.own if each.id != conflict_id), text)
        elif self.of(conflict_id) is not None:
            self.settle_other(conflict_id)

    def place(self, conflict_id: str, at_s: float) -> None:
        """Put what it is about somewhere; with that it is settled.

        Args:
            conflict_id: which; one that cannot be placed stays.
            at_s: where it begins, in seconds.
        """
        found = self.of(conflict_id)
        if found is None or found.kind not in self.placers:
            return
        self._undo.beginMacro(f"Place {found.kind}")
        try:
            self.placers[found.kind](found, at_s)
            self.settle(conflict_id, f"Place {found.kind}")
        finally:
            self._undo.endMacro()

    def restore(self, conflicts: Iterable[Conflict]) -> None:
        """Put the conflicts of a project in force; not a step."""
        self._lists.forget_others()
        self._put(self._lists.here, _in_order(conflicts))

    def put_for(self, key: str, conflicts: Iterable[Conflict]) -> None:
        """Put the conflicts of a sound in force, now or when it is there again; not a step.

        Args:
            key: digest of the sound.
            conflicts: all of it.
        """
        self._put(self._lists.of(key), _in_order(conflicts))

    # -- inside

    def _push(self, after: Iterable[Conflict], text: str) -> None:
        made, held = _in_order(after), self._lists.here
        if made != self.own:
            self._undo.push(Step(lambda conflicts: self._put(held, conflicts), self.own, made, text))

    def _put(self, held: OfSound[ConflictList], conflicts: ConflictList) -> None:
        held.value = conflicts
        if held is self._lists.here:
            self.changed.emit()


def _in_order(conflicts: Iterable[Conflict]) -> ConflictList:
    return tuple(sorted(conflicts, key=lambda each: each.at_s))

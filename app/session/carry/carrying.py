"""What a hand did goes along when the sound becomes another one of the same line: a new voice, a new recording, a trimmed one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from app.core.outline import Outline
from app.core.placing import Places
from app.core.speech import Speech, as_heard
from app.formats.kept.conflicts import Conflict
from app.formats.project_values import Project
from app.session.base.steps import Step
from app.session.carry.holders import SOUND, Holder
from app.session.carry.searching import Searching
from app.session.carry.timing_holder import TimingHolder
from app.session.carry.work import Brought, Items, Way, Work, of_sound
from app.session.state import State

#: so many sounds are remembered with what was done on them
MOST_SOUNDS = 6


class Carrying(QObject):
    """Brings work along from sound to sound; what has no place is listed as a conflict.

    Args:
        state: whose sound changes.
        timing: has what was done to words and phones; it is put in force first, for the rest lies on them.
        holders: have the other work; the one of conflicts among them.
        undo: takes the steps.
        retime: follows words and phones of the present sound that are dragged.
        searching: finds moments of one sound in another.
        parent: the session.

    Attributes:
        is_growing: whether more of the present line may still come.
        is_searching: whether its phones may.
        trusts: whether the sound that begins is said to be of the same line.
        former: the sound that was left last.
    """

    #: a Brought is in force
    came = Signal(object)
    #: so many pieces of work were done on the sound before, and nothing tells whether this one says the same
    offered = Signal(int)
    #: the file of an opened project's sound is another one than when it was saved; its words must be found anew
    recorded_anew = Signal()

    def __init__(
        self, state: State, timing: TimingHolder, holders: Sequence[Holder[Any]], undo: QUndoStack, *,
        retime: Callable[[Speech, Speech], None], searching: Searching, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.is_growing: Callable[[], bool] = lambda: False
        self.is_searching: Callable[[], bool] = lambda: False
        self.trusts = False
        self.former: Speech | None = None
        self._state, self._undo, self._retime = state, undo, retime
        self._timing = timing
        self._holders: dict[str, Holder[Any]] = {holder.kind: holder for holder in (timing, *holders)}
        self._works: dict[str, Work] = {}
        self._numbers = count(1)
        self._speech: Speech | None = None
        self._key, self._left, self._line, self._given = "", "", 0, dict[str, Items]()
        #: digests of lines that grew since
        self._later: dict[str, str] = {}
        self._way: Way | None = None
        self._candidates: list[Work] = []
        self._is_fresh = self._is_realigned = self._is_away = self._asks = self._puts = False
        self._searching = searching
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.look_again)
        state.sides_cleared.connect(self._leave)
        state.speech_changed.connect(self._follow)

    # -- what others say

    def trust(self, former: Speech) -> None:
        """Another sound of the same line begins now, somebody says.

        Args:
            former: the one that it follows, with all that is known of it by now.
        """
        self.trusts = True
        for key, work in self._works.items():
            if key == former.audio.digest and not work.outline.phones:
                self._works[key] = replace(work, outline=self._searching.outlined(former))
        if self._speech is not None and former.audio.digest == self._speech.audio.digest:
            self._speech = former
        elif self._way is None:
            self._candidates = [self._works[former.audio.digest]] if former.audio.digest in self._works else []

    def look_again(self, *_: object) -> None:
        """A job has ended: perhaps nothing more of the line will come."""
        if not self._is_away and (self._candidates or self._asks or (self._way is not None and not self._way.settled)):
            self._try(may_end=True)

    def take_back(self) -> None:
        """Let the present sound be without what came along."""
        way, top = self._way, self._undo.command(self._undo.index() - 1) if self._undo.index() else None
        if way is None:
            return
        if isinstance(top, Step) and top.control == f"carry {way.number}":
            self._undo.undo()
        else:
            self._push(way, way.base, "Leave the edits behind")

    def forget(self) -> None:
        """A project is put in force: what was done before does not go along to it. ``remember`` ends this."""
        self._is_away = True
        self._works.clear()
        self._given.clear()
        self._way, self._candidates = None, []

    def remember(self, conflicts: Iterable[Conflict] = (), before: tuple[Outline, Speech] | None = None) -> None:
        """The project is in force.

        Args:
            conflicts: its own.
            before: the sound that its work was done on and what was known of it, where that is not the one of its file any more.
        """
        self._is_away, self._is_fresh, self._is_realigned = False, False, False
        self._speech = self._state.speech
        self._key, self._line = self._present_key(), next(self._numbers)
        self._holders["conflict"].put(self._key, conflicts)
        if before is not None:
            said, known = before
            moved = tuple(item.of_sound(said) for item in self._timing.of(known))
            work = Work(said, self._held() | {"timing": moved}, self._line)
            self._works[said.digest], self.trusts = work, True
            self._way = self._way_of(work, {kind: () for kind in self._holders})
            self.recorded_anew.emit()

    def into(self, project: Project) -> Project:
        """A project with where its work lies, and what has no place."""
        speech, sound = self._state.speech, project.sound
        conflicts = self._holders["conflict"].held()
        if speech is None or sound is None or not any(self._held().values()):
            return project
        return replace(project, sound=replace(sound, said=self._outline_of(speech)), conflicts=conflicts)

    # -- the sound changes

    def _leave(self) -> None:
        """Another sound begins, or the same one with other words: the holders still have what was done until now."""
        if self._present_key() == self._key:
            self._is_realigned = True
            return
        self._is_fresh, self._left = True, self._key
        self.former = self._speech
        if self._is_away or self._speech is None:
            return
        # the state has the next sound already
        items = self._held() | {"timing": self._timing.of(self._speech)}
        self._works.pop(self._key, None)
        if any(items.values()):
            if self._given.get(self._key) is None:
                self._line = self._line or next(self._numbers)
            self._works[self._key] = Work(self._outline_of(self._speech), items, self._line, self._given.get(self._key))
        for key in list(self._works)[:-MOST_SOUNDS]:
            del self._works[key]

    def _follow(self, _speech: object) -> None:
        before, self._speech = self._speech, self._state.speech
        is_fresh, self._is_fresh = self._is_fresh, False
        is_realigned, self._is_realigned = self._is_realigned, False
        if self._speech is None or self._is_away or self._puts:
            return
        key = self._present_key()
        if is_fresh:
            self._begin(key)
        elif key != self._key:
            self._later[self._key] = key
            self._given = {key if each == self._key else each: given for each, given in self._given.items()}
        elif before is not None and is_realigned:
            self._keep_timing(before, self._speech)
        elif before is not None and before.phones and before.phones != self._speech.phones:
            self._retime(before, self._speech)
            return
        self._key = key
        if self._way is not None or self._candidates:
            self._try(may_end=bool(self._speech.phones))
        else:
            self._searching.prepare(self._speech)
        self._timer.start()

    def _keep_timing(self, before: Speech, now: Speech) -> None:
        """The same sound begins anew: with the same words these stay where a hand moved them, with others edits go back to the sound."""
        if before.heard is None or now.heard is not None:
            return
        if now.phones == before.heard.phones:
            self._puts = True
            self._timing.keep(before)
            self._puts = False
        else:
            self._retime(before, as_heard(before))

    def _begin(self, key: str) -> None:
        """Another sound is there: whose work may come along to it?"""
        self._key, self._way = key, None
        newest = list(self._works.values())[::-1]
        own = self._works.get(key)
        if own is not None and own.items["timing"] and not self._timing.held():
            self._puts = True
            self._timing.put(key, own.items["timing"])
            self._puts = False
        held = self._held_here()
        if self.trusts:
            self._candidates = [self._works[self._left]] if self._left in self._works else []
        elif own is None and not any(held.values()):
            self._candidates = newest
        else:
            # it was here before, with what was done on it; of its own line, what was done since counts
            later = [] if own is None else [work for work in newest[: newest.index(own)] if work.line == own.line]
            self._candidates = later[:1]
        self._asks = bool(self._candidates) and own is None
        self._line = 0 if own is None else own.line
        if own is not None and self._candidates:
            self._return(own, self._candidates[0])
        self.trusts = self.trusts and bool(self._candidates)

    def _return(self, own: Work, latest: Work) -> None:
        """A sound is there again whose work went along to others: where nothing was done there, all is as it was left here."""
        if latest.line == own.line and latest.given is not None and latest.items == latest.given:
            way, held = self._way_of(latest, {}), self._held()
            way.exact = True
            self._push(way, {kind: own.items[kind] if kind in way.kinds else held[kind] for kind in self._holders}, "")
            self._candidates = []

    def _try(self, *, may_end: bool) -> None:
        """Place what can be placed by now.

        Args:
            may_end: whether it is known already what is searched or made of the sound.
        """
        speech = self._speech
        if speech is None:
            return
        olds = [work.outline for work in (self._candidates if self._way is None else [self._way.work])]
        if not self._searching.is_known(speech, olds, trusted=self.trusts):
            self._searching.look(speech, olds, trusted=self.trusts)
            return  # it is tried again when the search has ended
        new, has_come = self._outline_of(speech), may_end and not self.is_growing()
        ended = has_come and not self.is_searching()
        for work in self._candidates if self._way is None else ():
            places = self._places(work.outline, new)
            if places.is_same_line and (places.means != "ends" or ended):
                self._way = self._way_of(work, {} if self._key in self._works else self._held_here())
                self._line, self._candidates = work.line, []
                break
        if self._way is not None:
            is_part = has_come and self._places(self._way.work.outline, new).means == "lag"
            self._bring(self._way, speech, ended or is_part)
        if ended:
            self._conclude(speech)

    def _places(self, old: Outline, new: Outline) -> Places:
        """Of one sound in another; looked for once."""
        return self._searching.places(old, new, self.trusts)

    def _outline_of(self, speech: Speech) -> Outline:
        """Of a sound; looked at once."""
        return self._searching.outline(speech)

    def _conclude(self, speech: Speech) -> None:
        """No more of the sound will come."""
        asks, self._asks = self._asks and self._way is None and not speech.text, False
        left = self._works.get(self._left)
        if asks and left is not None:
            n = sum(len(items) for kind, items in left.items.items() if self._holders[kind].is_per_sound)
            if n:
                self.offered.emit(n)

    # -- what comes along

    def _way_of(self, work: Work, base: Items) -> Way:
        """Pieces that belong to no one sound come along where nobody changed them since."""
        kinds = {kind for kind, holder in self._holders.items() if holder.is_per_sound or holder.held() == work.items.get(kind, ())}
        full = {kind: base.get(kind, ()) if holder.is_per_sound else holder.held() for kind, holder in self._holders.items()}
        return Way(work, next(self._numbers), full, frozenset(kinds), put=self._held())

    def _bring(self, way: Way, speech: Speech, complete: bool) -> None:
        """Put in force what has its place by now, as a step."""
        found: dict[str, dict[object, Any]] = {kind: {} for kind in self._holders}
        conflicts: list[Conflict] = []
        new = self._outline_of(speech)
        for item in way.work.items.get("timing", ()) if complete else ():
            new = self._outline_of(as_heard(speech))
            heard = replace(item.heard, loud=way.work.outline.loud)
            timed = self._timing.place(item, self._places(heard, new))
            conflicts += [of_sound(each, heard.digest) for each in (timed.conflict,) if each is not None]
            if timed.item is not None:
                found["timing"][0], new = timed.item, timed.item.outline
        places = self._places(way.work.outline, new)
        for kind in way.kinds - {"conflict", "timing"}:
            for i, item in enumerate(way.work.items.get(kind, ())):
                placed = self._holders[kind].place(item, places)
                if placed.conflict is not None and not complete:
                    continue  # the rest of the line may have it
                if placed.item is not None:
                    found[kind][i] = placed.item
                if placed.conflict is not None:
                    conflicts.append(of_sound(placed.conflict, places.old.digest))
        conflicts += self._former_conflicts(way.work.items.get("conflict", ()), places, found)
        found["conflict"] = {each.id: each for each in conflicts}
        self._force(way, found)
        if complete and not way.settled:
            way.settled = True
            # there is always an emotion key at the start
            n = {self._holders[kind].words: len(each) - (kind == "emotion") for kind, each in found.items() if kind != "conflict" and each}
            if n or conflicts:
                self.came.emit(Brought(n, len(conflicts)))

    def _force(self, way: Way, found: Mapping[str, Mapping[object, Any]]) -> None:
        """Let the holders have what was placed."""
        held = self._held()
        after = {kind: self._with(kind, way, held[kind], found[kind]) for kind in self._holders}
        way.placed = {kind: set(each) for kind, each in found.items()}
        self._push(way, after, "Bring the edits along")

    def _with(self, kind: str, way: Way, held: tuple[Any, ...], found: Mapping[object, Any]) -> tuple[Any, ...]:
        """The pieces of a holder with those that were placed; what a hand did meanwhile stays."""
        if kind not in way.kinds:
            return held
        if kind == "timing":
            return tuple(found.values()) or held
        if held == way.put.get(kind, ()):
            return (*(way.base.get(kind, ()) if self._holders[kind].is_per_sound else ()), *found.values())
        return (*held, *(item for i, item in found.items() if i not in way.placed.get(kind, set())))

    def _former_conflicts(self, listed: Iterable[Conflict], places: Places, found: dict[str, dict[object, Any]]) -> list[Conflict]:
        """What had no place in the sound before either: perhaps its words are back."""
        kept = []
        for conflict in listed:
            holder, former = self._holders.get(conflict.kind), self._works.get(str(conflict.data.get(SOUND, "")))
            item = None if holder is None else holder.of_conflict(conflict)
            if holder is not None and item is not None and former is not None:
                placed = holder.place(item, Places(former.outline, places.new))
                if placed.item is not None and placed.conflict is None:
                    found[conflict.kind][conflict.id] = placed.item
                    continue
            kept.append(replace(conflict, at_s=round(places.moment(conflict.at_s), 3)))
        return kept

    def _push(self, way: Way, after: Items, text: str) -> None:
        before, key = self._held(), self._key
        way.put = after
        if before == after:
            return

        def put(items: Items) -> None:
            self._put(way, key, items, items is not before)

        self._undo.push(Step(put, before, after, text or "Bring the edits along", control=f"carry {way.number}"))
        way.put = self._held()

    def _put(self, way: Way, key: str, items: Items, is_brought: bool) -> None:
        while key in self._later:
            key = self._later[key]
        is_here = key == self._present_key()
        self._puts = True
        for kind, holder in self._holders.items():
            if (is_here and holder.held() != items[kind]) or (not is_here and holder.is_per_sound):
                holder.put(key, items[kind])
        self._puts = False
        if not is_here and key in self._works:
            self._works[key] = replace(self._works[key], items=items)
        self._given.pop(key, None)
        if is_brought:
            self._given[key] = items
        if is_here:
            self._line, self._way = (way.work.line, None if way.exact else way) if is_brought else (0, None)

    def _held(self) -> dict[str, tuple[Any, ...]]:
        return {kind: holder.held() for kind, holder in self._holders.items()}

    def _held_here(self) -> dict[str, tuple[Any, ...]]:
        """What belongs to the present sound alone."""
        return {kind: holder.held() for kind, holder in self._holders.items() if holder.is_per_sound}

    def _present_key(self) -> str:
        speech = self._state.speech
        return "" if speech is None else speech.audio.digest

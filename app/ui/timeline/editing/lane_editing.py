"""What the hand in the lanes does to words and phones: dragged edges snap, and everything is one step of the session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.core.speech import Phone, Word
from app.core.timing import changes
from app.core.timing.changes import Retimed, Timed
from app.session.adjust.timing import Timing
from app.session.base.playback import Playback
from app.session.base.workers import Workers
from app.session.motion.retiming import is_warped
from app.session.state import State
from app.ui.timeline.editing.naming import Naming
from app.ui.timeline.lanes.grips import SNAP_PX, Grip, Lane, SnapPoint, snapped
from app.ui.timeline.lanes.guide import Guide
from app.ui.timeline.lanes.phone_words import split_symbols
from app.ui.timeline.lanes.warp_row import paces_of
from app.ui.timeline.phone_strip import Heard
from app.ui.timeline.timeline import Timeline

#: jobs that find words and phones, which would put theirs in the place of those that are moved
FINDING = ("speech", "phones", "audio")
#: how long something is that is put in, where there is room
NEW_S = {"words": 0.3, "phones": 0.06}
#: edges nearer than this are one edge
_SAME_S = 1e-4


@dataclass
class _Held:
    """What is being moved.

    Attributes:
        grip: what was taken.
        from_s: where the mouse took it.
        base: words and phones before.
        points: what its edges can stand on.
        span_s: all that has changed since.
        by_s: how far keys have moved it.
    """

    grip: Grip
    from_s: float
    base: Timed
    points: tuple[SnapPoint, ...] = ()
    span_s: tuple[float, float] | None = None
    by_s: float = 0.0


class LaneEditing(QObject):
    """Between the lanes and the session's timing.

    Args:
        timeline: has the lanes.
        timing: the session's words and phones.
        state: has the sides that follow.
        playback: has the playhead and the in and out points.
        workers: run while words and phones are not known for good.
        back: the command that puts the timing back; it is offered while there is something to put back.
    """

    def __init__(
        self, timeline: Timeline, timing: Timing, *, state: State, playback: Playback, workers: Workers, back: QAction
    ) -> None:  # fmt: skip
        super().__init__(timeline)
        self._timeline, self._lanes = timeline, timeline.lanes
        self._timing, self._state, self._playback, self._workers = timing, state, playback, workers
        self._back = back
        self._held: _Held | None = None
        self._heard_of = Timed()
        self._heard: tuple[Heard, Heard] | None = None
        self.naming = Naming(timeline, timing)
        lanes = self._lanes
        lanes.taken.connect(self.take)
        lanes.dragged.connect(self.drag)
        lanes.dropped.connect(self.drop)
        lanes.nudge_ended.connect(self.drop)
        lanes.given_up.connect(self.give_up)
        lanes.nudged.connect(self.nudge)
        lanes.removed.connect(self.remove)
        lanes.name_wanted.connect(self.rename)
        lanes.cut.connect(self.cut)
        lanes.entered.connect(timing.edges_s)
        timing.changed.connect(self.show)
        for changed in (state.source_changed, state.sides_changed, state.motion_changed):
            changed.connect(self.show)
        workers.busy_changed.connect(self.show)
        workers.ended.connect(self.show)
        self.show()

    @property
    def timed(self) -> Timed:
        """Words and phones as they are now."""
        return self._timing.timed

    def show(self, *_: object) -> None:
        """Show whether words and phones can be moved, and what was changed."""
        timing = self._timing
        self._lanes.can_edit = not timing.why_not and not self._workers.running(*FINDING)
        self._back.setEnabled(timing.is_changed)
        if not timing.is_changed:
            self._timeline.set_heard(None)
            return
        if self._heard is None or self._heard_of != timing.heard:
            self._heard_of, self._heard = timing.heard, (Heard(timing.heard.words), Heard(timing.heard.phones))
        warp, sides = timing.warp(), self._warped_sides()
        self._timeline.set_heard(self._heard, paces_of(warp.heard_s, warp.now_s) if sides else (), sides)

    def _warped_sides(self) -> str:
        """The sides whose motion is warped to follow, in words; "" where all are made of the phones themselves."""
        sides = self._state.sides.values()
        names = [side.name for side in sides if side.own is not None and is_warped(side.spec, side.own)]
        if not names or len(sides) == 1:
            return "the motion" if names else ""
        return f"side {names[0]}" if len(names) == 1 else f"sides {', '.join(names[:-1])} and {names[-1]}"

    # -- moving

    def take(self, grip: Grip, from_s: float) -> None:
        """Something is taken by the mouse."""
        held = self._held = _Held(grip, from_s, self.timed)
        axis = self._timeline.axis
        held.points = tuple(point for point in self._points(held) if axis.start_s <= point.at_s <= axis.end_s)
        self._timing.begin(self._step_words(grip))

    def drag(self, t: float, free: bool) -> None:
        """It is where the mouse is, or on something near.

        Args:
            t: the time under the mouse in seconds.
            free: it snaps to nothing.
        """
        held = self._held
        if held is not None:
            by_s, point = t - held.from_s, None
            if not free:
                more_s, point = snapped([edge_s + by_s for edge_s in self._edges_of(held)], held.points, SNAP_PX * self._lanes.px_s)
                by_s += more_s
            self._shift(held, by_s, point)

    def drop(self) -> None:
        """It is let go: one step."""
        if self._held is not None:
            self._held = None
            self._timing.end()
            self._timeline.set_guide(None)

    def give_up(self) -> None:
        """It goes back to where it was."""
        if self._held is not None:
            self._held = None
            self._timing.cancel()
            self._timeline.set_guide(None)

    def nudge(self, grip: Grip, by_s: float) -> None:
        """Keys move it; all until the key is let go is one step."""
        if self._held is None or self._held.grip != grip:
            self.drop()
            self.take(grip, 0.0)
        held = self._held
        assert held is not None
        held.by_s = self._shift(held, held.by_s + by_s, None)

    def _shift(self, held: _Held, by_s: float, point: SnapPoint | None) -> float:
        """Move what is held by a time from where it was; how far it went."""
        grip, base, sound_s = held.grip, held.base, self._playback.duration_s
        was_s = self._edges_of(held)
        if grip.edge:
            made = changes.moved_edge(base, grip.lane, grip.index, grip.edge, was_s[0] + by_s, sound_s=sound_s)
        else:
            made = changes.moved(base, grip.lane, grip.index, by_s, sound_s=sound_s)
        low_s, high_s = made.span_s if held.span_s is None else held.span_s
        held.span_s = min(low_s, made.span_s[0]), max(high_s, made.span_s[1])
        self._timing.put(Retimed(made.timed, held.span_s))
        now = _row(made.timed, grip.lane)[grip.index]
        at_s = now.end_s if grip.edge == "end" else now.start_s
        went_s = at_s - was_s[0]
        stands = point is not None and abs(went_s - by_s) < _SAME_S
        if stands and point is not None:
            at_s = point.at_s
        words = f"{at_s:.3f} s  {went_s * 1000:+.0f} ms".replace("-", "−")
        self._timeline.set_guide(Guide(at_s, words, point.words if stands and point is not None else ""))
        return went_s

    def _edges_of(self, held: _Held) -> tuple[float, ...]:
        """The edges that are moved, where they were: one, or start and end."""
        each = _row(held.base, held.grip.lane)[held.grip.index]
        return {"": (each.start_s, each.end_s), "start": (each.start_s,), "end": (each.end_s,)}[held.grip.edge]

    def _points(self, held: _Held) -> Iterator[SnapPoint]:
        """What can be stood on: edges in the sound, the playhead, the loop, and edges of the other lane that stay."""
        yield from (SnapPoint(edge_s, "edge in the sound") for edge_s in self._timing.edges_s())
        yield SnapPoint(self._playback.now(), "playhead")
        for edge_s, words in zip(self._playback.loop or (), ("in point", "out point"), strict=False):
            yield SnapPoint(edge_s, words)
        lane: Lane = "phones" if held.grip.lane == "words" else "words"
        low_s, high_s = self._room(held)
        for each in _row(held.base, lane):
            for edge_s in (each.start_s, each.end_s):
                if not low_s + _SAME_S < edge_s < high_s - _SAME_S:
                    yield SnapPoint(edge_s, f"edge of a {lane[:-1]}")

    def _room(self, held: _Held) -> tuple[float, float]:
        """The stretch in which everything moves along: what is held, and the neighbours that give way."""
        row, index = _row(held.base, held.grip.lane), held.grip.index
        before, each, after = row[max(index - 1, 0)], row[index], row[min(index + 1, len(row) - 1)]
        return min(before.start_s, each.start_s), max(after.end_s, each.end_s)

    # -- other words and phones

    def rename(self, grip: Grip) -> None:
        """Ask for another name."""
        self.naming.ask(grip)

    def remove(self, grip: Grip) -> None:
        """It is not spoken."""
        each = self._of(grip)
        self._timing.apply(f"Take out {self._called(grip)}", changes.removed(self.timed, grip.lane, grip.index))
        self._lanes.choose_at(grip.lane, (each.start_s + each.end_s) / 2)

    def split(self, grip: Grip, at_s: float) -> None:
        """Two are spoken; a time outside means the middle. How a word is parted is asked."""
        each = self._of(grip)
        if not each.start_s < at_s < each.end_s:
            at_s = (each.start_s + each.end_s) / 2
        if isinstance(each, Word):
            self.naming.ask_parts(grip, at_s)
        else:
            made = changes.split(self.timed, "phones", grip.index, at_s, split_symbols(each.symbol))
            self._timing.apply(f"Split {self._called(grip)}", made)

    def can_join(self, grip: Grip) -> bool:
        """Whether there is a next one."""
        row = _row(self.timed, grip.lane)
        return grip.index + 1 < len(row) and not (isinstance(after := row[grip.index + 1], Phone) and after.is_silence)

    def join(self, grip: Grip) -> None:
        """It and the next one are one."""
        if self.can_join(grip):
            made = changes.joined(self.timed, grip.lane, grip.index)
            self._timing.apply(f"Join {self._called(grip)} with the next", made)
            self._lanes.choose(Grip(grip.lane, grip.index))

    def insert(self, lane: Lane, at_s: float) -> None:
        """Something else is spoken at a time: what, is asked."""
        half_s = NEW_S[lane] / 2
        start_s, end_s = at_s - half_s, at_s + half_s
        if lane == "words":
            start_s = max([start_s, *(word.end_s for word in self.timed.words if word.end_s <= at_s)])
            end_s = min([end_s, *(word.start_s for word in self.timed.words if word.start_s >= at_s)])
        self.naming.ask_new(lane, max(start_s, 0.0), min(end_s, self._playback.duration_s))

    def cut(self, grip: Grip | None, lane: Lane, at_s: float) -> None:
        """Alt and a click: split, at an edge join, in the void put in."""
        if grip is None:
            self.insert(lane, at_s)
        elif not grip.edge:
            self.split(grip, at_s)
        elif grip.edge == "end" or grip.index:
            self.join(Grip(lane, grip.index - (grip.edge == "start")))

    # -- words

    def _of(self, grip: Grip) -> Word | Phone:
        return _row(self.timed, grip.lane)[grip.index]

    def _called(self, grip: Grip) -> str:
        each = self._of(grip)
        return f"“{each.text}”" if isinstance(each, Word) else each.symbol

    def _step_words(self, grip: Grip) -> str:
        return f"Move {f'the {grip.edge} of ' if grip.edge else ''}{self._called(grip)}"


def _row(timed: Timed, lane: Lane) -> tuple[Word, ...] | tuple[Phone, ...]:
    return timed.words if lane == "words" else timed.phones

"""Work on the marked stretch: boxes, edges that are dragged, content that is slowed, quickened or slid, and all of it typed as numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject

from app.core.curve_edits import DRAWN, SHORTEST_S, CurveEdit, retimed_spans, retiming
from app.core.errors import TimecodeError
from app.core.frame_grid import typed_length, typed_time
from app.session.adjust.edits import CurveEdits
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.review.counting import Counting
from app.session.state import State
from app.ui.curves.curve_editing import CurveEditing
from app.ui.curves.curves import CurvesPanel
from app.ui.curves.mark_numbers import Field, MarkNumbers

Span = tuple[float, float]
#: ends that are nearer, in seconds, are the same
_SAME_S = 1e-4
NOTHING = "Mark a stretch of the curves first: hold Shift and drag over them."
TOO_SHORT = "The stretch must be longer than two frames; type a longer one, or a later end."


@dataclass(frozen=True)
class _Pull:
    """What is being retimed, as it was when the hand took it.

    Attributes:
        side: whose.
        edits: the list before.
        row: the edit that is changed, or the list's length for a new one.
        channels: of the edit.
        was_s: where what is retimed was made, on the source's own time line.
        gesture: all changes of one are one step.
    """

    side: str
    edits: tuple[CurveEdit, ...]
    row: int
    channels: tuple[str, ...]
    was_s: Span
    gesture: str


class Stretching(QObject):
    """Marks by hand and by numbers, and retimes.

    Args:
        editing: has the mark.
        curves: shapes are picked there.
        numbers: fields of the mark.
        state: whose side on show is worked on.
        edits: the lists of the sides.
        counting: frames that times snap to.
        playback: how long the clip is.
        messages: told what cannot be done.
    """

    def __init__(
        self, editing: CurveEditing, curves: CurvesPanel, numbers: MarkNumbers, *, state: State, edits: CurveEdits, counting: Counting,
        playback: Playback, messages: Messages,
    ) -> None:  # fmt: skip
        super().__init__(curves)
        self._editing, self._curves, self._numbers = editing, curves, numbers
        self._state, self._edits, self._counting, self._playback, self._messages = state, edits, counting, playback, messages
        self._gestures = itertools.count(1)
        self._pull: _Pull | None = None
        self._edge = ""
        for marks in curves.marks:
            marks.ranged.connect(self.mark)
            marks.boxed.connect(self.box)
            marks.edged.connect(self.drag_edge)
            marks.pulled.connect(self.pull)
        numbers.typed.connect(self.type)
        for changed in (editing.mark_changed, counting.changed, counting.snaps_changed):
            changed.connect(self.show_numbers)

    @property
    def commands(self) -> dict[str, Callable[..., object]]:
        """What the window's commands of the mark do."""
        return {
            "mark_all": self.mark_all, "snap": self._counting.set_snaps, "slide_later": partial(self.slide, 1),
            "slide_earlier": partial(self.slide, -1), "stretch_longer": partial(self.stretch, 1),
            "stretch_shorter": partial(self.stretch, -1),
        }  # fmt: skip

    # -- marking

    def mark(self, start_s: float, end_s: float) -> None:
        """Mark a stretch, on frames while times snap; none when both ends are the same."""
        self._editing.mark(*(self._counting.grid.stretch(start_s, end_s) if end_s > start_s else (0.0, 0.0)))

    def box(self, start_s: float, end_s: float, channels: tuple[str, ...], adds: bool) -> None:
        """Mark a stretch and pick the shapes of some lanes.

        Args:
            start_s: of the box.
            end_s: of the box.
            channels: of the lanes that it touches.
            adds: to what is picked already.
        """
        self._curves.pick([*self._curves.picked, *channels] if adds else channels)
        self.mark(start_s, end_s)

    def mark_all(self) -> None:
        """Mark all of the clip, and with it all shapes."""
        if self._playback.duration_s > 0:
            self._curves.clear_picks()
            self._editing.mark(0.0, self._playback.duration_s)

    def leave(self) -> bool:
        """Give up what is marked and picked; whether there was anything."""
        was = self._editing.marked is not None or bool(self._curves.picked)
        if was:
            self._editing.unmark()
            self._curves.clear_picks()
        return was

    def drag_edge(self, start_s: float, end_s: float, goes_on: bool) -> None:
        """Let the mark begin or end elsewhere; while it is that of the chosen edit, this too.

        Args:
            start_s: where it is to begin.
            end_s: where it is to end.
            goes_on: the hand still holds it.
        """
        was = self._editing.marked
        if was is None:
            return
        start_s, end_s = self._settled(was, (start_s, end_s))
        row, side = self._chosen_row, self._state.shown
        if row >= 0 or self._edge:
            self._edge = self._edge or f"edge {next(self._gestures)}"
            edits, moved_s = list(self._edits.of(side)), self._editing.moved_s
            row = max(row, self._editing.row)
            edits[row] = replace(edits[row], start_s=start_s - moved_s, end_s=end_s - moved_s)
            self._edits.put(side, edits, "Move edit of curves", self._edge)
        self._editing.mark(start_s, end_s)
        if not goes_on:
            self._edge = ""

    # -- retiming

    def pull(self, was_s: Span, now_s: Span, goes_on: bool) -> None:
        """Take what is marked along to another place and length.

        Args:
            was_s: what was marked when the hand took it, on the time line that is shown.
            now_s: where it is to be.
            goes_on: the hand still holds it.
        """
        if self._editing.marked is None:
            self._messages.tell(NOTHING)
            return
        pull = self._pull = self._pull or self._begin(was_s)
        moved_s = self._editing.moved_s
        start_s, end_s = self._settled(was_s, now_s)
        made = retiming(pull.channels, pull.was_s, (start_s - moved_s, end_s - moved_s))
        former = pull.edits[pull.row] if pull.row < len(pull.edits) else made
        made = replace(former, start_s=made.start_s, end_s=made.end_s, amount=made.amount, values=made.values)
        self._edits.put(pull.side, (*pull.edits[: pull.row], made, *pull.edits[pull.row + 1 :]), "Retime curves", pull.gesture)
        first_s, last_s = retimed_spans(made)[1]
        self._editing.mark(first_s + moved_s, last_s + moved_s)
        if not goes_on:
            self._pull = None

    def slide(self, frames: int) -> None:
        """Let what is marked come so many frames later."""
        self._step(frames, frames)

    def stretch(self, frames: int) -> None:
        """Let what is marked last so many frames longer."""
        self._step(0, frames)

    def _step(self, start_frames: int, end_frames: int) -> None:
        marked, step_s = self._editing.marked, self._counting.grid.step_s
        if marked is None:
            self._messages.tell(NOTHING)
            return
        self.pull(marked, (marked[0] + start_frames * step_s, marked[1] + end_frames * step_s), False)

    def _begin(self, was_s: Span) -> _Pull:
        """The retiming that made the mark what it is goes on; else a new one begins."""
        side, moved_s, gesture = self._state.shown, self._editing.moved_s, f"retime {next(self._gestures)}"
        edits, row = self._edits.of(side), self._editing.row
        if 0 <= row < len(edits) and edits[row].kind == "retime":
            before_s, after_s = retimed_spans(edits[row])
            if _is_same(after_s, (was_s[0] - moved_s, was_s[1] - moved_s)):
                return _Pull(side, edits, row, edits[row].channels, before_s, gesture)
        own_s = was_s[0] - moved_s, was_s[1] - moved_s
        return _Pull(side, edits, len(edits), tuple(self._curves.picked), own_s, gesture)

    # -- numbers

    def type(self, field: Field, text: str) -> None:
        """Take a typed number; one that is none is told, and the field shows what is in force again.

        Args:
            field: which.
            text: as typed, with or without a unit.
        """
        marked = self._editing.marked
        if marked is None:
            return
        try:
            now_s = self._typed(field, text, marked)
        except TimecodeError as error:
            self._messages.fail(str(error))
            self.show_numbers()
            return
        if now_s[1] - now_s[0] < SHORTEST_S:
            self._messages.tell(TOO_SHORT)
        elif field in ("to", "by"):
            if not _is_same(marked, now_s):
                self.pull(marked, now_s, False)
        else:
            self.drag_edge(*now_s, False)
        self.show_numbers()

    def _typed(self, field: Field, text: str, marked: Span) -> Span:
        """Where the stretch is to be."""
        clip, unit = self._counting.clip, self._numbers.unit
        start_s, end_s = marked
        if field == "start":
            return typed_time(text, clip, unit, start_s), end_s
        if field == "end":
            return start_s, typed_time(text, clip, unit, end_s)
        length_s = typed_length(text, clip, unit)
        if field == "by":
            return start_s + length_s, end_s + length_s
        # a sign is a change of the length
        return start_s, (end_s if text.strip()[:1] in ("+", "-", "−") else start_s) + length_s

    def show_numbers(self, *_: object) -> None:
        """Write what is marked into the fields."""
        self._numbers.show_marked(self._editing.marked, self._counting.grid)

    # -- inside

    @property
    def _chosen_row(self) -> int:
        """The edit whose stretch is marked, and may be another one; -1 for none."""
        edits, row, marked = self._edits.of(self._state.shown), self._editing.row, self._editing.marked
        if marked is None or not 0 <= row < len(edits):
            return -1
        edit, moved_s = edits[row], self._editing.moved_s
        if edit.kind == "retime" or edit.kind in DRAWN:
            return -1
        return row if _is_same((edit.start_s + moved_s, edit.end_s + moved_s), marked) else -1

    def _settled(self, was_s: Span, now_s: Span) -> Span:
        """A stretch on frames while times snap, of the length it had where all of it moved, and never too short."""
        grid = self._counting.grid
        (start_s, end_s), length_s = now_s, was_s[1] - was_s[0]
        moves = abs(start_s - was_s[0]) > _SAME_S, abs(end_s - was_s[1]) > _SAME_S
        if all(moves) and abs(end_s - start_s - length_s) < _SAME_S:
            start_s = grid.snapped(start_s)
            return start_s, start_s + length_s
        shortest_s = max(SHORTEST_S, grid.step_s if grid.on else 0.0)
        if moves[1]:
            return start_s, max(grid.snapped(end_s), start_s + shortest_s)
        return (min(grid.snapped(start_s), end_s - shortest_s), end_s) if moves[0] else now_s


def _is_same(a: Span, b: Span) -> bool:
    return abs(a[0] - b[0]) < _SAME_S and abs(a[1] - b[1]) < _SAME_S

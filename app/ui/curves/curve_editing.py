"""Editing curves by hand: from the stretch that is marked over them to the session's list of edits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core.arkit import MOUTH_CHANNELS
from app.core.curve_edits import AMOUNTS, CurveEdit, EditKind, retimed_spans, retiming
from app.session.adjust.edits import CurveEdits
from app.session.adjust.tunings import Tunings
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.side import Side
from app.session.compare.side_rigs import SideRigs
from app.session.state import State
from app.ui.curves.curve_layers import CurveLayers
from app.ui.curves.curves import CurvesPanel
from app.ui.curves.edit_bar import EditBar, shapes_text
from app.ui.curves.stages import StageTracks


class CurveEditing(QObject):
    """Marks stretches, edits them, and says what the mesh makes of it.

    Args:
        curves: over which stretches are marked.
        bar: the panel of edits.
        layers: which stage the curves show.
        stages: the motion after every stage.
        state: whose side on show is edited.
        edits: the lists of the sides.
        tunings: have moved the curves.
        playback: its loop can be marked.
        side_rigs: bodies of the sides.
        messages: told what cannot be done.
    """

    #: a stretch was marked: its panel is wanted
    wanted = Signal()
    #: another stretch is marked, or none
    mark_changed = Signal()
    #: how many edits the side on show has
    counted = Signal(int)

    def __init__(
        self, curves: CurvesPanel, bar: EditBar, layers: CurveLayers, stages: StageTracks, *, state: State, edits: CurveEdits,
        tunings: Tunings, playback: Playback, side_rigs: SideRigs, messages: Messages,
    ) -> None:  # fmt: skip
        super().__init__(curves)
        self._curves, self._bar, self._layers, self._stages = curves, bar, layers, stages
        self._state, self._edits, self._tunings, self._playback = state, edits, tunings, playback
        self._side_rigs, self._messages = side_rigs, messages
        #: the marked stretch on the time line that is shown, in seconds
        self.marked: tuple[float, float] | None = None

    @property
    def row(self) -> int:
        """The edit that is chosen in the list, -1 for none."""
        return self._bar.list.currentRow()

    @property
    def moved_s(self) -> float:
        """By how much the curves on show are later than the source's own time line: the A/V offset, where it has acted."""
        return self._tunings.of(self._state.shown).offset_ms / 1e3 if self._layers.stage in ("tuned", "sent") else 0.0

    # -- what the user does

    def mark(self, start_s: float, end_s: float) -> None:
        """Mark a stretch of the time line on show; none when both ends are the same."""
        self.marked = (start_s, end_s) if end_s > start_s else None
        self._curves.set_range(self.marked)
        self.describe()
        self.mark_changed.emit()
        if self.marked is not None:
            self.wanted.emit()

    def unmark(self) -> None:
        """Give the marked stretch up."""
        self.mark(0.0, 0.0)

    def mark_loop(self) -> None:
        """Mark the stretch between the in and out points."""
        loop = self._playback.loop
        if loop is None:
            self._messages.tell("Set the in and out points first ([ and ]), or drag over the curves with Shift held.")
        else:
            self.mark(*loop)

    def apply(self, kind: EditKind) -> None:
        """Edit the marked stretch of the picked shapes, or of all when none is picked, by the usual amount."""
        if self.marked is None:
            return
        start_s, end_s = (t - self.moved_s for t in self.marked)
        edit = CurveEdit(kind, tuple(self._curves.picked), start_s, end_s, AMOUNTS[kind][2])
        if not self._edits.add(self._state.shown, edit):
            self._messages.tell("The marked stretch is shorter than two frames; mark a longer one.")

    def change(self, row: int, field: str, value: float, gesture: int) -> None:
        """Change a number of an edit in the list; changes of one gesture are one step."""
        edits = self._state.shown_side.edits
        if field == "edge_ms" and 0 <= row < len(edits) and edits[row].kind == "keys":
            # the edges of keys lie outside of them
            wider = replace(edits[row], edge_ms=value)
            changed = (*edits[:row], wider.with_curves(wider.curves), *edits[row + 1 :])
            self._edits.put(self._state.shown, changed, "Keys curves", f"{row} {field} {gesture}")
        elif field == "amount" and 0 <= row < len(edits) and edits[row].kind == "retime":
            self._lengthen(row, edits[row], value, f"{field} {gesture}")
        else:
            self._edits.change(self._state.shown, row, f"{field} {gesture}", **{field: value})

    def _lengthen(self, row: int, edit: CurveEdit, factor: float, control: str) -> None:
        """Make a retimed stretch another number of times as long, from where it begins now; its neighbours give way anew."""
        was_s, now_s = retimed_spans(edit)
        made = retiming(edit.channels, was_s, (now_s[0], now_s[0] + factor * (was_s[1] - was_s[0])))
        fields: dict[str, Any] = {name: getattr(made, name) for name in ("start_s", "end_s", "amount", "values")}
        self._edits.change(self._state.shown, row, control, **fields)
        self.choose(row)

    def remove(self, row: int) -> None:
        """Take an edit out of the list, and with it what was done together with it."""
        edits = self._state.shown_side.edits
        if 0 <= row < len(edits) and edits[row].group:
            self._edits.remove_group(self._state.shown, edits[row].group)
        else:
            self._edits.remove(self._state.shown, row)

    def clear(self) -> None:
        """Take all edits of the side on show out."""
        self._edits.clear(self._state.shown)

    def choose(self, row: int) -> None:
        """Show what an edit of the list acts on."""
        edits = self._state.shown_side.edits
        if 0 <= row < len(edits):
            edit = edits[row]
            start_s, end_s = retimed_spans(edit)[1] if edit.kind == "retime" else (edit.start_s, edit.end_s)
            self._curves.pick(edit.channels)
            self.mark(start_s + self.moved_s, end_s + self.moved_s)

    # -- what is shown

    def show(self, *_: object) -> None:
        """List the edits of the side on show."""
        edits = self._state.shown_side.edits
        self._bar.set_edits(edits)
        self.counted.emit(len(edits))

    def motion_changed(self, name: str) -> None:
        """A side's motion changed: its edits may have, and what arrives at the mesh."""
        if name != self._state.shown:
            return
        if self._bar.edits != self._state.shown_side.edits:
            self.show()
        if self._layers.stage == "sent":
            self.remark()

    def remark(self) -> None:
        """Beside the enlarged curves of what the mesh gets: why it gets less than the source made."""
        picked = tuple(self._curves.picked) if self._layers.stage == "sent" else ()
        self._curves.large.plot.set_remarks(self._stages.reasons(self._state.shown_side, picked))

    def rig_changed(self, *_: object) -> None:
        """Another avatar, or other corrections of it, change what reaches the mesh."""
        self.remark()
        self.describe()

    def why_still(self, channel: str) -> str:
        """One sentence on a shape that moves less, or not at all, on the face; "" when all of its motion arrives."""
        return self._stages.reasons(self._state.shown_side, (channel,))[channel]

    def describe(self) -> None:
        """Say what is marked, and whether the avatar can show an edit of it."""
        if self.marked is None:
            self._bar.set_marked("")
            return
        picked = tuple(self._curves.picked)
        self._bar.set_marked(
            f"{self.marked[0]:.2f}-{self.marked[1]:.2f} s, {shapes_text(picked)}", self._caution(self._state.shown_side, picked)
        )

    def caution_of_visemes(self, channels: Iterable[str]) -> str:
        """One sentence where visemes move the mouth of the avatar, so that some of these shapes are not seen on it; else ""."""
        side = self._state.shown_side
        rig = self._side_rigs.of(side.name) or self._state.rig
        by_visemes = rig is not None and rig.has_visemes and side.tuned is not None and side.tuned.visemes is not None
        if not by_visemes or not MOUTH_CHANNELS.intersection(channels):
            return ""
        return "Visemes move this avatar's mouth, not its shapes; to see the mouth follow, set View, Rig corrections, Mouth by shapes."

    def _caution(self, side: Side, picked: tuple[str, ...]) -> str:
        rig = self._side_rigs.of(side.name) or self._state.rig
        if rig is None:
            return ""
        by_visemes = rig.has_visemes and side.tuned is not None and side.tuned.visemes is not None
        if by_visemes and set(rig.arkit_missing) >= MOUTH_CHANNELS and set(picked) & MOUTH_CHANNELS:
            return "This avatar's mouth has visemes only, so edit all shapes (Show all)."
        if by_visemes and set(picked) & MOUTH_CHANNELS:
            return "This avatar's mouth moves by visemes: edit all shapes (Show all), or set View, Rig corrections, Mouth by shapes."
        return ""

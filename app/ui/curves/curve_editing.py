"""Editing curves by hand: from the stretch that is marked over them to the session's list of edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core.arkit import MOUTH_CHANNELS
from app.core.curve_edits import AMOUNTS, CurveEdit, EditKind
from app.ui.curves.edit_bar import EditBar, shapes_text
from app.ui.curves.stages import reasons, rig_of, why_still
from app.ui.timeline.sound_strip import SoundStrip

if TYPE_CHECKING:
    from app.session.base.side import Side
    from app.ui.window.main_window import MainWindow


class CurveEditing(QObject):
    """The panel of edits, the sound under the curves, and what they do.

    Args:
        window: with its curves and the layers over them.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        #: the marked stretch on the time line that is shown, in seconds
        self.marked: tuple[float, float] | None = None
        self.bar = EditBar()
        names, bar = window.curves.all.names.width(), window.curves.all.bar.sizeHint().width()
        self.strip = SoundStrip(window.axis, names, bar)
        window.curves.add_foot(self.strip)
        window.studio.tools.addTab(self.bar, "Edits")
        self._connect()
        self._show_edits()

    def _connect(self) -> None:
        window, session, bar = self._window, self._session, self.bar
        window.curves.ranged.connect(self.mark)
        window.curves.picks_changed.connect(self._write)
        window.curves.picks_changed.connect(self._remark)
        window.studio.layers.changed.connect(self._remark)
        window.studio.layers.changed.connect(window.loop.mark_dirty)
        window.curves.set_explanation(lambda channel: why_still(session, session.state.shown_side, channel))
        self.strip.scrubbed.connect(window.curves.scrubbed)
        window.loop.time_shown.connect(self.strip.set_time)
        session.state.speech_changed.connect(lambda _: self.strip.set_speech(session.state.speech, session.state.peaks))
        session.edits.changed.connect(self._show_edits)
        session.state.source_changed.connect(lambda *_: self._show_edits())
        session.state.motion_changed.connect(self._shown_changed)
        session.state.shown_changed.connect(self._shown_changed)
        session.state.sides_changed.connect(self._show_edits)
        session.comparing.side_rigs.corrected.connect(self._avatar_changed)
        session.state.avatar_changed.connect(lambda _: self._avatar_changed())
        session.life.changed.connect(self._avatar_changed)
        window.loop.values_at = window.studio.layers.values_at
        bar.wanted.connect(self.apply)
        bar.changed.connect(
            lambda i, field, value, gesture: session.edits.change(session.state.shown, i, f"{field} {gesture}", **{field: value})
        )
        bar.removed.connect(lambda i: session.edits.remove(session.state.shown, i))
        bar.cleared.connect(lambda: session.edits.clear(session.state.shown))
        bar.chosen.connect(self._choose)
        bar.dropped.connect(lambda: self.mark(0.0, 0.0))

    @property
    def _slot(self) -> Side:
        return self._session.state.shown_side

    @property
    def _moved_s(self) -> float:
        """By how much the curves on show are later than the source's own time line: the A/V offset, where it has acted."""
        stage = self._window.studio.layers.stage
        return self._session.tunings.of(self._session.state.shown).offset_ms / 1e3 if stage in ("tuned", "sent") else 0.0

    # -- what the user does

    def mark(self, start_s: float, end_s: float) -> None:
        """Mark a stretch of the time line on show; none when both ends are the same."""
        self.marked = (start_s, end_s) if end_s > start_s else None
        self._window.curves.set_range(self.marked)
        self._write()
        if self.marked is not None:
            self._window.studio.show_tools(True)
            self._window.studio.tools.setCurrentWidget(self.bar)

    def mark_loop(self) -> None:
        """Mark the stretch between the in and out points."""
        loop = self._session.playback.loop
        if loop is None:
            self._session.messages.tell("Set the in and out points first ([ and ]), or drag over the curves with Shift held.")
        else:
            self.mark(*loop)

    def apply(self, kind: EditKind) -> None:
        """Edit the marked stretch of the picked shapes, or of all when none is picked, by the usual amount."""
        if self.marked is None:
            return
        channels = tuple(self._window.curves.picked)
        start_s, end_s = (t - self._moved_s for t in self.marked)
        edit = CurveEdit(kind, channels, start_s, end_s, AMOUNTS[kind][2])
        if not self._session.edits.add(self._session.state.shown, edit):
            self._session.messages.tell("The marked stretch is shorter than two frames; mark a longer one.")

    def _choose(self, row: int) -> None:
        """Show what an edit of the list acts on."""
        edits = self._slot.edits
        if 0 <= row < len(edits):
            edit = edits[row]
            self._window.curves.pick(edit.channels)
            self.mark(edit.start_s + self._moved_s, edit.end_s + self._moved_s)

    # -- what is shown

    def _shown_changed(self, slot: str) -> None:
        if slot == self._session.state.shown and self.bar.edits != self._slot.edits:
            self._show_edits()
        if slot == self._session.state.shown and self._window.studio.layers.stage == "sent":
            self._remark()

    def _remark(self) -> None:
        """Beside the enlarged curves of what the mesh gets: why it gets less than the source made."""
        plain = self._window.studio.layers.stage != "sent"
        picked = () if plain else tuple(self._window.curves.picked)
        self._window.curves.large.plot.set_remarks(reasons(self._session, self._slot, picked))

    def _avatar_changed(self) -> None:
        """Another avatar, or other corrections of it, change what reaches the mesh."""
        layers = self._window.studio.layers
        if layers.stage == "sent":
            layers.changed.emit()
        self._remark()
        self._write()

    def _show_edits(self) -> None:
        edits, tools = self._slot.edits, self._window.studio.tools
        self.bar.set_edits(edits)
        tools.setTabText(tools.indexOf(self.bar), f"Edits ({len(edits)})" if edits else "Edits")

    def _write(self) -> None:
        """Say what is marked, and whether the avatar can show an edit of it."""
        if self.marked is None:
            self.bar.set_marked("")
            return
        picked = tuple(self._window.curves.picked)
        self.bar.set_marked(f"{self.marked[0]:.2f}-{self.marked[1]:.2f} s, {shapes_text(picked)}", self._caution(picked))

    def _caution(self, picked: tuple[str, ...]) -> str:
        slot = self._slot
        rig = rig_of(self._session, slot)
        if rig is None:
            return ""
        by_visemes = rig.has_visemes and slot.tuned is not None and slot.tuned.visemes is not None
        if by_visemes and set(rig.arkit_missing) >= MOUTH_CHANNELS and set(picked) & MOUTH_CHANNELS:
            return "This avatar's mouth has visemes only, so edit all shapes (Show all)."
        if by_visemes and set(picked) & MOUTH_CHANNELS:
            return "This avatar's mouth moves by visemes: edit all shapes (Show all), or set View, Rig corrections, Mouth by shapes."
        return ""

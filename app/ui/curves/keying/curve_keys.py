"""Keys by mouse and keyboard on the enlarged curves: set, dragged, shaped, nudged and taken out, each gesture one step."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.core.arkit import ARKIT_INDEX
from app.core.edits.keyed import Tangent, slopes_of
from app.core.edits.keying import (
    Edits,
    KeyPlace,
    key_at,
    keys_joined,
    keys_moved,
    keys_of,
    keys_parted,
    keys_removed,
    keys_set,
    keys_shaped,
    slope_pulled,
)  # fmt: skip
from app.session.adjust.edits import CurveEdits
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.state import State
from app.ui.curves.curve_editing import CurveEditing
from app.ui.curves.curve_layers import CurveLayers
from app.ui.curves.curves import CurvesPanel
from app.ui.curves.keying.key_marks import BEFORE, REACH_PX, KeyMark, KeyMarks
from app.ui.curves.lanes import NO_ANGLES, Row

#: stages on whose curves the keys lie
_STAGES = ("edited", "tuned", "sent")
#: a press that moves less is a click, in logical pixels
_CLICK_PX = 3.0
#: how much a weight is nudged, and with Shift
NUDGE, FAR_NUDGE = 0.01, 0.1
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
_TANGENTS: dict[Tangent, str] = {"auto": "Automatic tangents", "flat": "Flat tangents", "linear": "Linear tangents"}
_NO_PICK = "Pick a curve first: click it, and it is enlarged."


@dataclass(frozen=True)
class _Grab:
    """What the mouse holds.

    Attributes:
        at: where it was pressed.
        mark: the key.
        handle: BEFORE or AFTER for a handle, 0 for the key.
        side: whose edits.
        before: its edits when it was pressed.
        gesture: joins the changes of this drag to one step.
    """

    at: QPointF
    mark: KeyMark
    handle: int
    side: str
    before: Edits
    gesture: str


class CurveKeys(QObject):
    """Stands between the enlarged curves and the list of edits.

    Args:
        curves: on whose enlarged curves keys are.
        layers: which stage the curves show.
        editing: knows how far the A/V offset has moved them.
        state: whose side on show is edited.
        edits: the lists of the sides.
        playback: has the cursor.
        messages: told what cannot be done.
    """

    def __init__(
        self, curves: CurvesPanel, layers: CurveLayers, editing: CurveEditing, *, state: State, edits: CurveEdits, playback: Playback,
        messages: Messages,
    ) -> None:  # fmt: skip
        super().__init__(curves)
        self._curves, self._layers, self._editing = curves, layers, editing
        self._state, self._edits, self._playback, self._messages = state, edits, playback, messages
        self._plot = curves.large.plot
        self.marks = KeyMarks(self._plot)
        #: the keys that are chosen
        self.chosen: frozenset[KeyPlace] = frozenset()
        self._grab: _Grab | None = None
        self._gestures = itertools.count()
        self._warned: object = None
        self._plot.installEventFilter(self)
        # asked for once: while a window is being taken down, its plot cannot be asked any more
        self._viewport = self._plot.viewport()
        self._viewport.installEventFilter(self)

    # -- what is shown

    def refresh(self, *_: object) -> None:
        """Show the keys of the picked shapes of the side on show."""
        edits, shown = self._state.shown_side.edits, self._layers.stage in _STAGES
        self.chosen = frozenset(place for place in self.chosen if key_at(edits, place) is not None and place.channel in self._curves.picked)
        marks = tuple(mark for channel in self._curves.picked for mark in _marks_of(edits, channel)) if shown else ()
        self.marks.show_keys(marks, self.chosen, self._editing.moved_s)

    def choose(self, places: Iterable[KeyPlace]) -> None:
        """Let just these keys be chosen."""
        self.chosen = frozenset(places)
        self.refresh()

    def choose_all(self) -> None:
        """Choose all keys of the picked shapes."""
        self.choose(mark.place for mark in self.marks.marks)

    # -- what the user does

    def tap(self) -> None:
        """K was tapped: a key, where the curves have the keyboard."""
        focus = QApplication.focusWidget()
        if focus is not None and self._curves.isAncestorOf(focus) and self._curves.picked:
            self.set_here()

    def set_here(self) -> None:
        """Set a key at the cursor on every picked shape, at its present weight."""
        motion = self._state.shown_side.tuned
        if not self._curves.picked or motion is None:
            self._messages.tell(_NO_PICK if motion is not None else "Nothing moves yet: speak a line or open a recording first.")
            return
        if self._curves.only_angles:
            self._messages.tell(NO_ANGLES)
            return
        time_s = self._snapped(self._playback.now() - self._editing.moved_s)
        weights = motion.arkit.sample(time_s + self._editing.moved_s)
        self._set({channel: float(weights[ARKIT_INDEX[channel]]) for channel in self._curves.picked_shapes}, time_s)

    def remove(self) -> None:
        """Take the chosen keys out."""
        if self.chosen:
            made, self.chosen = keys_removed(self._state.shown_side.edits, self.chosen), frozenset()
            self._edits.put(self._state.shown, made, "Delete keys")

    def nudge(self, frames: int, weight: float) -> None:
        """Move the chosen keys by frames and by a weight; nudges in quick succession are one step."""
        edits, step_s = self._state.shown_side.edits, 1.0 / self._fps
        made = keys_moved(edits, self.chosen, frames * step_s, weight, step_s)
        self._edits.put(self._state.shown, made, "Move keys", "nudge keys", patient=False)

    def shape(self, how: Tangent) -> None:
        """Give the chosen keys automatic, flat or linear slopes."""
        self._edits.put(self._state.shown, keys_shaped(self._state.shown_side.edits, self.chosen, how), _TANGENTS[how])

    def part(self) -> None:
        """Let the motion through between the chosen key and the next one."""
        if self.chosen:
            made = keys_parted(self._state.shown_side.edits, min(self.chosen))
            self._edits.put(self._state.shown, made, "Part the curve of keys")

    def join(self) -> None:
        """Draw the curve of the chosen key on to the next keys of its shape."""
        if self.chosen:
            made, self.chosen = keys_joined(self._state.shown_side.edits, max(self.chosen)), frozenset()
            self._edits.put(self._state.shown, made, "Join keys")

    def menu(self) -> QMenu:
        """What can be done with the chosen keys."""
        menu = QMenu(self._plot)
        for how, words in _TANGENTS.items():
            menu.addAction(words).triggered.connect(partial(self.shape, how))
        menu.addSeparator()
        menu.addAction("Let the motion through to the next key").triggered.connect(self.part)
        menu.addAction("Draw on to the next keys").triggered.connect(self.join)
        menu.addSeparator()
        menu.addAction("Delete keys\tDel").triggered.connect(self.remove)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    # -- inside

    @property
    def _fps(self) -> float:
        raw = self._state.shown_side.raw
        return 60.0 if raw is None else raw.arkit.fps

    def _snapped(self, time_s: float) -> float:
        """The nearest frame of the motion."""
        raw = self._state.shown_side.raw
        start_s = 0.0 if raw is None else raw.arkit.start_s
        return start_s + max(round((time_s - start_s) * self._fps), 0) / self._fps

    def _set(self, values: dict[str, float], time_s: float) -> None:
        made, places = keys_set(self._state.shown_side.edits, values, time_s, 1.0 / self._fps)
        self._edits.put(self._state.shown, made, "Set key" if len(values) == 1 else "Set keys")
        self.choose(places)
        self._warn(values)

    def _warn(self, channels: Iterable[str]) -> None:
        """Say once for every avatar that its mouth does not follow."""
        caution = self._editing.caution_of_visemes(channels)
        if caution and self._warned is not self._state.rig:
            self._warned = self._state.rig
            self._messages.tell(caution)

    def _set_at(self, point: QPointF) -> bool:
        """Set a key where the curves were double-clicked: on those under the mouse, else on all of the lane at its height."""
        space, motion = self.marks.space, self._state.shown_side.tuned
        row = space.row_at(point.y())
        if row is None or row.is_heading or motion is None:
            return False
        if not set(row.channels) <= set(ARKIT_INDEX):
            self._messages.tell(NO_ANGLES)
            return True
        time_s = self._snapped(space.time_s(point.x()))
        weights = motion.arkit.sample(time_s + self._editing.moved_s)
        own = {channel: float(weights[ARKIT_INDEX[channel]]) for channel in row.channels if channel in self._curves.picked}
        near = {channel: value for channel, value in own.items() if abs(space.y(row, value) - point.y()) <= REACH_PX}
        height = float(np.clip(space.value(row, point.y()), 0.0, 1.0))
        self._set(near or dict.fromkeys(own, height), time_s)
        return True

    def _take(self, point: QPointF, more: bool) -> bool:
        """Take hold of what is under the mouse."""
        handle = self.marks.handle_under(point)
        mark = self.marks.key_under(point) if handle is None else handle[0]
        if mark is None:
            return False
        if more:
            self.choose(self.chosen ^ {mark.place})
        elif mark.place not in self.chosen:
            self.choose({mark.place})
        side = self._state.shown
        gesture = f"keys {next(self._gestures)}"
        self._grab = _Grab(point, mark, 0 if handle is None else handle[1], side, self._edits.of(side), gesture)
        return True

    def _drag(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        grab, space = self._grab, self.marks.space
        row = None if grab is None else space.row(grab.mark.place.channel)
        if grab is None or row is None:
            return
        if grab.handle:
            broken = bool(modifiers & Qt.KeyboardModifier.AltModifier)
            made = self._pulled(grab, row, point, broken)
            self._edits.put(grab.side, made, "Change tangents", grab.gesture)
            return
        by = point - grab.at
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            by = QPointF(by.x(), 0.0) if abs(by.x()) >= abs(by.y()) else QPointF(0.0, by.y())
        key_s = grab.mark.key.time_s
        by_s = self._snapped(key_s + by.x() / space.px_per_s) - key_s if abs(by.x()) >= 1.0 else 0.0
        made = keys_moved(grab.before, self.chosen, by_s, -by.y() * space.value_per_px(row), 1.0 / self._fps)
        self._edits.put(grab.side, made, "Move keys", grab.gesture)

    def _pulled(self, grab: _Grab, row: Row, point: QPointF, broken: bool) -> Edits:
        """The edits with the handle that is held pointing at the mouse; broken, the other side of the key stays as it is."""
        space, key = self.marks.space, grab.mark.key
        least_s = 2.0 / space.px_per_s
        away_s = grab.handle * max(grab.handle * (space.time_s(point.x()) - key.time_s), least_s)
        slope = (space.value(row, point.y()) - key.value) / away_s
        if not broken:
            return slope_pulled(grab.before, grab.mark.place, slope, "both")
        return slope_pulled(grab.before, grab.mark.place, slope, "before" if grab.handle == BEFORE else "after")

    def _let_go(self) -> None:
        self._grab = None
        self._warn({place.channel for place in self.chosen})

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at the mouse over the enlarged curves, and at their keys, before they do."""
        if isinstance(event, QKeyEvent):
            return watched is self._plot and self._key(event)
        if watched is not self._viewport:
            return False
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.marks.resize(watched.size())
        elif isinstance(event, QContextMenuEvent):
            return self._offer(event)
        elif isinstance(event, QMouseEvent):
            return self._mouse(event)
        return False

    def _offer(self, event: QContextMenuEvent) -> bool:
        mark = self.marks.key_under(QPointF(event.pos()))
        if mark is None:
            return False
        if mark.place not in self.chosen:
            self.choose({mark.place})
        self.menu().popup(event.globalPos())
        return True

    def _mouse(self, event: QMouseEvent) -> bool:
        point, kind = event.position(), event.type()
        if kind == QEvent.Type.MouseMove:
            if self._grab is None:
                over = self.marks.handle_under(point) or self.marks.key_under(point)
                self._viewport.setCursor(Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.ArrowCursor)
                return False
            if (point - self._grab.at).manhattanLength() > _CLICK_PX:
                self._drag(point, event.modifiers())
            return True
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        if kind == QEvent.Type.MouseButtonRelease:
            held = self._grab is not None
            self._let_go()
            return held
        return self._press(point, event)

    def _press(self, point: QPointF, event: QMouseEvent) -> bool:
        self._plot.setFocus()
        if self._take(point, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)):
            return True
        if event.type() == QEvent.Type.MouseButtonDblClick:
            return self._set_at(point)
        self.choose(())
        return False

    def _key(self, event: QKeyEvent) -> bool:
        """Keys of the chosen ones, before those of the player."""
        does = self._does(event)
        if does is None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            does()
        return True

    def _does(self, event: QKeyEvent) -> partial[None] | None:
        """What a key does here; None where it is somebody else's."""
        key, modifiers = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers == Qt.KeyboardModifier.ControlModifier and key == Qt.Key.Key_A and self.marks.marks:
            return partial(self.choose_all)
        if not self.chosen and self._grab is None:
            return None
        if key == Qt.Key.Key_Escape and (self._grab is not None or not modifiers):
            return partial(self._give_up)  # of a drag whatever else is held, as Alt for one side of a key
        if key in _ARROWS and modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
            frames, up = _ARROWS[key]
            far = modifiers == Qt.KeyboardModifier.ShiftModifier
            return partial(self.nudge, frames * (10 if far else 1), up * (FAR_NUDGE if far else NUDGE))
        return partial(self.remove) if not modifiers and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) else None

    def _give_up(self) -> None:
        """Escape takes a drag back, else lets go of the chosen keys."""
        grab, self._grab = self._grab, None
        if grab is not None:
            self._edits.put(grab.side, grab.before, "Move keys", grab.gesture)
        else:
            self.choose(())


def _marks_of(edits: Edits, channel: str) -> list[KeyMark]:
    """The keys of a channel with the slopes that are in force."""
    made = []
    for _, group in itertools.groupby(keys_of(edits, channel), key=lambda each: each[0].edit):
        keys = list(group)
        before, after = slopes_of([key for _, key in keys])
        made += [KeyMark(place, key, float(b), float(a)) for (place, key), b, a in zip(keys, before, after, strict=True)]
    return made

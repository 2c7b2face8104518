"""Copying, pasting and mirroring stretches of curves: between times, sides, takes and windows, through the clipboard."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication

from app.core.arkit import ARKIT_INDEX
from app.core.edits.copying import CopiedCurves, copied, copied_of
from app.core.edits.keying import mirrored_stretch
from app.core.errors import PresetError
from app.core.track import Animation
from app.session.adjust.edits import CurveEdits
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.workers import Job, Workers
from app.session.state import State
from app.ui.curves.curve_editing import CurveEditing
from app.ui.curves.curves import CurvesPanel
from app.ui.curves.lanes import NO_ANGLES

#: what the clipboard calls a stretch; the same text lies there as plain text
MIME = "application/x-visemesync-curves"
_MARK = "Mark a stretch first: drag over the curves with Shift held, or set in and out points ([ and ])."


class CurveCopying(QObject):
    """Works on the marked stretch, else on the one between in and out point, of the picked shapes, or of all when none is picked.

    Args:
        curves: know which shapes are picked.
        editing: knows the marked stretch.
        state: whose side on show it is.
        edits: the lists of the sides.
        playback: has the cursor.
        workers: find the keys of what is copied.
        messages: told what was done, or cannot be.
    """

    def __init__(
        self, curves: CurvesPanel, editing: CurveEditing, *, state: State, edits: CurveEdits, playback: Playback, workers: Workers,
        messages: Messages,
    ) -> None:  # fmt: skip
        super().__init__(curves)
        self._curves, self._editing, self._state, self._edits = curves, editing, state, edits
        self._playback, self._workers, self._messages = playback, workers, messages

    @property
    def _stretch(self) -> tuple[float, float] | None:
        return self._editing.marked or self._playback.loop

    def copy(self) -> None:
        """Put the stretch on the clipboard, as keys that are nowhere further from its frames than half a hundredth."""
        stretch, motion = self._stretch, self._state.shown_side.tuned
        if stretch is None or motion is None:
            self._messages.tell(_MARK)
            return
        if self._curves.only_angles:
            self._messages.tell(NO_ANGLES)
            return
        self._workers.start("copy", partial(self._copy, motion, self._curves.picked_shapes, stretch))

    def _copy(self, motion: Animation, channels: tuple[str, ...], stretch: tuple[float, float], job: Job) -> None:
        job.post(self._keep, copied(motion, channels, *stretch))

    def _keep(self, stretch: CopiedCurves) -> None:
        text, data = stretch.text(), QMimeData()
        data.setData(MIME, text.encode())
        data.setText(text)
        QGuiApplication.clipboard().setMimeData(data)
        n = len(ARKIT_INDEX.keys() & stretch.curves.keys())
        self._messages.tell(f"Copied {stretch.duration_s:.2f} s of {n} curve{'s' if n > 1 else ''}; paste it at the cursor with Ctrl+V.")

    def paste(self) -> None:
        """Lay what was copied over the curves from the cursor on."""
        data = QGuiApplication.clipboard().mimeData()
        text = bytes(data.data(MIME).data()).decode("utf-8", "replace") if data.hasFormat(MIME) else data.text()
        try:
            stretch = copied_of(text)
        except PresetError as error:
            self._messages.tell(str(error))
            return
        motion = self._state.shown_side.tuned
        if motion is None:
            self._messages.tell("Nothing moves yet: speak a line or open a recording first.")
            return
        edit = stretch.pasted(self._playback.now() - self._editing.moved_s)
        self._edits.put(self._state.shown, (*self._state.shown_side.edits, edit), "Paste curves")
        if not any(name.startswith("viseme_") for name in stretch.curves):
            caution = self._editing.caution_of_visemes(stretch.curves)
            if caution:
                self._messages.tell(caution)

    def mirror(self) -> None:
        """Exchange left and right in the stretch; again to have it as it was."""
        stretch = self._stretch
        if stretch is None:
            self._messages.tell(_MARK)
            return
        if self._curves.only_angles:
            self._messages.tell(NO_ANGLES)
            return
        start_s, end_s = (t - self._editing.moved_s for t in stretch)
        made = mirrored_stretch(self._state.shown_side.edits, self._curves.picked_shapes, start_s, end_s)
        self._edits.put(self._state.shown, made, "Mirror curves")

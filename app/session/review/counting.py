"""How the frames of the open clip are counted: at the track's rate or at a chosen one, from a start timecode."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.core.errors import TimecodeError
from app.core.frame_grid import FrameGrid
from app.core.timecode import ClipCount, FrameCount, clip_count, exact_rate
from app.formats.project_review import ProjectReview
from app.session.state import State

FROM_ZERO = "00:00:00:00"


class Counting(QObject):
    """Frames and timecodes of what is open.

    Args:
        state: has the track that is counted where no rate was chosen.
        parent: the session.

    Attributes:
        fps: the chosen rate, None for the track's.
        start: timecode of the first frame.
        snaps: times that are marked, dragged and typed snap to frames.
    """

    #: rate or start are others
    changed = Signal()
    #: whether times snap
    snaps_changed = Signal(bool)

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.fps: float | None = None
        self.start = FROM_ZERO
        self.snaps = False
        self._made: tuple[float, str, ClipCount] | None = None

    @property
    def fps_in_force(self) -> float:
        """Frames per second that are counted now."""
        return self._state.shown_side.fps if self.fps is None else self.fps

    @property
    def clip(self) -> ClipCount:
        """How the clip is counted now."""
        fps, made = self.fps_in_force, self._made
        if made is None or made[:2] != (fps, self.start):
            try:
                count = clip_count(fps, self.start)
            except TimecodeError:  # a track of another rate came, where the start is between its frames
                count = clip_count(fps, f"{self.start[:8]}:00")
            made = self._made = (fps, self.start, count)
        return made[2]

    @property
    def grid(self) -> FrameGrid:
        """The frames that times snap to."""
        return FrameGrid(self.clip.count.rate, self.snaps)

    def set_snaps(self, on: bool) -> None:
        """Let times snap to frames, or not."""
        if on != self.snaps:
            self.snaps = on
            self.snaps_changed.emit(on)

    def set_rate(self, fps: float | None, drop: bool = False) -> None:
        """Count at a rate, None for the track's own; the clip goes on beginning at the same second.

        Args:
            fps: frames per second.
            drop: leave numbers out, as 29.97 and 59.94 can.
        """
        mark = ";" if drop else ":"
        start = f"{self.start[:8]}{mark}{self.start[9:]}"
        if fps is not None:
            try:
                FrameCount(exact_rate(fps), drop).frame_of(start)
            except TimecodeError:
                start = f"{self.start[:8]}{mark}{'04' if drop else '00'}"
        self._set(fps, start)

    def set_start(self, text: str) -> None:
        """Let the clip begin at a timecode, at the rate that is counted now; a semicolon before the frames means drop frame.

        Raises:
            TimecodeError: it is none at this rate.
        """
        clip = clip_count(self.fps_in_force, text)
        self._set(self.fps_in_force, clip.count.text(clip.start))

    def restore(self, review: ProjectReview) -> None:
        """Count as a project or take says; where nobody chose anything, at the track's rate."""
        plain = ProjectReview()
        chosen = review.counted or (review.fps, review.start_timecode) != (plain.fps, plain.start_timecode)
        try:
            clip = clip_count(review.fps, review.start_timecode)
        except TimecodeError:
            clip = clip_count(review.fps, FROM_ZERO)
        self._set(review.fps if chosen else None, clip.count.text(clip.start))

    def into(self, review: ProjectReview) -> ProjectReview:
        """A review that says how frames are counted."""
        if self.fps is None and self.start == FROM_ZERO:
            return replace(review, fps=ProjectReview().fps, start_timecode=FROM_ZERO, counted=False)
        return replace(review, fps=self.fps_in_force, start_timecode=self.start, counted=True)

    def _set(self, fps: float | None, start: str) -> None:
        if (fps, start) != (self.fps, self.start):
            self.fps, self.start = fps, start
            self.changed.emit()

"""The stretch of time that the timeline and the curves show together."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QWheelEvent

#: nothing shorter is shown: some fifty samples of a voice, each of which can be seen
MIN_SPAN_S = 0.002
#: shown while nothing is loaded
EMPTY_S = 4.0


class TimeAxis(QObject):
    """A visible range on the audio's time line.

    Attributes:
        duration_s: what can be shown.
        start_s: left edge.
        end_s: right edge.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.duration_s = EMPTY_S
        self.start_s = 0.0
        self.end_s = EMPTY_S

    @property
    def span_s(self) -> float:
        """Seconds visible."""
        return self.end_s - self.start_s

    @property
    def is_whole(self) -> bool:
        """Whether everything is visible."""
        return self.start_s <= 0 and self.end_s >= self.duration_s

    def set_duration(self, duration_s: float) -> None:
        """Tell how long the clip is; a view of everything stays a view of everything."""
        whole, before = self.is_whole, (self.duration_s, self.start_s, self.end_s)
        self.duration_s = max(duration_s, MIN_SPAN_S) if duration_s else EMPTY_S
        if whole or self.start_s >= self.duration_s:
            self.start_s, self.end_s = 0.0, self.duration_s
        if (self.duration_s, self.start_s, self.end_s) != before:
            self.changed.emit()

    def show(self, start_s: float, end_s: float) -> None:
        """Show a range, moved and widened as needed to lie within the clip."""
        span = min(max(end_s - start_s, MIN_SPAN_S), self.duration_s)
        start = min(max(start_s, 0.0), self.duration_s - span)
        if (start, start + span) != (self.start_s, self.end_s):
            self.start_s, self.end_s = start, start + span
            self.changed.emit()

    def fit(self) -> None:
        """Show everything."""
        self.show(0.0, self.duration_s)

    def zoom(self, at_s: float, factor: float) -> None:
        """Scale the range so that ``at_s`` stays where it is; a factor below 1 comes nearer."""
        span = min(max(self.span_s * factor, MIN_SPAN_S), self.duration_s)
        share = (at_s - self.start_s) / self.span_s
        self.show(at_s - share * span, at_s - share * span + span)

    def pan(self, share: float) -> None:
        """Move by a share of the visible range."""
        self.show(self.start_s + share * self.span_s, self.end_s + share * self.span_s)

    def follow(self, t: float) -> None:
        """Turn the page when the playhead leaves the range."""
        if not self.is_whole and not self.start_s <= t <= self.end_s:
            self.show(t - 0.05 * self.span_s, t + 0.95 * self.span_s)

    def turn(self, event: QWheelEvent, at_s: float) -> None:
        """What the mouse wheel does over every view of this axis: zoom, or pan with Shift or a sideways wheel.

        Args:
            event: of the view; it is accepted.
            at_s: the time under the mouse, which stays there.
        """
        delta = event.angleDelta()
        notches = (delta.x() or delta.y()) / 120
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(delta.x()) > abs(delta.y()):
            self.pan(-0.1 * notches)
        else:
            self.zoom(at_s, 0.8**notches)
        event.accept()

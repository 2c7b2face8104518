"""Keys as they are seen on the enlarged curves: a diamond each, and handles of those that are chosen."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.core.edits.keyed import CurveKey
from app.core.edits.keying import KeyPlace
from app.ui.curves.curves_plot import GRIDDED, RIDGE, CurvesPlot
from app.ui.curves.lanes import Row, row_at
from app.ui.kit import theme

#: half of a diamond, how near a click must come, and how long handles are, in logical pixels
SIZE_PX, REACH_PX, HANDLE_PX = 4.5, 8.0, 34.0
#: which side of a key a handle is on
BEFORE, AFTER = -1, 1


@dataclass(frozen=True)
class KeyMark:
    """One key that is seen.

    Attributes:
        place: where it is among the edits.
        key: its time and value, in force.
        before: slope of the curve that arrives, per second.
        after: slope of the one that leaves.
    """

    place: KeyPlace
    key: CurveKey
    before: float
    after: float


class LaneSpace:
    """From times and weights to logical pixels of a plot, and back.

    Args:
        plot: whose lanes.
        moved_s: by how much the curves on show are later than their keys' time line.
    """

    def __init__(self, plot: CurvesPlot, moved_s: float) -> None:
        self._plot, self._moved_s = plot, moved_s

    @property
    def px_per_s(self) -> float:
        """Logical pixels of a second."""
        return float(self._plot.viewport().width()) / max(self._plot.axis.span_s, 1e-9)

    def x(self, time_s: float) -> float:
        """Where a time of the keys' time line is."""
        return (time_s + self._moved_s - self._plot.axis.start_s) * self.px_per_s

    def time_s(self, x: float) -> float:
        """The time at a place, on the keys' time line."""
        return x / max(self.px_per_s, 1e-9) + self._plot.axis.start_s - self._moved_s

    def row(self, channel: str) -> Row | None:
        """The lane of a channel."""
        return next((row for row in self._plot.rows if channel in row.channels), None)

    def row_at(self, y: float) -> Row | None:
        """The lane at a height."""
        return row_at(self._plot.rows, y + self._plot.offset)

    def y(self, row: Row, value: float) -> float:
        """Where a weight is in a lane, as its curve is drawn."""
        base = row.top + row.height - 1.5 - self._plot.offset
        return min(base - min(max(value, -0.1), 1.25) * _reach(row), base + 1)

    def value(self, row: Row, y: float) -> float:
        """The weight at a height of a lane."""
        return (row.top + row.height - 1.5 - self._plot.offset - y) / _reach(row)

    def value_per_px(self, row: Row) -> float:
        """How much a weight is higher one pixel above."""
        return 1.0 / _reach(row)

    def handle(self, mark: KeyMark, side: int) -> QPointF | None:
        """Where the end of a handle is.

        Args:
            mark: whose.
            side: BEFORE or AFTER.
        """
        row = self.row(mark.place.channel)
        if row is None:
            return None
        slope = mark.before if side == BEFORE else mark.after
        rise = slope / self.px_per_s * _reach(row)
        run = HANDLE_PX / math.hypot(1.0, rise)
        return QPointF(self.x(mark.key.time_s) + side * run, self.y(row, mark.key.value) - side * run * rise)

    def point(self, mark: KeyMark) -> QPointF | None:
        """Where a key is; None where its lane is not on show."""
        row = self.row(mark.place.channel)
        return None if row is None else QPointF(self.x(mark.key.time_s), self.y(row, mark.key.value))


def _reach(row: Row) -> float:
    return row.height - 4 if row.height >= GRIDDED else row.height * RIDGE


class KeyMarks(QWidget):
    """A pane over the enlarged curves through which the mouse goes; as large as they are.

    Args:
        plot: the enlarged curves.
    """

    def __init__(self, plot: CurvesPlot) -> None:
        super().__init__(plot.viewport())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Keys of the enlarged curves")
        self._plot = plot
        self.marks: tuple[KeyMark, ...] = ()
        self.chosen: Collection[KeyPlace] = frozenset()
        self.space = LaneSpace(plot, 0.0)
        self.resize(plot.viewport().size())

    def show_keys(self, marks: tuple[KeyMark, ...], chosen: Collection[KeyPlace], moved_s: float) -> None:
        """Show other keys.

        Args:
            marks: all of the picked shapes.
            chosen: which of them are chosen.
            moved_s: by how much the curves on show are later than the keys' time line.
        """
        self.marks, self.chosen, self.space = marks, chosen, LaneSpace(self._plot, moved_s)
        self.update()

    def key_under(self, point: QPointF) -> KeyMark | None:
        """The key that a click at a place means: the nearest within reach, a chosen one before others."""
        return self._nearest({(mark, 0): self.space.point(mark) for mark in self.marks}, point)[0]

    def handle_under(self, point: QPointF) -> tuple[KeyMark, int] | None:
        """The handle that a click at a place means, with its side."""
        mark, side = self._nearest({
            (mark, side): self.space.handle(mark, side)
            for mark in self.marks if mark.place in self.chosen for side in (BEFORE, AFTER)
        }, point)  # fmt: skip
        return None if mark is None else (mark, side)

    def _nearest(self, places: Mapping[tuple[KeyMark, int], QPointF | None], point: QPointF) -> tuple[KeyMark | None, int]:
        found: tuple[KeyMark | None, int] = (None, 0)
        least = REACH_PX
        for each, place in places.items():
            if place is None:
                continue
            away = math.hypot(place.x() - point.x(), place.y() - point.y()) - (1.0 if each[0].place in self.chosen else 0.0)
            if away <= least:
                least, found = away, each
        return found

    # -- Qt's own, last as everywhere

    def paintEvent(self, event: QPaintEvent) -> None:
        """Handles below, keys above."""
        if not self.marks:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for mark in self.marks:
            point = self.space.point(mark)
            if point is None or not -HANDLE_PX <= point.x() <= self.width() + HANDLE_PX:
                continue
            chosen = mark.place in self.chosen
            if chosen:
                self._draw_handles(painter, mark, point)
            colour = QColor(theme.BRIGHT if chosen else theme.ACCENT)
            painter.setPen(QPen(QColor(theme.PANEL), 1.5))
            painter.setBrush(colour)
            x, y = point.x(), point.y()
            painter.drawPolygon(
                QPolygonF([QPointF(x - SIZE_PX, y), QPointF(x, y - SIZE_PX), QPointF(x + SIZE_PX, y), QPointF(x, y + SIZE_PX)])
            )
        painter.end()

    def _draw_handles(self, painter: QPainter, mark: KeyMark, point: QPointF) -> None:
        for side, own in ((BEFORE, mark.key.before), (AFTER, mark.key.after)):
            end = self.space.handle(mark, side)
            if end is None:
                continue
            colour = QColor(theme.BRIGHT if own is not None else theme.DIM)
            painter.setPen(QPen(colour, 1.2))
            painter.drawLine(point, end)
            painter.setBrush(colour)
            painter.drawEllipse(end, 2.6, 2.6)

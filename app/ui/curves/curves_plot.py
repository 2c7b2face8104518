"""The curves themselves: one graphics object for all lanes, painted once into a pixmap; only the cursor moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QMouseEvent, QPainter, QPen, QPixmap, QPolygonF, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGraphicsObject, QGraphicsRectItem, QWidget

from app.core.track import BlendshapeTrack
from app.ui.curves.curve_selecting import PlotMarks
from app.ui.curves.lanes import Row, on_lane
from app.ui.curves.overlays import Lane, Overlay, draw_overlay
from app.ui.curves.thinning import envelope
from app.ui.kit import theme
from app.ui.kit.shape_names import ANGLE_GROUP
from app.ui.timeline.time_axis import TimeAxis

#: lanes this high get lines at 0, 0.5 and 1
GRIDDED = 40
DIMMED = 0.28
MISSING = 0.45
#: frames so far apart, in pixels, get dots
DOTS_FROM_PX = 7.0
#: in low lanes a weight of 1 rises so many lane heights, over the lane above it, as in a ridgeline plot
RIDGE = 1.75


def _reach(row: Row) -> float:
    """Logical pixels that a weight of 1 rises in a lane; angles, which go up and down, stay in theirs."""
    if row.height >= GRIDDED:
        return row.height - 4
    return row.height - 2 if row.group == ANGLE_GROUP else row.height * RIDGE


class LanesItem(QGraphicsObject):
    """All visible lanes as one item whose picture is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.size = (1, 1)
        self.ratio = 1.0
        self.picture: QPixmap | None = None

    def set_picture(self, picture: QPixmap | None, width: int, height: int) -> None:
        """Show another picture of a size in logical pixels."""
        if (width, height) != self.size:
            self.prepareGeometryChange()
            self.size = (width, height)
        self.picture = picture
        self.update()

    def boundingRect(self) -> QRectF:
        """The whole plot; one unit is one logical pixel."""
        return QRectF(0, 0, *self.size)

    def paint(self, painter: QPainter, *_: object) -> None:
        """Copy the part of the picture that is exposed."""
        if self.picture is not None:
            painter.drawPixmap(0, 0, self.picture)


class CurvesPlot(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph tells no types
    """Curves of many lanes over a shared time axis."""

    #: a channel lies under the mouse, "" when none does
    hovered = Signal(str)
    #: a lane was clicked: its first channel
    picked = Signal(str)
    #: the playhead was dragged here: seconds
    scrubbed = Signal(float)
    #: wheel turned over the lanes: pixels to scroll
    scrolled = Signal(float)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.PANEL)
        self.setAccessibleName("Curves over time")
        self.setFrameShape(pg.GraphicsView.Shape.NoFrame)
        self.setMinimumWidth(120)
        self.setMouseTracking(True)
        self.axis = axis
        self.rows: list[Row] = []
        self.offset = 0.0
        self.highlighted = ""
        self._track: BlendshapeTrack | None = None
        self._overlays: list[Overlay] = []
        self._own_colour = ""
        self._remarks: Mapping[str, str] = {}
        self._missing: Collection[str] = ()
        self._dimmed: Collection[str] = ()
        self._t = 0.0
        self._dirty = True
        self._smooth = False
        self._press: QPointF | None = None
        self._lanes = LanesItem()
        self._highlight = QGraphicsRectItem()
        self._highlight.setPen(Qt.PenStyle.NoPen)
        self._highlight.setBrush(QColor(255, 255, 255, 16))
        self._cursor = QGraphicsRectItem(0, 0, 1, 10)
        self._cursor.setPen(Qt.PenStyle.NoPen)
        self._cursor.setBrush(QColor(theme.BRIGHT))
        for item in (self._lanes, self._highlight):
            self.scene().addItem(item)
        #: the marked stretch, its handles and the box that is drawn
        self.marks = PlotMarks(self, self.viewport(), self.scene())
        self.scene().addItem(self._cursor)
        axis.changed.connect(self.mark_dirty)

    # -- what is shown

    def set_track(self, track: BlendshapeTrack | None) -> None:
        """Show a track; it is drawn at the next refresh."""
        self._track = track
        self.mark_dirty()

    def set_overlays(self, overlays: list[Overlay], own_colour: str = "") -> None:
        """Draw further tracks over the lanes from the next refresh on.

        Args:
            overlays: in the order in which they are drawn.
            own_colour: of the lanes' own curves while they are set against another side; "" for the colours of the groups.
        """
        if overlays or self._overlays or own_colour != self._own_colour:
            self._overlays, self._own_colour = overlays, own_colour
            self.mark_dirty()

    def set_remarks(self, remarks: Mapping[str, str]) -> None:
        """Write a sentence into the tall lanes of some channels."""
        if remarks != self._remarks:
            self._remarks = remarks
            self.mark_dirty()

    def set_rows(self, rows: list[Row], offset: float, missing: Collection[str], dimmed: Collection[str]) -> None:
        """Say which lanes are visible.

        Args:
            rows: laid out from 0.
            offset: logical pixels scrolled away above.
            missing: channels that the avatar lacks.
            dimmed: channels that stand back because others are picked.
        """
        self.rows, self.offset, self._missing, self._dimmed = rows, offset, missing, dimmed
        self.mark_dirty()

    def set_range(self, marked: tuple[float, float] | None) -> None:
        """Mark a stretch of time in seconds, or none."""
        self.marks.set_range(marked)

    def mark_dirty(self) -> None:
        """Draw anew at the next refresh."""
        self._dirty = True

    def set_time(self, t: float) -> None:
        """Move the cursor to a time in seconds."""
        self._t = t
        self._place_cursor()

    def set_hovered(self, channel: str) -> None:
        """Light up a lane; "" for none."""
        self.highlighted = channel
        row = next((r for r in self.rows if channel and channel in r.channels), None)
        self._highlight.setVisible(row is not None)
        if row is not None:
            self._highlight.setRect(0, row.top - self.offset, self.viewport().width(), row.height)

    def refresh(self, smooth: bool) -> bool:
        """Draw the curves if anything about them changed.

        Args:
            smooth: antialiased, at twice the time; a rough picture is smoothed at the next chance.

        Returns:
            Whether they were drawn.
        """
        if not self._dirty and self._smooth >= smooth:
            return False
        self._dirty, self._smooth = False, smooth
        width, height = self.viewport().width(), self.viewport().height()
        self._lanes.set_picture(self._draw(width, height), width, height)
        self._place_cursor()
        self.marks.place()
        return True

    def _place_cursor(self) -> None:
        self._cursor.setPos(round(self.x_of(self._t)), 0)

    # -- where things are

    def x_of(self, t: float) -> float:
        """Pixels from the left of a time in seconds."""
        return (t - self.axis.start_s) / self.axis.span_s * float(self.viewport().width())

    def time_of(self, x: float) -> float:
        """The time in seconds at so many pixels from the left."""
        return self.axis.start_s + x / max(float(self.viewport().width()), 1.0) * self.axis.span_s

    def shown(self) -> tuple[float, float]:
        """First and last second on show."""
        return self.axis.start_s, self.axis.end_s

    def rows_between(self, top: float, bottom: float) -> list[Row]:
        """The lanes that a stretch of height touches, in pixels from the top of the plot."""
        first, last = top + self.offset, bottom + self.offset
        return [row for row in self.rows if row.channels and row.top < last and row.top + row.height > first]

    # -- drawing

    def _draw(self, width: int, height: int) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(max(round(width * ratio), 1), max(round(height * ratio), 1))
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(theme.PANEL))
        painter = QPainter(picture)
        painter.translate(0, -self.offset)
        shown = [r for r in self.rows if r.top + r.height > self.offset and r.top < self.offset + height]
        for row in shown:
            self._draw_ground(painter, row, width)
        if self._track is not None and len(self._track):
            self._draw_curves(painter, shown, width)
        painter.end()
        return picture

    def _draw_ground(self, painter: QPainter, row: Row, width: int) -> None:
        bottom = row.top + row.height
        if row.is_heading:
            return
        painter.setPen(QColor("#24292e"))
        painter.drawLine(QPointF(0, bottom - 0.5), QPointF(width, bottom - 0.5))
        if row.height >= GRIDDED:
            painter.setPen(QColor("#262b31"))
            for share in (0.5, 1.0):
                y = round(bottom - 1 - share * (row.height - 4)) + 0.5
                painter.drawLine(QPointF(0, y), QPointF(width, y))
            remark = next((self._remarks[c] for c in row.channels if self._remarks.get(c)), "")
            if remark:
                painter.setFont(theme.interface_font(10))
                painter.setPen(QColor(theme.WARNING))
                wrapped = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
                painter.drawText(QRectF(4, row.top + 2, width - 8, row.height - 4), wrapped, remark)

    def _draw_curves(self, painter: QPainter, rows: list[Row], width: int) -> None:
        assert self._track is not None
        times, weights = envelope(self._track, self.axis.start_s, self.axis.end_s, width)
        if not len(times):
            return
        xs = (times - self.axis.start_s) / self.axis.span_s * width
        for row in rows:
            for number, channel in reversed(list(enumerate(row.channels))):
                if channel not in self._track.index:
                    continue  # there are no angles any more
                values = on_lane(row.group, weights[:, self._track.index[channel]])
                self._draw_curve(painter, row, xs, values, self._colour(row, channel, number))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        for overlay in self._overlays:
            self._draw_overlay(painter, rows, overlay, (xs, weights))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_overlay(self, painter: QPainter, rows: list[Row], overlay: Overlay, own: tuple[np.ndarray, np.ndarray]) -> None:
        """One further track over all visible lanes; in low lanes of pairs only the left side, which the eye can follow."""
        width = self.viewport().width()
        times, weights = envelope(overlay.track, self.axis.start_s, self.axis.end_s, width)
        xs = (times - self.axis.start_s) / self.axis.span_s * width
        for row in rows:
            tall = row.height >= GRIDDED
            lane = Lane(row.top + row.height - 1.5, _reach(row))
            for channel in row.channels if tall else row.channels[:1]:
                i = overlay.track.index.get(channel, own[1].shape[1])
                if i < own[1].shape[1]:
                    pair = on_lane(row.group, own[1][:, i]), on_lane(row.group, weights[:, i])
                    draw_overlay(painter, overlay, lane, (own[0], pair[0]), (xs, pair[1]))

    def _colour(self, row: Row, channel: str, number: int) -> QColor:
        """A channel's colour: the right side of a pair is lighter, the missing and the dimmed are faint."""
        colour = QColor(self._own_colour or theme.GROUP_COLOURS[row.group])
        if number:
            colour = QColor.fromHslF(colour.hslHueF(), colour.hslSaturationF() * 0.6, min(colour.lightnessF() + 0.16, 1.0))
        if channel in self._dimmed:
            colour.setAlphaF(DIMMED)
        elif channel in self._missing:
            colour.setAlphaF(MISSING)
        return colour

    def _draw_curve(self, painter: QPainter, row: Row, xs: np.ndarray, values: np.ndarray, colour: QColor) -> None:
        base = row.top + row.height - 1.5
        if not values.any():
            faint = QColor(colour)
            faint.setAlphaF(colour.alphaF() * 0.35)
            painter.setPen(faint)
            painter.drawLine(QPointF(xs[0], base), QPointF(xs[-1], base))
            return
        reach = _reach(row)
        ys = np.minimum(base - np.clip(values, -0.1, 1.25) * reach, base + 1)
        line = pg.functions.arrayToQPolygonF(xs, ys)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        area = QPolygonF(line)
        area.append(QPointF(xs[-1], base))
        area.append(QPointF(xs[0], base))
        fade = QLinearGradient(0, base - reach, 0, base)
        fill = QColor(colour)
        fill.setAlphaF(colour.alphaF() * 0.42)
        fade.setColorAt(0, fill)
        fill.setAlphaF(colour.alphaF() * 0.14)
        fade.setColorAt(1, fill)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fade)
        painter.drawPolygon(area)
        painter.setPen(colour)
        painter.drawPolyline(line)
        if len(xs) > 1 and xs[1] - xs[0] >= DOTS_FROM_PX and row.height >= GRIDDED:
            painter.setPen(QPen(colour, 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # -- Qt's own, last as everywhere

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """One scene unit stays one logical pixel; pyqtgraph calls this once without an event while it is made."""
        super().resizeEvent(event)
        if event is None:
            return
        self._cursor.setRect(0, 0, 1, self.viewport().height())
        self.mark_dirty()

    def _row_under(self, y: float) -> Row | None:
        y += self.offset
        return next((r for r in self.rows if r.top <= y < r.top + r.height), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click or a drag began, unless it marks something."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._press = event.position()
            self.marks.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark or scrub while dragging; light up lanes otherwise."""
        x = event.position().x()
        if self.marks.move(event):
            return
        if self._press is not None and abs(x - self._press.x()) > 4:
            self.scrubbed.emit(self.time_of(x))
            return
        row = self._row_under(event.position().y())
        self.hovered.emit(row.channels[0] if row and row.channels else "")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click that did not become a drag picks the lane."""
        pressed, self._press = self._press, None
        if self.marks.release(event) or pressed is None or abs(event.position().x() - pressed.x()) > 4:
            return
        row = self._row_under(event.position().y())
        if row and row.channels:
            self.picked.emit(row.channels[0])

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the lanes; with Ctrl zoom time, with Shift pan it."""
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            self.axis.turn(event, self.time_of(event.position().x()))
            return
        delta = event.angleDelta()
        self.scrolled.emit(-(delta.x() or delta.y()) / 120 * 48)
        event.accept()

    def leaveEvent(self, event: object) -> None:
        """No lane is lit up any more."""
        self.hovered.emit("")

"""How cells of the board are drawn: the face, the curves of jaw and lips over the wave, findings and status in their colours."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.review.batch.summary import LineSummary
from app.ui.kit import theme
from app.ui.review.board.lines_model import CURVES, FINDINGS, PICTURE, SAYS, STATUS, SUMMARY, LinesModel

ROW_PX = 64
_GAP_PX = 6
#: curves that are kept drawn
MOST_PICTURES = 200
JAW, LIPS, WAVE = theme.GROUP_COLOURS["jaw"], theme.GROUP_COLOURS["mouth"], theme.EDGE
STATUS_COLOURS = {"approved": theme.GOOD, "changes asked": theme.WARNING, "in review": theme.ACCENT, "to do": theme.DIM}
Index = QModelIndex | QPersistentModelIndex


class LineCells(QStyledItemDelegate):
    """Draws cells.

    Args:
        model: of the lines.
        parent: the table.
    """

    def __init__(self, model: LinesModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._curves: OrderedDict[tuple[int, int, int], tuple[LineSummary, QPixmap]] = OrderedDict()

    def _drawn_curves(self, size: QSize, line: LineSummary, ratio: float) -> QPixmap:
        """Curves as a picture, drawn once for a line and a width."""
        key = (id(line), size.width(), size.height())
        known = self._curves.get(key)
        if known is not None and known[0] is line:
            return known[1]
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        draw_curves(painter, QRectF(0, 0, size.width(), size.height()), line)
        painter.end()
        self._curves[key] = line, picture
        if len(self._curves) > MOST_PICTURES:
            self._curves.popitem(last=False)
        return picture

    def _draw_face(self, painter: QPainter, box: QRectF, index: Index) -> None:
        proxy = index.model()
        row = proxy.mapToSource(proxy.index(index.row(), index.column())).row() if isinstance(proxy, QSortFilterProxyModel) else index.row()
        image = self._model.picture(row)
        side = min(box.width(), box.height())
        place = QRectF(box.center().x() - side / 2, box.center().y() - side / 2, side, side)
        painter.fillRect(place, QColor(theme.WELL))
        if image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)

    # -- Qt's own, last as everywhere

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are of one height, so that a thousand of them cost nothing."""
        return QSize(80, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a cell."""
        line, column, box = index.data(SUMMARY), index.column(), QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.fillRect(box, QColor(theme.RAISED if chosen else theme.PANEL))
        painter.setPen(QColor(theme.LINE))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        inner = box.adjusted(_GAP_PX, _GAP_PX, -_GAP_PX, -_GAP_PX)
        if column == PICTURE:
            self._draw_face(painter, inner, index)
        elif column == CURVES:
            painter.drawPixmap(inner.topLeft(), self._drawn_curves(inner.toRect().size(), line, painter.device().devicePixelRatio()))
        else:
            _draw_words(painter, inner, index, line)
        painter.restore()


def draw_curves(painter: QPainter, box: QRectF, line: LineSummary) -> None:
    """Jaw and lips over the wave.

    Args:
        painter: of the cell.
        box: where.
        line: whose.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    wave = box.adjusted(0, box.height() * 0.68, 0, 0)
    if line.wave:
        up = _points(line.wave, QRectF(wave.left(), wave.top(), wave.width(), wave.height() / 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(WAVE))
        middle = wave.center().y()
        painter.drawPolygon(QPolygonF([*up, *(QPointF(p.x(), 2 * middle - p.y()) for p in reversed(up))]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    upper = box.adjusted(0, 0, 0, -box.height() * 0.36)
    for values, colour in ((line.lips, LIPS), (line.jaw, JAW)):
        if values:
            painter.setPen(QPen(QColor(colour), 1.4))
            painter.drawPolyline(QPolygonF(_points(values, upper)))


def _points(values: Sequence[int], box: QRectF) -> list[QPointF]:
    step = box.width() / max(len(values) - 1, 1)
    return [QPointF(box.left() + i * step, box.bottom() - min(value, 99) / 99 * box.height()) for i, value in enumerate(values)]


def _draw_words(painter: QPainter, box: QRectF, index: Index, line: LineSummary) -> None:
    """The words of a cell, at most three rows of them."""
    column, colour = index.column(), theme.TEXT
    words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
    if column == FINDINGS:
        clean = not (line.errors or line.warnings or line.conflicts or line.mock)
        colour = theme.ERROR if line.error or line.errors or line.conflicts or line.mock else theme.GOOD if clean else theme.WARNING
    elif column == STATUS:
        colour = theme.ERROR if line.error else STATUS_COLOURS[line.status]
        more = [
            *([f"{line.notes} note{'s' if line.notes > 1 else ''}"] if line.notes else []),
            *([f"{line.edits} by hand"] if line.edits else []),
        ]
        words = "\n".join([words, *more])
    elif column != SAYS:
        colour = theme.SOFT
    painter.setPen(QColor(colour))
    flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    metrics = painter.fontMetrics()
    if metrics.boundingRect(box.toRect(), int(flags), words).height() > box.height():
        most = int(box.width() / max(metrics.averageCharWidth(), 1) * (box.height() // metrics.lineSpacing()) * 0.9)
        words = words[: max(most - 1, 1)] + "…"
    painter.drawText(box, int(flags), words)

"""Controls in a line that goes on below where the panel is too narrow for it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Left to right, then the next line; as wide as its widest item at least.

    Args:
        spacing: pixels between the items, in both directions.
    """

    def __init__(self, spacing: int = 6) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def _place(self, width: int, at: QPoint | None = None) -> int:
        """Put the items in lines; returns the height of all.

        Args:
            width: of the lines.
            at: upper left corner; None to measure only.
        """
        lines: list[list[tuple[QLayoutItem, QSize]]] = [[]]
        x = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint().boundedTo(QSize(width, 1 << 20)).expandedTo(item.minimumSize())
            if x and x + size.width() > width:
                x = 0
                lines.append([])
            lines[-1].append((item, size))
            x += size.width() + self.spacing()
        y = 0
        for line in lines:
            x, height = 0, max((size.height() for _item, size in line), default=0)
            for item, size in line:
                if at is not None:
                    # what is lower than its neighbours stands in the middle of the line
                    item.setGeometry(QRect(at + QPoint(x, y + (height - size.height()) // 2), size))
                x += size.width() + self.spacing()
            y += height + self.spacing()
        return y - self.spacing()

    # -- Qt's own, last as everywhere

    def addItem(self, item: QLayoutItem) -> None:
        """Put it at the end."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """One of them."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """One of them, taken out."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """No room is wanted beyond the items."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Of all lines."""
        return self._place(width)

    def setGeometry(self, rect: QRect) -> None:
        """Put the items there."""
        super().setGeometry(rect)
        self._place(rect.width(), rect.topLeft())

    def sizeHint(self) -> QSize:
        """One line."""
        shown = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(size.width() for size in shown) + self.spacing() * max(len(shown) - 1, 0)
        return QSize(width, max((size.height() for size in shown), default=0))

    def minimumSize(self) -> QSize:
        """The largest item."""
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size


def flowing(*widgets: QWidget, spacing: int = 6) -> FlowLayout:
    """Widgets in such lines.

    Args:
        widgets: in order.
        spacing: pixels between them.
    """
    made = FlowLayout(spacing)
    for widget in widgets:
        made.addWidget(widget)
    return made

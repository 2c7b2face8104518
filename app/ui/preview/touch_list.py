"""The list at the pointer after a touch: which shapes move the skin there, and by how many millimetres."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.avatar.influence import Mover
from app.ui.kit import theme
from app.ui.kit.shape_names import readable

#: more are not listed: what moves the skin least is not what somebody looks for
MOST = 9
_WIDTH_PX, _ROW_PX = 190, 22
_ROLE = Qt.ItemDataRole.UserRole


class TouchList(QFrame):
    """Lies over the picture until it loses the keys; arrows and the pointer light up, Enter and a click pick one shape alone."""

    #: the shape under the pointer or the cursor, "" for none
    pointed = Signal(str)
    #: pick this one alone
    chosen = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self.setStyleSheet(
            f"TouchList {{ background: {theme.PANEL}; border: 1px solid {theme.EDGE}; border-radius: 5px; }}"
            f" QListWidget {{ background: transparent; }} QListWidget::item {{ height: {_ROW_PX}px; padding: 0 6px; }}"
            f" QListWidget::item:hover, QListWidget::item:selected {{ background: {theme.RAISED}; color: {theme.BRIGHT}; }}"
        )
        self.title = QLabel("Moves the skin here by")
        self.title.setStyleSheet(f"color: {theme.DIM}; font-size: {theme.SMALL_PX}px; padding: 0 6px;")
        self.list = QListWidget()
        self.list.setAccessibleName("Shapes that move the skin here")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        for policy in (self.list.setHorizontalScrollBarPolicy, self.list.setVerticalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 5, 1, 3)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.list)
        self.list.itemEntered.connect(lambda item: self.pointed.emit(item.data(_ROLE)))
        self.list.currentItemChanged.connect(lambda item, _former: self.pointed.emit("" if item is None else item.data(_ROLE)))
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.data(_ROLE)))
        self.list.itemActivated.connect(lambda item: self.chosen.emit(item.data(_ROLE)))
        self.list.installEventFilter(self)
        self.list.viewport().installEventFilter(self)
        self.hide()

    def open(self, at: QPoint, movers: Sequence[Mover], picked: Collection[str]) -> None:
        """Show what moves a point.

        Args:
            at: the pointer, in the parent's pixels.
            movers: the farthest first.
            picked: shapes that were picked, which stand out.
        """
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for mover in movers[:MOST]:
            item = QListWidgetItem(f"{readable(mover.channel)}\t{mover.reach_mm:.1f} mm")
            item.setData(_ROLE, mover.channel)
            item.setForeground(QColor(theme.BRIGHT if mover.channel in picked else theme.SOFT))
            self.list.addItem(item)
        self.list.setCurrentRow(-1)
        self.list.blockSignals(blocked)
        self.resize(_WIDTH_PX, 30 + _ROW_PX * self.list.count())
        room = self._ground.rect().adjusted(4, 4, -4 - self.width(), -4 - self.height())
        self.move(min(max(at.x() + 24, room.left()), max(room.right(), 4)), min(max(at.y() + 8, room.top()), max(room.bottom(), 4)))
        self.show()
        self.raise_()
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def channels(self) -> list[str]:
        """What is listed, the farthest first."""
        return [self.list.item(i).data(_ROLE) for i in range(self.list.count())]

    def close_list(self) -> None:
        """Put it away."""
        if not self.isHidden():
            self.hide()
            self.pointed.emit("")
            self.closed.emit()

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It goes when the keys go elsewhere; the light goes when the pointer does."""
        kind = event.type()
        if watched is self.list and kind == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
                self.close_list()
        elif watched is self.list and kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.close_list()
            return True
        elif watched is self.list.viewport() and kind == QEvent.Type.Leave:
            self.pointed.emit("")
        return super().eventFilter(watched, event)

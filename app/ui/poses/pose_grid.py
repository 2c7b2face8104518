"""Poses as pictures with their names; they can be dragged onto the curves and the time line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QListView, QListWidget, QListWidgetItem

from app.core.errors import PoseError
from app.core.poses import FacePose, document, from_document
from app.ui.kit import theme

#: what a dragged pose is called
MIME = "application/x-visemesync-pose"
#: logical pixels of a picture, and of its place in the grid
PICTURE_PX = 64
_PLACE = QSize(90, 90)
#: share of the picture that is left out on each side: hair and shoulders say nothing
_MARGIN = 0.15
#: role of an item: which picture it has
_SHOWN = Qt.ItemDataRole.UserRole + 7


def pose_in(data: QMimeData) -> FacePose | None:
    """The pose that is dragged; None when something else is."""
    if not data.hasFormat(MIME):
        return None
    try:
        return from_document(json.loads(bytes(data.data(MIME).data())))[0]
    except (ValueError, PoseError, IndexError):
        return None


class PoseGrid(QListWidget):
    """Pictures are asked for by pose; a pose without one has its initial."""

    #: Enter or a double click: blend this one in
    blended = Signal(str)
    #: Delete
    removed = Signal(str)
    #: F2
    renaming = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Poses")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(PICTURE_PX, PICTURE_PX))
        self.setGridSize(_PLACE)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setDragEnabled(True)
        self.setStyleSheet(
            f"QListWidget {{ background: {theme.PANEL}; font-size: {theme.SMALL_PX}px; }}"
            f" QListWidget::item {{ border-radius: 4px; color: {theme.SOFT}; padding: 2px; }}"
            f" QListWidget::item:hover {{ background: {theme.FIELD}; }}"
            f" QListWidget::item:selected {{ background: {theme.RAISED}; color: {theme.BRIGHT}; }}"
        )
        self.picture_of: Callable[[FacePose], Path | None] = lambda _pose: None
        #: the pose that is dragged or blended in when one of the grid is chosen
        self.made_of: Callable[[FacePose], FacePose] = lambda pose: pose
        self._poses: dict[str, FacePose] = {}
        self._mirrored = False
        self.itemDoubleClicked.connect(lambda item: self.blended.emit(self._name(item)))

    @property
    def chosen(self) -> str:
        """The name of the chosen pose, "" for none."""
        item = self.currentItem()
        return self._name(item) if item is not None and not item.isHidden() else ""

    def set_poses(self, poses: Sequence[FacePose], is_stock: Callable[[str], bool]) -> None:
        """Show these poses; the chosen one stays chosen."""
        chosen = self.chosen
        self._poses = {pose.name: pose for pose in poses}
        self.clear()
        for pose in poses:
            item = QListWidgetItem(pose.name)
            item.setData(Qt.ItemDataRole.UserRole, pose.name)
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            n = len(pose.channels)
            of = "the whole face" if n == 52 else f"{n} shape{'s' if n > 1 else ''}"
            item.setToolTip(f"{pose.name}: {of}{', comes with the program' if is_stock(pose.name) else ''}")
            self.addItem(item)
            if pose.name == chosen:
                self.setCurrentItem(item)
        self.draw_pictures()

    def set_mirrored(self, on: bool) -> None:
        """Show mirror images."""
        self._mirrored = on
        self.draw_pictures()

    def draw_pictures(self) -> None:
        """Take over the pictures that are there now."""
        for i in range(self.count()):
            item = self.item(i)
            pose = self._poses[self._name(item)]
            file = self.picture_of(pose)
            # pictures come one after the other, and each time all are asked about
            shown = f"{pose.name} {file} {self._mirrored} {self.devicePixelRatioF()}"
            if item.data(_SHOWN) == shown:
                continue
            item.setData(_SHOWN, shown)
            picture, icon = self._drawn(pose, file), QIcon()
            # the chosen one is not tinted: its colours are what one looks at
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
                icon.addPixmap(picture, mode)
            item.setIcon(icon)

    def filter(self, text: str) -> None:
        """Show only poses whose names contain a text."""
        needle = text.strip().lower()
        for i in range(self.count()):
            self.item(i).setHidden(needle not in self._name(self.item(i)).lower())

    def _drawn(self, pose: FacePose, file: Path | None) -> QPixmap:
        side = round(PICTURE_PX * self.devicePixelRatioF())
        if file is not None:
            image = QImage(str(file))
            edge = round(_MARGIN * image.width())
            image = image.copy(edge, edge, image.width() - 2 * edge, image.height() - 2 * edge)
            image = image.flipped(Qt.Orientation.Horizontal) if self._mirrored else image
            made = QPixmap.fromImage(image.scaled(side, side, mode=Qt.TransformationMode.SmoothTransformation))
            made.setDevicePixelRatio(self.devicePixelRatioF())
            return made
        made = QPixmap(side, side)
        made.setDevicePixelRatio(self.devicePixelRatioF())
        made.fill(QColor(theme.FIELD))
        painter = QPainter(made)
        painter.setPen(QColor(theme.FAINT))
        painter.setFont(theme.interface_font(20))
        painter.drawText(0, 0, PICTURE_PX, PICTURE_PX, Qt.AlignmentFlag.AlignCenter, pose.name[:1])
        painter.end()
        return made

    @staticmethod
    def _name(item: QListWidgetItem) -> str:
        return str(item.data(Qt.ItemDataRole.UserRole))

    # -- Qt's own, last as everywhere

    def mimeTypes(self) -> list[str]:
        """What a dragged pose can be taken as."""
        return [MIME, "text/plain"]

    def mimeData(self, items: Iterable[QListWidgetItem]) -> QMimeData:
        """The dragged pose, as a file of poses would hold it."""
        data = QMimeData()
        text = json.dumps(document(self.made_of(self._poses[self._name(item)]) for item in items))
        data.setData(MIME, text.encode())
        data.setText(text)
        return data

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter blends the chosen pose in, Delete takes it out, F2 renames it."""
        does = {
            Qt.Key.Key_Return: self.blended, Qt.Key.Key_Enter: self.blended, Qt.Key.Key_Delete: self.removed, Qt.Key.Key_F2: self.renaming,
        }.get(Qt.Key(event.key()))  # fmt: skip
        if does is not None and self.chosen:
            does.emit(self.chosen)
            event.accept()
        else:
            super().keyPressEvent(event)

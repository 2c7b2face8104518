"""Side B on the picture: a second view beside the first or wiped over it, looked at through the same camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.core.difference import FULL_MM
from app.render.pacing import FRAME_BUDGET_MS
from app.render.view import create_view
from app.render.view_gpu import GpuView
from app.render.view_software import SoftwareView
from app.session import Session
from app.ui import theme
from app.ui.preview import Preview

if TYPE_CHECKING:
    from app.session.slot import Slot


GAP = 2
SIDE_COLOURS = {"A": "#58a6d6", "B": "#e3a75f"}
_EDGE_WIDTH = 14


class SideLabel(QLabel):
    """Which side this is and who moves it; a mock in the colour of warnings."""

    def __init__(self, side: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.side = side
        self.setAccessibleName(f"Side {side}")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_slot(self, slot: Slot) -> None:
        """Name the side, its source and, when it is none, that it is a mock."""
        words = slot.label or slot.spec
        mock = "&nbsp; <b>MOCK</b>" if slot.is_mock else ""
        self.setText(f"<b style='font-size:15px'>{self.side}</b>&nbsp;&nbsp; {words}{mock}")
        ground, ink = (theme.WARNING, "#1b1509") if slot.is_mock else ("rgba(15, 17, 19, 205)", SIDE_COLOURS[self.side])
        self.setStyleSheet(
            f"background: {ground}; color: {ink}; padding: 4px 10px; border-radius: 4px; border-left: 4px solid {SIDE_COLOURS[self.side]};"
        )
        self.adjustSize()


class WipeEdge(QWidget):
    """The edge between the sides, to be dragged."""

    #: share of the width, 0 to 1
    dragged = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName("Edge between A and B")
        self.setToolTip("Drag to wipe between A and B")
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A bright line with a grip."""
        painter = QPainter(self)
        middle = self.width() // 2
        painter.fillRect(QRect(middle - 1, 0, 2, self.height()), Qt.GlobalColor.white)
        painter.setBrush(Qt.GlobalColor.white)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawEllipse(QPoint(middle, self.height() // 2), 6, 6)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the edge."""
        parent = self.parentWidget()
        if parent is not None:
            x = self.mapToParent(event.position().toPoint()).x()
            self.dragged.emit(min(max(x / max(parent.width(), 1), 0.0), 1.0))


class CompareView(QObject):
    """Lays side B out on the preview.

    Args:
        session: whose sides are shown.
        preview: where side A is.
    """

    def __init__(self, session: Session, preview: Preview) -> None:
        super().__init__(preview)
        self.edge = 0.5
        self.view: GpuView | SoftwareView | None = None
        self._session, self._preview = session, preview
        self._comparing = session.comparing
        self._clip = QWidget(preview)
        self._clip.hide()
        self._shown: tuple[object, ...] = ()
        self.labels = {side: SideLabel(side, preview) for side in ("A", "B")}
        self.handle = WipeEdge(preview)
        self.handle.dragged.connect(self.set_edge)
        preview.installEventFilter(self)
        self._comparing.changed.connect(self.refresh)
        session.animation_grew.connect(lambda _: self._label())
        session.source_changed.connect(lambda *_: self.refresh())
        preview.view_changed.connect(self._view_changed)

    @property
    def active(self) -> bool:
        """Whether both sides are on the picture."""
        return self.view is not None

    def set_edge(self, share: float) -> None:
        """Put the wipe's edge at a share of the width."""
        self.edge = share
        self._place()
        self.redraw()

    def redraw(self) -> None:
        """Ask for new pictures of both sides."""
        if self.view is not None:
            self.view.redraw()

    def refresh(self) -> None:
        """Follow the session: make or drop the second view, lay out, label."""
        comparing = self._comparing
        if comparing.both and comparing.layout != "difference" and self._preview.view is not None:
            if self.view is None:
                self._make_view()
            if self.view is not None and self.view.rig is not comparing.rig_b:
                self.view.set_rig(comparing.rig_b)
        else:
            self.drop_view()
        self._place()
        self._label()

    def drop_view(self) -> None:
        """Free the second view."""
        view, self.view = self.view, None
        if view is not None:
            view.close()
            view.deleteLater()
            if self._preview.view is not None:
                self._preview.view.set_budget(FRAME_BUDGET_MS)

    # -- inside

    def _make_view(self) -> None:
        preview = self._preview
        assert preview.view is not None
        view = create_view(self._clip, preview.kind)
        view.set_background(preview.view.background)
        view.setAccessibleName("Avatar, side B")
        view.set_camera(preview.camera)
        view.failed.connect(preview.failed)
        view.framing_changed.connect(preview.redraw)
        preview.view.framing_changed.connect(view.redraw)
        for each in (view, preview.view):
            each.set_budget(FRAME_BUDGET_MS / 2)
        self.view = view
        view.show()

    def _view_changed(self) -> None:
        """The first view was made anew, perhaps of another kind."""
        self.drop_view()
        self.refresh()

    def _place(self) -> None:
        """Give each side its room."""
        preview, view = self._preview, self.view
        width, height = preview.width(), preview.height()
        wiping = self._comparing.layout == "wipe"
        half = (width - GAP) // 2
        preview.picture_share = 0.5 if view is not None and not wiping else 1.0
        preview.set_right_margin(width - half if view is not None and not wiping else 0)
        self._clip.setVisible(view is not None)
        self.handle.setVisible(view is not None and wiping)
        if view is None:
            if self._shown:
                preview.frame(preview.framing)
            self._shown = ()
            return
        if wiping:
            x = round(self.edge * width)
            self._clip.setGeometry(x, 0, width - x, height)
            view.setGeometry(-x, 0, width, height)
            self.handle.setGeometry(x - _EDGE_WIDTH // 2, 0, _EDGE_WIDTH, height)
        else:
            self._clip.setGeometry(half + GAP, 0, width - half - GAP, height)
            view.setGeometry(0, 0, width - half - GAP, height)
        self._clip.raise_()
        self.handle.raise_()
        self._place_labels(width)
        key = (self._comparing.layout, width, height)
        if key != self._shown:
            self._shown = key
            preview.frame(preview.framing)
            view.redraw()

    def _place_labels(self, width: int) -> None:
        a, b = self.labels["A"], self.labels["B"]
        a.move(12, 12)
        b.move(max(width - b.width() - 12, width // 2 + 12) if self._comparing.layout == "wipe" else width // 2 + GAP + 12, 12)
        for each in (a, b, self._preview.banner):
            each.raise_()

    def _label(self) -> None:
        slots, comparing = self._session.slots, self._comparing
        for side, label in self.labels.items():
            shown = side in slots and not self._session.live.active and comparing.possible
            if shown:
                label.show_slot(slots[side])
            if shown and side == "A" and comparing.both and comparing.layout == "difference":
                label.setText(f"{label.text()} &nbsp;against <b>B</b>&nbsp; {slots['B'].label}: red is {FULL_MM:g} mm or more")
                label.adjustSize()
            label.setVisible(shown and (self.active or side == ("A" if comparing.both else comparing.shown_slot)))
        self._preview.hide_tags(comparing.possible and not self._session.live.active)
        if self.active:
            self._place_labels(self._preview.width())
        else:
            self.labels["A"].move(12, 12)
            self.labels["B"].move(12, 12)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lay out anew with the preview."""
        if watched is self._preview and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

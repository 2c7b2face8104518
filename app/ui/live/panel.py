"""The panel of live faces: out above, in below."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.session.live.incoming import Incoming
from app.session.live.live import Live
from app.session.live.taking import Taking
from app.session.streaming.live_out import LiveOut
from app.ui.kit import theme
from app.ui.live.in_form import InForm
from app.ui.live.out_form import OutForm
from app.ui.live.take_form import TakeForm

#: figures that change faster cannot be read
REFRESH_MS = 250


class LivePanel(QFrame):
    """Forms in their places; what they do is said in ``LiveFaces``.

    Args:
        live_out: sends.
        incoming: listens.
        taking: records.
        live: is moved.
        head: the command that lets head and eyes follow.
    """

    def __init__(self, live_out: LiveOut, incoming: Incoming, taking: Taking, live: Live, head: QAction) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.out = OutForm(live_out)
        self.into = InForm(incoming, live, head)
        self.take = TakeForm(taking)
        inner = QWidget()
        inner.setObjectName("live")
        inner.setStyleSheet(f"QWidget#live {{ background: {theme.PANEL}; }}")
        rule = QFrame()
        rule.setObjectName("rule")
        rule.setFixedHeight(1)
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(14)
        for widget in (self.out, rule, self.into, self.take):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        self.setMinimumWidth(300)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.show_figures)
        self._timer.start()

    def show_figures(self) -> None:
        """Write the figures, when somebody sees them."""
        if self.isVisible():
            self.out.show_figures()
            self.into.show_figures()
            self.take.show_time()

    # -- Qt's own, last as everywhere

    def showEvent(self, event: QShowEvent) -> None:
        """Up to date at once."""
        super().showEvent(event)
        self.out.refresh()
        self.into.refresh()

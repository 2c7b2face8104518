"""The panel of the links: how the servers are and how good the way to them is; and the dot in the status bar."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.remote.finding import PROTOCOLS
from app.remote.link.addresses import host_of
from app.remote.link.meter import LinkStatus
from app.session.base.side import Side
from app.session.link.links import Links
from app.ui.kit import theme

GOOD = theme.GOOD
#: state -> colour, word
STATES = {
    "idle": (GOOD, "Ready"),
    "connecting": (theme.ACCENT, "Connecting"),
    "streaming": (GOOD, "Streaming"),
    "reconnecting": (theme.WARNING, "Reconnecting"),
    "done": (GOOD, "Ready"),
    "lost": (theme.ERROR, "Lost"),
}
ROWS = (
    ("Health", "What the server last said about itself"),
    ("Mode", "Whether the motion follows the sound"),
    ("Model", "The model that the server reports"),
    ("Protocol", "What is spoken with the server"),
    ("Round trip", "From a question to its answer"),
    ("Jitter", "How much the round trip varies (RFC 3550)"),
    ("Buffer", "Motion at hand beyond what plays now"),
    ("Frames", "Frames received for this speech"),
    ("Late", "Frames that came after their time; the face had rested there"),
    ("Dropped", "Frames that never came and were replaced by rest"),
    ("Reconnections", "How often the stream was taken up again"),
)
#: figures that change faster cannot be read
REFRESH_MS = 250


def state_of(status: LinkStatus) -> tuple[str, str]:
    """Colour and word of a link."""
    if status.state in ("idle", "done") and not status.healthy:
        return theme.FAINT, "Not asked yet"
    return STATES[status.state]


def _texts(status: LinkStatus, buffer_s: float) -> tuple[str, ...]:
    known = bool(status.server)
    trip = f"{status.round_trip_ms:.1f} ms" if status.round_trip_ms else "–"
    jitter = f"{status.jitter_ms:.1f} ms" if status.round_trip_ms else "–"
    return (
        "good" if status.healthy else "no answer" if status.state in ("lost", "reconnecting") else "–",
        "–" if not known else "MOCK: it does not listen" if status.mock else "real",
        status.model or ("not reported" if known else "–"),
        PROTOCOLS.get(status.server, "–"),
        trip, jitter, f"{buffer_s:.1f} s", f"{status.received}", f"{status.late}", f"{status.dropped}", f"{status.reconnects}",
    )  # fmt: skip


class LinkSection(QWidget):
    """One server."""

    def __init__(self) -> None:
        super().__init__()
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.title.setAccessibleName("Server")
        self.message = QLabel()
        self.message.setObjectName("caption")
        self.message.setWordWrap(True)
        self.message.setAccessibleName("Message of the link")
        self.values = {name: QLabel() for name, _ in ROWS}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.title, 0, 0, 1, 2)
        grid.setRowMinimumHeight(0, 26)
        for row, (name, hint) in enumerate(ROWS, 1):
            label = QLabel(name)
            label.setStyleSheet(f"color: {theme.DIM};")
            label.setToolTip(hint)
            value = self.values[name]
            value.setToolTip(hint)
            value.setAccessibleName(name)
            value.setWordWrap(name in ("Mode", "Model", "Protocol"))
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
        grid.addWidget(self.message, len(ROWS) + 1, 0, 1, 2)

    def show_link(self, side: Side, status: LinkStatus, buffer_s: float, lettered: bool) -> None:
        """Write everything.

        Args:
            side: whose link.
            status: as it is now.
            buffer_s: seconds of motion at hand.
            lettered: whether there is more than one side.
        """
        colour, word = state_of(status)
        letter = f"{side.name}&nbsp;&nbsp;" if lettered else ""
        host = host_of(str(side.spec))
        dot, dim = f'<span style="color:{colour}">●</span>', f'<span style="color:{theme.DIM}">{word}</span>'
        self._write(self.title, f"{letter}{dot}&nbsp; <b>{host}</b>&nbsp; {dim}")
        for (name, _), text in zip(ROWS, _texts(status, buffer_s), strict=True):
            self._write(self.values[name], text)
        self._tint("Mode", theme.WARNING if status.mock else "")
        for name in ("Late", "Dropped"):
            self._tint(name, theme.WARNING if self.values[name].text() != "0" else "")
        self._write(self.message, status.message)
        self.message.setVisible(bool(status.message))

    def _tint(self, name: str, colour: str) -> None:
        sheet = f"color: {colour}; font-weight: 600;" if colour else ""
        if self.values[name].styleSheet() != sheet:
            self.values[name].setStyleSheet(sheet)

    @staticmethod
    def _write(label: QLabel, text: str) -> None:
        if label.text() != text:
            label.setText(text)


class LinkPanel(QFrame):
    """All servers in use, one under the other.

    Args:
        links: of the session.
        parent: Qt's; what has none is destroyed by whatever thread collects garbage.
    """

    #: another server is wanted
    change_wanted = Signal()

    def __init__(self, links: Links, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._links = links
        self.sections = [LinkSection(), LinkSection(), LinkSection()]
        self.ask = QPushButton("Ask now")
        self.ask.setToolTip("Ask the server now how it is; otherwise it is asked every five seconds")
        self.ask.clicked.connect(links.check_now)
        self.change = QPushButton("Another server…")
        self.change.setToolTip("Choose another server for the source on show")
        self.change.clicked.connect(self.change_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.ask)
        buttons.addWidget(self.change)
        buttons.addStretch(1)
        inner = QWidget()
        inner.setObjectName("links")
        inner.setStyleSheet(f"QWidget#links {{ background: {theme.PANEL}; }}")
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(18)
        for section in self.sections:
            column.addWidget(section)
            section.hide()
        column.addLayout(buttons)
        column.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()

    def refresh(self) -> None:
        """Write the figures, when somebody sees them."""
        if not self.isVisible():
            return
        sides = self._links.remote_sides
        for i, section in enumerate(self.sections):
            section.setVisible(i < len(sides))
            if i < len(sides):
                side = sides[i]
                status = self._links.statuses.get(side.name, LinkStatus())
                section.show_link(side, status, self._links.buffer_s(side.name), len(sides) > 1)

    # -- Qt's own, last as everywhere

    def showEvent(self, event: QShowEvent) -> None:
        """Up to date at once."""
        super().showEvent(event)
        self.refresh()


class LinkDot(QToolButton):
    """The state of the worst link, for the status bar; pressed, it opens the panel.

    Args:
        links: of the session.
    """

    def __init__(self, links: Links) -> None:
        super().__init__()
        self._links = links
        self.setAccessibleName("Link to the server")
        self.setStyleSheet("QToolButton { font-size: 11px; padding: 0 8px; }")
        self.hide()
        links.changed.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """Show the worst of the links."""
        sides = self._links.remote_sides
        self.setVisible(bool(sides))
        if not sides:
            return
        order = list(STATES)
        side = max(sides, key=lambda each: order.index(self._status(each).state))
        status = self._status(side)
        colour, word = state_of(status)
        self.setText(f"● {word}" if word != "Ready" or not status.round_trip_ms else f"● Remote {status.round_trip_ms:.0f} ms")
        self.setToolTip(f"{host_of(str(side.spec))}: {word.lower()}. {status.message or 'Press for the figures of the link.'}")
        sheet = f"QToolButton {{ font-size: 11px; padding: 0 8px; color: {colour}; }}"
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)

    def _status(self, side: Side) -> LinkStatus:
        return self._links.statuses.get(side.name, LinkStatus())

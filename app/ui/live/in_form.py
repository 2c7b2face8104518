"""The lower half of the panel: who sends a face to this program, and how well that goes."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.session.live.incoming import Incoming, name_of
from app.session.live.live import Live
from app.streaming.address import PORTS
from app.streaming.heard import SenderCounters
from app.ui.kit import theme
from app.ui.live.receiver_row import port_box, wire_box

WIRES = ("livelink", "vmc", "websocket")
WHOEVER = "Whoever sends"
#: what is done at the other end, by wire
_THERE = {
    "livelink": "In the app on the phone, add the address {host} and port {port} under Live Link.",
    "vmc": "In the tracker, send VMC to the address {host} and port {port}.",
    "websocket": "The program that serves faces at this address is joined.",
}
ROWS = (
    ("Heard", "Who sends, and when the last face came"),
    ("Rate", "Faces a second, and what the sender says"),
    ("Jitter", "How much the time between two faces differs from the sender's clock"),
    ("Lost", "Faces that never came, by their numbers, and those that came too late to be shown"),
)


class InForm(QWidget):
    """Where it listens, whose face is followed, and the figures of the way.

    Args:
        incoming: listens.
        live: is moved.
        head: the command that lets head and eyes follow.
    """

    #: begin or end
    toggled = Signal(bool)
    #: let the stream move the face, or not
    followed = Signal(bool)

    def __init__(self, incoming: Incoming, live: Live, head: QAction) -> None:
        super().__init__()
        self._incoming, self._live = incoming, live
        self.host = "127.0.0.1"
        self._title = QLabel("Live in")
        self._title.setObjectName("heading")
        self.start = QPushButton("Listen")
        self.start.setAccessibleName("Listen for a face")
        self.start.clicked.connect(lambda: self.toggled.emit(not (incoming.active or incoming.joining)))
        self.wire = wire_box(WIRES, "What is listened for")
        self.port = port_box("Port that is listened at", 0)
        self.port.setToolTip("Port that is listened at; 0 takes a free one")
        self.server = QLineEdit()
        self.server.setAccessibleName("Machine whose WebSocket is joined")
        self.server.setToolTip("Name or IP address of the machine that serves faces; 127.0.0.1 is this one")
        self.token = QLineEdit()
        self.token.setPlaceholderText("Token, where it asks for one")
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setAccessibleName("Token of the WebSocket")
        self.token.setToolTip("What the program that serves faces asks for, where it does; it is not remembered")
        self._colon = QLabel()
        self.about = QLabel()
        self.about.setObjectName("caption")
        self.about.setWordWrap(True)
        self.who = QComboBox()
        self.who.setAccessibleName("Whose face is followed")
        self.who.setToolTip("Whose face is followed when several send")
        self.who.setMinimumContentsLength(6)
        self.who.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.moves = QCheckBox("Moves the face")
        self.moves.setToolTip("Off: it is heard and can be recorded, while the clip moves the face")
        self.head = QCheckBox("Head and eyes follow")
        self.head.setToolTip(head.toolTip())
        self.head.clicked.connect(head.trigger)
        head.toggled.connect(self.head.setChecked)
        self.head.setChecked(head.isChecked())
        self.names = {name: QLabel(name) for name, _ in ROWS}
        self.values = {name: QLabel() for name, _ in ROWS}
        self._lay_out()
        self.wire.activated.connect(self._choose_wire)
        for field in (self.server, self.port, self.token):
            field.editingFinished.connect(self._edit)
        self.who.activated.connect(lambda at: incoming.want(self.who.itemData(at)))
        self.moves.clicked.connect(self.followed)
        for changed in (incoming.changed, incoming.toggled, live.toggled):
            changed.connect(lambda *_: self.refresh())
        self.refresh()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self.start)
        where = QHBoxLayout()
        where.setSpacing(6)
        where.addWidget(self.wire)
        where.addWidget(self.server, 1)
        where.addWidget(self._colon)
        where.addWidget(self.port)
        where.addWidget(self.who, 1)
        does = QHBoxLayout()
        does.setSpacing(16)
        does.addWidget(self.moves)
        does.addWidget(self.head)
        does.addStretch(1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, line in enumerate((head, where)):
            grid.addLayout(line, row, 0, 1, 2)
        for row, widget in enumerate((self.token, self.about), 2):
            grid.addWidget(widget, row, 0, 1, 2)
        grid.addLayout(does, 4, 0, 1, 2)
        for row, (name, hint) in enumerate(ROWS, 5):
            label = self.names[name]
            label.setStyleSheet(f"color: {theme.DIM};")
            value = self.values[name]
            value.setWordWrap(True)
            value.setAccessibleName(name)
            for hinted in (label, value):
                hinted.setToolTip(hint)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)

    def refresh(self) -> None:
        """Write everything."""
        incoming = self._incoming
        port = incoming.port if incoming.address is None else incoming.address.port
        with QSignalBlocker(self.port), QSignalBlocker(self.wire):
            self.wire.setCurrentIndex(self.wire.findData(incoming.wire))
            self.port.setValue(port)
        if self.server.text() != incoming.host:
            self.server.setText(incoming.host)
            self.server.setCursorPosition(0)
        for widget in (self.server, self.token):
            widget.setVisible(incoming.wire == "websocket")
        self.who.setVisible(incoming.wire != "websocket")
        self._colon.setText(":" if incoming.wire == "websocket" else "port")
        self.about.setText(_THERE[incoming.wire].format(host=self.host, port=port))
        self.start.setText("Stop" if incoming.active or incoming.joining else "Listen")
        self._show_senders()
        self.moves.setEnabled(incoming.active)
        self.moves.setChecked(self._live.follows_stream)
        self.show_figures()

    def show_figures(self) -> None:
        """Write how well it goes."""
        incoming = self._incoming
        for (name, _), text in zip(ROWS, heard_words(incoming, incoming.counters), strict=True):
            if self.values[name].text() != text:
                self.values[name].setText(text)
            for widget in (self.names[name], self.values[name]):
                widget.setVisible(bool(text))
        sheet = f"color: {theme.WARNING};" if incoming.is_lost or incoming.fault else ""
        if self.values["Heard"].styleSheet() != sheet:
            self.values["Heard"].setStyleSheet(sheet)

    def _show_senders(self) -> None:
        """Several may send; one is followed."""
        names = list(dict.fromkeys(name_of(sender) for sender in self._incoming.senders))
        if self._incoming.wanted and self._incoming.wanted not in names:
            names.append(self._incoming.wanted)
        if [self.who.itemData(at) for at in range(1, self.who.count())] != names:
            self.who.clear()
            self.who.addItem(WHOEVER, "")
            for name in names:
                self.who.addItem(name, name)
        elif not self.who.count():
            self.who.addItem(WHOEVER, "")
        self.who.setCurrentIndex(max(self.who.findData(self._incoming.wanted), 0))

    def _edit(self) -> None:
        """Listen where the fields say."""
        incoming, host = self._incoming, "".join(self.server.text().split())
        incoming.token = self.token.text().strip()
        incoming.listen_at(incoming.wire, self.port.value(), host)
        self.refresh()

    def _choose_wire(self) -> None:
        """Another wire brings its own port."""
        wire, incoming = self.wire.currentData(), self._incoming
        incoming.listen_at(wire, PORTS[wire] if incoming.port == PORTS[incoming.wire] else incoming.port)
        self.refresh()


def heard_words(incoming: Incoming, counters: SenderCounters | None) -> tuple[str, str, str, str]:
    """What stands in the rows.

    Args:
        incoming: listens.
        counters: of the one who is followed.
    """
    if not incoming.active:
        return "", "", "", ""
    if counters is None:
        return incoming.fault or "nobody yet", "", "", ""
    silent = f"{counters.silent_s:.0f} s ago" if incoming.is_lost else "just now"
    heard = f"{incoming.label}, last face {silent}" + (f". {incoming.fault}" if incoming.fault else "")
    jitter = counters.jitter
    lost = f"{counters.lost:,} of {counters.frames + counters.lost:,}"
    if counters.out_of_order:
        lost += f", {counters.out_of_order:,} came too late"
    return (
        heard,
        f"{counters.rate_hz:.1f} a second, sent at {counters.fps:.4g}",
        f"{jitter.p50_ms:.1f} ms, 99 % below {jitter.p99_ms:.1f} ms, worst {jitter.worst_ms:.1f} ms",
        lost,
    )

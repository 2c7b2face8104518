"""One program that faces are sent to: whether, how, where, and how well that goes."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QToolButton, QWidget

from app.core.errors import StreamingError
from app.session.streaming.live_out import ChosenReceiver
from app.streaming.address import PORTS, TITLES, Address
from app.streaming.tally import ReceiverCounters
from app.ui.kit import theme
from app.ui.kit.icons import icon
from app.ui.kit.number_row import NUMBER_STYLE

#: as short as a line with address and port needs them
SHORT = {"livelink": "Live Link", "livelink5": "Live Link 5", "vmc": "VMC", "websocket": "WebSocket"}
#: as high as the fields beside it
_PORT_STYLE = NUMBER_STYLE.replace("QDoubleSpinBox", "QSpinBox").replace(
    "padding: 1px 5px; min-height: 18px", "padding: 4px; min-height: 20px"
)


def wire_box(wires: tuple[str, ...], name: str) -> QComboBox:
    """A choice of what is spoken.

    Args:
        wires: to choose from.
        name: for those who hear the window.
    """
    box = QComboBox()
    for wire in wires:
        box.addItem(SHORT[wire], wire)
        box.setItemData(box.count() - 1, TITLES[wire], Qt.ItemDataRole.ToolTipRole)
    box.setAccessibleName(name)
    box.setToolTip("What is spoken: that of Live Link Face for Unreal, VMC for avatars of VRM, or this program's own WebSocket")
    box.setFixedWidth(106)
    return box


def port_box(name: str, lowest: int = 1) -> QSpinBox:
    """A port to type."""
    box = QSpinBox()
    box.setRange(lowest, 65535)
    box.setStyleSheet(_PORT_STYLE)
    box.setKeyboardTracking(False)
    box.setFixedWidth(58)
    box.setAccessibleName(name)
    return box


class ReceiverRow(QWidget):
    """A receiver's fields, and its figures below them.

    Args:
        receiver: as it is now.
    """

    #: a ChosenReceiver: the user changed it
    edited = Signal(object)
    removed = Signal()
    #: what was typed is no address: one sentence
    refused = Signal(str)

    def __init__(self, receiver: ChosenReceiver) -> None:
        super().__init__()
        self._of = receiver
        self.on = QCheckBox()
        self.on.setAccessibleName("Send to this receiver")
        self.on.setToolTip("Send to this receiver")
        self.wire = wire_box(tuple(TITLES), "What this receiver understands")
        self.host = QLineEdit()
        self.host.setAccessibleName("Address of the receiver")
        self.host.setToolTip("Name or IP address of the machine; 127.0.0.1 is this one")
        self.port = port_box("Port of the receiver")
        self.remove = QToolButton()
        self.remove.setIcon(icon("cross", theme.DIM))
        self.remove.setAccessibleName("Remove this receiver")
        self.remove.setToolTip("Remove this receiver")
        self.figures = QLabel()
        self.figures.setObjectName("caption")
        self.figures.setWordWrap(True)
        self.figures.setAccessibleName("What was sent to this receiver")
        self._lay_out()
        self.show_receiver(receiver)
        self.on.clicked.connect(self._edit)
        self.wire.activated.connect(self._choose_wire)
        self.host.editingFinished.connect(self._edit)
        self.port.editingFinished.connect(self._edit)
        self.remove.clicked.connect(self.removed)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.wire)
        line.addWidget(self.host, 1)
        line.addWidget(QLabel(":"))
        line.addWidget(self.port)
        line.addWidget(self.remove)
        grid.addWidget(self.on, 0, 0)
        grid.addLayout(line, 0, 1)
        grid.addWidget(self.figures, 1, 1)

    @property
    def receiver(self) -> ChosenReceiver:
        """As it is now."""
        return self._of

    def show_receiver(self, receiver: ChosenReceiver) -> None:
        """Write what it is."""
        self._of = receiver
        address = receiver.address
        with QSignalBlocker(self.port), QSignalBlocker(self.wire):
            self.on.setChecked(receiver.on)
            self.wire.setCurrentIndex(self.wire.findData(address.wire))
            if self.host.text() != address.host:
                self.host.setText(address.host)
                self.host.setCursorPosition(0)
            self.port.setValue(address.port)

    def show_counters(self, counters: ReceiverCounters | None) -> None:
        """Write how well it goes; None while nothing is sent to it."""
        text = "" if counters is None else sent_words(counters)
        if self.figures.text() != text:
            self.figures.setText(text)
        fault = counters is not None and bool(counters.fault)
        sheet = f"color: {theme.WARNING};" if fault else ""
        if self.figures.styleSheet() != sheet:
            self.figures.setStyleSheet(sheet)
        self.figures.setVisible(bool(text))

    def _choose_wire(self) -> None:
        """Another wire brings its own port."""
        wire = self.wire.currentData()
        if self.port.value() == PORTS[self._of.address.wire]:
            with QSignalBlocker(self.port):
                self.port.setValue(PORTS[wire])
        self._edit()

    def _edit(self, *_: object) -> None:
        host = self.host.text().strip()
        try:
            address = Address.parse(f"{self.wire.currentData()}:{f'[{host}]' if ':' in host else host}:{self.port.value()}")
        except StreamingError as error:
            self.show_receiver(self._of)
            self.refused.emit(str(error))
            return
        receiver = ChosenReceiver(address, self.on.isChecked())
        if receiver != self._of:
            self._of = receiver
            self.edited.emit(receiver)


def sent_words(counters: ReceiverCounters) -> str:
    """How well sending goes, in a line or two."""
    parts = [f"{counters.rate_hz:.1f} a second", f"{counters.packets:,} packets"]
    if counters.address.wire == "websocket":
        parts.insert(0, f"{counters.clients} joined")
    parts.append(f"99 % within {counters.lateness.p99_ms:.1f} ms" if counters.frames else "")
    if counters.failed:
        parts.append(f"{counters.failed:,} failed")
    if counters.dropped:
        parts.append(f"{counters.dropped:,} dropped")
    figures = ", ".join(filter(None, parts))
    return f"{figures}. {counters.fault}" if counters.fault else figures

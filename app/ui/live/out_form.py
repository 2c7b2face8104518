"""The upper half of the panel: to whom what is shown is sent."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.session.streaming.live_out import ChosenReceiver, LiveOut
from app.streaming.address import PORTS, Address
from app.ui.kit.buttons import plain_button
from app.ui.live.receiver_row import ReceiverRow

#: how VMC calls the shapes
NAMES = (("JawOpen", "PascalCase"), ("jawOpen", "camelCase"), ("VRM: aa, blink", "VRM"))


class OutForm(QWidget):
    """The receivers, what the face is called, and what belongs to it.

    Args:
        live_out: sends.
    """

    #: begin or end
    toggled = Signal(bool)
    #: what was typed is no address: one sentence
    refused = Signal(str)

    def __init__(self, live_out: LiveOut) -> None:
        super().__init__()
        self._out = live_out
        self.rows: list[ReceiverRow] = []
        title = QLabel("Live out")
        title.setObjectName("heading")
        self.start = QPushButton("Send")
        self.start.setAccessibleName("Send what is shown")
        self.start.clicked.connect(lambda: self.toggled.emit(not self._out.active))
        self.about = QLabel("What is shown goes to these programs, 60 faces a second, playing or standing still.")
        self.join = QLabel()
        for words in (self.about, self.join):
            words.setObjectName("caption")
            words.setWordWrap(True)
        self.join.setAccessibleName("How others join")
        self.join.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.names = QComboBox()
        for shown, names in NAMES:
            self.names.addItem(shown, names)
        self.names.setAccessibleName("Names of the shapes, for VMC")
        self.names.setToolTip("How VMC calls the shapes; receivers compare letter by letter, so look at how the model lists them")
        self.names.activated.connect(lambda at: self._out.set_names(self.names.itemData(at)))
        self.add = plain_button("Add receiver", "One more program that gets the face")
        self.add.clicked.connect(self._add)
        self.subject = QLineEdit()
        self.subject.setAccessibleName("Name of the face")
        self.subject.setToolTip("What receivers call the face: the subject of Live Link")
        self.subject.editingFinished.connect(lambda: self._out.set_subject(self.subject.text()))
        self.life = QCheckBox("Idle life too: lids, gaze, sway")
        self.life.setToolTip("Send the blinks, glances and sway that the avatar shows; off sends the motion alone")
        self.life.clicked.connect(self._out.set_life)
        self._column = QVBoxLayout()
        self._lay_out(title)
        self._out.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self, title: QLabel) -> None:
        self._column.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.start)
        called = QHBoxLayout()
        called.setSpacing(8)
        called.addWidget(QLabel("Called"))
        called.addWidget(self.subject, 1)
        called.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.about)
        column.addLayout(self._column)
        column.addWidget(self.join)
        lively = QHBoxLayout()
        lively.addWidget(self.life)
        lively.addStretch(1)
        lively.addWidget(self.names)
        column.addLayout(lively)
        column.addLayout(called)

    def refresh(self) -> None:
        """Write everything."""
        out = self._out
        if [row.receiver.address for row in self.rows] != [receiver.address for receiver in out.chosen]:
            self._fill()
        for row, receiver in zip(self.rows, out.chosen, strict=True):
            row.show_receiver(receiver)
        if self.subject.text() != out.subject:
            self.subject.setText(out.subject)
            self.subject.setCursorPosition(0)
        self.life.setChecked(out.with_life)
        self.names.setCurrentIndex(self.names.findData(out.names))
        self.names.setVisible(any(receiver.address.wire == "vmc" for receiver in out.chosen))
        self.start.setText("Stop" if out.active else "Send")
        self.join.setText(f"Others join the WebSocket with the token {out.token}" if out.token else "")
        self.join.setVisible(bool(out.token))
        self.show_figures()

    def show_figures(self) -> None:
        """Write how well it goes."""
        known = {counters.address: counters for counters in self._out.counters}
        for row, receiver in zip(self.rows, self._out.chosen, strict=True):
            row.show_counters(known.get(receiver.address))

    def _fill(self) -> None:
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [ReceiverRow(receiver) for receiver in self._out.chosen]
        for at, row in enumerate(self.rows):
            row.edited.connect(lambda receiver, at=at: self._change(at, receiver))
            row.removed.connect(lambda at=at: self._change(at, None))
            row.refused.connect(self.refused)
            self._column.addWidget(row)

    def _change(self, at: int, receiver: ChosenReceiver | None) -> None:
        before, after = self._out.chosen[:at], self._out.chosen[at + 1 :]
        new = () if receiver is None or receiver.address in [each.address for each in (*before, *after)] else (receiver,)
        self._out.set_receivers((*before, *new, *after))

    def _add(self) -> None:
        """One more, at the first free port of this machine."""
        taken = {receiver.address for receiver in self._out.chosen}
        port = PORTS["livelink"]
        while Address("livelink", "127.0.0.1", port) in taken:
            port += 1
        self._out.set_receivers((*self._out.chosen, ChosenReceiver(Address("livelink", "127.0.0.1", port), not self._out.active)))

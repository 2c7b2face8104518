"""Who takes part and how: persona, recogniser, model, voice, microphone, interruption; folded away while one talks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from app.session.conversation.cast import Offer, Role
from app.ui.conversation.leak_meter import LeakMeter
from app.ui.kit import theme

#: role -> label, what the picker is for
ROLES: Mapping[Role, tuple[str, str]] = MappingProxyType({
    "persona": ("Persona", "Who the avatar is: its instructions and its voice"),
    "recogniser": ("Hears", "Who turns what you say into text"),
    "answers": ("Answers", "Who answers: a chat model, a service that does all steps at once, or the scripted persona"),
    "voice": ("Voice", "Whose voice speaks; it matches the avatar unless you choose another one"),
    "language": ("Language", "What you speak"),
})  # fmt: skip
INTERRUPTIONS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "off": ("Only by key", "The answer is stopped by the key to talk, Esc or a typed line, never by what the microphone hears"),
    "calm": ("Calm", "A cough or a word in passing does not stop the answer"),
    "normal": ("Normal", "Speaking stops the answer"),
    "quick": ("Quick", "The first sound of your voice stops the answer; best with headphones"),
})  # fmt: skip
ECHOES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "guard": ("Loudspeakers, guarded", "The avatar's own voice is taken out of the microphone, and you can speak over it"),
    "half-duplex": ("Loudspeakers, in turns", "The microphone is deaf while the avatar speaks; the key to talk still stops it"),
    "headphones": ("Headphones", "Nothing comes back, and you can speak over the avatar at any time"),
})  # fmt: skip


class SetUp(QWidget):
    """Pickers and switches."""

    #: role, id of what was chosen
    chosen = Signal(str, str)
    #: a DeviceChoice, or None for the system's default
    microphone_chosen = Signal(object)
    #: the list of microphones is about to be looked at
    microphones_wanted = Signal()
    #: one of INTERRUPTIONS
    interruption_chosen = Signal(str)
    #: one of ECHOES
    echo_chosen = Signal(str)
    face_chosen = Signal(bool)
    greeting_chosen = Signal(bool)
    keeping_chosen = Signal(bool)
    #: megabytes
    limit_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.pickers: dict[Role, QComboBox] = {}
        self._labels: dict[Role, QLabel] = {}
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        for role, (words, hint) in ROLES.items():
            picker = self.pickers[role] = self._picker(words, hint)
            picker.activated.connect(partial(self._choose, role))
            self._labels[role] = self._row(words, picker)
        self.microphone = _DevicePicker()
        self.microphone.setAccessibleName("Microphone")
        self.microphone.setToolTip("Which microphone listens")
        self.microphone.opening.connect(self.microphones_wanted)
        self.microphone.activated.connect(lambda i: self.microphone_chosen.emit(self.microphone.itemData(i)))
        self._row("Microphone", self.microphone)
        self.interruption = self._ways("Interrupting", "How easily your voice stops the answer", INTERRUPTIONS)
        self.interruption.activated.connect(lambda i: self.interruption_chosen.emit(str(self.interruption.itemData(i))))
        self.echo = self._ways("Sound", "Where the avatar is heard, so that it does not hear itself", ECHOES)
        self.echo.activated.connect(lambda i: self.echo_chosen.emit(str(self.echo.itemData(i))))
        self.leak = LeakMeter()
        self._row("Echo", self.leak)
        self._make_switches()
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setStyleSheet(f"color: {theme.DIM}; font-size: {theme.SMALL_PX}px;")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(8)
        column.addLayout(self._grid)
        kept = QHBoxLayout()
        kept.addWidget(self.keep, 1)
        kept.addWidget(self.limit)
        column.addWidget(self.face)
        column.addWidget(self.greet)
        column.addLayout(kept)
        column.addWidget(self.about)

    # -- what is shown

    def show_offers(self, role: Role, offers: Iterable[Offer], current: str) -> None:
        """List what can be chosen for a role; a role with nothing to choose is hidden."""
        picker = self.pickers[role]
        with QSignalBlocker(picker):
            picker.clear()
            for offer in offers:
                picker.addItem(offer.label, offer.id)
                i = picker.count() - 1
                picker.setItemData(i, offer.hint or offer.label, Qt.ItemDataRole.ToolTipRole)
                item = picker.model().item(i)  # type: ignore[attr-defined]
                item.setEnabled(offer.usable)
            picker.setCurrentIndex(max(picker.findData(current), 0))
        there = picker.count() > 0
        picker.setVisible(there)
        self._labels[role].setVisible(there)

    def show_microphones(self, devices: Iterable[tuple[str, object]], current: object) -> None:
        """List the microphones: label and choice of each, the system's default first."""
        with QSignalBlocker(self.microphone):
            self.microphone.clear()
            found = 0
            for label, device in devices:
                self.microphone.addItem(label, device)
                if device == current:
                    found = self.microphone.count() - 1
            self.microphone.setCurrentIndex(found)

    def show_switches(self, interruption: str, echo: str, *, face: bool, greet: bool, keep: bool, keep_mb: int) -> None:
        """Show how the rest is set."""
        self.greet.setChecked(greet)
        self.limit.setValue(keep_mb)
        self.limit.setEnabled(keep)
        self.interruption.setCurrentIndex(max(self.interruption.findData(interruption), 0))
        self.echo.setCurrentIndex(max(self.echo.findData(echo), 0))
        self.face.setChecked(face)
        self.keep.setChecked(keep)

    # -- building

    def _make_switches(self) -> None:
        self.face = QCheckBox("Listen and think on the face")
        self.face.setToolTip("Gaze, a thinking look and small nods while you talk; never part of a track")
        self.face.clicked.connect(self.face_chosen)
        self.greet = QCheckBox("Let the avatar speak first")
        self.greet.setToolTip("A persona that has a greeting says it when a conversation begins; a typed line comes before it")
        self.greet.clicked.connect(self.greeting_chosen)
        self.keep = QCheckBox("Keep every answer as a take")
        self.keep.setToolTip("Sound, words and motion, for tuning and review; only you can read the files")
        self.keep.clicked.connect(self.keeping_chosen)
        self.limit = QSpinBox()
        self.limit.setRange(10, 1_000_000)
        self.limit.setSingleStep(100)
        self.limit.setSuffix(" MB")
        self.limit.setAccessibleName("Room for kept answers")
        self.limit.setToolTip("Where kept answers need more, the oldest give way")
        self.limit.editingFinished.connect(lambda: self.limit_chosen.emit(self.limit.value()))

    def _picker(self, words: str, hint: str) -> QComboBox:
        picker = QComboBox()
        picker.setAccessibleName(words)
        picker.setToolTip(hint)
        picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        picker.setMinimumContentsLength(10)
        return picker

    def _ways(self, words: str, hint: str, ways: Mapping[str, tuple[str, str]]) -> QComboBox:
        picker = self._picker(words, hint)
        for name, (label, about) in ways.items():
            picker.addItem(label, name)
            picker.setItemData(picker.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
        self._row(words, picker)
        return picker

    def _row(self, words: str, widget: QWidget) -> QLabel:
        label = QLabel(words)
        label.setBuddy(widget)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1)
        return label

    def _choose(self, role: Role, index: int) -> None:
        self.chosen.emit(role, str(self.pickers[role].itemData(index)))


class _DevicePicker(QComboBox):
    """A list that is filled when it is opened: devices come and go."""

    opening = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)

    # -- Qt's own, last as everywhere

    def showPopup(self) -> None:
        """Look for devices first."""
        self.opening.emit()
        super().showPopup()

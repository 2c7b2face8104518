"""The line to speak, and who speaks, moves and is shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.core.marks.grammar import read_marks
from app.core.marks.placing import words_in
from app.lipsync.registry import source_choices
from app.ui.kit.picker import Picker
from app.ui.sources.voice_words import short_list, title_of_voice

if TYPE_CHECKING:
    from app.speech.engine import Voice

OPEN = "open"
#: of the picker of voices
MORE = "more"


@dataclass(frozen=True)
class Asking:
    """An entry of the source picker that asks for something first.

    Attributes:
        kind: what ``source_wanted`` tells.
        label: as written in the picker.
        about: one sentence.
    """

    kind: str
    label: str
    about: str


@dataclass(frozen=True)
class KnownSource:
    """A source with an argument that was used before.

    Attributes:
        spec: as written on the command line.
        label: as written in the picker; a mock says so here.
        about: one sentence.
    """

    spec: str
    label: str
    about: str


ASKINGS: tuple[Asking, ...] = (
    Asking("nvidia", "NVIDIA bundle…", "Your download of NVIDIA's Audio2Face-3D weights: choose the bundle's folder."),
    Asking("track", "Track file…", "A recorded or exported track played against this sound."),
    Asking("remote", "Remote server…", "Our server, VisemeSync's bridge or NVIDIA's microservice, by its address."),
)


#: least and usual width; in the usual one the longest of the usual entries fits
_WIDTHS = {"Avatar": (104, 168), "Voice": (116, 212), "Source": (132, 244)}


class SpeakBar(QFrame):
    """Pickers, line and button in two rows: captions above, controls below."""

    #: the line to speak
    spoken = Signal(str)
    stopped = Signal()
    avatar_chosen = Signal(object)
    avatar_wanted = Signal()
    #: kind of an Asking
    source_wanted = Signal(str)
    voice_chosen = Signal(str)
    #: all voices are to be shown
    voices_wanted = Signal()
    source_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.avatar = self._picker("Avatar", "Which avatar is shown")
        self.voice = self._picker("Voice", "Who speaks the line")
        self.source = self._picker("Source", "Who turns the speech into motion")
        self.line = QLineEdit()
        self.line.setAccessibleName("Line to speak")
        self.line.setPlaceholderText("Type a line and press Enter; [ lists marks for the face")
        self.line.setMaxLength(20000)
        self.line.setMinimumWidth(140)
        self.button = QPushButton("Speak")
        self.button.setObjectName("primary")
        self.button.setMinimumWidth(88)
        self.button.setToolTip("Speak the line (Enter)")
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 6, 16, 10)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        for column, (caption, widget) in enumerate(
            (("Avatar", self.avatar), ("Voice", self.voice), ("Source of motion", self.source), ("Line", self.line), ("", self.button))
        ):
            label = QLabel(caption)
            label.setObjectName("caption")
            label.setBuddy(widget)
            grid.addWidget(label, 0, column)
            grid.addWidget(widget, 1, column)
        for column, share in enumerate((168, 212, 244, 260)):
            grid.setColumnStretch(column, share)
        self._busy = False
        self._known: dict[str, tuple[KnownSource, ...]] = {}
        self._spec = self._voice = ""
        self.line.returnPressed.connect(self._speak)
        self.button.clicked.connect(self._press)
        self.avatar.activated.connect(self._choose_avatar)
        self.voice.activated.connect(self._choose_voice)
        self.source.activated.connect(self._choose_source)
        self.set_source("visemes")
        self.voice.addItem("Loading…")
        self.voice.setEnabled(False)

    @staticmethod
    def _picker(name: str, hint: str) -> Picker:
        least, usual = _WIDTHS[name]
        made = Picker(name, hint, least)
        made.setMaximumWidth(usual)
        return made

    # -- what is shown

    def set_avatars(self, paths: list[tuple[str, Path]], current: Path | None) -> None:
        """List avatars.

        Args:
            paths: name and file of each.
            current: the one on show.
        """
        self.avatar.clear()
        for name, path in paths:
            self.avatar.addItem(name, path)
            self.avatar.setItemData(self.avatar.count() - 1, str(path), 3)
        self.avatar.insertSeparator(self.avatar.count())
        self.avatar.addItem("Open…", OPEN)
        chosen = next((i for i, (_, path) in enumerate(paths) if path == current), -1)
        self.avatar.setCurrentIndex(chosen)

    def offered_avatars(self) -> list[tuple[str, Path]]:
        """Name and file of the avatars listed."""
        entries = [(self.avatar.itemText(i), self.avatar.itemData(i)) for i in range(self.avatar.count())]
        return [(name, path) for name, path in entries if isinstance(path, Path)]

    def set_voices(self, voices: tuple[Voice, ...], current: str) -> None:
        """List voices; those that must be fetched first, or need a key, say so."""
        self.voice.clear()
        clouds = False
        for voice in short_list(voices, current):
            if voice.cloud and not clouds:
                self.voice.insertSeparator(self.voice.count())
            clouds = clouds or voice.cloud
            self.voice.addItem(title_of_voice(voice), voice.id)
        if clouds:
            self.voice.insertSeparator(self.voice.count())
            self.voice.addItem("All voices, rate and style…", MORE)
        self.voice.setCurrentIndex(self.voice.findData(current))
        self.voice.setEnabled(bool(voices))
        view = self.voice.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 24)
        self._voice = current

    def set_known(self, group: str, known: tuple[KnownSource, ...]) -> None:
        """List what was used before, beside the sources that need no argument.

        Args:
            group: who offers them; replaces what the same group offered before.
            known: newest first.
        """
        self._known[group] = known
        self.set_source(self._spec)

    def offered_sources(self) -> tuple[tuple[str, str, str], ...]:
        """Spec, label and hint of the sources with an argument that can be chosen."""
        return tuple((known.spec, known.label, known.about) for group in self._known.values() for known in group)

    def set_source(self, spec: str) -> None:
        """List sources and show which one is on."""
        self._spec = spec
        self.source.clear()
        for choice in source_choices():
            if not choice.takes_argument:
                self._add_source(choice.spec, choice.label, choice.about)
        for known in (each for group in self._known.values() for each in group):
            self._add_source(known.spec, known.label, known.about)
        kind, _, argument = spec.partition(":")
        if self.source.findData(spec) < 0 and argument:
            self.source.addItem(f"{kind.capitalize()}: {Path(argument).name}", spec)
        self.source.insertSeparator(self.source.count())
        for asking in ASKINGS:
            self._add_source(asking, asking.label, asking.about)
        self.source.setCurrentIndex(self.source.findData(spec))
        view = self.source.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 24)

    def _add_source(self, data: str | Asking, label: str, about: str) -> None:
        self.source.addItem(label, data)
        self.source.setItemData(self.source.count() - 1, about, 3)

    def rewrite(self, before: str, after: str) -> None:
        """The marks of what is said were changed elsewhere: the line follows, where it says the same.

        Args:
            before: the text until now.
            after: the same words with other marks.
        """
        line = self.line.text()
        if line == before or [word.text for word in words_in(read_marks(line))] == [word.text for word in words_in(read_marks(after))]:
            place = self.line.cursorPosition()
            self.line.setText(after)
            self.line.setCursorPosition(min(place, len(after)))

    def set_speaking(self, busy: bool) -> None:
        """Let the button stop what is being made."""
        self._busy = busy
        self.button.setText("Stop" if busy else "Speak")
        self.button.setToolTip("Stop making speech and motion (Esc)" if busy else "Speak the line (Enter)")

    # -- what is done

    def _press(self) -> None:
        if self._busy:
            self.stopped.emit()
        else:
            self._speak()

    def _speak(self) -> None:
        self.spoken.emit(self.line.text())

    def _choose_avatar(self, index: int) -> None:
        chosen = self.avatar.itemData(index)
        if chosen == OPEN:
            self.avatar_wanted.emit()
        else:
            self.avatar_chosen.emit(chosen)

    def _choose_voice(self, index: int) -> None:
        chosen = self.voice.itemData(index)
        if chosen == MORE:
            self.voice.setCurrentIndex(self.voice.findData(self._voice))
            self.voices_wanted.emit()
        else:
            self.voice_chosen.emit(chosen)

    def _choose_source(self, index: int) -> None:
        chosen = self.source.itemData(index)
        if isinstance(chosen, Asking):
            self.set_source(self._spec)
            self.source_wanted.emit(chosen.kind)
        else:
            self.source_chosen.emit(chosen)

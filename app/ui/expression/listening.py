"""Who listens for a face's expression in the automatic mode: the program's own estimate, or the user's Audio2Emotion bundle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.core.native import NVIDIA
from app.lipsync.nvidia_bundle import EmotionOffer, index_file
from app.session.base.emotion import Emotion
from app.session.base.messages import Messages
from app.session.motion.bundles import Bundles
from app.session.state import State
from app.settings import SourceSettings
from app.ui.expression.emotion_lane import ESTIMATE_TAG, EmotionLane
from app.ui.expression.emotion_panel import ESTIMATE, EmotionPanel
from app.ui.kit import theme

ASK = "ask"
FACE_TAG = "EXPRESSION OF THE FACE"
LISTENING = "Chosen by NVIDIA Audio2Emotion to move this face. It says nothing about the speaker."
OWN_ONLY = f"Audio2Emotion moves NVIDIA faces only, as its licence asks; this face takes the own estimate. {ESTIMATE}"


class LicenceDialog(QDialog):
    """The condition under which an Audio2Emotion bundle may listen.

    Args:
        offer: the bundle and its condition.
        parent: window.
    """

    def __init__(self, offer: EmotionOffer, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Licence of Audio2Emotion")
        self.offer = offer
        self.condition = QLabel(offer.condition)
        where = f"The full text is in {', '.join(offer.texts)}." if offer.texts else (
            "There is no licence file in the folder; the full text stands on the page that the bundle was downloaded from."
        )  # fmt: skip
        self.where = QLabel(f"{where}\nFolder: {offer.folder}")
        for words in (self.condition, self.where):
            words.setWordWrap(True)
            words.setMinimumWidth(460)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.where.setStyleSheet(f"color: {theme.DIM};")
        self.buttons = QDialogButtonBox()
        self.refuse = self.buttons.addButton("Do not use it", QDialogButtonBox.ButtonRole.RejectRole)
        self.agree = self.buttons.addButton("Accept and use", QDialogButtonBox.ButtonRole.AcceptRole)
        self.folder = self.buttons.addButton("Show folder", QDialogButtonBox.ButtonRole.HelpRole)
        self.agree.setAutoDefault(False)
        self.refuse.setDefault(True)
        self.refuse.setFocus()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(offer.folder))))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(14)
        for widget in (self.condition, self.where, self.buttons):
            column.addWidget(widget)


class ListenerPicker(QWidget):
    """Who chooses the face's expression in the automatic mode; hidden in the others."""

    #: a folder, "" for the own estimate, or ASK
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 4)
        line.setSpacing(8)
        label = QLabel("Listens")
        self.box = QComboBox()
        self.box.setAccessibleName("Who listens for the expression")
        self.box.setToolTip("Who chooses the face's expression from the voice")
        label.setBuddy(self.box)
        line.addWidget(label)
        line.addWidget(self.box, 1)
        self.box.activated.connect(lambda index: self.chosen.emit(self.box.itemData(index)))

    def show_listeners(self, folders: Iterable[str], current: str) -> None:
        """List the bundles that may listen.

        Args:
            folders: of bundles whose condition was accepted.
            current: the one that listens, "" for the own estimate.
        """
        self.box.clear()
        self.box.addItem("Estimate from the voice", "")
        for folder in sorted(folders):
            self.box.addItem(f"Audio2Emotion: {Path(folder).name}", folder)
            self.box.setItemData(self.box.count() - 1, folder, Qt.ItemDataRole.ToolTipRole)
        self.box.insertSeparator(self.box.count())
        self.box.addItem("NVIDIA Audio2Emotion…", ASK)
        self.box.setCurrentIndex(self.box.findData(current))


class Listening(QObject):
    """The choice in the emotion panel, the question before the first use, and what is remembered.

    Args:
        picker: offers who may listen.
        panel: says what its sliders are.
        lane: says so too.
        settings: remember the accepted bundles.
        state: whose side on show it is.
        emotion: what the face feels.
        bundles: open Audio2Emotion.
        messages: told what is not there any more.
        window: parent of the dialogs.
    """

    def __init__(
        self, picker: ListenerPicker, panel: EmotionPanel, lane: EmotionLane, settings: SourceSettings, *, state: State, emotion: Emotion,
        bundles: Bundles, messages: Messages, window: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(picker)
        self._picker, self._panel, self._lane, self._settings = picker, panel, lane, settings
        self._state, self._emotion, self._bundles, self._messages, self._window = state, emotion, bundles, messages, window
        self.dialog: LicenceDialog | None = None

    def refresh(self, *_: object) -> None:
        """Show who listens."""
        emotion = self._emotion
        self._picker.setVisible(emotion.settings.mode == "auto")
        self._picker.show_listeners(emotion.accepted, "" if emotion.listener is None else emotion.settings.listener)
        self.write()

    def write(self, *_: object) -> None:
        """Say honestly what the sliders of the automatic mode are."""
        nvidia = self._state.shown_side.abilities.family == NVIDIA
        words = ESTIMATE if self._emotion.listener is None else LISTENING if nvidia else OWN_ONLY
        self._panel.set_auto_words(words)
        self._lane.set_auto_tag(FACE_TAG if words == LISTENING else ESTIMATE_TAG)

    # -- what the user does

    def choose(self, chosen: str) -> None:
        """Let a bundle listen, or the own estimate; ASK asks for a folder first."""
        self.refresh()
        if chosen == ASK:
            folder = QFileDialog.getExistingDirectory(self._window, "Choose the folder of Audio2Emotion")
            if folder:
                self._bundles.open(Path(folder), "emotion")
        elif chosen:
            self._bundles.open(Path(chosen), "emotion")
        else:
            self._set("", "Estimate from the voice")

    def offer(self, offer: EmotionOffer) -> None:
        """Show the condition once per folder; then the bundle is opened."""
        if str(offer.folder) in self._emotion.accepted:
            self._bundles.open_emotion(offer.folder)
            return
        self.dialog = LicenceDialog(offer, self._window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.accepted.connect(lambda: self._accept(offer))
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _closed(self) -> None:
        self.dialog = None

    def _accept(self, offer: EmotionOffer) -> None:
        self._emotion.accepted.add(str(offer.folder))
        self._settings.listeners = sorted(self._emotion.accepted)
        self._bundles.open_emotion(offer.folder)

    def listen(self, folder: Path) -> None:
        """A bundle was opened: it listens from now on."""
        self._set(str(folder), "Audio2Emotion")
        if self._state.shown_side.abilities.family != NVIDIA:
            self._messages.tell("Audio2Emotion moves NVIDIA faces only; choose an NVIDIA bundle as the source of motion to see it.")

    def _set(self, listener: str, text: str) -> None:
        self._emotion.change(replace(self._emotion.settings, mode="auto", listener=listener), text)

    # -- what is remembered

    def restore(self) -> None:
        """Put what was accepted in force; a bundle that is gone gives way to the own estimate."""
        emotion = self._emotion
        emotion.accepted = {folder for folder in self._settings.listeners if index_file(Path(folder)).is_file()}
        listener = emotion.settings.listener
        if listener and listener not in emotion.accepted:
            emotion.restore(replace(emotion.settings, listener=""))
            self._messages.tell(f"The Audio2Emotion bundle {Path(listener).name!r} is not there any more; the own estimate listens.")
        self.refresh()

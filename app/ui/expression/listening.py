"""Who listens for a face's expression in the automatic mode: the program's own estimate, or the user's Audio2Emotion bundle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.core.native import NVIDIA
from app.lipsync.nvidia_bundle import EmotionOffer, index_file
from app.ui.expression.emotion_lane import ESTIMATE_TAG
from app.ui.expression.emotion_panel import ESTIMATE
from app.ui.kit import theme

if TYPE_CHECKING:
    from app.ui.window.main_window import MainWindow

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


class ListeningParts(QObject):
    """The choice in the emotion panel, the question before the first use, and what is remembered.

    Args:
        window: built, with its emotion panel.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        session = self._session = window.session
        self._panel = window.expression.panel
        self.dialog: LicenceDialog | None = None
        self.row = QWidget()
        line = QHBoxLayout(self.row)
        line.setContentsMargins(0, 0, 0, 4)
        line.setSpacing(8)
        label = QLabel("Listens")
        self.picker = QComboBox()
        self.picker.setAccessibleName("Who listens for the expression")
        self.picker.setToolTip("Who chooses the face's expression from the voice")
        label.setBuddy(self.picker)
        line.addWidget(label)
        line.addWidget(self.picker, 1)
        self._panel.add_below_note(self.row)
        self.picker.activated.connect(self._choose)
        self._restore()
        session.emotion.changed.connect(self.refresh)
        session.state.source_changed.connect(lambda *_: self.refresh())
        session.state.shown_changed.connect(lambda _: self._write())
        session.bundles.emotion_found.connect(self._offer)
        session.bundles.emotion_opened.connect(self._listen)
        self.refresh()

    def refresh(self) -> None:
        """Show who listens."""
        emotion = self._session.emotion
        self.row.setVisible(emotion.settings.mode == "auto")
        self.picker.clear()
        self.picker.addItem("Estimate from the voice", "")
        for folder in sorted(emotion.accepted):
            self.picker.addItem(f"Audio2Emotion: {Path(folder).name}", folder)
            self.picker.setItemData(self.picker.count() - 1, folder, Qt.ItemDataRole.ToolTipRole)
        self.picker.insertSeparator(self.picker.count())
        self.picker.addItem("NVIDIA Audio2Emotion…", ASK)
        self.picker.setCurrentIndex(self.picker.findData("" if emotion.listener is None else emotion.settings.listener))
        self._write()

    def _write(self) -> None:
        """Say honestly what the sliders of the automatic mode are."""
        session = self._session
        nvidia = session.state.shown_side.abilities.family == NVIDIA
        words = ESTIMATE if session.emotion.listener is None else LISTENING if nvidia else OWN_ONLY
        self._panel.set_auto_words(words)
        lane = self._window.expression.lane
        lane.auto_tag = FACE_TAG if words == LISTENING else ESTIMATE_TAG
        lane.update()

    # -- what the user does

    def _choose(self, index: int) -> None:
        chosen = self.picker.itemData(index)
        self.refresh()
        if chosen == ASK:
            folder = QFileDialog.getExistingDirectory(self._window, "Choose the folder of Audio2Emotion")
            if folder:
                self._session.bundles.open(Path(folder), "emotion")
        elif chosen:
            self._session.bundles.open(Path(chosen), "emotion")
        else:
            self._set("", "Estimate from the voice")

    def _offer(self, offer: EmotionOffer) -> None:
        """Show the condition once per folder; then the bundle is opened."""
        if str(offer.folder) in self._session.emotion.accepted:
            self._session.bundles.open_emotion(offer.folder)
            return
        self.dialog = LicenceDialog(offer, self._window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.accepted.connect(lambda: self._accept(offer))
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _closed(self) -> None:
        self.dialog = None

    def _accept(self, offer: EmotionOffer) -> None:
        emotion, folder = self._session.emotion, str(offer.folder)
        emotion.accepted.add(folder)
        self._window.settings.emotion_bundles = sorted(emotion.accepted)
        self._session.bundles.open_emotion(offer.folder)

    def _listen(self, folder: Path) -> None:
        self._set(str(folder), "Audio2Emotion")
        session = self._session
        if session.state.shown_side.abilities.family != NVIDIA:
            session.messages.tell("Audio2Emotion moves NVIDIA faces only; choose an NVIDIA bundle as the source of motion to see it.")

    def _set(self, listener: str, text: str) -> None:
        emotion = self._session.emotion
        emotion.change(replace(emotion.settings, mode="auto", listener=listener), text)

    # -- what is remembered

    def _restore(self) -> None:
        """A bundle that is gone gives way to the own estimate."""
        emotion, accepted = self._session.emotion, self._window.settings.emotion_bundles
        emotion.accepted = {folder for folder in accepted if index_file(Path(folder)).is_file()}
        listener = emotion.settings.listener
        if listener and listener not in emotion.accepted:
            emotion.restore(replace(emotion.settings, listener=""))
            self._session.messages.tell(
                f"The Audio2Emotion bundle {Path(listener).name!r} is not there any more; the own estimate listens."
            )

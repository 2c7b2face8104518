"""Choosing who speaks: the picker of the bar, and the dialog with all voices."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.session.base.voices import Voices
from app.ui.sources.speak_bar import SpeakBar
from app.ui.sources.voice_dialog import VoiceDialog


class VoiceChoice(QObject):
    """Keeps picker and dialog in step with the voices.

    Args:
        bar: has the picker.
        voices: those there are.
        window: parent of the dialog.

    Attributes:
        dialog: while it was opened once, None before.
    """

    def __init__(self, bar: SpeakBar, voices: Voices, window: QWidget) -> None:
        super().__init__(bar)
        self._bar, self._voices, self._window = bar, voices, window
        self.dialog: VoiceDialog | None = None

    def show(self, *_: object) -> None:
        """List the voices there are now."""
        self._bar.set_voices(self._voices.offered, self._voices.current)
        if self.dialog is not None:
            self.dialog.set_voices(self._voices.offered, self._voices.current)
            self.show_delivery()

    def show_delivery(self) -> None:
        """Show how the cloud's voices say things."""
        dialog = self.dialog
        if dialog is not None:
            dialog.delivery.show_delivery(self._voices.delivery, self._voices.voice(dialog.marked_id))

    def open(self) -> None:
        """Show all voices; the picker goes back to the one that is on."""
        if self.dialog is None:
            self.dialog = VoiceDialog(self._window)
            self.dialog.voice_chosen.connect(self._voices.choose)
            self.dialog.delivery.chosen.connect(self._voices.set_delivery)
            self.dialog.lines_unwanted.connect(self._forget)
        self.show()
        self.dialog.search.clear()
        self.dialog.mark(self._voices.current)
        self.dialog.show_kept(self._voices.kept_bytes())
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.search.setFocus()

    def _forget(self) -> None:
        self._voices.forget_lines()
        if self.dialog is not None:
            self.dialog.show_kept(self._voices.kept_bytes())

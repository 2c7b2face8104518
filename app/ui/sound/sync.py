"""Sync of sound and picture in the window: the dialog, and a word when the output in use was never measured."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.recovery import SoundState
from app.session.live.live import Live
from app.ui.kit.banner import Banner
from app.ui.sound.sync_dialog import SyncDialog

_ABOUT = "sound"


class Sync(QObject):
    """Opens the calibration of the sound output, and watches the output.

    Args:
        playback: whose delay is set.
        live: its microphone measures.
        messages: told of an output whose delay is unknown.
        banner: asks when there is no sound.
        window: parent of the dialog.

    Attributes:
        dialog: the one that was opened last, None for none.
    """

    #: a calibration was closed: time to write the settings
    finished = Signal()

    def __init__(self, playback: Playback, live: Live, messages: Messages, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._playback, self._live, self._messages = playback, live, messages
        self._banner, self._window = banner, window
        self.dialog: SyncDialog | None = None
        self._checked_output = ""

    def show(self) -> None:
        """Open the calibration."""
        self._playback.pause()
        self.dialog = SyncDialog(self._playback, self._window, self._live.device)
        self.dialog.closed.connect(self.finished)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.open()

    def tell_sound(self, sound: SoundState) -> None:
        """The sound went or came: say so, with a way to try again."""
        if sound.can_try_again:
            self._banner.offer(sound.sentence, (("Try again", self._playback.try_again),), _ABOUT)
        elif sound.kind == "sounding" and self._banner.withdraw(_ABOUT):
            self._banner.show_success(f"There is sound again, on “{self._playback.device_name}”.")

    def check(self) -> None:
        """Say so when delays were measured, but none for the output in use: nothing is corrected then."""
        playback = self._playback
        if playback.device_name == self._checked_output:
            return
        self._checked_output = playback.device_name
        known = [name for name, late_s in playback.late_by_output.items() if late_s]
        if known and playback.device_name and playback.device_name not in playback.late_by_output:
            self._messages.tell(
                f"The sound goes to “{playback.device_name}”, whose delay was not measured, unlike that of “{known[0]}”; "
                "measure it in Playback, Sync of sound and picture."
            )

"""Menus of the sound devices: where the sound goes, and which microphone listens."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.audio.devices import AudioDevice, DeviceChoice
from app.session.base.playback import Playback
from app.session.live.live import Live

RESCAN = "Look for devices again"
_RESCAN_HINT = "Find devices that were connected or taken away since the program was started"
_BUSY_HINT = "Stop the live microphone first"


class DeviceMenus(QObject):
    """Choices of the machine's devices, listed when a menu opens.

    Args:
        outputs: is filled with the sound outputs.
        microphones: is filled with the microphones.
        playback: plays on the chosen output.
        live: listens to the chosen microphone.
    """

    def __init__(self, outputs: QMenu, microphones: QMenu, playback: Playback, live: Live) -> None:
        super().__init__(outputs)
        self.outputs, self.microphones = outputs, microphones
        self._playback, self._live = playback, live
        outputs.aboutToShow.connect(self.fill_outputs)
        microphones.aboutToShow.connect(self.fill_microphones)

    def fill_outputs(self) -> None:
        """List the sound outputs there are now."""
        self.outputs.clear()
        if self._playback.player is None:
            self.outputs.addAction("The sound device is still being opened").setEnabled(False)
            return
        from app.audio.player import list_devices

        self._fill(self.outputs, list_devices(), self._playback.device, self._playback.set_device)

    def fill_microphones(self) -> None:
        """List the microphones there are now."""
        from app.audio.microphone import list_inputs

        self.microphones.clear()
        self._fill(self.microphones, list_inputs(), self._live.device, self._choose_microphone)

    def _fill(self, menu: QMenu, devices: Iterable[AudioDevice], current: object, choose: Callable[[DeviceChoice | None], object]) -> None:
        group = QActionGroup(menu)
        offered: list[tuple[str, DeviceChoice | None]] = [("System default", None), *((each.label, each.choice) for each in devices)]
        chosen_one = next((device for _, device in offered if _is(device, current)), None)
        for label, device in offered:
            action = menu.addAction(label)
            action.setCheckable(True)
            action.setChecked(device == chosen_one)
            action.triggered.connect(lambda _=False, chosen=device: choose(chosen))
            group.addAction(action)
        menu.addSeparator()
        again = menu.addAction(RESCAN)
        again.setEnabled(self._playback.player is not None and not self._live.hears_microphone)
        again.setToolTip(_BUSY_HINT if self._live.hears_microphone else _RESCAN_HINT)
        again.triggered.connect(self._playback.rescan)

    def _choose_microphone(self, device: DeviceChoice | None) -> None:
        self._live.device = device
        if self._live.hears_microphone:
            self._live.start()


def _is(device: DeviceChoice | None, current: object) -> bool:
    """Whether a device is the current one, which may be known by its name alone."""
    if isinstance(current, DeviceChoice) and current.host_api:
        return device == current
    return device is not None and device.name == str(current)

"""Menus for who draws and where the sound goes."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.session import Session
from app.ui.preview.preview import KINDS, Preview

_KIND_WORDS = {"auto": "Automatic", "gpu": "Graphics card", "software": "Processor (software)"}
_CLOCK_WORDS = {"dac": "device clock", "callback": "estimated clock", "wall": "wall clock"}


class DeviceMenus(QObject):
    """Choices of the machine's devices, listed when the menu opens."""

    def __init__(self, session: Session, preview: Preview, menus: dict[str, QMenu], window: QWidget) -> None:
        super().__init__(window)
        self._session, self._preview = session, preview
        self.renderer = menus["View"].addMenu("Renderer")
        self.output = menus["Playback"].addMenu("Sound output")
        self.renderer.aboutToShow.connect(self.fill_renderers)
        self.output.aboutToShow.connect(self.fill_outputs)

    def fill_renderers(self) -> None:
        """List the kinds of view."""
        self.renderer.clear()
        group = QActionGroup(self.renderer)
        for kind in KINDS:
            action = self.renderer.addAction(_KIND_WORDS[kind])
            action.setCheckable(True)
            action.setChecked(kind == self._preview.kind)
            action.triggered.connect(lambda _=False, chosen=kind: self._preview.make_view(chosen))
            group.addAction(action)

    def fill_outputs(self) -> None:
        """List the sound outputs there are now."""
        self.output.clear()
        playback = self._session.playback
        if playback.player is None:
            self.output.addAction("The sound device is still being opened").setEnabled(False)
            return
        from app.audio.player import list_devices

        group = QActionGroup(self.output)
        for name, device in [("System default", None), *((each.name, each.name) for each in list_devices())]:
            action = self.output.addAction(name)
            action.setCheckable(True)
            action.setChecked(device == playback.device)
            action.triggered.connect(lambda _=False, chosen=device: playback.set_device(chosen))
            group.addAction(action)

    def sound_status(self) -> tuple[str, str]:
        """Where the sound goes, in words, and why it is silent ("" when it is not)."""
        player = self._session.playback.player
        if player is None:
            return "Sound…", ""
        status = player.status
        if status.silent_reason:
            return "Silent, wall clock", status.silent_reason
        gaps = f", {status.underruns} gaps" if status.underruns else ""
        late_s = self._session.playback.late_s
        sync = f", sync {late_s * 1000:+.0f} ms" if late_s else ""
        return f"{status.device}, {_CLOCK_WORDS[status.clock_kind]} {status.latency_s * 1000:.0f} ms{sync}{gaps}", ""

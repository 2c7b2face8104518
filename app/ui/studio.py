"""Tuning, comparison and lint in the window: their parts, and what they are connected to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QSplitter

from app.core.errors import PresetError
from app.settings import settings_path
from app.ui.side_tabs import SideTabs
from app.ui.tuning_panel import TuningPanel

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

#: widths of curves and tools when the tools are first opened
SPLIT = (360, 372)
#: from this width on there is room for picture, curves and tools side by side
WIDE = 1560


def presets_folder() -> Path:
    """Where the user's presets are kept."""
    return settings_path().parent / "presets"


def studio_slots(window: MainWindow) -> dict[str, Callable[..., object]]:
    """What the commands of tuning and comparison do."""
    return {
        "tools": lambda on: window.studio.show_tools(on),  # noqa: PLW0108 - the studio is made after the commands
    }


class StudioParts(QObject):
    """Everything about tuning and comparing that the window shows.

    Args:
        window: built, with its menus.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session = self._session = window.session
        self._window = window
        self.tuning = TuningPanel(session.tunings, presets_folder())
        self.tools = SideTabs()
        self.tools.setAccessibleName("Tuning and comparison")
        self.tools.addTab(self.tuning, "Tuning")
        self.right = QSplitter(Qt.Orientation.Vertical)
        self.right.setHandleWidth(6)
        self.right.setChildrenCollapsible(False)
        index = window.splitter.indexOf(window.side)
        window.splitter.insertWidget(index, self.right)
        self.right.addWidget(window.side)
        self.right.addWidget(self.tools)
        self.right.setStretchFactor(0, 1)
        self.tools.hide()
        window.installEventFilter(self)
        self._connect()
        self._show_slot()

    def _connect(self) -> None:
        window, session = self._window, self._session
        self.tuning.slot_chosen.connect(session.show)
        self.tuning.presets.failed.connect(session.failed)
        self.tuning.presets.notice.connect(session.notice)
        session.source_changed.connect(lambda *_: self._show_slot())
        session.animation_grew.connect(self._motion_changed)
        session.tunings.changed.connect(window.loop.mark_dirty)

    # -- what is shown

    def show_tools(self, on: bool) -> None:
        """Show or hide the tools: beside the curves where there is room, else below them."""
        self._window.actions_by_name["tools"].setChecked(on)
        if on == self.tools.isVisible():
            return
        self.tools.setVisible(on)
        self._arrange(widen=True)

    def _arrange(self, widen: bool = False) -> None:
        """Put curves and tools side by side, or one above the other in a narrow window."""
        splitter, wide = self._window.splitter, self._window.width() >= WIDE
        orientation = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if orientation != self.right.orientation():
            self.right.setOrientation(orientation)
            self.right.setSizes(list(SPLIT) if wide else [1000, 1000])
            widen = wide and self.tools.isVisible()
        elif widen and not wide:
            self.right.setSizes([1000, 1000])
        sizes = splitter.sizes()
        if not widen or not wide or len(sizes) != 2:
            return
        if self.tools.isVisible():
            splitter.setSizes([max(sizes[0] - SPLIT[1], 320), sizes[1] + SPLIT[1]])
            self.right.setSizes([sizes[1], SPLIT[1]])
        else:
            splitter.setSizes([sizes[0] + SPLIT[1], max(sizes[1] - SPLIT[1], 320)])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Rearrange when the window becomes narrow or wide."""
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._arrange()
        return super().eventFilter(watched, event)

    def _motion_changed(self, slot: str) -> None:
        if slot == self._session.shown and self.tuning.slot != slot:
            self._show_slot()

    def _show_slot(self) -> None:
        session = self._session
        self.tuning.set_slot(session.shown, len(session.slots) > 1, session.fps)

    # -- what is remembered

    def restore(self) -> None:
        """Put remembered choices in force; damaged ones give way to the defaults."""
        try:
            stored: Any = json.loads(self._window.settings.studio or "{}")
            tunings = stored.get("tunings", "")
            if isinstance(tunings, str) and tunings:
                self._session.tunings.restore(tunings)
            if stored.get("tools") is True:
                self._window.actions_by_name["tools"].setChecked(True)
                self.tools.show()
        except (ValueError, AttributeError, PresetError):
            self._window.settings.studio = ""

    def remember(self) -> None:
        """Write the choices down."""
        stored = {"tunings": self._session.tunings.to_json(), "tools": self.tools.isVisible()}
        self._window.settings.studio = json.dumps(stored)

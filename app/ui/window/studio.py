"""Tuning, comparison and lint in the window: their parts, and what they are connected to."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QSplitter, QWidget

from app.core.errors import PresetError
from app.session.base.playback import MOST_LATE_MS
from app.session.compare.comparing import SIDES
from app.settings import settings_path
from app.ui.compare.compare_panel import ComparePanel
from app.ui.compare.compare_view import CompareView
from app.ui.curves.curve_layers import CurveLayers
from app.ui.curves.lint_panel import LintPanel
from app.ui.kit.side_tabs import SideTabs
from app.ui.sound.sync_dialog import SyncDialog
from app.ui.tuning.tuning_panel import TuningPanel

if TYPE_CHECKING:
    from app.ui.window.main_window import MainWindow

#: widths of curves and tools when the tools are first opened
SPLIT = (360, 372)
#: where keys are letters
_TYPING = (QLineEdit, QAbstractSpinBox, QPlainTextEdit)
#: from this width on there is room for picture, curves and tools side by side
WIDE = 1560
#: height of the curves above the tools in a narrow window
LEAST_CURVES = 310


def presets_folder() -> Path:
    """Where the user's presets are kept."""
    return settings_path().parent / "presets"


def studio_slots(window: MainWindow) -> dict[str, Callable[..., object]]:
    """What the commands of tuning and comparison do."""
    return {
        "tools": lambda on: window.studio.show_tools(on),  # noqa: PLW0108 - the studio is made after the commands
        "sync": lambda: window.studio.show_sync(),  # noqa: PLW0108
        "compare": lambda: window.studio.begin_comparison(),  # noqa: PLW0108
        **{f"solo_{side.lower()}": partial(window.session.comparing.solo, side) for side in SIDES},
    }


def _is_delay(ms: object) -> bool:
    """Whether a remembered number can be the delay of an output."""
    return isinstance(ms, int | float) and not isinstance(ms, bool) and abs(ms) <= MOST_LATE_MS


class StudioParts(QObject):
    """Everything about tuning and comparing that the window shows.

    Args:
        window: built, with its menus.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session = self._session = window.session
        self._window = window
        #: the body whose missing shapes are marked in the curves
        self._marked: object = None
        self.tuning = TuningPanel(session.tunings, presets_folder(), session.parameters)
        self.tools = SideTabs()
        self.tools.setAccessibleName("Tuning and comparison")
        self.compare = ComparePanel(session, window.speak_bar.offered_avatars, window.speak_bar.offered_sources)
        self.compare_view = CompareView(session, window.preview, window.speak_bar.offered_avatars)
        self.tools.addTab(self.tuning, "Tuning")
        self.tools.addTab(self.compare, "Compare")
        self._checked_output = ""
        self.layers = CurveLayers(session)
        window.curves.add_tool(self.layers)
        self.lint = LintPanel(session.linting)
        self.tools.addTab(self.lint, "Check")
        self.right = QSplitter(Qt.Orientation.Vertical)
        self.right.setHandleWidth(6)
        self.right.setChildrenCollapsible(False)
        index = window.splitter.indexOf(window.side)
        window.splitter.insertWidget(index, self.right)
        self.right.addWidget(window.side)
        self.right.addWidget(self.tools)
        self.right.setStretchFactor(0, 1)
        self.tools.hide()
        window.side.setMinimumHeight(LEAST_CURVES)
        window.installEventFilter(self)
        self._connect()
        self._show_slot()

    def _connect(self) -> None:
        window, session = self._window, self._session
        self.tuning.slot_chosen.connect(session.state.show)
        self.tuning.presets.failed.connect(session.messages.fail)
        self.tuning.presets.notice.connect(session.messages.tell)
        session.state.source_changed.connect(lambda *_: self._show_slot())
        session.comparing.side_rigs.changed.connect(self._show_slot)
        session.bundles.changed.connect(self._show_slot)
        session.state.shown_changed.connect(self._motion_changed)
        session.state.sides_changed.connect(self._show_slot)
        session.tunings.changed.connect(window.loop.mark_dirty)
        session.comparing.changed.connect(window.loop.mark_dirty)
        self.compare.ghost_chosen.connect(self.compare_view.set_ghost)
        session.state.motion_changed.connect(lambda _: window.loop.mark_dirty())
        session.state.motion_changed.connect(lambda _: self._show_layers())
        session.state.shown_changed.connect(lambda _: window.loop.mark_dirty())
        session.state.shown_changed.connect(lambda _: self._show_layers())
        self.layers.changed.connect(self._show_stage)
        session.linting.found.connect(self._count_findings)
        session.playback.output_changed.connect(self._check_sync)
        self.lint.jumped.connect(self._show_finding)
        window.loop.time_shown.connect(lambda _: self.compare_view.redraw())
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    # -- what is shown

    def show_tools(self, on: bool) -> None:
        """Show or hide the tools: beside the curves where there is room, else below them."""
        self._window.actions_by_name["tools"].setChecked(on)
        if on == self.tools.isVisible():
            return
        self.tools.setVisible(on)
        self._arrange(widen=True)

    def begin_comparison(self) -> None:
        """Open the panel of the comparison; the first time, another source is put against the one on show."""
        self.show_tools(True)
        self.tools.setCurrentWidget(self.compare)
        if not self._session.comparing.possible:
            self.compare.add_side()

    def show_sync(self) -> None:
        """Open the calibration of the sound output."""
        self._session.playback.pause()
        self.sync = SyncDialog(self._session.playback, self._window, self._session.live.device)
        self.sync.closed.connect(self._window.remember)
        self.sync.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.sync.open()

    def _check_sync(self) -> None:
        """Say so when delays were measured, but none for the output in use: nothing is corrected then."""
        playback = self._session.playback
        if playback.device_name == self._checked_output:
            return
        self._checked_output = playback.device_name
        known = [name for name, late_s in playback.late_by_output.items() if late_s]
        if known and playback.device_name and playback.device_name not in playback.late_by_output:
            self._session.messages.tell(
                f"The sound goes to “{playback.device_name}”, whose delay was not measured, unlike that of “{known[0]}”; "
                "measure it in Playback, Sync of sound and picture."
            )

    def close(self) -> None:
        """Free the views of the other sides."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.compare_view.drop_views()

    def _hold(self, key: int, down: bool) -> bool:
        """What lasts as long as a key is held; whether the key is one of those."""
        if key == Qt.Key.Key_X:
            self._session.comparing.set_blinking(down)
        elif key == Qt.Key.Key_T:
            self._session.tunings.set_bypassed(down)
        else:
            return False
        return True

    def _arrange(self, widen: bool = False) -> None:
        """Put curves and tools side by side, or one above the other in a narrow window."""
        splitter, wide = self._window.splitter, self._window.width() >= WIDE
        orientation = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if orientation != self.right.orientation():
            self.right.setOrientation(orientation)
            self._window.side.setMinimumHeight(0 if wide else LEAST_CURVES)
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
        """Rearrange when the window becomes narrow or wide; hold keys wherever the focus is, but while typing."""
        if (
            event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
            and isinstance(event, QKeyEvent)
            and self._window.isActiveWindow()
        ):
            plain = not event.modifiers() and not isinstance(QApplication.focusWidget(), _TYPING)
            if (plain or event.type() == QEvent.Type.KeyRelease) and not event.isAutoRepeat() and isinstance(watched, QWidget):
                self._hold(event.key(), event.type() == QEvent.Type.KeyPress)
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._arrange()
        return super().eventFilter(watched, event)

    def _motion_changed(self, slot: str) -> None:
        if slot == self._session.state.shown and self.tuning.slot != slot:
            self._show_slot()

    def _show_slot(self) -> None:
        session = self._session
        self.tuning.set_slot(session.state.shown, tuple(sorted(session.state.sides)), session.state.shown_side.fps)
        rig = session.comparing.side_rigs.of(session.state.shown)
        if rig is not None and rig is not self._marked:
            self._marked = rig
            self._window.curves.set_missing(rig.arkit_missing, rig.has_visemes)

    def _show_layers(self) -> None:
        """Lay the wanted tracks over the curves."""
        self._window.curves.set_overlays(self.layers.overlays(), self.layers.own_colour)

    def _show_stage(self) -> None:
        """Show another stage in the curves."""
        session = self._session
        self._window.curves.set_track(self.layers.track(session.state.shown_side))
        self._show_layers()

    def _count_findings(self) -> None:
        """Say on the tab how much there is to repair."""
        n = sum(finding.severity != "note" for finding in self._session.linting.findings)
        self.tools.setTabText(self.tools.indexOf(self.lint), f"Check ({n})" if n else "Check")

    def _show_finding(self, t: float, channels: tuple[str, ...]) -> None:
        """Go to a fault, and enlarge the curves that show it."""
        window = self._window
        window.go_to(t)
        window.side.setCurrentWidget(window.curves)
        window.curves.pick(channels[:4])

    # -- what is remembered

    def restore(self) -> None:
        """Put remembered choices in force; damaged ones give way to the defaults."""
        try:
            stored: Any = json.loads(self._window.settings.studio or "{}")
        except ValueError:
            stored = None
        self._window.actions_by_name["scrub_sound"].setChecked(True)
        if not isinstance(stored, dict):
            self._window.settings.studio = ""
            self._session.messages.tell("The remembered tuning and sync of sound and picture were damaged; set them again.")
            return
        # the sync first: nothing that is wrong with the rest may keep it from being applied
        late = stored.get("late_ms")
        rows = late.items() if isinstance(late, dict) else ()
        self._session.playback.late_by_output = {str(name): ms / 1e3 for name, ms in rows if _is_delay(ms)}
        self._session.playback.set_scrub_sound(stored.get("scrub_sound") is not False)
        self._window.actions_by_name["scrub_sound"].setChecked(self._session.playback.scrub_sound)
        if stored.get("tools") is True:
            self._window.actions_by_name["tools"].setChecked(True)
            self.tools.show()
        self.compare_view.restore(stored.get("compare"))
        self.compare.show_ghost(self.compare_view.ghost)
        tunings = stored.get("tunings", "")
        try:
            if isinstance(tunings, str) and tunings:
                self._session.tunings.restore(tunings)
        except PresetError as error:
            self._session.messages.tell(str(error))

    def remember(self) -> None:
        """Write the choices down."""
        late = {name: 1e3 * late_s for name, late_s in self._session.playback.late_by_output.items()}
        stored = {
            "late_ms": late,
            "scrub_sound": self._session.playback.scrub_sound,
            "tunings": self._session.tunings.to_json(),
            "tools": self.tools.isVisible(),
            "compare": self.compare_view.choices(),
        }
        self._window.settings.studio = json.dumps(stored)

"""Feelings, microphone and life in the window: their parts, and what they are connected to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QBoxLayout

from app.core.emotion import EmotionKey, EmotionSettings
from app.core.errors import SourceError
from app.ui.expression.emotion_lane import EmotionLane
from app.ui.expression.emotion_panel import EmotionPanel
from app.ui.expression.live_bar import LiveBar
from app.ui.preview.life_menu import LifeMenu

if TYPE_CHECKING:
    from app.ui.window.main_window import MainWindow


class ExpressionParts(QObject):
    """Everything about feelings, microphone and life that the window shows.

    Args:
        window: built, with its menus.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session = self._session = window.session
        self._window = window
        self.panel = EmotionPanel(session.emotion)
        self.lane = EmotionLane(session.emotion, window.axis)
        self.bar = LiveBar(session.live, window.preview)
        self.life_menu = LifeMenu(session.life, window.menus["View"], window)
        self.microphones = window.menus["Playback"].addMenu("Microphone")
        self.microphones.aboutToShow.connect(self.fill_microphones)
        self._place()
        self._connect()
        self._show_source()

    def _place(self) -> None:
        window = self._window
        window.side.addTab(self.panel, "Emotion")
        left = window.timeline.parentWidget()
        column = None if left is None else left.layout()
        if isinstance(column, QBoxLayout):
            column.insertWidget(column.indexOf(window.timeline) + 1, self.lane)

    def _connect(self) -> None:
        window, session = self._window, self._session
        actions = window.actions_by_name
        for name, allowed, changed in (
            ("undo", session.undo.canUndo(), session.undo.canUndoChanged),
            ("redo", session.undo.canRedo(), session.undo.canRedoChanged),
        ):
            actions[name].setEnabled(allowed)
            changed.connect(actions[name].setEnabled)
        session.undo.undoTextChanged.connect(lambda text: actions["undo"].setText(f"Undo: {text}" if text else "Undo"))
        session.undo.redoTextChanged.connect(lambda text: actions["redo"].setText(f"Redo: {text}" if text else "Redo"))
        window.loop.time_shown.connect(self.panel.set_time)
        window.loop.time_shown.connect(self.lane.set_time)
        window.loop.time_shown.connect(lambda _: session.live.note_posed())
        self.panel.time_wanted.connect(window.go_to)
        self.lane.time_wanted.connect(window.go_to)
        self.bar.stopped.connect(session.live.stop)
        session.state.speech_changed.connect(lambda speech: self.lane.set_duration(0.0 if speech is None else speech.audio.duration_s))
        session.state.source_changed.connect(lambda *_: self._show_source())
        session.state.source_changed.connect(self._warn)
        session.state.avatar_changed.connect(self._warn)
        session.state.shown_changed.connect(lambda _: self._show_source())
        session.emotion.changed.connect(self._show_source)
        session.network.device_changed.connect(window.status.set_network)
        session.live.face_changed.connect(window.loop.mark_dirty)
        session.live.toggled.connect(self._show_live)
        window.preview.frame_drawn.connect(lambda _: session.live.note_drawn())

    # -- what is shown

    def _show_source(self) -> None:
        """Tell panel and lane whether the source on show takes emotions."""
        live = self._session.live
        feeling = self._session.state.shown_side.abilities.feels or (live.active and not live.far)
        self.panel.set_feeling(feeling)
        self.lane.setVisible(feeling and self._session.emotion.settings.mode != "off")

    def _warn(self, *_: object) -> None:
        """Say what a source that makes ARKit weights alone can do for an avatar without ARKit shapes."""
        rig = self._session.state.rig
        if rig is None or rig.has_arkit or not self._session.state.shown_side.abilities.feels:
            return
        if rig.estimates_mouth:
            self._session.messages.tell("This avatar has visemes only: Audio2Face moves its mouth only, estimated from the blendshapes.")
        else:
            self._session.messages.tell("Audio2Face cannot move this avatar, because it has no face shapes; choose another avatar.")

    def _show_live(self, on: bool) -> None:
        window = self._window
        window.actions_by_name["live"].setChecked(on)
        window.show_source_tag()
        self._show_source()

    def fill_microphones(self) -> None:
        """List the microphones there are now."""
        from app.audio.microphone import list_inputs

        self.microphones.clear()
        live = self._session.live
        group = QActionGroup(self.microphones)
        for name, device in [("System default", None), *((each.name, each.name) for each in list_inputs())]:
            action = self.microphones.addAction(name)
            action.setCheckable(True)
            action.setChecked(device == live.device)
            action.triggered.connect(lambda _=False, chosen=device: self._choose_microphone(chosen))
            group.addAction(action)

    def _choose_microphone(self, device: str | None) -> None:
        live = self._session.live
        live.device = device
        if live.active:
            live.start()

    # -- commands

    def add_key(self) -> None:
        """Add an emotion key at the cursor, and show the panel in which it is set."""
        self._window.side.open(self.panel)
        self.panel.add_key()

    # -- what is remembered

    def restore(self) -> None:
        """Put remembered choices in force; damaged ones give way to the defaults."""
        settings = self._window.settings
        if settings.emotion:
            try:
                self._session.emotion.restore(EmotionSettings.from_json(settings.emotion))
            except SourceError:
                settings.emotion = ""
        self.life_menu.restore(settings.life_strengths)

    def remember(self) -> None:
        """Write the choices down; keys over time belong to a clip and are not kept."""
        settings, emotion = self._window.settings, self._session.emotion.settings
        settings.emotion = replace(emotion, timeline=replace(emotion.timeline, keys=(EmotionKey(),))).to_json()
        settings.life_strengths = self.life_menu.strengths()

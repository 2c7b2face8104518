"""Feelings and the microphone in the window: what the source on show takes of them, and what it cannot do."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.session.base.emotion import Emotion
from app.session.base.messages import Messages
from app.session.live.live import Live
from app.session.state import State
from app.ui.expression.emotion_lane import EmotionLane
from app.ui.expression.emotion_panel import EmotionPanel
from app.ui.kit.side_tabs import SideTabs


class Feelings(QObject):
    """Tells panel and lane whether the source on show takes emotions.

    Args:
        panel: where feelings are set.
        lane: their keys under the waveform.
        side: has the panel as one of its tabs.
        listening: the command of the live microphone.
        state: whose side on show it is.
        emotion: what the face feels.
        live: the microphone.
        messages: told what a source cannot do.
    """

    def __init__(
        self, panel: EmotionPanel, lane: EmotionLane, side: SideTabs, listening: QAction, *, state: State, emotion: Emotion, live: Live,
        messages: Messages,
    ) -> None:  # fmt: skip
        super().__init__(panel)
        self._panel, self._lane, self._side, self._listening = panel, lane, side, listening
        self._state, self._emotion, self._live, self._messages = state, emotion, live, messages

    def show_source(self, *_: object) -> None:
        """The source on show, the mode or the microphone changed."""
        feeling = self._state.shown_side.abilities.feels or (self._live.hears_microphone and not self._live.far)
        self._panel.set_feeling(feeling)
        self._lane.setVisible(feeling and self._emotion.settings.mode != "off")

    def show_live(self, _on: bool) -> None:
        """The microphone began or ceased to move the face."""
        self._listening.setChecked(self._live.hears_microphone)
        self.show_source()

    def warn(self, *_: object) -> None:
        """Say what a source that makes ARKit weights alone can do for an avatar without ARKit shapes."""
        rig = self._state.rig
        if rig is None or rig.has_arkit or not self._state.shown_side.abilities.feels:
            return
        if rig.estimates_mouth:
            self._messages.tell("This avatar has visemes only: Audio2Face moves its mouth only, estimated from the blendshapes.")
        else:
            self._messages.tell("Audio2Face cannot move this avatar, because it has no face shapes; choose another avatar.")

    def add_key(self) -> None:
        """Add an emotion key at the cursor, and show the panel in which it is set."""
        self._side.open(self._panel)
        self._panel.add_key()

"""The face's feelings as the session keeps them: settings, undo, the estimate, and when motion must be made anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from app.core.emotion import EmotionSettings, EmotionTimeline
from app.core.marks.felt import Felt
from app.session.base.steps import Step

#: changes within this time are one; motion is made anew when a drag pauses for so long
SETTLE_MS = 200


class Emotion(QObject):
    """What the face feels.

    Args:
        undo: where changes can be taken back.
        parent: the session.

    Attributes:
        settings: in force now.
        estimate: keys estimated from the voice so far, in the automatic mode.
        written: what the text's marks say is felt, in place of the keys while it lasts.
        accepted: folders of Audio2Emotion bundles whose licence condition the user has accepted.
    """

    #: settings or estimate changed: show them
    changed = Signal()
    #: settings have settled on something else: make the motion anew
    settled = Signal()

    def __init__(self, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = EmotionSettings()
        self.estimate = EmotionTimeline()
        self.accepted: set[str] = set()
        self.written: tuple[Felt, ...] = ()
        self._undo = undo
        self._made_with = self._sounds_like()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._settle)

    @property
    def listener(self) -> Path | None:
        """The Audio2Emotion bundle that may listen, or None."""
        folder = self.settings.listener
        return Path(folder) if folder and folder in self.accepted else None

    @property
    def line(self) -> EmotionTimeline:
        """The keys in force: by hand, estimated, or none."""
        if self.settings.mode == "auto":
            return replace(self.estimate, strength=self.settings.timeline.strength)
        return self.settings.timeline if self.settings.mode == "manual" else EmotionTimeline()

    def at(self, t: float) -> np.ndarray:
        """(10,) float32 strengths felt at a time in seconds."""
        strengths: np.ndarray = self.line.at(np.array([t]))[0]
        return strengths

    def restore(self, settings: EmotionSettings) -> None:
        """Put remembered settings in force; not a step that can be taken back."""
        self._put(settings)

    def change(self, settings: EmotionSettings, text: str, control: str = "") -> None:
        """Let the user change something.

        Args:
            settings: all of them, with the change.
            text: what it is, for the menu of steps.
            control: names one drag, or one run of keys: its changes are one step; "" for a step of its own.
        """
        if settings != self.settings:
            self._undo.push(Step(self._put, self.settings, settings, text, control=f"emotion {control}" if control else ""))

    def change_timeline(self, line: EmotionTimeline, text: str, control: str = "") -> None:
        """Let the user change the keys; see ``change``."""
        self.change(replace(self.settings, timeline=line), text, control)

    def set_written(self, felt: tuple[Felt, ...], *, is_made: bool) -> None:
        """Note what the text says is felt.

        Args:
            felt: by the marks of the whole text.
            is_made: motion is made with it anyway; else it is made anew.
        """
        unchanged = self._sounds_like() == self._made_with
        self.written = felt
        if not is_made:
            self._timer.start()
        elif unchanged:
            self._made_with = self._sounds_like()

    def take_over(self) -> None:
        """Turn the estimate into keys of the user's own."""
        line = replace(self.estimate, strength=self.settings.timeline.strength)
        self.change(replace(self.settings, mode="manual", timeline=line), "Keys from the estimate")

    def forget_estimate(self) -> None:
        """The sound is another one."""
        self.estimate = EmotionTimeline()
        self.changed.emit()

    def add_estimate(self, offset_s: float, part: EmotionTimeline) -> None:
        """Note what was heard in a part of the speech.

        Args:
            offset_s: where the part starts.
            part: its keys on its own time line.
        """
        keys = [key for key in self.estimate.keys if key.time_s < offset_s - 1e-9]
        keys += [replace(key, time_s=key.time_s + offset_s) for key in part.keys]
        self.estimate = EmotionTimeline(tuple(keys), part.transition_s)
        self.changed.emit()

    def _put(self, settings: EmotionSettings) -> None:
        self.settings = settings
        self.changed.emit()
        self._timer.start()

    def _settle(self) -> None:
        if self._sounds_like() != self._made_with:
            self._made_with = self._sounds_like()
            self.settled.emit()

    def _sounds_like(self) -> tuple[object, ...]:
        """What makes a difference to the motion."""
        settings = self.settings
        line = settings.timeline
        part = {"off": None, "auto": (line.strength, settings.listener), "manual": line}[settings.mode]
        return settings.mode, settings.blinks, part, self.written

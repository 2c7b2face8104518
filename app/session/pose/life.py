"""Idle life of the avatar on show: never part of a track, and off while two sources are compared."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.avatar.attention import Attention, Mode
from app.avatar.liveliness import LifePose, Liveliness, LivelinessSettings
from app.session.live.live import Live
from app.session.pose.shown import ShownLife
from app.session.state import State


class Life(QObject):
    """Adds blinks, gaze, head sway and breath to what is drawn.

    With a clip, life is a function of the clip's time, so that a frame looks the same whenever it is looked at; with none,
    and with the microphone, time itself moves it.

    Args:
        state: whose avatar lives.
        live: with the microphone, time itself moves it.
        parent: the session.
    """

    #: switch, strengths or whether it may act: draw anew
    changed = Signal()
    #: how often head and chest move on, per second; None is with every picture. Hair and clothes need drawing only then,
    #: which is most of a picture's cost on software GL, and the sway is so slow that twelve steps a second look smooth.
    body_hz: float | None = None
    #: how full the chest is at a time of the clip where its breath is acted, else None
    breath: Callable[[float], float | None] = staticmethod(lambda _t: None)

    def __init__(self, state: State, live: Live, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._live = state, live
        self._made = Liveliness()
        self._born_s = time.monotonic()
        self._attention: Attention | None = None
        #: whether the face shows that it listens and thinks
        self.shows_attention = True

    @property
    def settings(self) -> LivelinessSettings:
        """Switch and strengths."""
        return self._made.settings

    def set_settings(self, settings: LivelinessSettings) -> None:
        """Change the switch or a strength."""
        self._made = Liveliness(0, settings)
        self.changed.emit()

    @property
    def acts(self) -> bool:
        """Whether the avatar lives now: switched on, and nothing is being compared."""
        return self.settings.enabled and len(self._state.sides) == 1

    @property
    def passes_by_itself(self) -> bool:
        """Whether the picture changes although no clip plays."""
        return self.acts and (self._state.speech is None or self._live.active or self._attention is not None)

    @property
    def stirs(self) -> bool:
        """Whether it listens or thinks visibly, so that it wants more pictures than mere breathing."""
        attention = self._attention
        return self.acts and self.shows_attention and attention is not None and attention.stirs(self._own_s)

    # -- in a conversation

    @property
    def mode(self) -> Mode:
        """What the face shows besides its life, "" outside conversations or when that is switched off."""
        return self._attention.mode if self._attention is not None and self.shows_attention else ""

    def converse(self, on: bool, t: float) -> None:
        """Let time itself move the life from now on, or the clip again.

        Args:
            on: a conversation begins.
            t: seconds on the clip's time line, where life goes on without a jump.
        """
        if on and self._attention is None:
            if not self.passes_by_itself:
                self._born_s = time.monotonic() - t
            self._attention = Attention()
        elif not on:
            self._attention = None
        self.changed.emit()

    def attend(self, mode: Mode) -> None:
        """Listen, think or speak from now on."""
        if self._attention is not None:
            self._attention.attend(mode, self._own_s)
            self.changed.emit()

    def nod(self) -> None:
        """Nod, as listeners do at a pause."""
        if self._attention is not None:
            self._attention.nod(self._own_s)
            self.changed.emit()

    def show_attention(self, on: bool) -> None:
        """Show that the face listens and thinks, or not."""
        self.shows_attention = on
        self.changed.emit()

    @property
    def _own_s(self) -> float:
        return time.monotonic() - self._born_s

    def pose(
        self, weights: np.ndarray, visemes: np.ndarray | None, t: float, owns_eyes: bool, turn: np.ndarray | None = None, *,
        by_visemes: float = 1.0, owns_head: bool = False,
    ) -> None:  # fmt: skip
        """Pose the avatar on show with life on top of what a source made.

        Args:
            weights: (52,) of the source.
            visemes: (15,) of the source, or None.
            t: seconds on the clip's time line.
            owns_eyes: the source itself moves lids or gaze: those stay its own.
            turn: (3,) pitch, yaw and roll in radians of the head by the track itself, or None; life sways around it.
            by_visemes: how much of the mouth is moved by ``visemes``, 0 to 1.
            owns_head: the head's way was made for what is said, and needs no sway.
        """
        rig = self._state.rig
        if rig is None:
            return
        breath = self.breath(t)
        if not self.acts:
            rig.set_head_rotation(np.zeros(3) if turn is None else turn, breath or 0.0)
            rig.pose(weights, visemes, by_visemes=by_visemes)
            return
        own_t = self._own_s if self.passes_by_itself else t
        life = self._at(own_t, owns_eyes, owns_head)
        hz = None if self.body_hz is None else self.body_hz * (2 if self.stirs else 1)
        body = life if hz is None else self._at(math.floor(own_t * hz) / hz, owns_eyes, owns_head)
        sway = np.asarray(body.head_rotation)
        rig.set_head_rotation(sway if turn is None else sway + turn, body.chest_lift if breath is None else breath)
        rig.pose(life.added_to(weights), visemes, by_visemes=by_visemes)

    def shown_life(self, owns_eyes: bool, owns_head: bool = False) -> ShownLife | None:
        """The life that the avatar shows now, for other threads; None while it has none.

        Args:
            owns_eyes: the source itself moves lids or gaze: those stay its own.
            owns_head: see ``pose``.
        """
        if not self.acts:
            return None
        own_s = self._own_s if self.passes_by_itself else None
        attends = self._attention is not None and self.shows_attention
        return ShownLife(self.settings, owns_eyes, own_s, self._at(self._own_s, owns_eyes, owns_head) if attends else None, owns_head)

    def _at(self, own_t: float, owns_eyes: bool, owns_head: bool = False) -> LifePose:
        """Life and attention at a time of their own."""
        life = self._made.at(own_t, owns_eyes, owns_head)
        if self._attention is None or not self.shows_attention:
            return life
        return self._attention.added_to(life, own_t, owns_eyes)

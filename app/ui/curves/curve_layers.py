"""Which stage of the motion the curves show, and what lies over them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from app.core.arkit import ARKIT_CHANNELS
from app.core.track import BlendshapeTrack
from app.session import Session
from app.session.base.side import Side
from app.ui.curves.overlays import Overlay
from app.ui.curves.stages import STAGES, stage_track
from app.ui.preview.side_label import SIDE_COLOURS

LAYERS = {"raw": "Raw over it", "ghost": "Last take over it", "other": "Other side, difference shaded"}
_RAW, _GHOST = "#f2f5f7", "#9aa2ab"


class CurveLayers(QToolButton):
    """A menu of stages and overlays.

    Args:
        session: whose motion the curves show.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.stage = "tuned"
        self.on = {"raw": False, "ghost": False, "other": True}
        self.setText("Layers ▾")
        self.setToolTip("Stage of the motion, and curves over it")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(self)
        group = QActionGroup(menu)
        self.stages = {}
        for stage, words in STAGES.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(stage == self.stage)
            action.triggered.connect(lambda _=False, chosen=stage: self.choose(chosen))
            group.addAction(action)
            self.stages[stage] = action
        menu.addSeparator()
        self.layers = {}
        for layer, words in LAYERS.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(self.on[layer])
            action.toggled.connect(lambda on, chosen=layer: self._switch(chosen, on))
            self.layers[layer] = action
        self.setMenu(menu)

    def choose(self, stage: str) -> None:
        """Show another stage."""
        self.stage = stage
        self.stages[stage].setChecked(True)
        self.setText("Layers ▾" if stage == "tuned" else f"{stage.capitalize()} ▾")
        self.changed.emit()

    def _switch(self, layer: str, on: bool) -> None:
        self.on[layer] = on
        self.changed.emit()

    def track(self, slot: Side) -> BlendshapeTrack | None:
        """What the curves show of a slot."""
        return stage_track(self._session, slot, self.stage)

    def values_at(self, t: float) -> np.ndarray:
        """(52,) weights at a time as the curves show them: of the chosen stage, or what the microphone's face has now."""
        session = self._session
        if self.stage == "sent" and session.state.rig is not None:
            return np.array([session.state.rig.applied.get(name, 0.0) for name in ARKIT_CHANNELS], np.float32)
        track = None if self.stage == "tuned" or session.live.active else self.track(session.state.shown_side)
        return session.posing.weights_at(t) if track is None else track.sample(t)

    @property
    def own_colour(self) -> str:
        """The colour of the side on show while the curves set it against another one, else ""."""
        shown = self._session.state.shown
        return SIDE_COLOURS[shown] if self.on["other"] and len(self._session.state.sides) > 1 else ""

    def overlays(self) -> list[Overlay]:
        """What lies over the curves of the slot on show."""
        session = self._session
        slot = session.state.shown_side
        found = []
        if self.on["other"]:
            found += self._others(slot)
        ghost = session.tunings.ghosts.get(slot.name)
        if self.on["ghost"] and ghost is not None:
            found.append(Overlay("Last take", ghost, _GHOST, dashed=True))
        if self.on["raw"] and slot.raw is not None and self.stage != "raw":
            found.append(Overlay("Raw", slot.raw.arkit, _RAW, dashed=True))
        return found

    def _others(self, slot: Side) -> list[Overlay]:
        """The other sides; only the one that the slot is set against is shaded."""
        session = self._session
        against = session.comparing.pair if slot.name == "A" else "A"
        made = {name: self.track(other) for name, other in session.state.sides.items() if other is not slot}
        return [
            Overlay(f"Side {name}", track, SIDE_COLOURS[name], shaded=name == against)
            for name, track in sorted(made.items())
            if track is not None
        ]

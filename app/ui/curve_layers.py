"""Which stage of the motion the curves show, and what lies over them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from app.core.track import BlendshapeTrack
from app.core.tuning import tuning_stages
from app.session import Session
from app.session.slot import Slot
from app.ui.compare_view import SIDE_COLOURS
from app.ui.overlays import Overlay

STAGES = {
    "raw": "As the source made it",
    "gain": "After gains and strengths",
    "smooth": "After smoothing",
    "tuned": "Tuned: sent to the avatar",
}
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

    def track(self, slot: Slot) -> BlendshapeTrack | None:
        """What the curves show of a slot."""
        if slot.tuned is None or slot.raw is None or self.stage == "tuned":
            return None if slot.tuned is None else slot.tuned.arkit
        speech = self._session.speech
        tuning = self._session.tunings.of(slot.name)
        return tuning_stages(slot.raw.arkit, tuning, () if speech is None else speech.phones)[self.stage]

    def overlays(self) -> list[Overlay]:
        """What lies over the curves of the slot on show."""
        session = self._session
        slot = session.slots[session.shown]
        found = []
        if self.on["other"] and "B" in session.slots:
            other = session.slots["B" if slot.name == "A" else "A"]
            if other.tuned is not None:
                found.append(Overlay(f"Side {other.name}", other.tuned.arkit, SIDE_COLOURS[other.name], shaded=True))
        ghost = session.tunings.ghosts.get(slot.name)
        if self.on["ghost"] and ghost is not None:
            found.append(Overlay("Last take", ghost, _GHOST, dashed=True))
        if self.on["raw"] and slot.raw is not None and self.stage != "raw":
            found.append(Overlay("Raw", slot.raw.arkit, _RAW, dashed=True))
        return found

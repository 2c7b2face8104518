"""The menu of what the curves show: a stage of the motion, and what lies over it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from app.ui.curves.stages import STAGES

LAYERS = {"raw": "Raw over it", "ghost": "Last take over it", "other": "Other side, difference shaded"}


class CurveLayers(QToolButton):
    """A menu of stages and overlays.

    Attributes:
        stage: key of STAGES.
        on: layer -> whether it lies over the curves.
    """

    #: another stage or overlay was chosen
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.stage = "tuned"
        self.on = {"raw": False, "ghost": False, "other": True}
        self.setText("Stages ▾")
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
        self.setText("Stages ▾" if stage == "tuned" else f"{stage.capitalize()} ▾")
        self.changed.emit()

    def _switch(self, layer: str, on: bool) -> None:
        self.on[layer] = on
        self.changed.emit()

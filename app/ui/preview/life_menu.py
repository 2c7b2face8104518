"""View, Life strength: how much the avatar blinks, looks around, sways and breathes."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.session.pose.life import Life

PARTS = {"blinks": "Blinks", "gaze": "Gaze", "head": "Head", "breathing": "Breathing"}
STRENGTHS = {0.0: "Off", 0.5: "Gentle", 1.0: "Natural", 1.5: "Lively"}


class LifeMenu(QObject):
    """Fills itself when it opens; the switch stands beside it in the menu.

    Args:
        menu: is filled.
        life: the session's.
    """

    def __init__(self, menu: QMenu, life: Life) -> None:
        super().__init__(menu)
        self.menu, self._life = menu, life
        menu.aboutToShow.connect(self.fill)

    def set_enabled(self, lively: bool) -> None:
        """Let the avatar live, or hold still but for the mouth."""
        self._life.set_settings(replace(self._life.settings, enabled=lively))

    def fill(self) -> None:
        """List the strengths as they are now."""
        settings = asdict(self._life.settings)
        self.menu.clear()
        for part, words in PARTS.items():
            menu = self.menu.addMenu(words)
            menu.setEnabled(settings["enabled"])
            group = QActionGroup(menu)
            for strength, name in STRENGTHS.items():
                action = menu.addAction(name)
                action.setCheckable(True)
                action.setChecked(settings[part] == strength)
                action.triggered.connect(lambda _=False, part=part, strength=strength: self._set({part: strength}))
                group.addAction(action)

    def _set(self, strengths: dict[str, Any]) -> None:
        self._life.set_settings(replace(self._life.settings, **strengths))

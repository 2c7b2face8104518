"""View, Life strength: how much the avatar blinks, looks around, sways and breathes."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.session.pose.life import Life

PARTS = {"blinks": "Blinks", "gaze": "Gaze", "head": "Head", "breathing": "Breathing"}
STRENGTHS = {0.0: "Off", 0.5: "Gentle", 1.0: "Natural", 1.5: "Lively"}


class LifeMenu(QObject):
    """Fills itself when it opens; the switch stands beside it in the menu.

    Args:
        life: the session's.
        view: the menu it belongs to.
        window: owner.
    """

    def __init__(self, life: Life, view: QMenu, window: QWidget) -> None:
        super().__init__(window)
        self._life = life
        self.menu = view.addMenu("Life strength")
        self.menu.aboutToShow.connect(self.fill)

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

    def strengths(self) -> list[int]:
        """In hundredths, in the order of PARTS."""
        settings = asdict(self._life.settings)
        return [round(settings[part] * 100) for part in PARTS]

    def restore(self, strengths: list[int]) -> None:
        """Put remembered strengths in force; anything that does not fit is left alone."""
        if len(strengths) == len(PARTS) and all(0 <= each <= 200 for each in strengths):
            self._set({part: each / 100 for part, each in zip(PARTS, strengths, strict=True)})

    def _set(self, strengths: dict[str, Any]) -> None:
        self._life.set_settings(replace(self._life.settings, **strengths))

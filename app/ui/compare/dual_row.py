"""The switch between comparing sides, visemes behind Audio2Face, and Audio2Face alone."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QLabel, QToolButton, QVBoxLayout, QWidget

from app.session.compare.dual import Dual, Mode
from app.ui.kit import theme
from app.ui.kit.buttons import segment_button
from app.ui.kit.flow import flowing

WORDS: dict[Mode, tuple[str, str]] = {
    "off": ("Compare", "Sides are compared; none stands in for another"),
    "dual": ("Dual", "Audio2Face moves the face, and visemes where its server is lost; the sound never stops"),
    "alone": ("A2F alone", "Full replacement: Audio2Face moves the face, and nothing stands in for it"),
}
PREFERENCES: dict[bool, tuple[str, str]] = {
    False: ("Visemes", "Let visemes move the face; it may be while a line is spoken"),
    True: ("Audio2Face", "Let Audio2Face move the face where it can; it may be while a line is spoken"),
}


class DualRow(QWidget):
    """Chooses the mode, and in dual mode who is wanted.

    Args:
        dual: of the session.
    """

    def __init__(self, dual: Dual) -> None:
        super().__init__()
        self._dual = dual
        self.modes: dict[Mode, QToolButton] = {}
        self.preferences: dict[bool, QToolButton] = {}
        which, who = QButtonGroup(self), QButtonGroup(self)
        for mode, (text, hint) in WORDS.items():
            button = segment_button(text, hint, which, 9)
            button.clicked.connect(lambda _=False, chosen=mode: dual.set_mode(chosen))
            self.modes[mode] = button
        for upgrade, (text, hint) in PREFERENCES.items():
            button = segment_button(text, hint, who, 9)
            button.clicked.connect(lambda _=False, chosen=upgrade: dual.prefer(chosen))
            self.preferences[upgrade] = button
        self.caption = QLabel("Face by")
        self.reason = QLabel()
        self.reason.setStyleSheet(f"color: {theme.WARNING};")
        self.reason.setAccessibleName("Why visemes move the face")
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addLayout(flowing(self.caption, *self.modes.values(), *self.preferences.values(), self.reason, spacing=4))
        dual.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is in force."""
        dual = self._dual
        self.modes[dual.mode].setChecked(True)
        for upgrade, button in self.preferences.items():
            button.setVisible(dual.mode == "dual")
            button.setChecked(dual.wants_upgrade == upgrade)
        self.reason.setText(f"{dual.reason}: visemes" if dual.reason else "")
        self.reason.setVisible(bool(dual.reason))

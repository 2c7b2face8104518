"""What the conversation does now: a dot and a word, in the colour of who has the floor."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtWidgets import QLabel

from app.ui.kit import theme

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType({
    "off": ("Off", theme.FAINT, "Nobody listens, and the microphone is closed"),
    "connecting": ("Connecting…", theme.WARNING, "Who takes part is being reached or loaded"),
    "listening": ("Listening", theme.GOOD, "Say or type something"),
    "waiting": ("Ready", theme.GOOD, "Hold the key to talk, or type something; what is said without the key goes nowhere"),
    "hearing": ("Hearing you", theme.ACCENT, "You are speaking"),
    "thinking": ("Thinking", "#b79be0", "The answer is on its way; Esc gives it up"),
    "speaking": ("Speaking", "#e3a75f", "Speak or press Esc to stop the answer"),
})  # fmt: skip


class StateSign(QLabel):
    """The dot and the word."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("State of the conversation")
        self.show_phase("off")

    def show_phase(self, phase: str) -> None:
        """Another phase, or ``waiting`` while it listens to nobody before the key is held."""
        word, colour, hint = WORDS[phase]
        self.phase = phase
        self.setText(f'<span style="color:{colour}">●</span>&nbsp;&nbsp;<b>{word}</b>')
        self.setToolTip(hint)
        self.setAccessibleDescription(word)

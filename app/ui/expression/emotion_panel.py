"""The panel of feelings: ten strengths at the key before the cursor, and how keys go over into one another."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.emotion import EMOTIONS, MAX_TRANSITION_S, MODES, EmotionKey, EmotionMode, EmotionSettings
from app.session.base.emotion import Emotion
from app.ui.expression.emotion_words import COLOURS, WORDS
from app.ui.kit import theme
from app.ui.kit.number_row import Number, NumberRow

MODE_WORDS: dict[EmotionMode, tuple[str, str]] = {
    "off": ("Off", "The face stays neutral"),
    "auto": ("Auto", "Estimate the emotion from the voice"),
    "manual": ("Manual", "Set the emotion here, with keys over time"),
}
ESTIMATE = "Estimate from the voice: pitch, pace and brightness only. Words are not understood, so treat it as a guess."
UNFEELING = "The source on show takes no emotions; choose Audio2Face or an NVIDIA bundle as the source of motion."
_SEGMENTS = f"""
QToolButton {{ padding: 4px 12px; border: 1px solid {theme.LINE}; border-radius: 0; background: {theme.FIELD}; color: {theme.DIM}; }}
QToolButton:checked {{ background: {theme.ACCENT_DEEP}; border-color: {theme.ACCENT_DEEP}; color: {theme.ON_ACCENT}; }}
QToolButton:focus {{ border-color: {theme.ACCENT}; }}
"""


class EmotionPanel(QFrame):
    """What the face feels, to be seen and set.

    Args:
        emotion: the session's.
        parent: Qt's.
    """

    #: a key was made or chosen at this time in seconds: put the cursor there
    time_wanted = Signal(float)

    def __init__(self, emotion: Emotion, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._emotion = emotion
        self._t = 0.0
        self._feels = True
        self._auto_words = ESTIMATE
        self.rows = {name: self._row(name) for name in EMOTIONS}
        self.key_strength = NumberRow(Number("Key strength", "Factor on the ten strengths of this key"))
        self.strength = NumberRow(Number("Overall strength", "Factor on all keys, or on the estimate"))
        slow = "How long the face takes to go over to the emotion of a key, from the key on"
        self.transition = NumberRow(Number("Transition", slow, high=MAX_TRANSITION_S, unit=" s"))
        self._build_controls()
        self._lay_out()
        for name, row in self.rows.items():
            row.edited.connect(lambda value, name=name: self._edit_weight(name, value))
        self.key_strength.edited.connect(self._edit_key_strength)
        self.strength.edited.connect(self._edit_strength)
        self.transition.edited.connect(self._edit_transition)
        emotion.changed.connect(self.refresh)
        self.refresh()

    @staticmethod
    def _row(name: str) -> NumberRow:
        return NumberRow(Number(WORDS[name], f"How strongly: {WORDS[name].lower()}", colour=COLOURS[name]))

    def _build_controls(self) -> None:
        self.modes: dict[EmotionMode, QToolButton] = {}
        group = QButtonGroup(self)
        for mode in MODES:
            button = QToolButton()
            button.setText(MODE_WORDS[mode][0])
            button.setToolTip(MODE_WORDS[mode][1])
            button.setAccessibleName(f"Emotion {MODE_WORDS[mode][0].lower()}")
            button.setCheckable(True)
            button.setStyleSheet(_SEGMENTS)
            button.clicked.connect(lambda _=False, mode=mode: self._choose_mode(mode))
            group.addButton(button)
            self.modes[mode] = button
        self.note = QLabel()
        self.note.setObjectName("caption")
        self.note.setWordWrap(True)
        self.note.setAccessibleName("About the emotion")
        self.note.setMinimumHeight(30)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.add = QPushButton("Add key at cursor")
        self.add.setToolTip("Let another emotion begin at the cursor; it starts as a copy of the present one")
        self.add.clicked.connect(self.add_key)
        self.delete = QPushButton("Delete key")
        self.delete.setToolTip("Delete the key before the cursor; the one at the start becomes neutral")
        self.delete.clicked.connect(self.delete_key)
        self.take = QPushButton("Make keys of the estimate")
        self.take.setToolTip("Go on by hand from what was estimated")
        self.take.clicked.connect(self._emotion.take_over)
        self.blinks = QCheckBox("The source blinks")
        self.blinks.setToolTip("Blinks tied to the pauses of the voice; they belong to the track and are exported with it")
        self.blinks.clicked.connect(self._edit_blinks)

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setSpacing(0)
        for button in self.modes.values():
            header.addWidget(button)
        header.addStretch(1)
        column = self._column = QVBoxLayout()
        column.setContentsMargins(16, 8, 12, 12)
        column.setSpacing(5)
        column.addLayout(header)
        column.addSpacing(3)
        column.addWidget(self.note)
        for row in self.rows.values():
            column.addWidget(row)
        column.addWidget(self._rule())
        for row in (self.key_strength, self.strength, self.transition):
            column.addWidget(row)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for command in (self.add, self.delete, self.take):
            buttons.addWidget(command)
        buttons.addStretch(1)
        column.addSpacing(4)
        column.addLayout(buttons)
        column.addWidget(self._rule())
        column.addWidget(self.blinks)
        column.addStretch(1)
        inner = QWidget()
        inner.setObjectName("inner")
        inner.setStyleSheet(f"QWidget#inner {{ background: {theme.PANEL}; }}")
        inner.setLayout(column)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    @staticmethod
    def _rule() -> QFrame:
        made = QFrame()
        made.setObjectName("rule")
        made.setFixedHeight(1)
        return made

    # -- what is shown

    @property
    def settings(self) -> EmotionSettings:
        """In force now."""
        return self._emotion.settings

    @property
    def index(self) -> int:
        """Which key the sliders belong to: the last one at or before the cursor."""
        return self.settings.timeline.governing(self._t)

    @property
    def key(self) -> EmotionKey:
        """The key that the sliders belong to."""
        return self.settings.timeline.keys[self.index]

    def add_below_note(self, widget: QWidget) -> None:
        """Put a widget between the sentence about the mode and the sliders."""
        self._column.insertWidget(self._column.indexOf(self.note) + 1, widget)

    def set_auto_words(self, words: str) -> None:
        """Say who makes what the automatic mode shows."""
        if words != self._auto_words:
            self._auto_words = words
            self._write_note()

    def set_feeling(self, feels: bool) -> None:
        """Tell whether the source on show takes emotions."""
        self._feels = feels
        self.refresh()

    def set_time(self, t: float) -> None:
        """Move the cursor to a time in seconds."""
        before, self._t = self.index, t
        if self.isVisible() and (self.index != before or self.settings.mode == "auto"):
            self.refresh()

    def refresh(self) -> None:
        """Show the settings at the cursor."""
        settings, key = self.settings, self.key
        manual, auto = settings.mode == "manual", settings.mode == "auto"
        values = self._emotion.at(self._t) if auto else key.weights if manual else (0.0,) * len(EMOTIONS)
        for (_, row), value in zip(self.rows.items(), values, strict=True):
            row.set_value(round(float(value), 2))
            row.setEnabled(manual)
        self.key_strength.set_value(key.strength)
        self.strength.set_value(settings.timeline.strength)
        self.transition.set_value(settings.timeline.transition_s)
        self.key_strength.setEnabled(manual)
        self.transition.setEnabled(manual)
        self.strength.setEnabled(manual or auto)
        self.add.setVisible(not auto)
        self.delete.setVisible(not auto)
        self.take.setVisible(auto)
        self.add.setEnabled(manual)
        self.delete.setEnabled(manual and (self.index > 0 or any(key.weights)))
        self.take.setEnabled(self._emotion.estimate.keys != (EmotionKey(),))
        self.modes[settings.mode].setChecked(True)
        self.blinks.setChecked(settings.blinks)
        self._write_note()

    def _write_note(self) -> None:
        n, place = len(self.settings.timeline.keys), f"Key {self.index + 1} of {len(self.settings.timeline.keys)}"
        manual = "For the whole clip" if n == 1 else f"{place}, from {self.key.time_s:.2f} s" if self.index else f"{place}, from the start"
        text = {"off": "The face stays neutral.", "auto": self._auto_words, "manual": manual}[self.settings.mode]
        self.note.setText(text if self._feels else UNFEELING)
        self.note.setStyleSheet(f"color: {theme.DIM if self._feels else theme.WARNING};")

    # -- what is done

    def add_key(self) -> None:
        """Let a copy of the present key begin at the cursor."""
        if self.settings.mode == "manual":
            line = self.settings.timeline.with_key(replace(self.key, time_s=round(self._t, 3)))
            self._emotion.change_timeline(line, "Add emotion key")

    def delete_key(self) -> None:
        """Delete the key before the cursor."""
        if self.settings.mode == "manual":
            self._emotion.change_timeline(self.settings.timeline.without(self.index), "Delete emotion key")

    def _choose_mode(self, mode: EmotionMode) -> None:
        self._emotion.change(replace(self.settings, mode=mode), f"Emotion {MODE_WORDS[mode][0].lower()}")

    def _edit_weight(self, name: str, value: float) -> None:
        self._edit_key(self.key.with_weight(name, value), WORDS[name], self.rows[name])

    def _edit_key_strength(self, value: float) -> None:
        self._edit_key(replace(self.key, strength=value), "Key strength", self.key_strength)

    def _edit_key(self, key: EmotionKey, text: str, row: NumberRow) -> None:
        line = self.settings.timeline.replaced(self.index, key)
        self._emotion.change_timeline(line, text, f"{row.gesture} {self.index}")

    def _edit_strength(self, value: float) -> None:
        line = replace(self.settings.timeline, strength=value)
        self._emotion.change_timeline(line, "Overall strength", str(self.strength.gesture))

    def _edit_transition(self, value: float) -> None:
        line = replace(self.settings.timeline, transition_s=value)
        self._emotion.change_timeline(line, "Transition", str(self.transition.gesture))

    def _edit_blinks(self, on: bool) -> None:
        self._emotion.change(replace(self.settings, blinks=on), "Blinks")

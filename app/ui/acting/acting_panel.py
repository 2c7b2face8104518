"""The panel of acting: a switch, three sliders, and the seed with its die."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from app.core.acting.settings import MOST, SEEDS, ActingSettings
from app.session.adjust.acting import Acting
from app.session.state import State
from app.ui.kit import theme
from app.ui.kit.buttons import plain_button
from app.ui.kit.flow import flowing
from app.ui.kit.number_row import Number, NumberRow

HOW = (
    "Nods on accents, looks away at the beginning and back at the end of a phrase, blinks and breaths in its pauses, for all sides alike."
    " What a source moves itself stays its own, and idle life gives way. Angles and shapes are in the curves, where they can be edited,"
    " and in everything that is written."
)
_SLIDERS = {
    "head": ("Head", "Nods on accents, tilts, and how the head is held from phrase to phrase; 0 leaves it alone"),
    "eyes": ("Eyes and brows", "Looks, blinks and brows; 0 leaves them alone"),
    "breath": ("Breath", "The mouth parts, the nostrils widen and the chest rises before phrases; never on closed lips; 0 for none"),
}


class ActingPanel(QFrame):
    """A panel among the tools.

    Args:
        acting: the session's.
        state: whose side on show is told about.
    """

    def __init__(self, acting: Acting, state: State) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._acting, self._state = acting, state
        self.on = QCheckBox("Act what is said")
        self.on.setToolTip("Head, eyes and breath that belong to the line")
        self.on.clicked.connect(lambda on: acting.change("Act what is said" if on else "Stop acting", on=on))
        self.rows = {name: self._row(name) for name in _SLIDERS}
        self.seed = QSpinBox()
        self.seed.setRange(0, SEEDS - 1)
        self.seed.setAccessibleName("Seed of acting")
        self.seed.setToolTip("The same seed acts the same sound the same way, wherever and however often it is made")
        self.seed.setKeyboardTracking(False)
        self.seed.valueChanged.connect(lambda seed: acting.change("Seed of acting", "seed", seed=seed))
        self.dice = plain_button("⚄  Another way", "Act it another way: a new seed")
        self.dice.setAccessibleName("Another seed")
        self.dice.clicked.connect(acting.throw_dice)
        self.reset = plain_button("Reset", "Sliders and seed as at first; the switch stays")
        self.reset.setAccessibleName("Reset acting")
        self.reset.clicked.connect(self._reset)
        self.told, self.how = QLabel(), QLabel(HOW)
        for label in (self.told, self.how):
            label.setObjectName("caption")
            label.setWordWrap(True)
        self._lay_out()
        self.show_settings()

    def _row(self, name: str) -> NumberRow:
        title, hint = _SLIDERS[name]
        row = NumberRow(Number(title, hint, 0.0, MOST, 1.0))
        text = f"Acting: {title.lower()}"
        row.edited.connect(lambda value: self._acting.change(text, f"{name} {row.gesture}", **{name: value}))
        return row

    def _lay_out(self) -> None:
        name = QLabel("Seed")
        name.setFixedWidth(118)
        name.setBuddy(self.seed)
        inner = QWidget()
        inner.setObjectName("inner")
        inner.setStyleSheet(f"QWidget#inner {{ background: {theme.PANEL}; }}")
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 10, 12, 8)
        column.setSpacing(6)
        column.addLayout(flowing(self.on, self.reset))
        for row in self.rows.values():
            column.addWidget(row)
        column.addLayout(flowing(name, self.seed, self.dice))
        column.addWidget(self.told)
        column.addWidget(self.how)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    # -- what is shown

    def show_settings(self) -> None:
        """Show what is in force."""
        settings = self._acting.settings
        self.on.setChecked(settings.on)
        for name, row in self.rows.items():
            row.set_value(getattr(settings, name))
            row.setEnabled(settings.on)
        with QSignalBlocker(self.seed):
            self.seed.setValue(settings.seed)
        for widget in (self.seed, self.dice):
            widget.setEnabled(settings.on)
        self.show_acted()

    def show_acted(self, *_: object) -> None:
        """Say what is acted, and what the source on show does itself."""
        words = _words(self._acting)
        side = self._state.shown_side
        if words and side.kept:
            words = f"Side {side.name} is as it was kept in its take; choose another source to act it."
        elif words and side.own is not None:
            head, eyes = self._acting.leaves(side)
            own = [part for part, leaves in (("the head", head), ("eyes and lids", eyes)) if not leaves]
            words += f" The source of side {side.name} moves {' and '.join(own)} itself." if own else ""
        self.told.setText(words)
        self.told.setVisible(bool(words))

    def _reset(self) -> None:
        usual = ActingSettings()
        self._acting.change("Reset acting", head=usual.head, eyes=usual.eyes, breath=usual.breath, seed=usual.seed)


def _words(acting: Acting) -> str:
    """What is acted, in a sentence; "" while nothing is."""
    plan, settings = acting.plan, acting.settings
    if plan is None or not settings.acts:
        return ""
    counts = (
        ("nod", len(plan.nods) * bool(settings.head)),
        ("blink", len(plan.blinks) * bool(settings.eyes)),
        ("breath", len(plan.breaths) * bool(settings.breath)),
    )
    said = [f"{n} {what}{'' if n == 1 else 's'}" for what, n in counts if n]
    return f"{', '.join(said)} in this sound." if said else "Nothing to act is heard in this sound."

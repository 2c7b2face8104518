"""The panel of tuning: everything that can be adjusted, by side, searched and folded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.native import NativeParameter
from app.core.tuning import Tuning
from app.session.adjust.tunings import Tunings
from app.session.compare.comparing import SIDES
from app.session.motion.source_parameters import SourceParameters
from app.ui.kit import theme
from app.ui.kit.buttons import BUTTON_STYLE, segment_button
from app.ui.kit.flow import flowing
from app.ui.kit.in_steps import InSteps
from app.ui.tuning.choice_row import ChoiceRow
from app.ui.tuning.native_controls import OPEN_AT_FIRST, native_sections
from app.ui.tuning.preset_menu import PresetMenu
from app.ui.tuning.shape_row import ShapeRow
from app.ui.tuning.tuning_controls import SECTIONS, ControlRow, Section, matches, shape_sections
from app.ui.tuning.tuning_words import section_words

KEEP = "Where the source closes the lips, gains and smoothing leave them closed"
_HEAD = f"""
QToolButton, QToolButton:checked {{ background: transparent; border: 0; font-weight: 600; padding: 3px 0; }}
QToolButton:focus {{ color: {theme.ACCENT}; }}
"""


class FoldingSection(QWidget):
    """A heading that folds what is below it; its rows are made when it is first opened, one by one where there is time."""

    def __init__(self, section: Section, make_rows: Callable[[Section], Iterator[QWidget]], is_open: bool) -> None:
        super().__init__()
        self.section = section
        self.rows: list[QWidget] = []
        self._unmade = make_rows(section)
        self.head = QToolButton()
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setText(section.title)
        self.head.setCheckable(True)
        self.head.setStyleSheet(_HEAD)
        self.head.setAccessibleName(section.title)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 4)
        self.column.setSpacing(2)
        self.column.addWidget(self.head)
        self.head.setChecked(is_open)
        self._hits = [True] * len(section.controls)
        self._show(is_open)
        self.head.toggled.connect(self.unfold)

    def show_state(self, tuning: Tuning) -> None:
        """Say in the heading what of the group is not as made."""
        words = section_words(tuning, self.section.controls)
        self.head.setText(f"{self.section.title}   ● {words}" if words else self.section.title)

    def unfold(self, is_open: bool) -> None:
        """Show or hide the rows."""
        self._hits = [True] * len(self.section.controls)
        self._show(is_open)
        for _ in self.make():
            pass

    def search(self, needle: str) -> None:
        """Show what of the rows that there are is looked for; "" for everything, folded as before. The others are to be made then."""
        self._hits = [matches(control, needle) for control in self.section.controls]
        self.setVisible(any(self._hits))
        self._show(self.head.isChecked() if not needle else any(self._hits))

    def make(self) -> Iterator[None]:
        """Make the rows that are not there yet, one after the other, where they are to be seen."""
        while self._is_open:
            row = next(self._unmade, None)
            if row is None:
                return
            row.setVisible(False)
            self.column.addWidget(row)
            self.rows.append(row)
            row.setVisible(self._is_open and self._hits[len(self.rows) - 1])
            yield

    def _show(self, is_open: bool) -> None:
        self._is_open = is_open
        self.head.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        for row, is_hit in zip(self.rows, self._hits, strict=False):
            row.setVisible(is_open and is_hit)


class TuningPanel(QFrame):
    """Sliders for a side's tuning.

    Args:
        tunings: the session's.
        presets: folder of the user's presets.
        parameters: what the sources have to set of their own.
        parent: Qt's.
    """

    #: another side is tuned: its name
    side_chosen = Signal(str)

    def __init__(self, tunings: Tunings, presets: Path, parameters: SourceParameters, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(320)
        self.side = "A"
        self._names: tuple[str, ...] = ("A",)
        self.fps = 60.0
        self._tunings, self._source_parameters = tunings, parameters
        self._linked = True
        self._parameters: tuple[NativeParameter, ...] = parameters.offered(self.side)
        self.presets = PresetMenu(presets, lambda: tunings.of(self.side), lambda: parameters.offered(self.side))
        self.presets.chosen.connect(lambda tuning, name: self.edit(tuning, f"Preset {name}"))
        self._build_header()
        self._build_switches()
        self._sections: list[FoldingSection] = []
        self._is_filled = False
        self._steps = InSteps(self)
        body = QWidget()
        self._body = QVBoxLayout(body)
        self._body.setContentsMargins(12, 6, 4, 12)
        self._body.setSpacing(2)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setObjectName("clear")
        scroll.setWidget(body)
        self._column.addWidget(scroll, 1)
        tunings.changed.connect(self.refresh)
        self.refresh()

    # -- building

    def _build_header(self) -> None:
        self.letters: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        for name in SIDES:
            button = segment_button(name, f"Tune side {name}", group)
            button.setAccessibleName(f"Tune side {name}")
            button.clicked.connect(lambda _=False, name=name: self.side_chosen.emit(name))
            self.letters[name] = button
        self.together = QCheckBox("together")
        self.together.setToolTip("A change of one side goes to all")
        self.together.clicked.connect(self._tunings.set_together)
        self.copy = QToolButton()
        self.copy.setMenu(QMenu(self.copy))
        self.copy.clicked.connect(lambda: self._tunings.copy(self.side, self._others[0]))
        self.bypass = QToolButton()
        self.bypass.setText("Bypass")
        self.bypass.setCheckable(True)
        self.bypass.setToolTip("See the motion as made until it is pressed again (Shift+T), or while T is held")
        self.bypass.clicked.connect(self._tunings.latch_bypass)
        self.reset_all = QToolButton()
        self.reset_all.setText("Reset")
        self.reset_all.setToolTip("Everything back to its default")
        self.reset_all.clicked.connect(lambda: self.edit(Tuning(), "Reset all"))
        for button in (self.presets, self.copy, self.bypass, self.reset_all):
            button.setStyleSheet(BUTTON_STYLE)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find")
        self.search.setAccessibleName("Find a control or shape")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        self.nothing = QLabel()
        self.nothing.setObjectName("caption")
        self.nothing.setWordWrap(True)
        self.nothing.setContentsMargins(12, 8, 8, 0)
        self.nothing.setAccessibleName("Nothing found")
        self.nothing.hide()
        self._place_header()

    def _place_header(self) -> None:
        """Two lines of controls above the sliders."""
        sides = flowing(*self.letters.values(), self.together, self.copy)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.search, 1)
        for button in (self.presets, self.bypass, self.reset_all):
            line.addWidget(button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 8, 0, 0)
        self._column.setSpacing(6)
        for layout in (sides, line):
            layout.setContentsMargins(12, 0, 8, 0)
            self._column.addLayout(layout)
        self._column.addWidget(self.nothing)

    def _build_switches(self) -> None:
        self.keep = QCheckBox("Keep lip contacts of the source")
        self.keep.setToolTip(KEEP)
        self.keep.clicked.connect(lambda on: self.edit(replace(self.tuning, keep_contacts=on), "Keep contacts"))
        self.live = QCheckBox("As a live face can: past frames only")
        self.live.setToolTip("Off: the smoothing looks ahead and delays nothing. On: it uses the past only, so it comes late.")
        self.live.clicked.connect(lambda on: self.edit(replace(self.tuning, kind="live" if on else "offline"), "Kind of smoothing"))
        self.delay = QLabel()
        self.delay.setObjectName("caption")
        self.delay.setWordWrap(True)
        self.delay.setAccessibleName("Delay of live smoothing")
        self.linked = QCheckBox("Left and right together")
        self.linked.setToolTip("One row for both sides of a shape")
        self.linked.clicked.connect(lambda on: self.edit(replace(self.tuning, linked=on), "Link sides"))

    @property
    def sections(self) -> list[FoldingSection]:
        """The sliders, all of them, with what is in force."""
        if not self._is_filled:
            self._fill()
        self._steps.finish()
        return self._sections

    def _fill(self) -> None:
        """Put the sections in their order; those that the present source has no more go, those that it shares with the last one stay."""
        self._is_filled = True
        former = {old.section.key for old in self._sections}
        opened = {old.section.key for old in self._sections if old.head.isChecked()} or {section.key for section in SECTIONS}
        opened |= {key for key in OPEN_AT_FIRST if key not in former}
        while self._body.count():
            self._body.takeAt(0)
        there = {id(old.section): old for old in self._sections}
        wanted = [(section, self._plain_rows) for section in (*native_sections(self._parameters), *SECTIONS)]
        wanted += [(section, self._shape_rows) for section in shape_sections(self._linked)]
        self._sections = [there.get(id(each)) or FoldingSection(each, rows, each.key in opened) for each, rows in wanted]
        for old in (old for old in there.values() if old not in self._sections):
            old.hide()
            old.deleteLater()
        first_shapes = next(section for section in self._sections if section.section.key.startswith("shapes "))
        for section in self._sections:
            if section is first_shapes:
                self._body.addWidget(self.linked)
            self._body.addWidget(section)
            if section.section.key == "lips":
                self._body.addWidget(self.keep)
            if section.section.key == "smoothing":
                self._body.addWidget(self.live)
                self._body.addWidget(self.delay)
        self._body.addStretch(1)
        for section in self._sections:
            section.show_state(self.tuning)
        self._find(self.search.text())

    def _plain_rows(self, section: Section) -> Iterator[QWidget]:
        for control in section.controls:
            row = ChoiceRow(control) if control.options else ControlRow(control)
            row.set_value(control.read(self.tuning))
            row.edited.connect(lambda value, row=row: self._edit_row(row, value))
            yield row

    def _shape_rows(self, section: Section) -> Iterator[QWidget]:
        for control in section.controls:
            row = ShapeRow(control)
            row.set_tuning(self.tuning)
            row.edited.connect(self.edit)
            yield row

    # -- what is shown

    @property
    def tuning(self) -> Tuning:
        """The tuning of the side on show."""
        return self._tunings.of(self.side)

    @property
    def _others(self) -> tuple[str, ...]:
        return tuple(name for name in self._names if name != self.side) or ("B",)

    def row(self, key: str) -> ControlRow | ChoiceRow:
        """The row of a control; its section is opened.

        Args:
            key: of the control, ``intensity`` or ``gain jawOpen``.
        """
        for section in self.sections:
            for i, control in enumerate(section.section.controls):
                if control.key == key:
                    section.head.setChecked(True)
                    found = [row for row in section.rows if isinstance(row, ControlRow | ChoiceRow | ShapeRow)][i]
                    return found.gain if isinstance(found, ShapeRow) else found
        raise KeyError(key)

    def set_side(self, side: str, names: tuple[str, ...], fps: float) -> None:
        """Show a side's tuning.

        Args:
            side: its name.
            names: of all sides there are.
            fps: of its motion, for the printed delay.
        """
        self.side, self.fps, self._names = side, fps, names
        for name, button in self.letters.items():
            button.setVisible(name in names and len(names) > 1)
        for widget in (self.together, self.copy):
            widget.setVisible(len(names) > 1)
        self._offer_copies()
        self.letters[side].setChecked(True)
        self.refresh()

    def _offer_copies(self) -> None:
        """One other side is a click away; of two, a menu asks which."""
        others, menu = self._others, self.copy.menu()
        several = len(others) > 1
        if menu is not None:
            menu.clear()
            for name in others if several else ():
                menu.addAction(f"To {name}").triggered.connect(lambda _=False, to=name: self._tunings.copy(self.side, to))
        self.copy.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup if several else QToolButton.ToolButtonPopupMode.DelayedPopup)
        self.copy.setText("Copy to ▾" if several else f"Copy to {others[0]}")
        words = "another side" if several else f"side {others[0]}"
        self.copy.setToolTip(f"Give {words} the tuning of side {self.side}")
        self.copy.setAccessibleName(f"Copy tuning to {words.removeprefix('side ')}")

    def refresh(self) -> None:
        """Show what is in force."""
        tuning = self.tuning
        parameters = self._source_parameters.offered(self.side)
        if tuning.linked != self._linked or parameters != self._parameters:
            self._linked, self._parameters = tuning.linked, parameters
            self._is_filled = False
        if self.isVisible() and not self._is_filled:
            self._fill()
        if self._is_filled:
            self._show_values()
        self.keep.setChecked(tuning.keep_contacts)
        self.live.setChecked(tuning.kind == "live")
        self.linked.setChecked(tuning.linked)
        self.together.setChecked(self._tunings.in_force.together)
        self.reset_all.setEnabled(tuning != Tuning())
        self.bypass.setChecked(self._tunings.latched)
        self.delay.setText(self._delay_text(tuning))

    def _show_values(self) -> None:
        """Put what is in force into the rows that there are."""
        tuning = self.tuning
        for section in self._sections:
            section.show_state(tuning)
            for row in section.rows:
                if isinstance(row, ControlRow | ChoiceRow):
                    row.set_value(row.control.read(tuning))
                elif isinstance(row, ShapeRow):
                    row.set_tuning(tuning)

    def _delay_text(self, tuning: Tuning) -> str:
        delays = tuning.live_delay_ms(self.fps)
        if not delays:
            return ""
        listed = ", ".join(f"{part} {ms:.0f} ms" for part, ms in delays.items())
        return f"Late by: {listed}" if tuning.kind == "live" else f"No delay; live it would be late by: {listed}"

    # -- what the user does

    def edit(self, tuning: Tuning, text: str, control: str = "") -> None:
        """Change the side's tuning."""
        self._tunings.change(self.side, tuning, text, f"{self.side} {control}" if control else "")

    def _edit_row(self, row: ControlRow | ChoiceRow, value: float) -> None:
        control = row.control
        self.edit(control.write(self.tuning, value), control.name, f"{control.key} {row.gesture}")

    def _find(self, text: str) -> None:
        needle = text.strip().lower()
        for switch in (self.keep, self.live, self.delay, self.linked):
            switch.setVisible(not needle)
        found = not self._is_filled or any(matches(control, needle) for section in self._sections for control in section.section.controls)
        self.nothing.setVisible(not found)
        self.nothing.setText(f"No control and no shape is called “{text.strip()}”.")
        for section in self._sections:
            section.search(needle)
        self._steps.begin(step for section in self._sections for step in section.make())

    # -- Qt's own, last as everywhere

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to make the sliders, the first time: nobody sees them at a start."""
        if not self._is_filled:
            self._fill()
        super().showEvent(event)

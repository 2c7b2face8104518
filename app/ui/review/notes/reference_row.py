"""Where a note's reference stands on the picture, how large it is, and when it begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFrame, QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout

from app.core.speech import MAX_CLIP_S
from app.formats.notes import Reference
from app.session.review.insets import is_film
from app.ui.kit import theme
from app.ui.kit.buttons import plain_button
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.flow import flowing
from app.ui.kit.icons import icon
from app.ui.kit.number_row import NUMBER_STYLE

CORNERS = ("top left", "top right", "bottom left", "bottom right")
#: percent of the picture's width
SMALLEST, LARGEST = 10, 60


class ReferenceRow(QFrame):
    """The controls of one reference; hidden without."""

    #: a Reference, or None when it is to go
    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._reference: Reference | None = None
        self._filling = False
        self.name = ElidedLabel()
        self.name.setStyleSheet(f"color: {theme.DIM};")
        self.corner = QComboBox()
        self.corner.setAccessibleName("Corner of the reference")
        self.corner.setToolTip("Where the reference stands on the picture")
        for corner in CORNERS:
            self.corner.addItem(corner.capitalize(), corner)
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setAccessibleName("Size of the reference")
        self.size_slider.setToolTip("How much of the picture's width the reference takes")
        self.size_slider.setRange(SMALLEST, LARGEST)
        self.size_slider.setFixedWidth(84)
        self.offset = QDoubleSpinBox()
        self.offset.setAccessibleName("Start of the reference film")
        self.offset.setToolTip("The clip's time at which the film begins, in seconds")
        self.offset.setRange(-MAX_CLIP_S, MAX_CLIP_S)
        self.offset.setDecimals(2)
        self.offset.setSingleStep(0.04)
        self.offset.setSuffix(" s")
        self.offset.setFixedWidth(76)
        self.offset.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.offset.setStyleSheet(NUMBER_STYLE)
        self.offset.setKeyboardTracking(False)
        self.whole = QCheckBox("Whole clip")
        self.whole.setToolTip("Show the reference for the whole clip, not for this note alone")
        self.remove = plain_button("", "Take the reference off the note")
        self.remove.setIcon(icon("cross", theme.DIM))
        self.remove.setAccessibleName("Remove reference")
        self.remove.clicked.connect(lambda: self.changed.emit(None))
        self.corner.activated.connect(self._tell)
        self.size_slider.valueChanged.connect(self._tell)
        self.offset.valueChanged.connect(self._tell)
        self.whole.toggled.connect(self._tell)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head.addWidget(self.name, 1)
        head.addWidget(self.remove)
        column.addLayout(head)
        column.addLayout(flowing(self.corner, self.size_slider, self.offset, self.whole))
        self.hide()

    def show_reference(self, reference: Reference | None) -> None:
        """Show what is there; None hides the row."""
        self._reference = reference
        self.setVisible(reference is not None)
        if reference is None:
            return
        self._filling = True
        self.name.setText(f"Reference: {reference.file}")
        self.corner.setCurrentIndex(self.corner.findData(reference.corner))
        self.size_slider.setValue(round(100 * reference.share))
        if abs(self.offset.value() - reference.offset_s) > 0.005:
            self.offset.setValue(reference.offset_s)
        self.offset.setVisible(is_film(Path(reference.file)))
        self.whole.setChecked(reference.whole)
        self._filling = False

    def _tell(self, *_: object) -> None:
        if self._filling or self._reference is None:
            return
        share, corner = self.size_slider.value() / 100, self.corner.currentData()
        self.changed.emit(
            replace(self._reference, corner=corner, share=share, offset_s=round(self.offset.value(), 2), whole=self.whole.isChecked())
        )

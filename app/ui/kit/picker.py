"""A list to pick one from, in a box that may be narrower than what is picked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter, QWidget


class Picker(QComboBox):
    """Ends in an ellipsis what does not fit, which a box with a style sheet does not do by itself.

    Args:
        name: for people who cannot see it.
        hint: what is picked; the tool tip says the choice after it.
        least_px: as narrow as it may be, logical pixels.
        parent: Qt's.
    """

    def __init__(self, name: str, hint: str, least_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(hint)
        self.setMinimumWidth(least_px)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.currentTextChanged.connect(lambda text: self.setToolTip(f"{hint}: {text}" if text else hint))

    # -- Qt's own, last as everywhere

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box, its arrow, and as much of the choice as fits."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        style = QStyle.ComplexControl.CC_ComboBox
        field = self.style().subControlRect(style, option, QStyle.SubControl.SC_ComboBoxEditField, self)
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, field.width() - 4)
        painter = QStylePainter(self)
        painter.drawComplexControl(style, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

"""How a cloud's voice says things: rate, pitch, and the style where the voice has some."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.speech.delivery import FASTEST, HIGHEST, LOWEST, SLOWEST, STRONGEST, Delivery
from app.speech.engine import Voice
from app.ui.kit.number_row import Number, NumberRow

_RATE = Number("Rate", "How fast: 1 is the voice's own speed", SLOWEST, FASTEST, 1.0, "×", slider_steps=150)
_PITCH = Number("Pitch", "Higher or lower than the voice's own", LOWEST, HIGHEST, 0.0, " %", decimals=0, step=1.0)
_DEGREE = Number("Style degree", "How much of the style: 1 is its usual strength", 0.1, STRONGEST, 1.0, "×", slider_steps=190)
_EMBEDDED = "The embedded voice always speaks in its own way; these are for Azure's voices."
_NO_STYLES = "This voice has no styles."


class DeliveryPanel(QWidget):
    """Rows for a delivery.

    Attributes:
        delivery: what the rows say.
    """

    #: a Delivery that the user chose
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.delivery = Delivery()
        self.rate, self.pitch, self.degree = (NumberRow(number) for number in (_RATE, _PITCH, _DEGREE))
        self.style_box = QComboBox()
        self.style_box.setAccessibleName("Style")
        self.style_box.setToolTip("In which style the voice speaks")
        name = QLabel("Style")
        name.setFixedWidth(_RATE.name_px)
        name.setBuddy(self.style_box)
        self.about = QLabel()
        self.about.setObjectName("caption")
        self.about.setWordWrap(True)
        styles = QHBoxLayout()
        styles.setSpacing(3)
        styles.addWidget(name)
        styles.addWidget(self.style_box, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self.rate, self.pitch):
            column.addWidget(part)
        column.addLayout(styles)
        column.addWidget(self.degree)
        column.addWidget(self.about)
        self.rate.edited.connect(lambda value: self._choose(replace(self.delivery, rate=value)))
        self.pitch.edited.connect(lambda value: self._choose(replace(self.delivery, pitch=value)))
        self.degree.edited.connect(lambda value: self._choose(replace(self.delivery, degree=value)))
        self.style_box.activated.connect(lambda: self._choose(replace(self.delivery, style=self.style_box.currentData())))
        self.show_delivery(self.delivery, None)

    def show_delivery(self, delivery: Delivery, voice: Voice | None) -> None:
        """Show how things are said, and by whom.

        Args:
            delivery: in force.
            voice: the one that speaks, None while there is none.
        """
        self.delivery = delivery
        cloud = voice is not None and voice.cloud
        styles = voice.styles if voice is not None else ()
        with QSignalBlocker(self.style_box):
            self.style_box.clear()
            self.style_box.addItem("the voice's own", "")
            for style in styles:
                self.style_box.addItem(style.replace("-", " "), style)
            if delivery.style and delivery.style not in styles:
                self.style_box.addItem(f"{delivery.style} (not of this voice)", delivery.style)
            self.style_box.setCurrentIndex(max(self.style_box.findData(delivery.style), 0))
        self.rate.set_value(delivery.rate)
        self.pitch.set_value(delivery.pitch)
        self.degree.set_value(delivery.degree)
        for row in (self.rate, self.pitch):
            row.setEnabled(cloud)
        self.style_box.setEnabled(cloud and self.style_box.count() > 1)
        self.degree.setEnabled(cloud and bool(delivery.style))
        self.about.setText(_EMBEDDED if not cloud else "" if styles else _NO_STYLES)

    def _choose(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.degree.setEnabled(bool(delivery.style))
        self.chosen.emit(delivery)

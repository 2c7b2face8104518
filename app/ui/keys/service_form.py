"""The fields of one service: where it is, its key, where that is kept, and what the check says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.conversation.check.checked import Checked
from app.keys.kept import Place
from app.ui.kit import theme

KEPT: dict[Place, str] = {
    "keyring": "The key is in the system's keyring.",
    "session": "The key is known until the program closes (no keyring).",
    "environment": "The key comes from the environment ({variable}).",
    "": "No key is known.",
}
_COLOURS = {"ok": theme.GOOD, "note": theme.DIM, "problem": theme.ERROR}
_MARKS = {"ok": "✓", "note": "–", "problem": "✗"}


@dataclass(frozen=True)
class PlaceField:
    """One part of a place.

    Attributes:
        name: in ServicePlaces.
        label: before the field.
        hint: in the empty field.
        variable: of the environment that is used while it is empty.
    """

    name: str
    label: str
    hint: str
    variable: str


class Verdict(QWidget):
    """What a check says: a mark, and one sentence.

    Args:
        name: for those who hear the window.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.mark, self.sentence = QLabel(), QLabel()
        self.mark.setFixedWidth(14)
        self.mark.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.sentence.setWordWrap(True)
        self.sentence.setAccessibleName(f"Check of {name}")
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.mark)
        row.addWidget(self.sentence, 1)
        self.hide()

    def show_finding(self, finding: Checked) -> None:
        """Show one."""
        for label in (self.mark, self.sentence):
            label.setStyleSheet(f"color: {_COLOURS[finding.state]};")
        self.mark.setText(_MARKS[finding.state])
        self.sentence.setText(finding.sentence)
        self.show()

    def clear(self) -> None:
        """Nothing is known."""
        self.sentence.clear()
        self.hide()


class ServiceForm(QFrame):
    """The fields.

    Args:
        title: of the service.
        fields: parts of its place.
        variable: that may hold its key.
    """

    #: something was typed
    edited = Signal()
    forget_wanted = Signal()

    def __init__(self, title: str, fields: Sequence[PlaceField], variable: str) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._variable = variable
        self._place: Place = ""
        self.places: dict[str, QLineEdit] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, 84)
        for row, field in enumerate(fields):
            line = QLineEdit()
            line.setPlaceholderText(field.hint)
            line.setToolTip(f"Empty: {field.variable} of the environment is used")
            line.setAccessibleName(f"{title}: {field.label}")
            line.textEdited.connect(lambda _: self._changed())
            line.setMinimumHeight(line.sizeHint().height())
            self.places[field.name] = line
            grid.addWidget(_label(field.label), row, 0)
            grid.addWidget(line, row, 1, 1, 3)
        self._make_key(title, grid, len(fields))
        self.verdict = Verdict(title)
        heading = QLabel(title)
        heading.setObjectName("heading")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(6)
        column.addWidget(heading)
        column.addLayout(grid)
        column.addWidget(self.verdict)

    def _make_key(self, title: str, grid: QGridLayout, row: int) -> None:
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setMinimumHeight(self.key.sizeHint().height())
        self.key.setAccessibleName(f"{title}: key")
        self.key.setPlaceholderText("paste KEY 1 here")
        self.key.textEdited.connect(lambda _: self._changed())
        self.reveal = QPushButton("Show")
        self.reveal.setCheckable(True)
        self.reveal.setToolTip("Show what is typed")
        self.reveal.toggled.connect(
            lambda on: self.key.setEchoMode(QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password)
        )  # fmt: skip
        self.forget = QPushButton("Forget")
        self.forget.setToolTip("Take the key out of the keyring and out of memory")
        self.forget.clicked.connect(self.forget_wanted)
        for button in (self.reveal, self.forget):
            button.setAutoDefault(False)
            button.setAccessibleName(f"{title}: {button.text().lower()} the key")
        self.entra = QCheckBox("Entra ID instead of a key")
        self.entra.setToolTip("Uses `az login`, a managed identity, or AZURE_CLIENT_ID and its secret; needs a role on the resource")
        self.entra.setAccessibleName(f"{title}: Entra ID")
        self.entra.toggled.connect(self._set_entra)
        self.kept = QLabel()
        self.kept.setObjectName("caption")
        grid.addWidget(_label("Key"), row, 0)
        grid.addWidget(self.key, row, 1)
        grid.addWidget(self.reveal, row, 2)
        grid.addWidget(self.forget, row, 3)
        below = QHBoxLayout()
        below.addWidget(self.kept, 1)
        below.addWidget(self.entra)
        grid.addLayout(below, row + 1, 1, 1, 3)

    @property
    def typed_key(self) -> str:
        """What stands in the field of the key, "" with Entra ID."""
        return "" if self.entra.isChecked() else self.key.text().strip()

    def fill(self, places: dict[str, str], entra: bool) -> None:
        """Show what is in force; the key's field is always empty."""
        for name, line in self.places.items():
            line.setText(places[name])
        self.entra.setChecked(entra)
        self.key.clear()
        self.reveal.setChecked(False)

    def show_kept(self, place: Place) -> None:
        """Say where the key comes from."""
        self._place = place
        words = "Typed; it is kept when you save." if self.typed_key else KEPT[place].format(variable=self._variable)
        self.kept.setText("" if self.entra.isChecked() else words)
        self.forget.setEnabled(place in ("keyring", "session"))

    def _set_entra(self, on: bool) -> None:
        for widget in (self.key, self.reveal):
            widget.setEnabled(not on)
        self._changed()

    def _changed(self) -> None:
        """Another place or key: what the check said does not count."""
        self.verdict.clear()
        self.show_kept(self._place)
        self.edited.emit()


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setStyleSheet(f"color: {theme.SOFT};")
    return label

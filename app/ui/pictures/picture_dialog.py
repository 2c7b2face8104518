"""Asks what picture or film is wanted, and how it should look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QWidget

from app.session.keep.export import RAW
from app.session.keep.film_encoders import EncoderFound, FilmEncoders
from app.session.keep.filming import PictureKind

SIZES = ((1280, 720), (1920, 1080), (1080, 1080), (1080, 1920), (3840, 2160))
RATES = (23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 60.0)
#: words, kind, ending
KINDS: tuple[tuple[str, PictureKind, str], ...] = (
    ("Video, H.264 and AAC (.mp4)", "film", ".mp4"),
    ("Video for editing, ProRes 422 HQ and PCM (.mov)", "film", ".mov"),
    ("PNG sequence, one file a frame", "frames", ".png"),
    ("Still of the present frame", "still", ".png"),
    ("Contact sheet by phone", "phones", ".png"),
    ("Contact sheet by viseme", "visemes", ".png"),
    ("Before and after, at the marks or where they differ most", "before-after", ".png"),
)


class PictureDialog(QDialog):
    """Asks how a picture or a film should look.

    Args:
        sides: letters that have motion, the one on show first.
        tuned: whether the side on show is not as it was made.
        fps: that the clip is counted at.
        encoders: find out who encodes a film.
        parent: Qt's.
    """

    def __init__(
        self, sides: Sequence[str], tuned: bool, fps: float, encoders: FilmEncoders, parent: QWidget | None = None
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setWindowTitle("Export video or pictures")
        self.kind_box = QComboBox()
        self.kind_box.setAccessibleName("What")
        for words, kind, ending in KINDS:
            self.kind_box.addItem(words, (kind, ending))
        self.sides_box = QComboBox()
        self.sides_box.setAccessibleName("Sides")
        self._sides, self._tuned, self._encoders = tuple(sides), tuned, encoders
        self.size_box = QComboBox()
        self.size_box.setAccessibleName("Size")
        for width, height in SIZES:
            self.size_box.addItem(f"{width} × {height}", (width, height))
        self.rate_box = QComboBox()
        self.rate_box.setAccessibleName("Rate")
        for rate in RATES:
            self.rate_box.addItem(f"{rate:g} frames per second", rate)
        self.rate_box.setCurrentIndex(RATES.index(fps) if fps in RATES and fps != 60.0 else RATES.index(30.0))
        self.curves = QCheckBox("Curves below the picture, their names beside them")
        self.burn_in = QCheckBox("Source, settings, frame and timecode written into the picture")
        self.encoder = self._encoder_line()
        self.note = QLabel()
        self.note.setObjectName("caption")
        self.note.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setText("Choose the file…")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setSpacing(8)
        for name, widget in (("What", self.kind_box), ("Sides", self.sides_box), ("Size", self.size_box), ("Rate", self.rate_box)):
            form.addRow(name, widget)
        form.addRow("Encoder", self.encoder)
        for each in (self.curves, self.burn_in, self.note, self.buttons):
            form.addRow(each)
        self._form = form
        self.kind_box.currentIndexChanged.connect(self._kind_changed)
        self.size_box.currentIndexChanged.connect(self._look_for_encoder)
        encoders.found.connect(self._show_encoder)
        self.finished.connect(self._over)
        self._kind_changed()

    def _encoder_line(self) -> QLabel:
        """Where the encoder is told."""
        line = QLabel()
        line.setObjectName("caption")
        line.setAccessibleName("Encoder")
        line.setWordWrap(True)
        line.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        # of two lines from the start, so that nothing moves when the words come
        line.setMinimumSize(400, 2 * self.fontMetrics().lineSpacing())
        return line

    @property
    def kind(self) -> PictureKind:
        """What is wanted."""
        kind: PictureKind = self.kind_box.currentData()[0]
        return kind

    @property
    def ending(self) -> str:
        """Of the file."""
        return str(self.kind_box.currentData()[1])

    @property
    def sides(self) -> tuple[str, ...]:
        """From the left."""
        return tuple(self.sides_box.currentData() or ())

    def look(self) -> dict[str, object]:
        """The choices, as FilmOrder names them."""
        width, height = self.size_box.currentData()
        return {
            "width": width, "height": height, "fps": self.rate_box.currentData(),
            "curves": self.curves.isChecked() and self.curves.isEnabled(), "burn_in": self.burn_in.isChecked(),
        }  # fmt: skip

    def proposal(self, film: Path) -> Path:
        """A name for the file.

        Args:
            film: as a film would be called.
        """
        if self.kind == "frames":
            return film.with_name(f"{film.stem}.%04d.png")
        middle = {"film": "", "still": "-still"}.get(self.kind, f"-{self.kind}")
        return film.with_name(f"{film.stem}{middle}{self.ending}")

    def _kind_changed(self) -> None:
        kind, sides = self.kind, self._sides
        offers: list[tuple[str, tuple[str, ...]]] = []
        if kind == "before-after":
            offers += [("As made, and as tuned", (RAW, sides[0]))] if self._tuned else []
            offers += [(" and ".join(sides), sides)] if len(sides) > 1 else []
        else:
            offers += [(f"{side} alone", (side,)) for side in sides]
            offers += [(f"{' and '.join(sides[:n])} side by side", sides[:n]) for n in range(2, len(sides) + 1)]
            offers = offers[: len(sides)] if kind in ("phones", "visemes") else offers
        self.sides_box.clear()
        for words, chosen in offers:
            self.sides_box.addItem(words, tuple(sorted(chosen)) if RAW not in chosen else chosen)
        moving = kind in ("film", "frames")
        self.rate_box.setEnabled(moving)
        self.curves.setEnabled(moving or kind == "still")
        self.burn_in.setEnabled(moving or kind == "still")
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(bool(offers))
        self.note.setText("" if offers else "Before and after need two motions: compare a second source, or tune this one.")
        self.note.setVisible(not offers)
        self._look_for_encoder()

    def _look_for_encoder(self) -> None:
        """An MP4's depends on the machine and the size; all else is the same everywhere."""
        asks = self.ending == ".mp4"
        self._form.setRowVisible(self.encoder, asks)
        if asks:
            self.encoder.setText("looking for one…")
            self._encoders.start(self.size_box.currentData())

    def _show_encoder(self, found: EncoderFound) -> None:
        if found.size == self.size_box.currentData():
            self.encoder.setText(f"{found.words}.")
            self.kind_box.setItemText(0, KINDS[0][0].replace("H.264", found.format))

    def _over(self) -> None:
        self._encoders.stop()
        self._encoders.found.disconnect(self._show_encoder)

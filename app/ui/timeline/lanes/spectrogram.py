"""The spectrogram under the lanes: made by a worker for the stretch on show, kept for those that were seen lately."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter

from app.core.speech import AudioClip
from app.session.base.workers import Job, Workers
from app.ui.kit import theme
from app.ui.timeline.lanes.spectrum import TOP_HZ, height_of, hz_of, loudness, mel, shades

HEIGHT, ROWS = 64, 64
#: stretches that are kept: those before a zoom, and beside the present one
KEPT = 12
#: columns from which the loudest moment of a clip is taken, so that its brightness stays while one zooms
_SURVEY = 400
#: frequencies written at the right edge
_LABELS = ((4000.0, "4k"), (2000.0, "2k"), (1000.0, "1k"))
#: from silence to the loudest: shares of brightness and colours
_INKS = ((0.0, theme.WELL), (0.35, "#22425a"), (0.65, "#3f84ad"), (0.85, "#a9cfe2"), (1.0, "#f6f2e2"))


class View(NamedTuple):
    """A stretch in so many columns."""

    start_s: float
    end_s: float
    columns: int


def _table() -> list[int]:
    """256 colours."""
    marks, inks = [mark for mark, _ in _INKS], [QColor(ink) for _, ink in _INKS]
    steps = np.linspace(0.0, 1.0, 256)
    rows = ([ink.red() for ink in inks], [ink.green() for ink in inks], [ink.blue() for ink in inks])
    red, green, blue = (np.interp(steps, marks, row).round().astype(int).tolist() for row in rows)
    return [QColor(*each).rgb() for each in zip(red, green, blue, strict=True)]


class Spectrogram(QObject):
    """Pictures of the frequencies of a clip.

    Args:
        on_failure: told the task and a sentence when a picture cannot be made.
        parent: Qt's.
    """

    #: a picture that was asked for is there
    made = Signal()

    def __init__(self, on_failure: Callable[[str, str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = Workers(on_failure, self)
        self._workers.ended.connect(self._make_wanted)
        self._clip: AudioClip | None = None
        self._top_db: float | None = None
        self._pictures: OrderedDict[View, QImage] = OrderedDict()
        self._wanted: View | None = None
        self._colours = _table()

    @property
    def pictures(self) -> tuple[View, ...]:
        """The stretches that are kept, the last seen at the end."""
        return tuple(self._pictures)

    def set_clip(self, clip: AudioClip | None) -> None:
        """Show another sound from now on."""
        if clip is not self._clip:
            self._clip, self._top_db = clip, None
            self._workers.cancel("Spectrogram")
            self._pictures.clear()

    def draw(self, painter: QPainter, box: QRectF, start_s: float, end_s: float) -> None:
        """Draw a stretch; until it is made, what is known of it stretched as it must be.

        Args:
            painter: where to.
            box: logical pixels.
            start_s: at its left edge.
            end_s: at its right edge.
        """
        painter.fillRect(box, QColor(theme.WELL))
        if self._clip is None or box.width() < 1:
            return
        view = View(start_s, end_s, max(round(box.width() * painter.device().devicePixelRatioF()), 1))
        picture = self._pictures.get(view)
        painter.save()
        painter.setClipRect(box)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if picture is not None:
            self._pictures.move_to_end(view)
            painter.drawImage(box, picture)
        else:
            scale = box.width() / (end_s - start_s)
            for known, picture in tuple(self._pictures.items())[-1:]:
                left, width = box.left() + (known.start_s - start_s) * scale, (known.end_s - known.start_s) * scale
                painter.drawImage(QRectF(left, box.top(), width, box.height()), picture)
            self._wanted = view
            self._make_wanted()
        painter.restore()
        _draw_labels(painter, box)

    def close(self) -> None:
        """End the worker."""
        self._workers.close()
        self._pictures.clear()

    # -- inside

    def _make_wanted(self, *_: object) -> None:
        """Make the picture that was asked for last, as soon as the worker is free."""
        if self._wanted is None or self._clip is None or self._workers.running("Spectrogram"):
            return
        view, self._wanted = self._wanted, None
        self._workers.start("Spectrogram", partial(self._make, self._clip, view, self._top_db))

    def _make(self, clip: AudioClip, view: View, top_db: float | None, job: Job) -> None:
        """Make a picture in the worker thread."""
        if top_db is None:
            top_db = float(loudness(clip, 0.0, max(clip.duration_s, 1e-3), _SURVEY, ROWS).max())
        made = shades(loudness(clip, *view, ROWS), top_db)
        job.post(self._take, clip, view, top_db, made)

    def _take(self, clip: AudioClip, view: View, top_db: float, made: np.ndarray) -> None:
        if clip is not self._clip:
            return
        self._top_db = top_db
        picture = QImage(made.data, made.shape[1], made.shape[0], made.shape[1], QImage.Format.Format_Indexed8)
        picture.setColorTable(self._colours)
        self._pictures[view] = picture.convertToFormat(QImage.Format.Format_RGB32)
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        self.made.emit()


def _draw_labels(painter: QPainter, box: QRectF) -> None:
    painter.setFont(theme.interface_font(9))
    for hz, words in _LABELS:
        y = box.bottom() - height_of(hz) * box.height()
        painter.setPen(QColor(220, 224, 228, 60))
        painter.drawLine(QPointF(box.right() - 5, y), QPointF(box.right(), y))
        plate = QRectF(box.right() - 28, y - 6, 22, 12)
        painter.fillRect(plate, QColor(15, 17, 19, 150))
        painter.setPen(QColor(theme.SOFT))
        painter.drawText(plate.adjusted(0, 0, -2, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)


def hint_at(height: float) -> str:
    """What a place in the spectrogram means: its frequency.

    Args:
        height: 0 at the bottom, 1 at the top.
    """
    hz = float(hz_of(min(max(height, 0.0), 1.0) * float(mel(TOP_HZ))))
    return f"Spectrogram, about {round(hz, -1 if hz < 1000 else -2):.0f} Hz: formants of vowels below 3000, hiss of S and SH above"

"""The picture of a sound over a stretch of time, from the whole clip down to single samples."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.core.speech import AudioClip
from app.ui.kit.polygons import polygon_of

#: a clip is drawn as high as fits, but noise below this peak is not blown up
QUIETEST = 0.1
COLOUR = "#5b7f99"
#: below so many samples per pixel single samples are joined by a line; so far apart they get dots
LINE_BELOW, DOTS_FROM_PX = 2.0, 6.0


class Waveform:
    """A clip's samples and their peaks.

    Args:
        clip: the sound, or None.
        peaks: (n, 2) float32 lowest and highest sample of n equal stretches of it.
    """

    def __init__(self, clip: AudioClip | None = None, peaks: np.ndarray | None = None) -> None:
        self.clip = clip
        self.peaks = np.zeros((0, 2), np.float32) if peaks is None else peaks
        self.loudest = max(float(np.abs(self.peaks).max(initial=0.0)), QUIETEST)

    def draw(self, painter: QPainter, box: QRectF, start_s: float, end_s: float) -> None:
        """Draw the stretch between two times into a box of logical pixels."""
        if self.clip is None or not len(self.peaks) or box.width() < 1:
            return
        samples_per_px = (end_s - start_s) * self.clip.rate / box.width()
        if samples_per_px < LINE_BELOW:
            self._draw_samples(painter, box, start_s, end_s)
        else:
            self._draw_outline(painter, box, self._extremes(round(box.width()), start_s, end_s))

    def _extremes(self, width: int, start_s: float, end_s: float) -> np.ndarray:
        """(2, width) float: lowest and highest sample of every pixel column; NaN beyond the clip.

        From the peaks where these are finer than a pixel, else from the samples themselves.
        """
        assert self.clip is not None
        peaks_per_s = len(self.peaks) / max(self.clip.duration_s, 1e-9)
        by_peaks = peaks_per_s * (end_s - start_s) >= width
        per_s = peaks_per_s if by_peaks else float(self.clip.rate)
        lows, highs = (self.peaks[:, 0], self.peaks[:, 1]) if by_peaks else (self.clip.samples, self.clip.samples)
        n = len(lows)
        edges = (start_s + np.arange(width + 1) / width * (end_s - start_s)) * per_s
        first = np.clip(np.floor(edges[:-1]).astype(int), 0, n - 1)
        last = np.clip(np.ceil(edges[1:]).astype(int), first + 1, n)
        base, stop = int(first[0]), int(last[-1])
        pairs = np.stack([first - base, last - base], 1).ravel()
        out = np.stack([
            np.minimum.reduceat(np.append(lows[base:stop], np.float32(1)), pairs)[::2],
            np.maximum.reduceat(np.append(highs[base:stop], np.float32(-1)), pairs)[::2],
        ]).astype(float)  # fmt: skip
        out[:, (edges[1:] <= 0) | (edges[:-1] >= n)] = np.nan
        return out

    def _draw_outline(self, painter: QPainter, box: QRectF, extremes: np.ndarray) -> None:
        """A column of pixels from the lowest sample to the highest; as a picture, because Qt fills an outline of so many corners slowly."""
        inside = np.flatnonzero(~np.isnan(extremes[0]))
        if not len(inside):
            return
        ratio = painter.device().devicePixelRatioF()
        high = max(round(box.height() * ratio), 1)
        middle, half = box.height() / 2, (box.height() / 2 - box.height() / 17) / self.loudest
        bottom = (middle - np.minimum(extremes[0, inside] * half, -0.5)) * ratio
        top = (middle - np.maximum(extremes[1, inside] * half, 0.5)) * ratio
        rows = np.arange(high)[:, None]
        covered = np.clip(np.minimum(bottom, rows + 1) - np.maximum(top, rows), 0.0, 1.0).astype(np.float32)
        colour = QColor(COLOUR)
        parts = np.array([colour.blueF(), colour.greenF(), colour.redF(), 1.0], np.float32)
        pixels = np.rint(covered[:, :, None] * (255 * parts)).astype(np.uint8)
        picture = QImage(pixels.data, len(inside), high, 4 * len(inside), QImage.Format.Format_ARGB32_Premultiplied)
        painter.drawImage(QRectF(box.left() + int(inside[0]), box.top(), len(inside), box.height()), picture)

    def _draw_samples(self, painter: QPainter, box: QRectF, start_s: float, end_s: float) -> None:
        assert self.clip is not None
        rate = self.clip.rate
        first = max(int(np.floor(start_s * rate)) - 1, 0)
        last = min(int(np.ceil(end_s * rate)) + 2, len(self.clip.samples))
        if last <= first:
            return
        px_per_sample = box.width() / ((end_s - start_s) * rate)
        xs = box.left() + (np.arange(first, last) - start_s * rate) * px_per_sample
        ys = box.center().y() - self.clip.samples[first:last] * (box.height() / 2 - box.height() / 17) / self.loudest
        line = polygon_of(xs, ys)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(COLOUR), 1))
        painter.drawPolyline(line)
        if px_per_sample >= DOTS_FROM_PX:
            painter.setPen(QPen(QColor("#9ec3dd"), 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(line)
        painter.restore()

"""The sound under the curves: in the same columns of time, to be dragged over, down to single samples."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest

from app.core.speech import AudioClip
from app.session.base.opening import waveform
from app.ui.timeline.waveform import Waveform

RATE = 24000


def test_the_strip_stands_in_the_columns_of_the_curves(spoken):
    strip, plot = spoken.widgets.sound_strip, spoken.widgets.curves.all.plot.viewport()
    left, right = (plot.mapTo(spoken, QPoint(x, 0)).x() for x in (0, plot.width()))
    start, end = (strip.mapTo(spoken, QPoint(round(strip._x(t)), 0)).x() for t in (spoken.widgets.axis.start_s, spoken.widgets.axis.end_s))
    assert (start, end) == pytest.approx((left, right), abs=1)


def test_dragging_over_it_scrubs(spoken):
    strip = spoken.widgets.sound_strip
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(strip._x(0.5)), 10))
    assert spoken.session.playback.now() == pytest.approx(0.5, abs=0.01)
    assert not spoken.session.playback.playing


@pytest.fixture
def draw(qapp):
    """``draw(start_s, end_s)``: which pixels of 400 x 60 a clip with one loud sample at 0.5 s covers."""
    samples = np.zeros(RATE, np.float32)
    samples[RATE // 2] = 0.9
    wave = Waveform(AudioClip(samples, RATE), waveform(AudioClip(samples, RATE)))

    def do(start_s: float, end_s: float) -> np.ndarray:
        image = QImage(400, 60, QImage.Format.Format_Grayscale8)
        image.fill(0)
        painter = QPainter(image)
        wave.draw(painter, QRectF(0, 0, 400, 60), start_s, end_s)
        painter.end()
        return np.frombuffer(image.constBits(), np.uint8).reshape(60, image.bytesPerLine())[:, :400] > 30

    return do


@pytest.mark.parametrize("span_s", [1.0, 0.2, 0.05, 0.02, 0.005])
def test_a_loud_sample_is_seen_at_its_place_in_every_zoom(draw, span_s):
    covered = draw(0.5 - span_s / 4, 0.5 + 3 * span_s / 4)
    columns = np.flatnonzero(covered[6:12].any(axis=0))
    # the peaks of the whole clip are 5 ms wide, everything nearer is drawn from the samples
    wide = max(0.005 / span_s * 400, 8) if span_s >= 1.0 else 10
    assert len(columns)
    assert abs(columns.mean() - 100) <= wide


def test_single_samples_are_dots_on_a_line(draw):
    covered = draw(0.5, 0.5 + 20 / RATE)
    assert covered.any(axis=0).all()
    # a dot every 20 pixels on the line at rest
    at_rest = covered[:, 40:].sum(axis=0)
    assert np.count_nonzero(np.diff((at_rest > at_rest.min() + 1).astype(int)) == 1) == pytest.approx(18, abs=1)

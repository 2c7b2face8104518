"""Ticks and times along the upper edge of the time line."""

from __future__ import annotations

from bisect import bisect

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter

from app.ui.kit import theme

#: height in logical pixels
RULER = 18
#: distances of ruler ticks in seconds, each a whole number of the one before where possible
TICKS_S = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0)
MIN_TICK_PX = 64


def draw_ruler(painter: QPainter, width: int, start_s: float, end_s: float) -> None:
    """Draw ticks and times.

    Args:
        painter: of the time line.
        width: of it, in logical pixels.
        start_s: time at its left edge.
        end_s: time at its right edge.
    """
    painter.setFont(theme.interface_font(10))
    scale = width / (end_s - start_s)
    step = TICKS_S[min(bisect(TICKS_S, MIN_TICK_PX / max(scale, 1e-9)), len(TICKS_S) - 1)]
    digits = next((n for n in range(5) if step >= 0.999 * 10.0**-n), 4)
    k = int(np.ceil(start_s / step))
    while k * step <= end_s:
        x = round((k * step - start_s) * scale) + 0.5
        painter.setPen(QColor(theme.LINE))
        painter.drawLine(QPointF(x, RULER - 5), QPointF(x, RULER - 1))
        minutes, seconds = divmod(k * step, 60)
        text = f"{int(minutes)}:{seconds:0{3 + digits if digits else 2}.{digits}f}"
        painter.setPen(QColor(theme.FAINT))
        painter.drawText(QPointF(x + 4, RULER - 5), text)
        k += 1

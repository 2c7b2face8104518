"""The thin row that shows where motion is stretched or compressed to follow words and phones that were moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from app.ui.kit import theme

HEIGHT = 5
#: motion that takes longer than it was made for, and motion that is pressed together
SLOWER, FASTER = "#6aa5ea", "#e6964f"
#: a pace nearer to 1 than this is none
PLAIN = 0.005
#: a pace so many times as long or short is painted in full
_FULL = 2.0


@dataclass(frozen=True)
class Pace:
    """A stretch in which motion runs at another pace than it was made.

    Attributes:
        start_s: seconds, as it is now.
        end_s: seconds, as it is now.
        stretch: how many times as long as before it lasts.
    """

    start_s: float
    end_s: float
    stretch: float


def paces_of(before_s: Sequence[float], now_s: Sequence[float]) -> tuple[Pace, ...]:
    """The paces between the knots of a warp; those that stay as they are, are left out, and like neighbours are one.

    Args:
        before_s: knots on the time line as heard, ascending.
        now_s: where they are now.
    """
    found: list[Pace] = []
    for k in range(len(now_s) - 1):
        was_s, is_s = before_s[k + 1] - before_s[k], now_s[k + 1] - now_s[k]
        if was_s <= 1e-9 or is_s <= 1e-9 or abs(is_s / was_s - 1) < PLAIN:
            continue
        if found and found[-1].end_s == now_s[k] and abs(found[-1].stretch - is_s / was_s) < PLAIN:
            found[-1] = Pace(found[-1].start_s, now_s[k + 1], found[-1].stretch)
        else:
            found.append(Pace(now_s[k], now_s[k + 1], is_s / was_s))
    return tuple(found)


def draw_paces(painter: QPainter, paces: Sequence[Pace], box: QRectF, start_s: float, end_s: float) -> None:
    """Draw the row: the stronger the colour, the more the pace changed.

    Args:
        painter: of the time line.
        paces: all of them.
        box: the row, in logical pixels.
        start_s: time at its left edge.
        end_s: time at its right edge.
    """
    painter.fillRect(box, QColor(theme.WELL))
    scale = box.width() / (end_s - start_s)
    for pace in paces:
        if pace.end_s > start_s and pace.start_s < end_s:
            ink = QColor(SLOWER if pace.stretch > 1 else FASTER)
            share = min((max(pace.stretch, 1 / pace.stretch) - 1) / (_FULL - 1), 1.0)
            ink.setAlphaF(0.35 + 0.65 * share)
            left = box.left() + (pace.start_s - start_s) * scale
            painter.fillRect(QRectF(left, box.top(), max((pace.end_s - pace.start_s) * scale, 1), box.height()), ink)


def pace_at(paces: Sequence[Pace], t: float, whose: str) -> str:
    """What the row says about a moment.

    Args:
        paces: all of them.
        t: seconds.
        whose: what moves at these paces, in words.
    """
    pace = next((pace for pace in paces if pace.start_s <= t < pace.end_s), None)
    if pace is None:
        return f"Here {whose} runs as it was made"
    words = "stretched" if pace.stretch > 1 else "pressed"
    return (
        f"Here {whose} is {words} to {100 * pace.stretch:.0f} % of its length, {pace.start_s:.3f}-{pace.end_s:.3f} s: it comes from the"
        " sound, and follows the words and phones that were moved"
    )

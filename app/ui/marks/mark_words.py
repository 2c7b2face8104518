"""How marks are coloured and told in the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu

from app.core.marks.grammar import length_s
from app.core.marks.placing import PlacedMark
from app.core.marks.vocabulary import KNOWN, Known
from app.ui.expression.emotion_words import COLOURS
from app.ui.kit import theme

STRENGTHS = (1.0, 0.8, 0.6, 0.4, 0.2)
PAUSES_MS = (150, 300, 500, 800, 1200)
#: title of a menu -> kinds in it
GROUPS = (("Face", "held"), ("Gesture", "gesture"), ("Gaze", "gaze"), ("Emotion", "emotion"), ("Voice", "pause"))


def colour_of(known: Known) -> str:
    """The colour of a mark: that of its emotion, or of the curves that it moves."""
    if known.kind == "emotion":
        return COLOURS.get(known.name, theme.DIM)
    if known.kind == "pause":
        return theme.EDGE
    first = known.shapes[0][0] if known.shapes else ""
    return next((colour for group, colour in theme.GROUP_COLOURS.items() if first.startswith(group)), theme.ACCENT)


def told(each: PlacedMark) -> str:
    """A mark in a tool tip."""
    mark = each.mark
    lasts = f"{each.start_s:.2f} to {each.end_s:.2f} s" if mark.is_span else f"{each.start_s:.2f} s"
    if mark.name == "pause":
        return f"[{mark.title}]  ·  the voice pauses {1000 * length_s(mark):.0f} ms\nDrag it to another word; Delete takes it out"
    strength = f"{100 * mark.strength:.0f} %  ·  " if mark.name != "neutral" else ""
    return f"[{mark.title}]  ·  {strength}{lasts}\n{mark.known.about}\nDrag it, or its end, to other words; the wheel weighs it"


def fill_vocabulary(menu: QMenu, chosen: Callable[[str], None]) -> None:
    """Offer every mark, in groups.

    Args:
        menu: to be filled.
        chosen: gets the name.
    """
    for title, kind in GROUPS:
        group = menu.addMenu(title)
        group.setToolTipsVisible(True)
        for known in KNOWN.values():
            if known.kind == kind:
                name = f"{known.name} 300" if known.kind == "pause" else known.name
                action = group.addAction(name, partial(chosen, name))
                action.setToolTip(known.about)

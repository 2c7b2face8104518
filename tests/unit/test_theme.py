"""Everything that is written can be read: contrast by WCAG 2.2, level AA, for text of any size."""

from __future__ import annotations

import re
from itertools import product

import pytest

from app.ui.curves import finding_list
from app.ui.expression.emotion_words import COLOURS
from app.ui.kit import theme
from app.ui.kit.sides import SIDE_COLOURS
from app.ui.timeline import phone_strip

LEAST = 4.5
GROUNDS = ("WINDOW", "PANEL", "FIELD", "RAISED", "STAGE", "WELL")
TEXTS = ("TEXT", "SOFT", "DIM", "FAINT", "BRIGHT", "ACCENT", "WARNING", "ERROR", "GOOD")
PHONES = (phone_strip.CLOSED, phone_strip.TEETH, phone_strip.HISS, phone_strip.VOWEL, phone_strip.OTHER)
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_wcags():
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("text", "ground"), list(product(TEXTS, GROUNDS)))
def test_every_text_can_be_read_on_every_ground(text, ground):
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= LEAST


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((colour, theme.PANEL) for colour in (*theme.GROUP_COLOURS.values(), *SIDE_COLOURS.values(), *finding_list.COLOURS.values())),
        *(
            (theme.TEXT, colour)
            for colour in (phone_strip.CLOSED, phone_strip.TEETH, phone_strip.HISS, phone_strip.VOWEL, phone_strip.OTHER)
        ),
        *((theme.INK, colour) for colour in (theme.WARNING, *SIDE_COLOURS.values())),
        *((text, theme.HOVERED) for text in (theme.TEXT, theme.SOFT, theme.DIM)),
        (theme.ON_ACCENT, theme.ACCENT_DEEP),
        # plates over a picture, at worst a white one
        (theme.DIM, "#353739"),
    ],
)
def test_coloured_text_and_text_on_colours_can_be_read(text, ground):
    assert contrast(text, ground) >= LEAST


def test_the_style_sheet_writes_with_these_colours_only():
    written = set(re.findall(r"(?<![-\w])color: (#[0-9a-fA-F]{6})", theme._SHEET))
    assert written and written <= {getattr(theme, name) for name in (*TEXTS, "ON_ACCENT")}


def test_text_colours_stand_in_the_theme(root):
    """A colour of text that a panel makes up for itself would be seen by no test here."""
    made_up = {}
    for path in (root / "app" / "ui").rglob("*.py"):
        for line in path.read_text("utf-8").splitlines():
            writes = re.search(r"(?<![-\w])color: *#[0-9a-fA-F]{6}", line)
            if writes and path.name != "theme.py":
                made_up[path.name] = line.strip()
    assert not made_up
    assert all(_HEX.fullmatch(colour) for colour in COLOURS.values())

"""Named backgrounds."""

from __future__ import annotations

import pytest

from app.render.backgrounds import BACKGROUNDS, DEFAULT_BACKGROUND, display_rgb


def test_the_default_is_visemesyncs():
    assert next(iter(BACKGROUNDS)) == DEFAULT_BACKGROUND
    assert [round(255 * v) for v in BACKGROUNDS[DEFAULT_BACKGROUND]] == [0x1A, 0x1A, 0x1A]


def test_web_colours_are_read_channel_by_channel():
    assert display_rgb("#ff8000") == pytest.approx((1.0, 128 / 255, 0.0))
    with pytest.raises(ValueError, match="not a colour"):
        display_rgb("#fff")

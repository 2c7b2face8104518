"""What a shape moves lights up on the face, with both sets of shaders; without it no pixel is another."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.influence import Influence

pytestmark = pytest.mark.gl


@pytest.mark.parametrize("quality", ["studio", "light"])
def test_a_region_lights_up_there_and_nowhere_else_and_goes_out_without_a_trace(portrait, rig, quality):
    before = portrait(quality).astype(int)
    for part, lit in zip(rig.parts, Influence(rig).region(["jawOpen"]), strict=True):
        part.set_lit(lit)
    during = portrait(quality).astype(int)
    for part in rig.parts:
        part.set_lit(None)
    changed = np.abs(during - before).max(axis=2) > 8
    rows = np.flatnonzero(changed.any(axis=1))
    # the hand-made jaw is the lower half of the head
    assert changed.sum() > 400 and rows.min() > before.shape[0] * 0.35
    blue = (during - before)[changed].mean(axis=0)
    assert blue[2] > blue[0] + 20
    assert np.array_equal(portrait(quality), before)


def test_heat_goes_before_what_is_lit(portrait, rig):
    part = rig.parts[0]
    heat = np.full(len(part.positions), 0.9, np.float32)
    part.set_heat(heat)
    hot = portrait("light")
    part.set_lit(np.ones(len(part.positions), np.float32))
    assert np.array_equal(portrait("light"), hot)
    part.set_heat(None)
    assert not np.array_equal(portrait("light"), hot)
    part.set_lit(None)

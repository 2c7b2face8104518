"""Keys by hand on a side's list of edits, and stretches that are copied."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_CHANNELS
from app.core.curve_edits import CurveEdit, edited, edited_visemes
from app.core.edits.copying import copied, copied_of
from app.core.edits.keying import (
    KeyPlace,
    key_at,
    keys_joined,
    keys_moved,
    keys_of,
    keys_parted,
    keys_removed,
    keys_set,
    keys_shaped,
    mirrored_stretch,
    slope_pulled,
)  # fmt: skip
from app.core.edits.reducing import MOST_ERROR
from app.core.errors import PresetError
from app.core.track import Animation, BlendshapeTrack

FPS = 60.0
APART_S = 1 / FPS
JAW = "jawOpen"


@pytest.fixture
def motion(rng) -> Animation:
    t = np.arange(240) / FPS
    weights = 0.4 + 0.3 * np.sin(2 * np.pi * t[:, None] * np.linspace(0.5, 4, 52)) + 0.02 * rng.standard_normal((240, 52))
    visemes = rng.dirichlet(np.ones(15), 240).astype(np.float32)
    return Animation(BlendshapeTrack(weights.astype(np.float32), FPS), BlendshapeTrack(visemes, FPS, 0.0, VISEME_CHANNELS))


def at(*times: float, value: float = 0.5) -> tuple[CurveEdit, ...]:
    edits: tuple[CurveEdit, ...] = ()
    for time_s in times:
        edits, _ = keys_set(edits, {JAW: value}, time_s, APART_S)
    return edits


def times_of(edits: tuple[CurveEdit, ...]) -> list[list[float]]:
    return [[key.time_s for key in edit.curves[JAW]] for edit in edits]


def test_near_keys_are_one_curve_and_far_ones_leave_the_motion_between_them():
    edits = at(1.0, 1.8, 4.0, 1.4)
    assert times_of(edits) == [[1.0, 1.4, 1.8], [4.0]]
    assert [place for place, _ in keys_of(edits, JAW)] == [
        KeyPlace(0, JAW, 0),
        KeyPlace(0, JAW, 1),
        KeyPlace(0, JAW, 2),
        KeyPlace(1, JAW, 0),
    ]
    again, places = keys_set(edits, {JAW: 0.9}, 1.401, APART_S)
    assert times_of(again) == [[1.0, 1.401, 1.8], [4.0]]
    assert [key_at(again, place).value for place in places] == [0.9]


def test_every_shape_has_edits_of_its_own():
    edits, places = keys_set((), {"mouthSmileLeft": 0.2, "mouthSmileRight": 0.3}, 1.0, APART_S)
    assert [edit.channels for edit in edits] == [("mouthSmileLeft",), ("mouthSmileRight",)]
    assert len(places) == 2
    moved = keys_moved(edits, places, 0.5, 0.1, APART_S)
    assert [key.time_s for edit in moved for key in edit.keys] == [1.5, 1.5]
    assert [key.value for edit in moved for key in edit.keys] == pytest.approx([0.3, 0.4])


def test_keys_that_are_moved_together_stop_at_the_first_neighbour():
    edits, _ = keys_set(at(1.0, 1.5, 2.0), {"jawLeft": 0.1}, 1.0, APART_S)
    moved = keys_moved(edits, [KeyPlace(0, JAW, 0), KeyPlace(1, "jawLeft", 0)], 9.0, 0.0, APART_S)
    assert [moved[0].keys[0].time_s, moved[1].keys[0].time_s] == pytest.approx([1.5 - APART_S] * 2)


def test_the_last_key_takes_its_edit_along():
    edits = at(1.0, 4.0)
    assert times_of(keys_removed(edits, [KeyPlace(0, JAW, 0)])) == [[4.0]]
    assert key_at(keys_removed(edits, [KeyPlace(0, JAW, 0)]), KeyPlace(1, JAW, 0)) is None


def test_a_curve_is_parted_after_a_key_and_joined_again():
    edits = at(1.0, 1.5, 2.0)
    parted = keys_parted(edits, KeyPlace(0, JAW, 0))
    assert times_of(parted) == [[1.0], [1.5, 2.0]]
    assert (parted[0].end_s, parted[1].start_s) == pytest.approx((1.06, 1.44))
    assert keys_joined(parted, KeyPlace(0, JAW, 0)) == edits
    assert keys_joined(edits, KeyPlace(0, JAW, 0)) is edits


def test_slopes_are_chosen_and_pulled():
    edits, _ = keys_set(at(1.0, 2.0, value=0.0), {JAW: 0.5}, 1.5, APART_S)
    middle = KeyPlace(0, JAW, 1)
    linear = keys_shaped(edits, [middle], "linear")
    assert (key_at(linear, middle).before, key_at(linear, middle).after) == pytest.approx((1.0, -1.0))
    assert key_at(keys_shaped(linear, [middle], "flat"), middle).before == 0.0
    assert keys_shaped(linear, [middle], "auto") == edits
    broken = slope_pulled(edits, middle, 2.0, "after")
    assert (key_at(broken, middle).before, key_at(broken, middle).after) == (None, 2.0)
    assert key_at(slope_pulled(edits, middle, 2.0, "both"), middle).before == 2.0


def test_mirroring_twice_is_nothing():
    once = mirrored_stretch((), ("mouthSmileLeft",), 1.0, 2.0)
    assert once[0].channels == ("mouthSmileLeft", "mouthSmileRight")
    assert mirrored_stretch(once, ("mouthSmileLeft",), 1.0, 2.0) == ()
    assert len(mirrored_stretch(once, (), 1.0, 2.0)) == 2


def test_a_stretch_goes_through_the_clipboard_within_the_stated_error(motion):
    there = copied_of(copied(motion, (), 1.0, 2.0).text())
    edit = there.pasted(1.0)
    assert np.abs(edited(motion.arkit, [edit]).weights - motion.arkit.weights).max() <= MOST_ERROR + 1e-6
    assert np.abs(edited_visemes(motion.visemes, [edit]).weights - motion.visemes.weights).max() <= 14 * MOST_ERROR
    later = edited(motion.arkit, [there.pasted(2.0)]).weights
    assert np.abs(later[126:174] - motion.arkit.weights[66:114]).max() <= MOST_ERROR + 1e-6
    assert np.array_equal(later[:120], motion.arkit.weights[:120])


def test_some_shapes_bring_no_visemes(motion):
    there = copied(motion, ("jawOpen", "browInnerUp"), 1.0, 2.0)
    assert set(there.curves) == {"jawOpen", "browInnerUp"}
    assert edited_visemes(motion.visemes, [there.pasted(0.5)]) is motion.visemes
    assert set(copied(motion, ARKIT_CHANNELS, 1.0, 2.0).curves) == {*ARKIT_INDEX, *VISEME_CHANNELS}


def test_what_is_no_copied_stretch_is_refused_with_a_sentence(motion):
    good = copied(motion, ("jawOpen",), 1.0, 2.0).text()
    for text in ("", "words", "[1]", "{}", good.replace('"version": 1', '"version": 2'), good.replace("jawOpen", "nose"), good[:-9] + "}"):
        with pytest.raises(PresetError, match=r"copy it again|update the program"):
            copied_of(text)
    for end_s in (1.001, 99.0):
        with pytest.raises(PresetError, match="two frames to 60 s"):
            copied(motion, (), 1.0, end_s)

"""ARKit weights estimated as visemes: recipes come back, lips close, and near frames stay near."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import VISEME_INDEX, VISEMES, weights_from
from app.core.projection import VisemeEstimate
from app.core.visemes import projection_matrix

MATRIX = projection_matrix()
#: visemes whose recipes are hardly told apart may stand for each other
ALIKE = ({"DD", "kk", "nn"}, {"RR", "U", "O"})


@pytest.mark.parametrize("name", VISEMES[1:])
@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_a_recipe_comes_back_as_its_own_viseme(name, strength):
    found = VisemeEstimate()(strength * MATRIX[VISEME_INDEX[name]])
    np.testing.assert_allclose(found @ MATRIX, strength * MATRIX[VISEME_INDEX[name]], atol=0.035)
    loudest = VISEMES[int(found.argmax())]
    assert loudest == name or any({loudest, name} <= group for group in ALIKE)


def test_a_neutral_face_shows_no_viseme():
    assert not VisemeEstimate()(np.zeros(52)).any()


def test_brows_and_lids_are_no_viseme():
    assert not VisemeEstimate()(weights_from({"browInnerUp": 1.0, "eyeBlinkLeft": 1.0, "jawLeft": 0.5})).any()


def test_lips_held_together_under_an_open_jaw_are_pp():
    estimate = VisemeEstimate()
    open_jaw = estimate(weights_from({"jawOpen": 0.3}))
    closed = estimate(weights_from({"jawOpen": 0.3, "mouthClose": 0.29}))
    assert open_jaw[VISEME_INDEX["PP"]] < 0.05 and open_jaw[VISEME_INDEX["aa"]] > 0.4
    assert closed[VISEME_INDEX["PP"]] > 0.85 and closed[VISEME_INDEX["aa"]] < 0.05


def test_the_more_the_jaw_drops_the_more_the_mouth_opens():
    opened = [float((VisemeEstimate()(weights_from({"jawOpen": jaw})) @ MATRIX)[17]) for jaw in np.linspace(0, 0.5, 11)]
    assert (np.diff(opened) > 0).all()


def test_no_weight_leaves_the_range_and_near_faces_give_near_visemes(rng):
    estimate = VisemeEstimate()
    for face in rng.uniform(0, 1, (50, 52)) ** 2:
        found = estimate(face)
        assert found.dtype == np.float32 and found.min() >= 0 and found.max() <= 1 and found[VISEME_INDEX["sil"]] == 0
        assert np.abs(estimate(np.clip(face + rng.normal(0, 1e-4, 52), 0, 1)) - found).max() < 0.02


def test_the_answer_is_the_best_that_non_negative_weights_can_do(rng):
    estimate = VisemeEstimate()
    for face in rng.uniform(0, 0.25, (50, 52)) * (MATRIX.max(0) > 0):
        found = estimate(face).astype(float)[estimate._columns]
        slope = estimate._gram @ found - face @ estimate._reads
        assert 0 < found.max() < 1, "weights above one would be cut off, which is no best answer"
        assert np.abs(slope[found > 1e-6]).max() < 1e-4
        assert slope[found <= 1e-6].min(initial=0) > -1e-4


def test_an_avatar_that_lacks_visemes_uses_those_it_has():
    vowels = VisemeEstimate({"aa", "E", "I", "O", "U"})
    found = vowels(MATRIX[VISEME_INDEX["kk"]])
    assert {VISEMES[i] for i in np.flatnonzero(found)} <= {"aa", "E", "I", "O", "U"} and found.max() > 0.1
    assert not VisemeEstimate(set())(np.ones(52)).any()

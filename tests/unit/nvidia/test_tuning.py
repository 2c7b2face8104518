"""NVIDIA's parameters: ranges, defaults, refusals."""

from __future__ import annotations

from dataclasses import fields

import pytest

from models.nvidia.errors import BundleError
from models.nvidia.parameters import EMOTION_PARAMETERS, FACE_PARAMETERS, SOLVER_PARAMETERS, EmotionTuning, FaceParameters, preset


def test_parameters_describe_the_dataclasses():
    defaults = FaceParameters()
    assert tuple(FACE_PARAMETERS) == tuple(f.name for f in fields(FaceParameters))
    for name, parameter in FACE_PARAMETERS.items():
        assert getattr(defaults, name) == parameter.sdk and parameter.low <= parameter.sdk <= parameter.high and parameter.about
    for name, parameter in EMOTION_PARAMETERS.items():
        assert parameter.low <= getattr(EmotionTuning(), name) <= parameter.high
    assert set(SOLVER_PARAMETERS) == {"l1", "l2", "temporal", "symmetry", "template_bb_size"}


@pytest.mark.parametrize("name, camel, low, high, sdk, nim", [
    ("skin_strength", "skinStrength", 0, 2, 1, 1), ("lower_face_strength", "lowerFaceStrength", 0, 2, 1.3, 1.25),
    ("eyelid_open_offset", "eyelidOpenOffset", -1, 1, 0.06, 0), ("lip_open_offset", "lipOpenOffset", -0.2, 0.2, -0.03, 0),
    ("lower_face_smoothing", "lowerFaceSmoothing", 0, 0.1, 0.0023, 0.006),
    ("face_mask_softness", "faceMaskSoftness", 0.001, 0.5, 0.0085, 0.0085),
    ("tongue_strength", "tongueStrength", 0, 3, 1.5, 1.3), ("tongue_depth_offset", "tongueDepthOffset", -3, 3, 0.13, 0),
])  # fmt: skip
def test_published_ranges_and_defaults(name, camel, low, high, sdk, nim):  # noqa: PLR0917
    p = FACE_PARAMETERS[name]
    assert (p.camel, p.low, p.high, p.sdk, p.nim_claire) == (camel, low, high, sdk, nim)


def test_three_sets_of_defaults():
    bundle = FaceParameters(lower_face_strength=1.4, saccade_strength=0.9)
    assert preset("bundle", bundle) == bundle
    assert preset("sdk", bundle) == FaceParameters()
    nim = preset("nim", bundle)
    assert (nim.lower_face_strength, nim.lip_open_offset, nim.saccade_strength) == (1.25, 0.0, 0.9)
    with pytest.raises(BundleError, match="bundle, sdk, nim"):
        preset("mine", bundle)


@pytest.mark.parametrize("values", [{"skin_strength": 2.1}, {"blink_offset": -0.1}, {"lip_open_offset": float("nan")}, {"speed": 1.0}])
def test_values_out_of_range_and_unknown_names_are_refused(values):
    with pytest.raises(BundleError):
        FaceParameters().changed(values)

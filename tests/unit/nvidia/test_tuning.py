"""NVIDIA's parameters and its YAML files."""

from __future__ import annotations

from dataclasses import fields

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from models.nvidia.errors import BundleError
from models.nvidia.names import SKIN_POSES, TONGUE_POSES
from models.nvidia.parameters import (
    EMOTION_PARAMETERS,
    FACE_PARAMETERS,
    SOLVER_PARAMETERS,
    BlendshapeTuning,
    EmotionTuning,
    FaceParameters,
    Tuning,
    preset,
)
from models.nvidia.stylization import client_yaml, parse_tuning, read_tuning, stylization_yaml

SHAPES = SKIN_POSES + TONGUE_POSES

#: the layout of NVIDIA's stylization file, shortened
STYLIZATION = """
default_beginning_emotions: {amazement: 0.0, joy: 0.25}
a2e:
  enabled: true
  live_transition_time: 0.4
  post_processing_params: {emotion_contrast: 1.5, max_emotions: 3, enable_preferred_emotion: false}
a2f:
  inference_model_id: mark_v2.3
  face_params: {eyelid_offset: 0.06, lip_close_offset: -0.03, input_strength: 1.3, lower_face_smoothing: 0.0023}
  blendshape_params:
    enable_clamping_bs_weight: true
    weight_multipliers: {EyeBlinkLeft: 1.0, MouthStretchLeft: 0.1}
    weight_offsets: {JawOpen: 0.05}
    active_poses: {TongueOut: 0, JawOpen: 1}
    cancel_poses: {JawLeft: 0, JawRight: 0}
    symmetry_poses: {EyeBlinkLeft: 0, EyeBlinkRight: 0}
"""
#: and of the sample client's configuration
CLIENT = """
face_parameters: {upperFaceStrength: 1, lowerFaceStrength: 1.3, lipOpenOffset: -0.03, tongueHeightOffset: 0.5}
blendshape_parameters:
  enable_clamping_bs_weight: False
  multipliers: {EyeLookUpLeft: 0.0, TongueTipUp: 1.0}
  offsets: {}
live_transition_time: 0.0001
beginning_emotion: {fear: 1.0}
post_processing_parameters: {live_blend_coef: 0.7, max_emotions: 3}
emotion_with_timecode_list:
  late: {time_code: 1.0, emotions: {fear: 1.0}}
  early: {time_code: 0.0, emotions: {joy: 1.0}}
"""


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


def test_a_stylization_file_is_read():
    tuning = parse_tuning(STYLIZATION)
    assert tuning.face_changes == {
        "eyelid_open_offset": 0.06, "lip_open_offset": -0.03, "input_strength": 1.3, "lower_face_smoothing": 0.0023,
    }  # fmt: skip
    face = tuning.face_parameters(FaceParameters(lower_face_strength=1.7))
    assert (face.lower_face_strength, face.input_strength) == (1.7, 1.3)
    shapes = tuning.blendshapes
    assert shapes.multipliers == {"eyeBlinkLeft": 1.0, "mouthStretchLeft": 0.1} and shapes.offsets == {"jawOpen": 0.05}
    assert shapes.clamp and shapes.active == {"tongueOut": False, "jawOpen": True} and shapes.cancel == {"jawLeft": 0, "jawRight": 0}
    emotion = tuning.emotion
    assert (emotion.emotion_contrast, emotion.live_transition_time, emotion.enable_preferred_emotion) == (1.5, 0.4, False)
    assert emotion.beginning["joy"] == 0.25
    assert not emotion.recognise, "a file cannot accept a licence"


def test_a_client_file_is_read():
    tuning = parse_tuning(CLIENT)
    assert tuning.face_changes["tongue_height_offset"] == 0.5 and tuning.face_changes["lip_open_offset"] == -0.03
    assert tuning.blendshapes.multipliers == {"eyeLookUpLeft": 0.0, "tongueTipUp": 1.0} and not tuning.blendshapes.clamp
    assert tuning.emotion.keys == ((0.0, {"joy": 1.0}), (1.0, {"fear": 1.0}))


SHARES = st.floats(0, 1).map(lambda v: round(v, 4))
TUNINGS = st.builds(
    Tuning,
    face_changes=st.fixed_dictionaries({}, optional={
        name: st.floats(max(p.low, -10), min(p.high, 10)) for name, p in FACE_PARAMETERS.items() if name != "eye_saccade_seed"}),
    blendshapes=st.builds(
        BlendshapeTuning, multipliers=st.dictionaries(st.sampled_from(SHAPES), st.floats(-3, 3)),
        offsets=st.dictionaries(st.sampled_from(SHAPES), st.floats(-1, 1)), clamp=st.booleans(),
        active=st.dictionaries(st.sampled_from(SHAPES), st.booleans()),
        symmetric=st.dictionaries(st.sampled_from(SHAPES), st.integers(-1, 9)),
    ),
    emotion=st.builds(
        EmotionTuning, beginning=st.dictionaries(st.sampled_from(("joy", "fear")), SHARES), max_emotions=st.integers(1, 6),
        live_transition_time=st.floats(0, 5), enable_preferred_emotion=st.booleans()),
)  # fmt: skip


@given(TUNINGS)
def test_what_is_written_can_be_read(tuning):
    face = tuning.face_parameters(FaceParameters())
    back = parse_tuning(stylization_yaml(tuning, face, SHAPES))
    assert back.face_parameters(FaceParameters()) == face
    for name in SHAPES:
        assert back.blendshapes.multipliers[name] == tuning.blendshapes.multipliers.get(name, 1.0)
        assert back.blendshapes.offsets[name] == tuning.blendshapes.offsets.get(name, 0.0)
    assert back.blendshapes.clamp == tuning.blendshapes.clamp
    assert back.blendshapes.active == tuning.blendshapes.active and back.blendshapes.symmetric == tuning.blendshapes.symmetric
    for name in EMOTION_PARAMETERS:
        assert getattr(back.emotion, name) == getattr(tuning.emotion, name)
    assert {k: v for k, v in back.emotion.beginning.items() if v} == {k: v for k, v in tuning.emotion.beginning.items() if v}


@given(TUNINGS, st.lists(st.tuples(st.floats(0, 60), st.dictionaries(st.sampled_from(("joy", "anger")), SHARES)), max_size=3))
def test_client_files_can_be_read_back(tuning, keys):
    ordered = Tuning(None, tuning.face_changes, tuning.blendshapes, EmotionTuning(keys=tuple(sorted(keys, key=lambda k: k[0]))))
    face = ordered.face_parameters(FaceParameters())
    back = parse_tuning(client_yaml(ordered, face, SHAPES))
    assert [t for t, _ in back.emotion.keys] == [t for t, _ in ordered.emotion.keys]
    assert all(getattr(face, name) == value for name, value in back.face_changes.items())


def test_the_written_file_has_nvidias_layout():
    tuning = parse_tuning(STYLIZATION)
    data = yaml.safe_load(stylization_yaml(tuning, tuning.face_parameters(FaceParameters()), SHAPES))
    assert list(data) == ["default_beginning_emotions", "a2e", "a2f"]
    assert data["a2f"]["face_params"]["lip_close_offset"] == -0.03 and "lip_open_offset" not in data["a2f"]["face_params"]
    assert data["a2f"]["blendshape_params"]["weight_multipliers"]["MouthStretchLeft"] == 0.1
    assert data["a2e"]["enabled"] is False


WRONG = {
    "yaml": "a2f: [", "list": "[1]", "scalar": "5", "empty": "", "foreign": "a: 1",
    "tag": "a2f: !!python/object/apply:os.system ['true']",
    "face name": "a2f: {face_params: {speed: 1}}", "face range": "a2f: {face_params: {skin_strength: 9}}",
    "face text": "a2f: {face_params: {skin_strength: strong}}", "shape": "a2f: {blendshape_params: {weight_offsets: {Nose: 1}}}",
    "pair": "a2f: {blendshape_params: {cancel_poses: {JawLeft: 0.5}}}", "clamp": "a2f: {blendshape_params: {enable_clamping_bs_weight: 7}}",
    "emotion": "a2f: {}\ndefault_beginning_emotions: {rage: 1}", "emotion range": "a2f: {}\ndefault_beginning_emotions: {joy: 3}",
    "max": "a2f: {}\na2e: {post_processing_params: {max_emotions: 9}}", "time": "face_parameters: {}\nlive_transition_time: soon",
    "keys": "face_parameters: {}\nemotion_with_timecode_list: {a: {emotions: {joy: 1}}}",
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_are_refused(tmp_path, case):
    path = tmp_path / "tuning.yaml"
    path.write_text(WRONG[case], "utf-8")
    with pytest.raises(BundleError, match=r"tuning\.yaml"):
        read_tuning(path)


def test_unreadable_files_are_refused(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("binary.yaml", "absent.yaml"):
        with pytest.raises(BundleError, match=name):
            read_tuning(tmp_path / name)


@given(st.text(max_size=60))
def test_any_text_gives_only_the_documented_error(text):
    for whole in (text, "a2f: " + text, "face_parameters: {}\n" + text):
        try:
            parse_tuning(whole)
        except BundleError as error:
            assert str(error)

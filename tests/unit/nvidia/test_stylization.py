"""NVIDIA's tuning files: one reader, and the parameters of a bundle that become of them and go back."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import PresetError
from app.core.native import NativeParameter
from app.formats.nvidia_presets import adjustments_of
from app.formats.nvidia_yaml import Stylization, face_name, parsed, read, text_of
from app.lipsync.nvidia_stylization import native_of, read_stylization, stylization_of
from app.lipsync.nvidia_tuning import emotion_parameters, nvidia_tuning, parameters_of, without_defaults
from models.nvidia.names import SKIN_POSES, TONGUE_POSES
from models.nvidia.parameters import FACE_PARAMETERS, BundleTuning, FaceParameters

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


@pytest.fixture(scope="module")
def parameters(regression) -> tuple[NativeParameter, ...]:
    """Everything that can be tuned of the synthetic bundle."""
    return parameters_of(regression.face)


def test_a_stylization_file_is_read():
    native = native_of(parsed(STYLIZATION), "s.yaml")
    tuning = nvidia_tuning(native)
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
    assert emotion.beginning == {"joy": 0.25}
    assert not emotion.recognise, "a file cannot accept a licence"


def test_a_client_file_is_read():
    file = parsed(CLIENT)
    assert file.face["tongue_height_offset"] == 0.5 and file.face["lip_open_offset"] == -0.03
    assert file.multipliers == {"eyeLookUpLeft": 0.0, "tongueTipUp": 1.0} and not file.clamped
    assert file.keys == ((0.0, {"joy": 1.0}), (1.0, {"fear": 1.0}))
    assert nvidia_tuning(native_of(file, "c.yaml")).emotion.beginning == {"fear": 1.0}


def test_every_number_of_the_face_is_known_in_both_spellings():
    """``rightEyeRotXOffset`` has a capital behind a capital's letter."""
    for name, parameter in FACE_PARAMETERS.items():
        assert face_name(name) == name and face_name(parameter.camel) == name


def test_one_file_means_the_same_to_a_bundle_and_to_this_programs_own_tuning():
    file = parsed(STYLIZATION)
    own, ignored = adjustments_of(file, "s.yaml")
    native = native_of(file, "s.yaml")
    assert own.shapes["jawOpen"].offset == native["nvidia/offset/jawOpen"] == 0.05
    assert own.smoothing_ms["jaw"] == pytest.approx(1e3 * native["nvidia/face/lower_face_smoothing"])
    assert ignored == ("eyelid_offset", "lip_close_offset", "input_strength"), "as the file spells them"


def _values(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(max(low, -10), min(high, 10))


SHAPES = SKIN_POSES + TONGUE_POSES
NATIVES = st.fixed_dictionaries({}, optional={
    **{f"nvidia/face/{name}": _values(p.low, p.high) for name, p in FACE_PARAMETERS.items() if name != "eye_saccade_seed"},
    **{p.key: st.integers(1, 6).map(float) if p.key.endswith("max_emotions") else _values(p.low, p.high) for p in emotion_parameters()},
    "nvidia/emotion/enable_preferred_emotion": st.sampled_from((0.0, 1.0)), "nvidia/clamp/weights": st.just(1.0),
    **{f"nvidia/multiplier/{name}": st.floats(-3, 3) for name in SHAPES[::9]},
    **{f"nvidia/offset/{name}": st.floats(-1, 1) for name in SHAPES[::7]},
    **{f"nvidia/active/{name}": st.sampled_from((0.0, 1.0)) for name in SHAPES[::11]},
    **{f"nvidia/symmetric/{name}": st.integers(-1, 9).map(float) for name in SHAPES[::13]},
    **{f"nvidia/beginning/{name}": st.floats(0, 1) for name in ("joy", "fear")},
})  # fmt: skip


@given(native=NATIVES)
def test_what_is_written_can_be_read(parameters, native):
    def meant(keys: dict[str, float]) -> BundleTuning:
        tuning = nvidia_tuning(without_defaults(keys, parameters))
        beginning = {name: value for name, value in tuning.emotion.beginning.items() if value}
        return replace(tuning, emotion=replace(tuning.emotion, beginning=beginning))

    back = native_of(parsed(text_of(stylization_of(native, parameters))), "s.yaml")
    assert meant(back) == meant(native)


def test_the_written_file_has_nvidias_layout(parameters):
    data = yaml.safe_load(text_of(stylization_of(native_of(parsed(STYLIZATION), "s.yaml"), parameters)))
    assert list(data) == ["default_beginning_emotions", "a2e", "a2f"]
    assert data["a2f"]["face_params"]["lip_close_offset"] == -0.03 and "lip_open_offset" not in data["a2f"]["face_params"]
    assert data["a2f"]["blendshape_params"]["weight_multipliers"]["MouthStretchLeft"] == 0.1
    assert data["a2f"]["enable_tongue_blendshapes"] is True
    assert data["a2e"]["enabled"] is False and next(iter(data["a2e"]["post_processing_params"])) == "emotion_strength"
    assert list(yaml.safe_load(text_of(Stylization({"skin_strength": 1.0})))) == ["a2f"], "nothing about emotion, nothing written"


WRONG = {
    "yaml": "a2f: [", "list": "[1]", "scalar": "5", "empty": "", "foreign": "a: 1",
    "tag": "a2f: !!python/object/apply:os.system ['true']",
    "face name": "a2f: {face_params: {speed: 1}}", "face range": "a2f: {face_params: {skin_strength: 9}}",
    "face path": "a2f: {face_params: {a/b: 1}}",
    "face text": "a2f: {face_params: {skin_strength: strong}}", "shape": "a2f: {blendshape_params: {weight_offsets: {Nose: 1}}}",
    "pair": "a2f: {blendshape_params: {cancel_poses: {JawLeft: 0.5}}}", "clamp": "a2f: {blendshape_params: {enable_clamping_bs_weight: 7}}",
    "emotion": "a2f: {}\ndefault_beginning_emotions: {rage: 0}", "emotion range": "a2f: {}\ndefault_beginning_emotions: {joy: 3}",
    "max": "a2f: {}\na2e: {post_processing_params: {max_emotions: 9}}", "time": "face_parameters: {}\nlive_transition_time: soon",
    "keys": "face_parameters: {}\nemotion_with_timecode_list: {a: {emotions: {joy: 1}}}",
    "endless": "a2f: {face_params: {skin_strength: .inf}}", "400 digits": f"a2f: {{face_params: {{skin_strength: {'9' * 400}}}}}",
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_are_refused(tmp_path, case):
    path = tmp_path / "tuning.yaml"
    path.write_text(WRONG[case], "utf-8")
    with pytest.raises(PresetError, match=r"tuning\.yaml"):
        read_stylization(path)


def test_unreadable_files_are_refused(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large.yaml").write_bytes(b"#" * 4_000_001)
    for name in ("binary.yaml", "absent.yaml", "large.yaml"):
        with pytest.raises(PresetError, match=name):
            read(tmp_path / name)


@given(st.text(max_size=60))
def test_any_text_gives_only_the_documented_error(text):
    for whole in (text, "a2f: " + text, "face_parameters: {}\n" + text):
        try:
            native_of(parsed(whole), "s.yaml")
        except PresetError as error:
            assert str(error)

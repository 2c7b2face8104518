"""Presets survive the way to a file and back, and anything else is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import PresetError
from app.core.presets import BUILT_IN, RANGES, SHAPE_RANGES, SMOOTHING, STRENGTH, document, from_document, neat, tuning_data, tuning_of
from app.core.regions import PARTS, REGIONS
from app.core.tuning import ShapeTuning, Tuning
from app.formats.presets import file_name, find_preset, read_preset, user_presets, write_preset


def numbers(allowed):
    return st.floats(allowed.low, allowed.high, allow_nan=False)


SHAPES = st.builds(
    ShapeTuning, gain=numbers(SHAPE_RANGES["gain"]), offset=numbers(SHAPE_RANGES["offset"]), mute=st.booleans(), solo=st.booleans(),
    low=st.none() | st.floats(-1, 0), high=st.none() | st.floats(0.1, 2),
)  # fmt: skip
TUNINGS = st.builds(
    Tuning, shapes=st.dictionaries(st.sampled_from(ARKIT_CHANNELS), SHAPES, max_size=4), linked=st.booleans(),
    regions=st.dictionaries(st.sampled_from(sorted(REGIONS)), numbers(STRENGTH)),
    smoothing_ms=st.dictionaries(st.sampled_from(sorted(PARTS)), numbers(SMOOTHING)),
    kind=st.sampled_from(["offline", "live"]), keep_contacts=st.booleans(), **{name: numbers(r) for name, r in RANGES.items()},
)  # fmt: skip


@given(TUNINGS)
def test_round_trip_through_json(tuning):
    data = json.loads(json.dumps(document("x", tuning)))
    assert from_document(data) == ("x", Tuning(**{**vars(tuning), "shapes": neat(tuning).shapes}))


def test_defaults_are_left_out():
    assert tuning_data(Tuning()) == {}
    assert tuning_of({}) == Tuning()


@pytest.mark.parametrize(
    "data",
    [
        [], {"intensitty": 1}, {"intensity": "much"}, {"intensity": 3}, {"intensity": float("nan")}, {"intensity": True},
        {"kind": "later"}, {"linked": 1}, {"regions": {"nose": 1}}, {"regions": []}, {"smoothing_ms": {"lips": -1}},
        {"shapes": {"jawDrop": {}}}, {"shapes": {"jawOpen": {"gain": 9}}}, {"shapes": {"jawOpen": {"boost": 1}}},
        {"shapes": {"jawOpen": {"low": 0.5, "high": 0.2}}},
    ],
)  # fmt: skip
def test_wrong_data_is_refused_in_one_sentence(data):
    with pytest.raises(PresetError) as refused:
        tuning_of(data)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "visemesync-tuning", "version": 2}', '{"format": "other", "version": 1}'])
def test_other_files_are_no_presets(tmp_path, content):
    path = tmp_path / "p.json"
    path.write_text(content, "utf-8")
    with pytest.raises(PresetError):
        read_preset(path)


def test_presets_are_found_by_file_by_own_and_by_built_in_name(tmp_path):
    mine = Tuning(intensity=1.5)
    write_preset(tmp_path / file_name("My face / loud"), "My face", mine)
    assert list(user_presets(tmp_path)) == ["My face _ loud"]
    assert find_preset("my face _ LOUD", tmp_path) == mine
    assert find_preset(str(tmp_path / "My face _ loud.json"), tmp_path) == mine
    assert find_preset("firm lips", tmp_path) == BUILT_IN["Firm lips"][0]
    with pytest.raises(PresetError, match="Firm lips"):
        find_preset("nothing", tmp_path)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "p.json"
    write_preset(path, "a", Tuning(intensity=0.5))
    before = path.read_text()
    with pytest.raises(PresetError):
        write_preset(tmp_path / "none" / "p.json", "b", Tuning())
    with pytest.raises(PresetError):
        write_preset(tmp_path / "p.txt", "b", Tuning())
    assert path.read_text() == before
    assert [p.name for p in tmp_path.iterdir()] == ["p.json"]


def test_nvidia_yaml_both_ways(tmp_path):
    tuning = Tuning(
        intensity=1.1, regions={"upper": 0.9, "lower": 1.25, "tongue": 1.3},
        smoothing_ms={"brows": 10.0, "eyes": 10.0, "cheeks": 10.0, "jaw": 6.0, "lips": 6.0, "tongue": 6.0},
        shapes={"mouthPucker": ShapeTuning(gain=1.2), "jawOpen": ShapeTuning(offset=-0.1)},
    )  # fmt: skip
    path = tmp_path / "s.yaml"
    assert write_preset(path, "s", tuning) == ()
    assert read_preset(path) == ("s", tuning, ())
    assert "MouthPucker: 1.2" in path.read_text()


def test_what_yaml_cannot_hold_is_named(tmp_path):
    lost = write_preset(tmp_path / "s.yaml", "s", Tuning(offset_ms=40.0, ease_out_ms=100.0, regions={"jaw": 0.5}))
    assert lost == ("eases", "A/V offset", "strengths of parts")


def test_nvidias_own_client_file_reads(tmp_path):
    path = tmp_path / "config_claire.yml"
    path.write_text(
        "face_parameters:\n  lowerFaceStrength: 1.25\n  lowerFaceSmoothing: 0.006\n  faceMaskLevel: 0.6\n"
        "blendshape_parameters:\n  enable_clamping_bs_weight: true\n  multipliers:\n"
        "    EyeLookUpLeft: 0.0\n    JawOpen: 1.0\n    TongueTipUp: 1.0\n"
    )
    name, tuning, ignored = read_preset(path)
    assert name == "config_claire"
    assert tuning.regions == {"lower": 1.25}
    assert tuning.smoothing_ms == {"jaw": 6.0, "lips": 6.0, "tongue": 6.0}
    assert tuning.shapes["eyeLookUpLeft"] == ShapeTuning(gain=0.0, low=0.0, high=1.0)
    assert ignored == ("faceMaskLevel", "TongueTipUp")

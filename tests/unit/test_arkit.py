"""Names: 52 channels, their groups and every dialect that was met in real files."""

from __future__ import annotations

import json

import pytest

from app.core.arkit import ARKIT_CHANNELS, GROUPS, MOUTH_CHANNELS, VISEME_CHANNELS, canonical_name, mirrored, weights_from


def test_there_are_52_channels_and_15_visemes():
    assert len(ARKIT_CHANNELS) == len(set(ARKIT_CHANNELS)) == 52
    assert len(VISEME_CHANNELS) == 15


def test_wire_order_matches_the_published_azure_order(shared):
    azure = json.loads((shared / "data/azure/azure_55_order.json").read_text())
    names = azure if isinstance(azure, list) else azure.get("order", azure.get("names"))
    names = [entry["name"] if isinstance(entry, dict) else entry for entry in names]
    assert tuple(names[:52]) == ARKIT_CHANNELS


def test_groups_partition_the_channels():
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(ARKIT_CHANNELS)


def test_mouth_channels_leave_eyes_and_brows_to_arkit():
    assert "jawOpen" in MOUTH_CHANNELS and "tongueOut" in MOUTH_CHANNELS
    assert not any(name.startswith(("eye", "brow", "nose")) for name in MOUTH_CHANNELS)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("jawOpen", "jawOpen"), ("JawOpen", "jawOpen"), ("JAWOPEN", "jawOpen"),
        ("eyeBlink_L", "eyeBlinkLeft"), ("mouthSmile_R", "mouthSmileRight"), ("mouthSmile_r", "mouthSmileRight"),
        ("mouthSmile_left", "mouthSmileLeft"), ("browDown Left", "browDownLeft"), ("jaw_L", "jawLeft"), ("mouth_R", "mouthRight"),
        ("tongue_out", "tongueOut"), ("blendShapes.EyeBlinkLeft", "eyeBlinkLeft"), ("blendShape1.jawOpen", "jawOpen"),
        ("jawOpen.002", "jawOpen"), ("viseme_aa", "viseme_aa"), ("viseme_ih", "viseme_I"), ("viseme_ou", "viseme_U"),
        ("Viseme_PP", "viseme_PP"), ("cheekPuff_L", None), ("Fcl_ALL_Joy", None), ("mouthOpen", None), ("", None), ("_L", None),
    ],
)  # fmt: skip
def test_dialects(written, meant):
    assert canonical_name(written) == meant


def test_every_channel_survives_the_side_suffix_dialect():
    for name in ARKIT_CHANNELS:
        written = name.replace("Left", "_L").replace("Right", "_R")
        assert canonical_name(written) == name


def test_mirrored_is_an_involution_and_keeps_unpaired_names():
    assert mirrored("jawLeft") == "jawRight" and mirrored("jawOpen") == "jawOpen"
    assert all(mirrored(mirrored(name)) == name and mirrored(name) in ARKIT_CHANNELS for name in ARKIT_CHANNELS)


def test_weights_from_refuses_a_misspelt_channel():
    assert weights_from({"jawOpen": 0.5})[17] == 0.5
    with pytest.raises(KeyError):
        weights_from({"jawopen": 0.5})

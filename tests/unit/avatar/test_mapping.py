"""Assignments by hand: obeyed by the rig, kept per file, exchanged as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.names import mapping as mappings
from app.avatar.names.mapping import (
    AvatarMapping,
    assign,
    assignment_of,
    keep_mapping,
    mapping_of,
    read_mapping,
    targets_of,
    write_mapping,
)
from app.avatar.rig import AvatarRig
from app.avatar.vocabulary import Pull
from app.core.arkit import weights_from
from app.core.errors import AvatarError

FACE = {"Klappe": "open", "Grinsen": "smile", "jawOpen": "lids", "browInnerUp": "brow"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Mappings are kept in the test's own folder."""
    monkeypatch.setattr(mappings, "mapping_folder", lambda: tmp_path / "kept")
    return tmp_path / "kept"


def by_hand() -> AvatarMapping:
    return AvatarMapping({"jawOpen": (Pull("Klappe", 0.5),), "mouthSmileLeft": (Pull("Grinsen", 1.0, "left"),), "browInnerUp": ()})


def lowest(rig: AvatarRig) -> float:
    return float((rig.parts[0].positions - rig.parts[0].source.positions)[:, 1].min())


def test_the_rig_obeys_a_mapping_even_against_the_files_names(make_face):
    rig = AvatarRig(load_avatar(make_face(FACE), mapping=by_hand()))
    rig.pose(weights_from({"jawOpen": 1.0}))
    moved = rig.parts[0].positions - rig.avatar.parts[0].positions
    assert moved[:, 1].min() == pytest.approx(-0.01, abs=1e-6)  # half of Klappe, none of what is called jawOpen
    assert np.abs(moved[rig.avatar.parts[0].positions[:, 1] > 1.61]).max() == 0
    rig.pose(weights_from({"browInnerUp": 1.0}))
    assert rig.applied == {}
    assert rig.avatar.vocabulary.by_hand == {"jawOpen", "mouthSmileLeft", "browInnerUp"}


def test_assigning_anew_starts_from_the_files_own_shapes(make_face):
    avatar = load_avatar(make_face(FACE))
    again = assign(assign(avatar, by_hand()), AvatarMapping())
    assert again.parts[0].targets.names == avatar.parts[0].targets.names
    assert again.vocabulary == avatar.vocabulary and again.problems == avatar.problems


def test_single_targets_are_shown_whatever_they_drive(make_face):
    rig = AvatarRig(load_avatar(make_face(FACE), mapping=by_hand()))
    for name, expected in (("Klappe", -0.02), ("jawOpen", -0.01), ("nothing", 0.0)):
        rig.preview({name: 1.0})
        assert lowest(rig) == pytest.approx(expected, abs=1e-6)
    plain = AvatarRig(load_avatar(make_face(FACE)))
    plain.preview({"jawOpen": 1.0})
    assert lowest(plain) == pytest.approx(-0.01, abs=1e-6)


def test_targets_are_listed_with_what_they_move_and_drive(make_face):
    facts = {fact.name: fact for fact in targets_of(load_avatar(make_face(FACE), mapping=by_hand()))}
    assert list(facts) == list(FACE)
    assert facts["Klappe"].drives == ("jawOpen",)
    assert facts["jawOpen"].drives == facts["browInnerUp"].drives == ()
    assert facts["Klappe"].reach_m == pytest.approx(0.02, abs=1e-6)
    assert facts["Grinsen"].meshes == ("Head",)


def test_what_is_written_reads_back_and_names_the_avatar(make_face, tmp_path):
    path = make_face(FACE)
    avatar = load_avatar(path, mapping=by_hand())
    file = tmp_path / "mapping.json"
    write_mapping(file, mapping_of(avatar, mappings.digest(path)), ["left over"])
    read = read_mapping(file)
    assert read.channels == assignment_of(avatar)
    assert read.avatar == "face" and len(read.sha256) == 64
    assert json.loads(file.read_text("utf-8"))["unassigned"] == ["left over"]
    again = load_avatar(path, mapping=read)
    rig = AvatarRig(again)
    rig.pose(weights_from({"jawOpen": 1.0}))
    assert lowest(rig) == pytest.approx(-0.01, abs=1e-6)


def test_the_whole_automatic_assignment_changes_nothing_when_given_back(make_face):
    path = make_face([f"Head.{name}" for name in ("jawOpen", "mouthClose", "mouthSmileLeft", "mouthSmileRight")])
    avatar = load_avatar(path)
    assert not assign(avatar, mapping_of(avatar)).vocabulary.by_hand


def test_a_mapping_is_kept_for_the_file_and_forgotten(make_face):
    path = make_face(FACE)
    keep_mapping(path, by_hand())
    assert load_avatar(path).vocabulary.by_hand == {"jawOpen", "mouthSmileLeft", "browInnerUp"}
    keep_mapping(path, AvatarMapping())
    assert not load_avatar(path).vocabulary.by_hand


def test_a_damaged_kept_mapping_is_told_and_the_avatar_opens(make_face, folder):
    path = make_face(FACE)
    kept = keep_mapping(path, by_hand())
    kept.write_text("{")
    assert "kept for this avatar is not used" in load_avatar(path).problems[-1]


@pytest.mark.parametrize(
    "document",
    [
        "[]", "{}", '{"kind": "visemesync-avatar-mapping", "version": 2, "channels": {}}',
        '{"kind": "visemesync-avatar-mapping", "version": 1, "channels": {"jaw": "Klappe"}}',
        '{"kind": "visemesync-avatar-mapping", "version": 1, "channels": {"jawOpen": 3}}',
        '{"kind": "visemesync-avatar-mapping", "version": 1, "channels": {"jawOpen": [{"target": 1}]}}',
        '{"kind": "visemesync-avatar-mapping", "version": 1, "channels": {"jawOpen": {"Klappe": 1e9}}}',
        '{"kind": "visemesync-avatar-mapping", "version": 1, "channels": {"jawOpen": [{"target": "Klappe", "side": "up"}]}}',
        "not JSON",
    ],
)  # fmt: skip
def test_what_is_no_mapping_is_refused_in_one_sentence(tmp_path, document):
    file = tmp_path / "m.json"
    file.write_text(document, "utf-8")
    with pytest.raises(AvatarError) as refused:
        read_mapping(file)
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)


def test_short_forms_are_read(tmp_path):
    file = tmp_path / "m.json"
    channels = {"jawOpen": "Klappe", "mouthSmile_L": {"Grinsen": 0.5}}
    file.write_text(json.dumps({"kind": "visemesync-avatar-mapping", "version": 1, "channels": channels}), "utf-8")
    assert read_mapping(file).channels == {"jawOpen": (Pull("Klappe"),), "mouthSmileLeft": (Pull("Grinsen", 0.5),)}


def test_a_mapping_of_another_avatar_is_refused_and_a_partial_one_told(make_face):
    avatar = load_avatar(make_face(FACE))
    with pytest.raises(AvatarError, match="none of this avatar's shapes"):
        assign(avatar, AvatarMapping({"jawOpen": (Pull("other"),)}))
    told = assign(avatar, by_hand().assigned("mouthPucker", (Pull("gone"),))).problems
    assert told[-1] == "The mapping names shapes that this avatar does not have: gone."
    assert "mouthPucker" not in by_hand().assigned("mouthPucker", (Pull("gone"),)).assigned("mouthPucker", None).channels

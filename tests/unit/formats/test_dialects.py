"""Each dialect of weights as other programs write it, and as they expect it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS
from app.core.head import ANGLES, head_rotations
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.registry import DIALECTS, WRITTEN, decode_track, dialect_of, reader_of, writer_of
from app.formats.track_file import TrackFile
from tests.trips.weights import made_take

TONGUE = ("tongueTipUp", "tongueIn")


def written(key: str, performance: Performance, options: WriteOptions | None = None) -> Written:
    writer = dialect_of(key).write
    assert writer is not None
    return writer(performance, options or WriteOptions())


def back(key: str, performance: Performance) -> TrackFile:
    return decode_track(written(key, performance).data, "take")


def read(document: Any) -> TrackFile:
    return decode_track(json.dumps(document).encode(), "take.json")


def test_every_key_and_ending_means_one_format(tmp_path):
    assert len({each.key for each in DIALECTS}) == len(DIALECTS)
    assert len({each.ending for each in WRITTEN}) == len(WRITTEN)
    assert writer_of(tmp_path / "a.lam.json").key == "lam" and writer_of(tmp_path / "a.json").key == "omniverse"
    assert writer_of(tmp_path / "a.neurosync.csv").key == "neurosync" and writer_of(tmp_path / "a.csv").key == "livelink"


@pytest.mark.parametrize("key", [each.key for each in WRITTEN if each.holds == "weights"])
def test_what_is_written_is_known_by_its_content(key):
    found = reader_of(written(key, made_take()).data)
    assert found is not None and found.key == key


def test_our_own_json_keeps_everything_and_later_versions_are_refused():
    take = made_take()
    file = back("track", take)
    assert np.array_equal(file.track.weights, take.arkit.weights) and file.track.start_s == take.arkit.start_s
    assert file.performance.phones == take.phones and file.performance.words == take.words and file.sound == "hi.wav"
    document = json.loads(written("track", take).data)
    with pytest.raises(Exception, match="version 2"):
        read(document | {"version": 2})


def test_the_schema_says_what_our_own_json_has(root):
    schema = json.loads((root / "docs" / "track-schema.json").read_text("utf-8"))
    document = json.loads(written("track", made_take()).data)

    def fits(value: Any, rule: dict[str, Any], place: str) -> None:
        rule = schema["$defs"][rule["$ref"].rpartition("/")[2]] if "$ref" in rule else rule
        kinds = {"object": dict, "array": list, "string": str, "number": int | float, "integer": int}
        assert "const" not in rule or value == rule["const"], place
        assert "type" not in rule or isinstance(value, kinds[rule["type"]]), place
        if isinstance(value, dict):
            assert set(rule["required"]) <= set(value) <= set(rule["properties"]), place
            for key, each in value.items():
                fits(each, rule["properties"][key], f"{place}.{key}")
        if isinstance(value, list):
            for each in value[:3]:
                fits(each, rule["items"], f"{place}[]")

    fits(document, schema, "track")
    assert set(document) == set(schema["properties"])


def test_the_head_turns_as_before_in_lam_mediapipe_and_talkinghead():
    take = made_take()
    for key in ("lam", "mediapipe", "talkinghead-anim", "openfacefx"):
        assert head_rotations(back(key, take).track) == pytest.approx(head_rotations(take.arkit), abs=1e-5), key


def test_a_nod_is_a_turn_about_x_in_mediapipes_matrix():
    side = SideChannels(ANGLES, np.tile(np.array([0, 0.3, 0, 0, 0, 0, 0, 0, 0], np.float32), (3, 1)))
    take = Performance(replace(made_take(3).arkit, side=side))
    data = json.loads(written("mediapipe", take).data)["results"][0]["facialTransformationMatrixes"][0]["data"]
    looks_at = np.array(data).reshape(4, 4).T[:3, :3] @ [0.0, 0.0, 1.0]
    assert looks_at == pytest.approx([0.0, -np.sin(0.3), np.cos(0.3)], abs=1e-6), "down"


def test_tongue_shapes_of_audio2face_travel_beside_the_52():
    side = SideChannels(TONGUE, np.random.default_rng(1).uniform(0, 1, (120, 2)).astype(np.float32))
    take = Performance(replace(made_take(start_s=0.0).arkit, side=side))
    for key in ("a2f", "nim", "omniverse", "track"):
        file = back(key, take)
        assert file.track.side is not None and len(file.track.side.names) == 2
        assert np.abs(file.track.side.find("tongueTipUp") - side.values[:, 0]).max() < 1e-7, key
        assert written(key, take).notes == (), key


def test_messages_of_the_microservice_are_read_one_per_line_and_in_protobufs_own_spelling():
    names = ["JawOpen", "MouthSmileLeft", "TongueTipUp"]
    lines = [json.dumps({"animation_data_stream_header": {"skel_animation_header": {"blend_shapes": names}}})]
    for k in range(30):
        # what is 0 is left out by protobuf
        frame = {"values": [k / 30, 0.2, 0.5]} | ({"time_code": k / 30} if k else {})
        lines.append(json.dumps({"animation_data": {"skel_animation": {"blend_shape_weights": [frame]}}}))
    file = decode_track("\n".join(lines).encode(), "nim.jsonl")
    assert len(file.track) == 30 and file.track.fps == pytest.approx(30)
    assert file.track.column("jawOpen")[15] == pytest.approx(0.5) and file.track.side is not None


def test_azures_chunks_are_at_60_frames_from_the_sounds_start_and_say_what_that_costs():
    made = written("azure", made_take())
    chunks = json.loads(made.data)
    assert chunks[0]["FrameIndex"] == 15 and chunks[1]["FrameIndex"] == 75 and len(chunks[0]["BlendShapes"]) == 60
    assert all(len(row) == 55 for row in chunks[0]["BlendShapes"])
    assert "At 60 fps the motion is off by at most" in made.notes[0] and "HeadYaw" in " ".join(made.notes)
    chunks.reverse()
    assert np.array_equal(read(chunks).track.weights, decode_track(made.data, "take").track.weights)


def test_a_recorded_list_keeps_azures_rolls_under_their_own_names():
    frames = [{"time": k / 60, "blendshapes": {"jawOpen": 0.5, "headRoll": 0.1, "leftEyeRoll": 0, "rightEyeRoll": 0}} for k in range(30)]
    file = read(frames)
    assert file.dialect == "Recorded Azure blend shapes" and file.track.side is not None
    assert file.track.side.find("azureHeadRoll")[0] == pytest.approx(0.1) and file.track.side.find("HeadRoll") is None


def test_talkingheads_values_are_reached_at_the_end_of_their_durations():
    file = read(
        {"name": "nod", "dt": [100, 100, 200], "vs": {"jawOpen": [0, 0.4, None], "headRotateX": [[0.1, 0.3]], "gesture": ["up", 1]}}
    )
    track = file.track
    assert track.start_s == pytest.approx(0.1) and track.sample(0.2)[ARKIT_CHANNELS.index("jawOpen")] == pytest.approx(0.4, abs=0.02)
    assert track.side is not None and track.side.find("HeadPitch")[0] == pytest.approx(0.2)
    assert "gesture" in " ".join(file.warnings)


def test_talkingheads_template_has_a_value_for_every_duration():
    template = json.loads(written("talkinghead-anim", made_take()).data)
    assert sum(template["dt"][:1]) == pytest.approx(240) and len(template["dt"]) == 120
    assert all(len(row) == 120 for row in template["vs"].values())
    assert {"headRotateX", "headRotateY", "headRotateZ"} < set(template["vs"])


def test_openfacefx_visemes_become_shapes_and_visemes():
    keys = [[0.0, 0.0], [0.2, 1.0], [0.4, 0.0]]
    file = read({"format": "openfacefx.track", "version": 1, "fps": 60.0, "viseme_set": ["aa"], "channels": [{"name": "aa", "keys": keys}]})
    assert file.visemes is not None and file.visemes.column("viseme_aa")[12] == 1.0 and file.track.column("jawOpen")[12] > 0.3
    assert file.track.column("jawOpen")[6] == pytest.approx(file.track.column("jawOpen")[12] / 2, abs=1e-6)


def test_openfacefx_keys_stay_within_the_error_that_is_allowed():
    take = made_take()
    thin = decode_track(written("openfacefx", take, WriteOptions(max_error=0.01)).data, "take").track
    assert 0 < np.abs(thin.weights - take.arkit.weights).max() <= 0.0101
    assert len(written("openfacefx", take, WriteOptions(max_error=0.01)).data) < len(written("openfacefx", take).data) / 3


@pytest.mark.parametrize("names", [("aa", "ih", "ou", "ee", "oh", "blink"), ("A", "I", "U", "E", "O", "Blink")])
def test_vrm_expressions_are_read_as_the_shapes_that_they_stand_for(names):
    rows = [[0.8 if k == 0 else 0.0 for k in range(5)] + [i / 29] for i in range(30)]
    text = "\n".join([",".join(("time", *names)), *(f"{i / 30},{','.join(map(str, row))}" for i, row in enumerate(rows))])
    frames = [{"time": i / 30, "values": dict(zip(names, row, strict=True))} for i, row in enumerate(rows)]
    for file in (decode_track(text.encode(), "vmc.csv"), read(frames)):
        assert file.track.column("jawOpen")[0] == pytest.approx(0.8 * 0.44, abs=1e-4)
        assert file.track.column("eyeBlinkLeft")[-1] == file.track.column("eyeBlinkRight")[-1] == pytest.approx(1.0)
        assert "expressions of VRM" in " ".join(file.warnings)


def test_perfect_sync_names_are_shapes_and_presets_beside_them_are_not_added():
    file = read([{"time": k / 30, "values": {"JawOpen": 0.5, "MouthSmileLeft": 0.1, "aa": 1.0, "Blink": 0.2}} for k in range(30)])
    assert file.track.column("jawOpen")[0] == 0.5 and file.track.side is not None and set(file.track.side.names) == {"aa", "Blink"}


def test_vrm_mouths_come_back_as_the_vowels_that_they_were():
    take = back("vrm", Performance(BlendshapeTrack(read([
        {"time": k / 30, "values": {"aa": 0.0, "oh": k / 40, "blinkLeft": 0.5}} for k in range(30)
    ]).track.weights, 30.0)))  # fmt: skip
    assert take.track.column("mouthFunnel")[-1] == pytest.approx(29 / 40 * 0.38, abs=0.02)
    assert take.track.column("eyeBlinkLeft")[-1] == pytest.approx(0.5) and take.track.column("eyeBlinkRight")[-1] == 0


def test_a_neurosync_file_has_70_columns_under_right_names_and_a_phones_clock():
    lines = written("neurosync", made_take()).data.decode().splitlines()
    assert len(lines[0].split(",")) == len(lines[1].split(",")) == 70 and lines[1].split(",")[1] == "68"
    assert lines[0].split(",")[17:19] == ["JawRight", "JawLeft"]
    assert lines[0].endswith(",Angry,Disgusted,Fearful,Happy,Neutral,Sad,Surprised")


@pytest.mark.shared
def test_a_recording_of_packets_is_read_with_its_angles_and_gaps(shared):
    path = shared / "data" / "captures" / "llv" / "debug-all-blendshapes.gesichter"
    file = decode_track(path.read_bytes(), path.name)
    assert file.track.fps == 60 and file.evidence == "60 fps as the packets say" and len(file.track) == 3720
    assert file.track.side is not None and file.track.side.names == ANGLES
    assert file.track.weights.min() == -1 and file.track.weights.max() == 1 and "60 frames are missing" in file.warnings[0]
    cut = decode_track(path.read_bytes()[:20000], "cut.gesichter")
    assert 0 < len(cut.track) < 3720 and "cut off" in " ".join(cut.warnings)

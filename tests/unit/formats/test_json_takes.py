"""JSON of takes: Omniverse's variants, weights by name frame by frame, and mouth cues."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import TrackError
from app.formats.json_tracks.facs_names import FACS
from app.formats.registry import decode_track
from app.formats.track_file import TrackFile

NAMES = sorted(name for name in ARKIT_CHANNELS if name != "tongueOut")
JAW = [round(0.4 + 0.3 * float(np.sin(k / 5)), 4) for k in range(60)]


def row(k: int, names: list[str]) -> list[float]:
    return [JAW[k] if name == "jawOpen" else 0.2 if name == "mouthSmileLeft" else 0.0 for name in names]


def read(document: Any, fps: float | None = None) -> TrackFile:
    return decode_track(json.dumps(document).encode(), "take.json", fps)


def is_the_take(file: TrackFile, fps: float) -> None:
    assert file.track.fps == pytest.approx(fps) and len(file.track) == 60
    assert np.allclose(file.track.column("jawOpen"), JAW, atol=1e-5) and np.allclose(file.track.column("mouthSmileLeft"), 0.2)


def omniverse(**more: Any) -> dict[str, Any]:
    names = list(ARKIT_CHANNELS)
    return {"numPoses": 52, "numFrames": 60, "facsNames": names, "weightMat": [row(k, names) for k in range(60)], **more}


@pytest.mark.parametrize("key", ["exportFps", "fps", "frameRate", "frame_rate"])
@pytest.mark.parametrize("value", [25, 25.0, "25", "25.0"])
def test_omniverse_rates_under_any_key(key, value):
    file = read(omniverse(**{key: value}))
    is_the_take(file, 25)
    assert file.evidence == f"25 fps from {key}" and file.warnings == ()


def test_omniverse_without_a_rate_takes_a_stated_one():
    is_the_take(read(omniverse(), 24), 24)
    with pytest.raises(TrackError, match="--in-fps"):
        read(omniverse())


def test_counts_that_do_not_fit_are_said():
    file = read(omniverse(exportFps=30, numFrames=99, numPoses=46))
    is_the_take(file, 30)
    assert "numFrames says 99" in file.warnings[0] and "numPoses says 46" in file.warnings[0]


def test_classic_action_units_are_read_as_shapes():
    names = [*FACS, "jawDropLipTowards"]
    at = {"jawDrop": 0.5, "eyesCloseL": 0.3, "innerBrowRaiserR": 0.7, "eyesLookLeft": 0.4, "lipSuck": 0.2, "pucker": 0.6}
    values = [[at.get(name, 0.0) for name in names]] * 3
    file = read({"exportFps": 30, "facsNames": names, "weightMat": values})
    wanted = {
        "jawOpen": 0.5, "eyeBlinkLeft": 0.3, "browInnerUp": 0.7, "eyeLookOutLeft": 0.4, "eyeLookInRight": 0.4,
        "mouthRollLower": 0.2, "mouthRollUpper": 0.2, "mouthPucker": 0.6,
    }  # fmt: skip
    for name in ARKIT_CHANNELS:
        assert file.track.column(name)[0] == pytest.approx(wanted.get(name, 0.0)), name
    assert "FACS" in file.warnings[0] and "jawDropLipTowards" in file.warnings[0]


MEDIAPIPE = [{"categoryName": "_neutral", "score": 0.1}]


@pytest.mark.parametrize(
    "document",
    [
        {"names": NAMES, "frames": [{"weights": row(k, NAMES), "time": k / 30, "rotation": []} for k in range(60)]},
        {"metadata": {"fps": 30, "blendshape_names": NAMES}, "frames": [{"weights": row(k, NAMES)} for k in range(60)]},
        {"names": NAMES, "fps": 30, "weights": [row(k, NAMES) for k in range(60)]},
        [
            {
                "timestamp": round(k * 1000 / 30, 1),
                "blendshapes": MEDIAPIPE + [{"categoryName": n, "score": v} for n, v in zip(NAMES, row(k, NAMES), strict=True)],
            }
            for k in range(60)
        ],
        {
            "results": [
                {
                    "timestampMs": k * 1000 / 30,
                    "faceBlendshapes": [
                        {"categories": [{"category_name": n, "score": v} for n, v in zip(NAMES, row(k, NAMES), strict=True)]}
                    ],
                }
                for k in range(60)
            ]
        },
        [{"time": k / 30, "blendshapes": dict(zip(NAMES, row(k, NAMES), strict=True))} for k in range(60)],
        [{"frame": k, "fps": 30, **dict(zip(NAMES, row(k, NAMES), strict=True))} for k in range(60)],
    ],
    ids=["BEAT", "LAM without times", "matrix", "MediaPipe list", "MediaPipe results", "recorded in a browser", "flat"],
)
def test_named_weights_are_read(document):
    file = read(document)
    is_the_take(file, 30)
    assert "lacks 1 of the 52" in " ".join(file.warnings)
    assert file.track.side is None


def test_a_rotation_in_the_frames_turns_the_head():
    frames = [{"weights": row(k, NAMES), "time": k / 30, "rotation": [0.1, 0.2, 0.3]} for k in range(60)]
    file = read({"names": NAMES, "frames": frames})
    assert file.track.side is not None and file.track.side.names == ("HeadPitch", "HeadYaw", "HeadRoll")
    assert np.allclose(file.track.side.values, [0.1, 0.2, 0.3]) and "three numbers under rotation" in " ".join(file.warnings)


def test_a_rotation_that_nobody_explains_is_said_to_be_left_out():
    frames = [{"weights": row(k, NAMES), "time": k / 30, "rotation": [0.1, 0.2]} for k in range(60)]
    assert "rotation was left out" in " ".join(read({"names": NAMES, "frames": frames}).warnings)


def test_frames_without_a_face_are_bridged():
    frames = [{"time": k / 30, "blendshapes": {} if 20 <= k < 24 else dict(zip(NAMES, row(k, NAMES), strict=True))} for k in range(60)]
    file = read(frames)
    assert len(file.track) == 60 and np.abs(file.track.column("jawOpen") - JAW).max() < 0.05
    assert "empty cells" in " ".join(file.warnings)


def test_azures_chunks_are_put_in_order():
    rows = [[*row(k, list(ARKIT_CHANNELS)), 0.01 * k, 0.0, 0.0] for k in range(60)]
    chunks = [{"FrameIndex": 30, "BlendShapes": rows[30:]}, {"FrameIndex": 0, "BlendShapes": rows[:30]}]
    for document in (chunks, [{"audio_offset": 0, "Animation": json.dumps(chunk)} for chunk in chunks]):
        file = read(document)
        is_the_take(file, 60)
        assert "Azure" in file.evidence and file.track.side is not None and "azureHeadRoll" in file.track.side.names


def ticks(i: int) -> int:
    return 500000 + 1000000 * i


@pytest.mark.parametrize(
    "document",
    [
        {"VisemeResults": [{"VisemeId": i, "AudioOffset": ticks(i)} for i in range(22)]},
        [{"viseme_id": i, "audio_offset": ticks(i)} for i in range(22)],
        {"visemes": [{"visemeId": i, "audioOffset": ticks(i) // 10000} for i in range(22)]},
        [{"type": "response.animation_viseme.delta", "audio_offset_ms": 50 + 100 * i, "viseme_id": i} for i in range(22)],
        {"events": [{"id": i, "offset": 0.05 + 0.1 * i} for i in range(22)]},
    ],
)
def test_azures_viseme_events_become_motion(document):
    file = read(document)
    assert "22 viseme events" in file.evidence and "from 0.05 s on" in file.warnings[0]
    assert file.track.duration_s == pytest.approx(2.3, abs=0.02)
    closed = file.track.sample(0.05 + 2.1 + 0.06)  # 21: P, B, M
    opened = file.track.sample(0.05 + 0.25)  # 2: the a of father
    jaw = file.track.index["jawOpen"]
    assert closed[jaw] < 0.08 and opened[jaw] > 0.25


CUES = [(0.0, 0.25, "X"), (0.25, 0.6, "D"), (0.6, 0.8, "A"), (0.8, 1.2, "F"), (1.2, 1.4, "X")]


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"metadata": {"duration": 1.4}, "mouthCues": [{"start": a, "end": b, "value": v} for a, b, v in CUES]}).encode(),
        "".join(f"{a:.2f}\t{v}\n" for a, _, v in CUES).encode(),
        (
            '<?xml version="1.0" encoding="utf-8"?>\n<rhubarbResult><metadata><duration>1.40</duration></metadata><mouthCues>'
            + "".join(f'<mouthCue start="{a:.2f}" end="{b:.2f}">{v}</mouthCue>' for a, b, v in CUES)
            + "</mouthCues></rhubarbResult>"
        ).encode(),
        json.dumps({
            "visemes": ["sil", "aa", "PP", "U", "sil"], "vtimes": [1000 * a for a, _, _ in CUES],
            "vdurations": [1000 * (b - a) for a, b, _ in CUES],
        }).encode(),
        json.dumps([
            {"start": a, "end": b, "viseme": v} for (a, b, _), v in zip(CUES, ["rest", "AI", "MBP", "U", "rest"], strict=True)
        ]).encode(),
        "\n".join([
            '{"time": 0, "type": "sentence", "value": "Ah pooh."}',
            *(
                json.dumps({"time": 1000 * a, "type": "viseme", "value": v})
                for (a, _, _), v in zip(CUES, ["sil", "a", "p", "u", "sil"], strict=True)
            ),
        ]).encode(),
    ],
    ids=["json", "tsv", "xml", "TalkingHead", "Preston Blair", "Polly"],
)  # fmt: skip
def test_mouth_cues_become_motion(data):
    file = decode_track(data, "cues")
    track = file.track
    assert track.fps == 60 and "5 mouth cues" in file.evidence and "not weights" in file.warnings[0]
    jaw = track.index["jawOpen"]
    assert track.sample(0.45)[jaw] > 0.25 and track.sample(0.7)[jaw] < 0.1
    assert track.sample(1.05)[track.index["mouthPucker"]] > 0.3 and not track.sample(0.02).any()
    assert decode_track(data, "cues", 25).track.fps == 25


@pytest.mark.parametrize(("document", "sentence"), [
    ({"dt": [100], "vs": {"bodyRotateX": [1]}, "name": "x"}, "moves no shape"), ({"asset": {"version": "2.0"}}, "glTF"),
    ({"OTIO_SCHEMA": "Timeline.1"}, "OpenTimelineIO"), ({"words": [{"word": "hi", "start": 0}]}, "transcript"),
    ([{"phone": "Q7", "start": 0, "end": 1}], "neither ARPABET nor IPA"), ([1, 2], "JSON"),
    ({"names": ["nose"], "frames": [{"weights": [1], "time": 0}]}, "none of its names is an ARKit shape"),
])  # fmt: skip
def test_other_json_is_named_and_never_called_empty(document, sentence):
    with pytest.raises(TrackError, match=sentence) as refused:
        read(document)
    assert "no frames" not in str(refused.value)


def test_a_weight_that_is_no_number_is_named():
    with pytest.raises(TrackError, match=r"frame 1: 'high' for jawOpen"):
        read([{"time": 0, "blendshapes": {"jawOpen": 0.5}}, {"time": 0.1, "blendshapes": {"jawOpen": "high"}}])

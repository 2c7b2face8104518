"""Track files: exact headers, real captures, and every odd spelling by name."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS, weights_from
from app.core.errors import TrackError
from app.core.head import ANGLES
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.registry import WRITTEN, check_writable, decode_track, read_track, read_track_file, write_track
from app.formats.track_file import with_jaw_and_mouth_sides_swapped
from app.formats.tracks.livelink import HEADER, timecode

#: all that have room for every channel, or for all but the tongue
ENDINGS = [dialect.ending for dialect in WRITTEN if dialect.holds == "weights" and dialect.key != "vrm"]
TONGUELESS = {".beat.json", ".mediapipe.json"}
FIXED_FPS = {".azure.json": 60.0}


def lopsided(n: int = 70, fps: float = 60.0, start_s: float = 0.0) -> BlendshapeTrack:
    """A take in which every channel differs, left from right too."""
    weights = (np.arange(n)[:, None] * 0.003 + np.arange(52)[None, :] * 0.01).astype(np.float32)
    return BlendshapeTrack(weights, fps, start_s)


def csv_of(header: str, *rows: str) -> bytes:
    """A CSV file."""
    return "\n".join([header, *rows, ""]).encode()


def test_the_header_is_the_apps():
    assert len(HEADER) == 63
    assert ",".join(HEADER[:2]) == "Timecode,BlendShapeCount"
    assert HEADER[16:20] == ("JawForward", "JawRight", "JawLeft", "JawOpen")
    assert HEADER[22:25] == ("MouthPucker", "MouthRight", "MouthLeft")
    assert HEADER[53:] == ("TongueOut", *ANGLES)


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(0, "00:00:00:00.000"), (1 / 60, "00:00:00:01.000"), (59.9999999, "00:01:00:00.000"), (3661.505, "01:01:01:30.300")],
)
def test_timecodes(time_s, text):
    assert timecode(time_s) == text


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("fps", [24.0, 29.97, 59.904, 60.0, 100.0])
@pytest.mark.parametrize("n", [1, 2, 20, 150])
def test_written_files_come_back(tmp_path, ending, fps, n):
    track = lopsided(n, FIXED_FPS.get(ending, fps))
    write_track(tmp_path / f"take{ending}", track)
    back = read_track(tmp_path / f"take{ending}")
    kept = [name for name in ARKIT_CHANNELS if name != "tongueOut" or ending not in TONGUELESS]
    assert max(np.abs(back.column(name) - track.column(name)).max() for name in kept) < 1e-7
    assert len(back) == len(track)
    if n > 1:
        assert back.fps == pytest.approx(track.fps, rel=track.fps / 60000 / (n - 1))  # the timecode counts sixtieths in thousandths
        assert back.duration_s == pytest.approx(track.duration_s, abs=0.2 / track.fps)


@pytest.mark.parametrize("ending", [".csv", ".json"])
def test_further_columns_come_back(tmp_path, ending):
    track = lopsided()
    side = SideChannels(("HeadYaw", "Happy"), np.linspace(-0.5, 0.5, 140, dtype=np.float32).reshape(70, 2))
    assert write_track(tmp_path / f"t{ending}", replace(track, side=side)) == ()
    back = read_track(tmp_path / f"t{ending}").side
    assert back is not None
    for i, name in enumerate(side.names):
        assert np.allclose(back.find(name), side.values[:, i], atol=1e-7)


def test_a_dialect_without_room_names_what_it_leaves_out(tmp_path):
    side = SideChannels(("HeadYaw", "HeadRoll", "Slate"), np.ones((70, 3), np.float32) * [0.1, 0.0, 7.5])
    left_out = write_track(tmp_path / "t.a2f.csv", replace(lopsided(), side=side))
    assert len(left_out) == 1 and "HeadYaw, Slate" in left_out[0]


def test_a_later_start_is_kept_in_time(tmp_path):
    track = lopsided(60, 60.0, start_s=0.5)
    write_track(tmp_path / "t.csv", track)
    back = read_track(tmp_path / "t.csv")
    assert np.allclose(back.sample(1.0), track.sample(1.0), atol=1e-6)
    assert back.end_s == pytest.approx(track.end_s)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["Angry_MySlate_164_iPhone_cal", "Fearful_MySlate_161_iPhone_cal", "Happy_Happy", "Sad_MySlate_167_iPhone_cal"]
)
def test_iphone_captures(shared, tmp_path, name):
    file = read_track_file(shared / "data" / "captures" / "livelink" / f"{name}.csv")
    assert file.track.fps == pytest.approx(59.904, abs=0.001)
    assert file.fps_from == "timecode" and file.track.start_s == 0 and file.origin_s > 3600
    assert 30 < file.track.duration_s < 52
    assert file.track.side is not None and file.track.side.names == ANGLES
    assert file.warnings == () and not file.maybe_swapped
    write_track(tmp_path / "again.csv", file.track)
    again = read_track_file(tmp_path / "again.csv")
    assert np.array_equal(again.track.weights, file.track.weights)
    assert again.track.side is not None and np.array_equal(again.track.side.values, file.track.side.values)


@pytest.mark.shared
def test_neurosync_files_are_recognised(shared):
    file = read_track_file(shared / "data" / "captures" / "neurosync_generated" / "30c1e660.shapes.csv")
    assert len(file.track) == 610 and file.track.fps == pytest.approx(60.0, abs=0.05)
    assert file.maybe_swapped and "NeuroSync" in file.notes[-1] and "milliseconds of the second" in file.evidence
    assert file.track.side is not None and len(file.track.side.names) == 16
    repaired = with_jaw_and_mouth_sides_swapped(file.track)
    assert np.array_equal(repaired.column("jawLeft"), file.track.column("jawRight"))
    assert np.array_equal(repaired.column("mouthSmileLeft"), file.track.column("mouthSmileLeft"))


def test_names_decide_not_positions():
    data = csv_of("time,jawOpen,JAWLEFT,blendShapes.MouthSmileRight,jaw_R", "0,0.1,0.2,0.3,0.4", "0.1,0.1,0.2,0.3,0.4")
    file = decode_track(data, "t.csv")
    assert np.allclose(file.track.weights[0], weights_from({"jawOpen": 0.1, "jawLeft": 0.2, "mouthSmileRight": 0.3, "jawRight": 0.4}))
    assert file.track.fps == 10 and "lacks 48" in file.warnings[-1]


@pytest.mark.parametrize(
    "codes",
    [
        ("00:00:00:01.500", "00:00:00:02.500"),
        ("10:00:00:29", "10:00:00:30"),
        ("1:02:03:04:500", "1:02:03:05:500"),
        ("23:59:59:59.500", "00:00:00:00.500"),
    ],
)
def test_spellings_of_timecodes(codes):
    track = decode_track(csv_of("Timecode,JawOpen", *(f"{c},0.5" for c in codes)), "t.csv").track
    assert track.fps == 60 and len(track) == 2


def test_takes_over_midnight_go_on():
    rows = [f"{timecode(86399.0 + i / 30)},{i / 100}" for i in range(60)]
    file = decode_track(csv_of("Timecode,JawOpen", *rows), "t.csv")
    assert len(file.track) == 60 and file.track.fps == 30 and file.origin_s == 86399


def test_frame_fields_that_count_thirtieths():
    rows = [f"00:00:{i // 30:02d}:{i % 30:02d},0.1" for i in range(90)]
    assert decode_track(csv_of("Timecode,JawOpen", *rows), "t.csv").track.fps == 30


def test_byte_order_mark_case_and_empty_cells():
    file = decode_track(b"\xef\xbb\xbf" + csv_of("TIMECODE,blendshapecount,jawopen,tongueout", "00:00:00:00.000,61,,0.5"), "t.csv")
    assert file.track.column("tongueOut")[0] == 0.5 and file.track.column("jawOpen")[0] == 0
    assert "1 empty cell" in file.warnings[0]


def test_gaps_are_filled_in_time():
    times = [i / 50 for i in range(100) if not 40 <= i < 60]
    file = decode_track(csv_of("time,JawOpen", *(f"{t},{t / 2}" for t in times)), "t.csv")
    assert file.track.fps == pytest.approx(50) and len(file.track) == 100
    assert np.allclose(file.track.column("jawOpen"), file.track.times_s / 2, atol=1e-6)
    assert "20 frames are missing at 0.80 s (a gap of 0.40 s)" in file.warnings[0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02,\xff", "not UTF-8"),
        (b"hello", "not a track file"),
        (b"{}", "not a track file"),
        (csv_of("a,b", "1,2"), "no column named after"),
        (csv_of("jawOpen,b", "1,2"), "no time column"),
        (csv_of("time,jawOpen,JawOpen", "0,1,2"), "twice"),
        (csv_of("time,jawOpen"), "no frames"),
        (csv_of("time,jawOpen", "0,0.1", "0.1,high"), "line 3.*'high'"),
        (csv_of("time,jawOpen", "0,0.1", "0.1,nan"), "line 3.*finite"),
        (csv_of("time,jawOpen", "0,0.1", "0.1"), "line 3.*cut off"),
        (csv_of("Timecode,jawOpen", "00:00:00:01.0,1", "0:0,1"), "line 3.*timecode"),
        (csv_of("Timecode,jawOpen", "00:00:01:01.0,1", "00:00:02:00.0,1", "00:00:00:01.0,1"), "line 4.*backwards"),
        (csv_of("time,jawOpen", "0,1", "0,1"), "stands still"),
        (csv_of("time,jawOpen", "0,1", "7200,1"), "longer than an hour"),
        (csv_of("time,jawOpen", "0,1", "1e-9,1"), "impossible frame rate"),
        (b'{"facsNames": ["jawOpen"], "weightMat": [[1, 2]], "exportFps": 30}', "one list of 1 numbers"),
        (b'{"facsNames": ["jawOpen"], "weightMat": [["x"]], "exportFps": 30}', "not a number"),
        (b'{"facsNames": ["jawOpen"], "weightMat": [[1]]}', "no exportFps"),
        (b'{"facsNames": ["nose"], "weightMat": [[1]], "exportFps": 30}', "no ARKit shape"),
        (b'{"facsNames": ["jawOpen"], "weightMat": [[1]', "not valid JSON"),
    ],
)
def test_broken_files_say_what_is_wrong(data, sentence):
    with pytest.raises(TrackError, match=sentence):
        decode_track(data, "take")


def test_omniverse_files_may_have_46_poses():
    names = [name for name in ARKIT_CHANNELS if not name.startswith("eyeLook")][:46]
    data = json.dumps({"exportFps": 30.0, "numPoses": 44, "facsNames": names, "weightMat": [[0.5] * len(names)] * 3}).encode()
    file = decode_track(data, "t.json")
    assert file.track.fps == 30 and len(file.track) == 3 and file.warnings


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(TrackError, match="no track file"):
        read_track(tmp_path / "none.csv")
    with pytest.raises(TrackError, match="is a folder"):
        read_track(tmp_path)
    for path, sentence in ((tmp_path / "a.xyz", "cannot be written as"), (tmp_path / "no" / "a.csv", "no folder")):
        with pytest.raises(TrackError, match=sentence):
            check_writable(path)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "t.csv"
    write_track(path, lopsided())
    before = path.read_bytes()
    with pytest.raises(TrackError, match="52 ARKit"):
        write_track(path, replace(lopsided(), channels=tuple(f"c{i}" for i in range(52))))
    with pytest.raises(TrackError, match="no frames"):
        write_track(path, lopsided(0))
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]

"""The command line as a stranger uses it: real files, one sentence per error, and real processes where it is they that matter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.nvidia_bundles import synthetic

WITHOUT_DISPLAY = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}


@pytest.fixture
def cli(root, tmp_path):
    """Run `python -m app ...` in an empty folder without a display."""

    def run(*arguments, timeout=300):
        return subprocess.run(
            [sys.executable, "-m", "app", *map(str, arguments)],
            cwd=tmp_path, env={**WITHOUT_DISPLAY, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def spoken(root, tmp_path_factory):
    """A folder with one short spoken line: line.wav and its track line.csv."""
    folder = tmp_path_factory.mktemp("spoken")
    for name in ("line.wav", "line.csv"):
        done = subprocess.run(
            [sys.executable, "-m", "app", "speak", "Bob may pop by.", "-o", str(folder / name)],
            cwd=folder, env={**WITHOUT_DISPLAY, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return folder


def one_sentence(text: str) -> bool:
    """Whether an error is one line, ends like a sentence and shows no traceback."""
    lines = text.strip().splitlines()
    return len(lines) == 1 and "Traceback" not in text and lines[0].rstrip().endswith((".", "!", "?", ")"))


def test_speak_writes_sound_and_a_track_of_the_same_length(spoken):
    info = soundfile.info(str(spoken / "line.wav"))
    header, *rows = (spoken / "line.csv").read_text().strip().splitlines()
    assert header.startswith("Timecode,BlendShapeCount,EyeBlinkLeft") and header.count(",") == 62
    assert abs(len(rows) / 60 - info.duration) <= 1.5 / 60
    jaw = header.split(",").index("JawOpen")
    assert max(float(row.split(",")[jaw]) for row in rows) > 0.15


def test_animate_needs_no_phones_for_the_mock_and_says_mock(verb, spoken, tmp_path):
    done = verb("animate", spoken / "line.wav", "-o", tmp_path / "mock.csv", "--source", "mock", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["mock"] is True and "mock" in report["source"].lower() and report["frames"] > 30


def test_animate_with_a_transcript_closes_the_lips(verb, spoken, tmp_path):
    (tmp_path / "line.txt").write_text("Bob may pop by.")
    out = tmp_path / "aligned.csv"
    done = verb("animate", spoken / "line.wav", "-o", out, "--transcript", tmp_path / "line.txt", "--progress", "json")
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert steps and steps[-1]["fraction"] == 1.0
    header, *rows = out.read_text().strip().splitlines()
    jaw = np.array([float(row.split(",")[header.split(",").index("JawOpen")]) for row in rows])
    assert jaw.max() > 0.15 and jaw.min() < 0.03


def test_render_writes_a_video_with_sound(cli, spoken, tmp_path):
    av = pytest.importorskip("av")
    out = tmp_path / "two.mp4"
    arguments = ("--track", spoken / "line.csv", "--compare", "mock", "--size", "320x180", "--fps", "15", "--burn-in")
    done = cli("render", spoken / "line.wav", "-o", out, *arguments)
    assert done.returncode == 0, done.stderr
    with av.open(str(out)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.width, video.height) == (320, 180)
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video)]
    assert audio.rate > 0 and len(frames) >= 15
    assert max(np.abs(frame.astype(int) - frames[0]).mean() for frame in frames) > 0.2, "nothing moves"
    assert frames[0].std() > 8, "the picture is empty"


def test_render_writes_prores_with_three_sides_and_a_timecode(verb, spoken, tmp_path):
    av = pytest.importorskip("av")
    out = tmp_path / "three.mov"
    arguments = ("--track", spoken / "line.csv", "--compare", "mock", "--compare", "mock", "--size", "480x160", "--fps", "12", "--curves")
    done = verb("render", spoken / "line.wav", "-o", out, *arguments, "--burn-in", "--start-timecode", "10:00:00:00", "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["sources"]) == 3
    with av.open(str(out)) as film:
        assert film.streams.video[0].codec_context.name == "prores" and film.streams.video[0].metadata["timecode"] == "10:00:00:00"
        assert film.streams.audio[0].codec_context.name == "pcm_s16le"


PICTURES = (
    ("f/face.%03d.png", ("--size", "160x90"), (160, 90)),
    ("still.png", ("--still", "0.5", "--size", "200x160", "--burn-in"), (200, 160)),
    ("sheet.png", ("--sheet", "visemes", "--size", "600x400", "--transcript", "line.txt"), None),
    ("pair.png", ("--sheet", "before-after", "--compare", "mock", "--at", "0.2,0.6", "--size", "400x300"), None),
)
#: all in one process, which decodes the avatar once
RENDER_ALL = """
import json, sys
from app.avatar.gltf import load_avatar
from app.cli import main
kept = load_avatar(sys.argv[1])
sys.exit(max(main(words) for words in json.loads(sys.argv[2])))
"""


def test_render_writes_frames_stills_and_sheets_the_same_each_time(root, spoken, tmp_path):
    from PIL import Image

    (tmp_path / "line.txt").write_text("Bob may pop by.", "utf-8")
    basis = ("render", spoken / "line.wav", "--track", spoken / "line.csv", "--fps", "6")
    for turn in ("one", "two"):
        (tmp_path / turn).mkdir()
        verbs = [[str(word) for word in (*basis, "-o", tmp_path / turn / out, *arguments)] for out, arguments, _ in PICTURES]
        done = subprocess.run(
            [sys.executable, "-c", RENDER_ALL, str(root / "assets" / "avatar.glb"), json.dumps(verbs)],
            cwd=tmp_path, env={**WITHOUT_DISPLAY, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    for out, _, size in PICTURES:
        first, second = (sorted((tmp_path / turn).rglob(Path(out).name.replace("%03d", "*"))) for turn in ("one", "two"))
        assert first and [each.read_bytes() for each in first] == [each.read_bytes() for each in second]
        with Image.open(first[0]) as picture:
            assert size is None or picture.size == size
            assert np.asarray(picture).std() > 5


MISFITS = (
    (("face.png",), "face.%04d.png"), (("face.%04d.%04d.png",), "face.%04d.png"), (("film.mp4", "--still", "1"), "ends in .png"),
    (("film.mp4", "--codec", "prores"), ".mov (ProRes)"), (("film.mp4", "--frames"), "numbered PNGs"),
    (("sheet.png", "--sheet", "before-after"), "--compare S2"), (("film.mp4", *("--compare", "mock") * 3), "three sides"),
    (("film.mp4", "--start-timecode", "soon"), "no timecode"),
)  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), MISFITS)
def test_render_says_what_does_not_fit_in_one_sentence(verb, spoken, arguments, words):
    done = verb("render", spoken / "line.wav", "--source", "mock", "-o", *arguments)
    assert done.returncode in (2, 3) and words in done.stderr and "Traceback" not in done.stderr


def test_preview_without_a_display_films_the_demo(cli, tmp_path):
    done = cli("preview", "--text", "Hi Bob.")
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stderr.lower()
    assert (tmp_path / "visemesync-demo.mp4").stat().st_size > 20_000


def test_convert_round_trip_keeps_the_values(verb, spoken, tmp_path):
    assert verb("convert", spoken / "line.csv", tmp_path / "a.json").returncode == 0
    assert verb("convert", tmp_path / "a.json", tmp_path / "b.csv").returncode == 0

    def table(path):
        header, *rows = path.read_text().strip().splitlines()
        return header, np.array([[float(value) for value in row.split(",")[2:54]] for row in rows])

    (head_a, a), (head_b, b) = table(spoken / "line.csv"), table(tmp_path / "b.csv")
    assert head_a == head_b
    np.testing.assert_allclose(a, b, atol=2e-6)


def test_inspect_knows_the_bundled_avatar(verb, root):
    done = verb("inspect", root / "assets/avatar.glb", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    head = next(mesh for mesh in report["meshes"] if mesh["name"] == "Head_Mesh")
    assert len(head["targets"]) == 72 and report["arkit_missing"] == [] and report["visemes_missing"] == []


def test_doctor_reports_as_json(cli):
    done = cli("doctor", "--json")
    report = json.loads(done.stdout)
    names = {finding["name"]: finding for finding in report["findings"]}
    assert {"GL", "audio output", "voices", "default avatar", "packages"} <= set(names)
    assert names["GL"]["state"] in ("ok", "note"), names["GL"]
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("animate", "absent.wav", "-o", "t.csv"), 2),
        (("animate", "broken.wav", "-o", "t.csv"), 2),
        (("animate", "empty.wav", "-o", "t.csv", "--source", "mock"), 2),
        (("animate", "tone.wav", "-o", "t.xyz", "--source", "mock"), 2),
        (("animate", "tone.wav", "-o", "t.csv", "--source", "telepathy"), 2),
        (("animate", "tone.wav", "-o", "no/such/folder/t.csv", "--source", "mock"), 2),
        (("render", "tone.wav", "-o", "film.avi"), 3),
        (("inspect", "broken.wav"), 2),
        (("inspect", "absent.glb"), 2),
        (("convert", "broken.wav", "t.csv"), 2),
        (("speak", "", "-o", "t.wav"), 2),
        (("speak", "🙂🙂", "-o", "t.wav"), 2),
        (("speak", "Hello.", "-o", "t.wav", "--speed", "9"), 2),
        (("bench", "nonsense"), 2),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else str(value),
)
def test_bad_input_ends_in_one_sentence_and_leaves_no_file(verb, tmp_path, arguments, status):
    (tmp_path / "broken.wav").write_bytes(b"RIFF\x00\x00nonsense")
    soundfile.write(str(tmp_path / "empty.wav"), np.zeros(0, np.float32), 16000)
    soundfile.write(str(tmp_path / "tone.wav"), np.zeros(1600, np.float32), 16000)
    before = {path.name for path in tmp_path.rglob("*")}
    done = verb(*arguments)
    assert done.returncode == status, (done.returncode, done.stderr)
    assert one_sentence(done.stderr), done.stderr
    assert {path.name for path in tmp_path.rglob("*")} == before


def test_usage_errors_exit_2(cli, verb):
    assert cli("animate").returncode == 2
    assert verb("render", "a.wav", "-o", "b.mp4", "--size", "huge").returncode == 2


def test_a_process_ends_in_the_sentence_and_the_status_of_its_verb(cli, verb):
    done, told = cli("animate", "absent.wav", "-o", "t.csv"), verb("animate", "absent.wav", "-o", "t.csv")
    assert (done.returncode, done.stderr, done.stdout) == (2, told.stderr, told.stdout) and told.returncode == 2


def test_doctor_examines_a_bundle(verb, tmp_path):
    pytest.importorskip("torch", reason="torch is not installed")
    synthetic.write_regression(tmp_path / "bundle")
    done = verb("doctor", "--bundle", tmp_path / "bundle", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    names = {finding["name"] for finding in json.loads(done.stdout)["findings"]}
    assert {"widths", "operators", "network"} <= names
    assert verb("doctor", "--bundle", tmp_path / "nowhere").returncode in (1, 2)

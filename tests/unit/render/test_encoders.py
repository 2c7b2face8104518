"""Who encodes films: without libx264 the user's ffmpeg, else AV1; what is written is read back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from app.core.errors import Cancelled, RenderError
from app.core.speech import AudioClip
from app.render.output import encoders, ffmpeg
from app.render.video import write_video
from assets.packaging import stubs

RATE = 24000
#: an ffmpeg as far as we speak to it: lists its encoders, tries one, and encodes raw pictures from its input
FAKE = """#!{python}
import sys, av, numpy as np
words = sys.argv[1:]
if "-encoders" in words:
    print(" V....D libx264  libx264 H.264"); raise SystemExit(0)
if "lavfi" in words:
    raise SystemExit(0)
width, height = map(int, words[words.index("-s") + 1].split("x"))
rate = words[words.index("-framerate") + 1]
from fractions import Fraction
with av.open(words[-1], "w", format="mp4") as out:
    stream = out.add_stream("libx264", rate=Fraction(rate), options={{"crf": "18"}})
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    count = 0
    while data := sys.stdin.buffer.read(width * height * 3):
        {each}
        frame = av.VideoFrame.from_ndarray(np.frombuffer(data, np.uint8).reshape(height, width, 3), format="rgb24")
        frame.pts, frame.time_base, count = count, 1 / Fraction(rate), count + 1
        for packet in stream.encode(frame): out.mux(packet)
    for packet in stream.encode(): out.mux(packet)
"""


def pictures(n: int, height: int = 64, width: int = 96):
    """Pictures whose brightness tells their number."""
    for i in range(n):
        yield np.full((height, width, 3), 20 + 7 * (i % 30), np.uint8)


def check_film(path: Path, codec: str, n: int, fps: float, sound_s: float) -> None:
    """The film has every picture at its time, and all of its sound."""
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == codec
        frames = list(container.decode(video=0))
    assert [f.to_ndarray(format="rgb24").mean() for f in frames] == pytest.approx([20 + 7 * i for i in range(n)], abs=3.5)
    assert [float(f.pts * f.time_base) for f in frames] == pytest.approx([i / fps for i in range(n)], abs=1e-3 / fps)
    with av.open(str(path)) as container:
        samples = sum(block.samples for block in container.decode(audio=0))
    assert samples / RATE == pytest.approx(sound_s, abs=0.1)


@pytest.fixture
def without_library(monkeypatch):
    """This process has neither libx264 nor a card's encoder, as a packed program without a graphics card."""
    opens = encoders.opens
    monkeypatch.setattr(
        encoders, "opens", lambda encoder, size: encoder not in (encoders.LIBRARY, *encoders.CARDS) and opens(encoder, size)
    )
    monkeypatch.setenv(ffmpeg.VARIABLE, "off")
    encoders.film_encoder.cache_clear()
    yield
    encoders.film_encoder.cache_clear()


@pytest.fixture
def fake(without_library, monkeypatch, tmp_path_factory):
    """``fake(each)``: a program that stands for the user's ffmpeg; ``each`` is done at every picture."""
    if sys.platform == "win32":
        pytest.skip("a script is no program on Windows")

    def make(each: str = "") -> Path:
        path = tmp_path_factory.mktemp("bin") / "ffmpeg"
        path.write_text(FAKE.format(python=sys.executable, each=each or "pass"))
        path.chmod(0o755)
        monkeypatch.setenv(ffmpeg.VARIABLE, str(path))
        encoders.film_encoder.cache_clear()
        return path

    return make


def sound(seconds: float) -> AudioClip:
    return AudioClip(np.full(int(seconds * RATE), 0.1, np.float32), RATE)


def test_from_source_libx264_encodes_and_nothing_is_said(tmp_path):
    encoders.film_encoder.cache_clear()
    assert encoders.film_encoder() is encoders.LIBRARY and encoders.LIBRARY.words == "H.264 by libx264"
    assert write_video(tmp_path / "film.mp4", pictures(3), 30.0) == ""


@pytest.mark.parametrize("fps", [30.0, 29.97])
def test_without_an_encoder_of_h264_films_are_av1_and_say_so(tmp_path, without_library, fps):
    note = write_video(tmp_path / "film.mp4", pictures(20), fps, sound(1.0))
    assert "AV1" in note and note.endswith(".") and "ffmpeg" in note
    check_film(tmp_path / "film.mp4", "libdav1d", 20, fps, 1.0)
    assert encoders.film_encoder(96, 64).format == "AV1" and encoders.film_encoder(96, 64).words.startswith("AV1: players older than")


@pytest.mark.parametrize("fps", [25.0, 29.97])
def test_the_users_ffmpeg_encodes_in_a_process_of_its_own(tmp_path, fake, fps):
    program = fake()
    assert encoders.film_encoder(96, 64).program == program and encoders.film_encoder(96, 64).words == "H.264 by your ffmpeg (libx264)"
    note = write_video(tmp_path / "film.mp4", pictures(20), fps, sound(1.0))
    assert "by the ffmpeg of the machine that made it (libx264)" in note
    check_film(tmp_path / "film.mp4", "h264", 20, fps, 1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no ffmpeg is installed")
def test_a_real_ffmpeg_does_as_the_made_up_one(tmp_path, without_library, monkeypatch):
    monkeypatch.delenv(ffmpeg.VARIABLE)
    write_video(tmp_path / "film.mp4", pictures(20, 63, 95), 29.97, sound(1.0))
    check_film(tmp_path / "film.mp4", "h264", 20, 29.97, 1.0)


@pytest.mark.parametrize(
    "each", ["print('no space', file=sys.stderr); raise SystemExit(1)", "import os; os._exit(3)"], ids=["told", "dead"]
)
def test_an_ffmpeg_that_fails_is_one_sentence_and_leaves_nothing(tmp_path, fake, each):
    program = fake(each)
    with pytest.raises(RenderError, match=r"^Your ffmpeg stopped while it encoded the film.*VISEMESYNC_FFMPEG=off.*\.$") as caught:
        write_video(tmp_path / "film.mp4", pictures(30), 30.0)
    assert str(program.parent) not in str(caught.value) and not list(tmp_path.iterdir())


def test_a_cancelled_film_ends_the_ffmpeg(tmp_path, fake):
    pid = tmp_path.parent / f"{tmp_path.name}.pid"
    fake(f"import os; os.path.exists({str(pid)!r}) or open({str(pid)!r}, 'w').write(str(os.getpid()))")
    cancel = threading.Event()

    def told(_number: int) -> None:
        if pid.exists() and pid.read_text():
            cancel.set()

    with pytest.raises(Cancelled):
        write_video(tmp_path / "film.mp4", pictures(100_000), 30.0, progress=told, cancel=cancel)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_program_that_is_no_ffmpeg_is_none(without_library, monkeypatch):
    monkeypatch.setenv(ffmpeg.VARIABLE, sys.executable)
    assert ffmpeg.find_ffmpeg() is None
    monkeypatch.setenv(ffmpeg.VARIABLE, "no-such-program-anywhere")
    assert ffmpeg.find_ffmpeg() is None


STUBBED = """
import av, numpy as np
from app.render.output import encoders
print(encoders.film_encoder().name, "libx264" in av.codecs_available)
for name in ("libx265", "libx264", "libvpx-vp9"):
    print(name, encoders.opens(encoders.FilmEncoder("library", name), (256, 192)))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux") or not shutil.which("cc"), reason="stubs are compiled with cc on Linux")
def test_with_the_stubs_pyav_loads_and_encodes_av1_and_vp9(root, tmp_path):
    """The stubs are loaded in the place of the wheel's libraries, whose names they bear."""
    wheel = Path(av.__file__).parent.parent / "av.libs"
    made = stubs.build_stubs([path.name for path in wheel.iterdir()], tmp_path)
    assert {name[:7] for name in made} == {"libx264", "libx265"}
    environment = {**os.environ, "LD_PRELOAD": ":".join(map(str, made.values())), "PYTHONPATH": str(root), ffmpeg.VARIABLE: "off"}
    done = subprocess.run([sys.executable, "-c", STUBBED], env=environment, capture_output=True, text=True, check=False)
    said = done.stdout.split("\n")
    assert done.returncode == 0, done.stderr
    assert said[:4] == ["libsvtav1 True", "libx265 False", "libx264 False", "libvpx-vp9 True"]

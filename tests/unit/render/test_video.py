"""Films: read back what was written, picture by picture and sample by sample."""

from __future__ import annotations

import threading
from fractions import Fraction

import av
import numpy as np
import pytest

from app.core.errors import Cancelled, RenderError
from app.core.speech import AudioClip
from app.render.video import write_video


def pictures(n: int, height: int = 64, width: int = 96):
    """Pictures whose brightness tells their number."""
    for i in range(n):
        yield np.full((height, width, 3), 20 + 7 * (i % 30), np.uint8)


def decoded(path) -> list:
    """All pictures of a film."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


@pytest.mark.parametrize("fps", [25.0, 30.0, 29.97, 59.94, 60.0])
def test_every_picture_comes_back_at_its_time(tmp_path, fps):
    write_video(tmp_path / "film.mp4", pictures(20), fps)
    frames = decoded(tmp_path / "film.mp4")
    assert len(frames) == 20
    for i, frame in enumerate(frames):
        assert float(frame.pts * frame.time_base) == pytest.approx(i / fps, abs=1e-3 / fps)
        assert frame.to_ndarray(format="rgb24").mean() == pytest.approx(20 + 7 * i, abs=3)


def test_odd_sizes_are_completed(tmp_path):
    write_video(tmp_path / "film.mp4", pictures(3, 33, 51), 30.0)
    assert (decoded(tmp_path / "film.mp4")[0].height, decoded(tmp_path / "film.mp4")[0].width) == (34, 52)


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000, 88200])
def test_a_click_sounds_with_the_picture_of_its_moment(tmp_path, rate):
    samples = np.zeros(2 * rate, np.float32)
    samples[rate : rate + rate // 100] = 0.9
    write_video(tmp_path / "film.mp4", pictures(60), 30.0, AudioClip(samples, rate))
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        blocks = list(container.decode(audio=0))
    times = np.concatenate([float(b.pts * b.time_base) + np.arange(b.samples) / b.sample_rate for b in blocks])
    sound = np.abs(np.concatenate([b.to_ndarray().reshape(-1) for b in blocks]))
    loud = times[sound > 0.45 * sound.max()]
    assert loud[0] == pytest.approx(1.0, abs=0.004)
    assert times[-1] == pytest.approx(2.0, abs=0.05)


def test_sound_may_outlast_the_pictures(tmp_path):
    clip = AudioClip(np.full(24000, 0.1, np.float32), 24000)
    write_video(tmp_path / "film.mp4", pictures(6), 30.0, clip)
    with av.open(str(tmp_path / "film.mp4")) as container:
        stream = container.streams.audio[0]
        assert float(Fraction(stream.duration) * stream.time_base) == pytest.approx(1.0, abs=0.05)


def test_cancelling_leaves_nothing_and_keeps_the_old_file(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"old")
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        write_video(tmp_path / "film.mp4", pictures(100), 30.0, progress=lambda n: n == 5 and cancel.set(), cancel=cancel)
    assert (tmp_path / "film.mp4").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]


def test_progress_counts_the_pictures(tmp_path):
    seen = []
    write_video(tmp_path / "film.mp4", pictures(7), 30.0, progress=seen.append)
    assert seen == list(range(1, 8))


def test_no_pictures_and_mixed_sizes_are_refused(tmp_path):
    with pytest.raises(RenderError, match="no frames"):
        write_video(tmp_path / "film.mp4", iter(()), 30.0)
    with pytest.raises(RenderError, match="one size"):
        write_video(tmp_path / "film.mp4", [*pictures(1), *pictures(1, 80, 80)], 30.0)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(RenderError, match="cannot be written"):
        write_video(tmp_path / "nowhere" / "film.mp4", pictures(2), 30.0)


@pytest.mark.skipif("prores_ks" not in av.codecs_available, reason="this build of PyAV writes no ProRes")
def test_prores_is_made_of_whole_frames_with_plain_sound_and_a_timecode(tmp_path):
    clip = AudioClip((0.5 * np.sin(np.arange(24000) * 0.05)).astype(np.float32), 24000)
    write_video(tmp_path / "film.mov", pictures(30), 29.97, clip, codec="prores", timecode="01:00:00;00")
    with av.open(str(tmp_path / "film.mov")) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt, sound.codec_context.name) == ("prores", "yuv422p10le", "pcm_s16le")
        assert video.average_rate == Fraction(30000, 1001) and sound.codec_context.sample_rate == 48000
        assert video.metadata.get("timecode") == "01:00:00;00"
        assert all(packet.is_keyframe for packet in container.demux(video) if packet.size)
    frames = decoded(tmp_path / "film.mov")
    assert len(frames) == 30
    assert [frame.to_ndarray(format="rgb24").mean() for frame in frames[:3]] == pytest.approx([20, 27, 34], abs=2)


def test_the_same_pictures_make_the_same_film(tmp_path):
    hashes = []
    for name in ("one.mp4", "two.mp4"):
        write_video(tmp_path / name, pictures(12), 24.0)
        hashes.append([frame.to_ndarray(format="rgb24").tobytes() for frame in decoded(tmp_path / name)])
    assert hashes[0] == hashes[1]

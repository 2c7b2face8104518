"""Audio files: every kind opens as the same mono clip, every bad one ends in one sentence."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from app.audio.clips import peaks, read_clip, resample, write_wav
from app.core.errors import AudioError
from app.core.speech import AudioClip


def tone(rate: int, seconds: float = 0.5, hz: float = 300.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


def frequency(clip: AudioClip) -> float:
    spectrum = np.abs(np.fft.rfft(clip.samples * np.hanning(len(clip.samples))))
    return float(np.argmax(spectrum)) * clip.rate / len(clip.samples)


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "PCM_24"),
        ("WAV", "FLOAT"),
        ("WAV", "PCM_U8"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("MP3", "MPEG_LAYER_III"),
    ],
)
@pytest.mark.parametrize("rate", [16000, 44100])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_opens_as_mono(tmp_path, kind, subtype, rate, channels):
    path = tmp_path / f"tone.{kind.lower()}"
    soundfile.write(path, np.column_stack([tone(rate)] * channels), rate, format=kind, subtype=subtype)
    clip = read_clip(path)
    assert clip.rate == rate and clip.name == path.name
    assert clip.samples.dtype == np.float32 and clip.samples.ndim == 1
    assert frequency(clip) == pytest.approx(300, abs=5)
    assert clip.duration_s == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (11025, 3), (22050, 6), (88200, 2), (192000, 8)])
def test_any_rate_and_channel_count(tmp_path, rate, channels):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.column_stack([tone(rate) / (i + 1) for i in range(channels)]), rate)
    clip = read_clip(path)
    assert clip.rate == rate
    assert np.abs(clip.samples).max() == pytest.approx(0.5 * sum(1 / (i + 1) for i in range(channels)) / channels, abs=0.01)


def test_the_content_decides_and_not_the_name(tmp_path):
    path = tmp_path / "voice.dat"
    soundfile.write(path, tone(16000), 16000, format="FLAC")
    assert frequency(read_clip(path)) == pytest.approx(300, abs=5)


def test_values_beyond_full_scale_are_limited(tmp_path):
    path = tmp_path / "loud.wav"
    soundfile.write(path, tone(16000) * 8, 16000, subtype="FLOAT")
    assert np.abs(read_clip(path).samples).max() == 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(tmp_path, bad):
    samples = tone(16000)
    samples[77] = bad
    path = tmp_path / "bad.wav"
    soundfile.write(path, samples, 16000, subtype="FLOAT")
    with pytest.raises(AudioError, match="not numbers"):
        read_clip(path)


def test_bad_files_end_in_a_sentence(tmp_path):
    empty, text, none = tmp_path / "empty.wav", tmp_path / "text.mp3", tmp_path / "none.wav"
    soundfile.write(empty, np.zeros(0, np.float32), 16000)
    text.write_text("this is no sound")
    for path, words in (
        (empty, "holds no sound"),
        (text, "not a readable audio file"),
        (none, "no audio file"),
        (tmp_path, "no audio file"),
    ):
        with pytest.raises(AudioError, match=words):
            read_clip(path)


def test_a_long_file_is_refused_from_its_header(tmp_path, monkeypatch):
    path = tmp_path / "long.flac"
    soundfile.write(path, np.zeros(3601 * 1000, np.int16), 1000)
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_args, **_keys: pytest.fail("decoded before the header was checked"))
    with pytest.raises(AudioError, match="longer than 60 minutes"):
        read_clip(path)


def test_resampling_keeps_length_and_pitch():
    clip = AudioClip(tone(24000), 24000, "x")
    for rate in (8000, 16000, 44100, 48000):
        other = resample(clip, rate)
        assert other.rate == rate and other.name == "x"
        assert len(other.samples) == round(len(clip.samples) * rate / 24000)
        assert frequency(other) == pytest.approx(300, abs=3)
    assert resample(clip, 24000) is clip
    assert len(resample(AudioClip(np.zeros(0, np.float32), 24000), 16000).samples) == 0


def test_a_written_clip_comes_back(tmp_path):
    clip = AudioClip(tone(24000), 24000)
    write_wav(tmp_path / "out.wav", clip)
    back = read_clip(tmp_path / "out.wav")
    assert back.rate == 24000
    np.testing.assert_allclose(back.samples, clip.samples, atol=1 / 32000)
    assert [p.name for p in tmp_path.iterdir()] == ["out.wav"]
    with pytest.raises(AudioError, match="cannot be written"):
        write_wav(tmp_path / "no" / "out.wav", clip)


def test_peaks_hold_every_extreme():
    samples = np.zeros(100_000, np.float32)
    samples[5_000], samples[77_777] = 0.9, -0.8
    found = peaks(AudioClip(samples, 48000), 800)
    assert found.shape == (800, 2)
    assert found[40, 1] == np.float32(0.9) and found[622, 0] == np.float32(-0.8)
    assert (found != 0).sum() == 2
    assert peaks(samples[:3] + 1, 10).shape == (10, 2)
    assert not peaks(np.zeros(0, np.float32), 5).any()

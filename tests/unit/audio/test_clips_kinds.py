"""Sound files as the world sends them in: every kind is read to its true end, in place, and what is odd about it is said."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import soxr

from app.audio.clips import read_clip
from app.core.errors import AudioError
from app.core.speech import AudioClip

RATE = 24000


def voice(seconds: float = 2.5, hz: float = 130.0) -> np.ndarray:
    """A buzz in syllables, whose place in time a correlation finds to the sample."""
    t = np.arange(int(seconds * RATE)) / RATE
    noise = 0.02 * np.random.default_rng(1).standard_normal(len(t))
    return ((0.3 * np.sign(np.sin(2 * np.pi * hz * t)) + noise) * np.clip(np.sin(2 * np.pi * 3.1 * t + 0.3), 0, 1)).astype(np.float32)


def pcm(samples: np.ndarray) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def write_wav_bytes(path: Path, body: bytes, stated: int, *, riff: int | None = None, rate: int = RATE, tail: bytes = b"") -> Path:
    fmt = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    rest = b"WAVEfmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", stated) + body + tail
    path.write_bytes(b"RIFF" + struct.pack("<I", len(rest) if riff is None else riff) + rest)
    return path


class Pipe:
    """A file that cannot seek, so that its header is never completed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def close(self) -> None:
        self._file.close()


def encode(path: Path, codec: str, container: str, samples: np.ndarray, *, layout="mono", rate=RATE, options=None, video=False, pipe=False):
    """Encode (n,) or (channels, n) samples of RATE with FFmpeg."""
    target = Pipe(path) if pipe else str(path)
    file = av.open(target, "w", format=container, options=options or {})
    if video:
        film = file.add_stream("mpeg4", rate=25)
        film.width = film.height = 64
        film.pix_fmt = "yuv420p"
    stream = file.add_stream(codec, rate=rate)
    stream.layout = layout
    stream.bit_rate = 64000
    if video:
        for index in range(int(samples.shape[-1] / RATE * 25)):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), index % 255, np.uint8), format="rgb24")
            picture.pts = index
            file.mux(film.encode(picture))
        file.mux(film.encode())
    rows = np.atleast_2d(samples)
    rows = rows if rate == RATE else np.stack([soxr.resample(row, RATE, rate) for row in rows])
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(rows, np.float32), format="fltp", layout=layout)
    frame.sample_rate, frame.pts = rate, 0
    fit = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=stream.frame_size or 1024)
    for piece in fit.resample(frame) + fit.resample(None):
        file.mux(stream.encode(piece))
    file.mux(stream.encode())
    file.close()
    if pipe:
        target.close()
    return path


def lag_ms(clip: AudioClip, reference: np.ndarray) -> float:
    """How late a clip is against its source."""
    heard = soxr.resample(clip.samples, clip.rate, RATE)
    size = 1 << 17
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(reference, size)), size)
    best = int(np.argmax(match))
    return 1000 * (best if best < size // 2 else best - size) / RATE


def kinds(clip: AudioClip) -> list[str]:
    return [note.kind for note in clip.notes]


@pytest.fixture
def poisoned(monkeypatch):
    """Buffers that libsndfile decodes into come full of somebody else's sound."""
    monkeypatch.setattr(
        soundfile.SoundFile, "_create_empty_array", lambda file, frames, _2d, dtype: np.full((frames, file.channels), 0.77, dtype)
    )


def with_picture(sound: bytes) -> bytes:
    """An ID3 tag with a cover picture in front, which a guess from the file's size takes for sound."""
    picture = b"\0image/jpeg\0\3\0" + b"\xff\xd8" + b"\0" * 12000 + b"\xff\xd9"
    frame = b"APIC" + struct.pack(">I", len(picture)) + b"\0\0" + picture
    return b"ID3\3\0\0" + bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0)) + frame + sound


def test_an_mp3_ends_where_its_sound_ends(tmp_path, poisoned):
    plain = encode(tmp_path / "plain.mp3", "libmp3lame", "mp3", voice(), options={"write_xing": "0", "id3v2_version": "0"})
    (tmp_path / "cover.mp3").write_bytes(with_picture(plain.read_bytes()))
    clip = read_clip(tmp_path / "cover.mp3")
    assert clip.duration_s == pytest.approx(2.5, abs=0.08)
    np.testing.assert_array_equal(clip.samples, read_clip(plain).samples)


@pytest.mark.parametrize("ending", ["mp3", "flac"])
def test_a_cut_download_ends_where_it_was_cut_and_says_so(tmp_path, poisoned, ending):
    # Noise, so that FLAC's blocks are of one size and 6/10 of the bytes are 6/10 of the sound.
    noise = 0.3 * np.random.default_rng(2).standard_normal(4 * RATE).clip(-1, 1)
    whole = encode(tmp_path / f"whole.{ending}", {"mp3": "libmp3lame"}.get(ending, ending), ending, noise)
    (tmp_path / f"cut.{ending}").write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    clip = read_clip(tmp_path / f"cut.{ending}")
    assert clip.duration_s == pytest.approx(2.4, abs=0.15)
    assert kinds(clip) == ["cut_short"] and "4.00 s" in clip.notes[0].sentence
    np.testing.assert_allclose(clip.samples[:RATE], read_clip(whole).samples[:RATE], atol=1e-6)
    assert kinds(read_clip(whole)) == []


def test_damage_within_a_file_becomes_silence_and_what_follows_stays_in_its_place(tmp_path):
    sound = voice(4.0)
    whole = encode(tmp_path / "whole.m4a", "aac", "ipod", sound)
    data = bytearray(whole.read_bytes())
    middle = data.index(b"mdat") + 14000
    data[middle : middle + 1500] = b"\xff" * 1500
    (tmp_path / "hurt.m4a").write_bytes(data)
    clip = read_clip(tmp_path / "hurt.m4a")
    assert len(clip.samples) == len(read_clip(whole).samples)
    assert abs(lag_ms(AudioClip(clip.samples[3 * RATE :], RATE), sound[3 * RATE :])) <= 1


def test_a_flac_of_a_stream_that_states_no_length_is_read_whole(tmp_path):
    path = encode(tmp_path / "a.flac", "flac", "flac", voice(), pipe=True)
    assert len(read_clip(path).samples) == len(voice())


def test_a_flac_that_states_days_is_read_to_its_end(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, voice(), RATE)
    data = bytearray(path.read_bytes())
    data[21] |= 0x0F  # the upper bits of the number of samples
    path.write_bytes(data)
    assert len(read_clip(path).samples) == len(voice())


@pytest.mark.parametrize(("stated", "riff"), [(0, 0), (0, None), (0xFFFFFFFF, 0xFFFFFFFF), (0x7FFFFFF0, 0x7FFFFFFF)])
def test_a_wav_whose_writer_never_came_back_is_read_to_the_end_of_the_file(tmp_path, stated, riff):
    path = write_wav_bytes(tmp_path / "a.wav", pcm(voice()), stated, riff=riff)
    clip = read_clip(path)
    assert len(clip.samples) == len(voice())
    np.testing.assert_allclose(clip.samples, voice(), atol=1e-4)


def test_a_float_stereo_wav_without_a_length_is_read_too(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([voice(), voice() * 0.5], 1), RATE, subtype="FLOAT")
    data = bytearray(path.read_bytes())
    place = data.index(b"data") + 4
    data[place : place + 4] = data[4:8] = bytes(4)
    path.write_bytes(data)
    assert len(read_clip(path).samples) == len(voice())


def test_an_empty_wav_with_other_chunks_behind_stays_empty(tmp_path):
    chunk = b"LIST" + struct.pack("<I", 20000) + bytes(range(200)) * 100
    with pytest.raises(AudioError, match="holds no sound"):
        read_clip(write_wav_bytes(tmp_path / "a.wav", b"", 0, tail=chunk))


@pytest.mark.parametrize("samples", [1, 100])
def test_what_is_too_short_to_animate_is_refused_in_a_sentence(tmp_path, samples):
    path = write_wav_bytes(tmp_path / "a.wav", pcm(voice()[:samples]), 2 * samples, rate=44100)
    with pytest.raises(AudioError, match=r"a\.wav lasts .* ms, too short to animate; choose a longer file\.$"):
        read_clip(path)


@pytest.mark.parametrize("rate", [1, 100, 655350])
def test_absurd_rates_are_refused_before_anything_is_decoded(tmp_path, monkeypatch, rate):
    path = tmp_path / ("a.flac" if rate > 1000 else "a.wav")
    soundfile.write(path, voice(), rate)
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_args, **_keys: pytest.fail("decoded before the header was checked"))
    with pytest.raises(AudioError, match="samples per second, which no recording has"):
        read_clip(path)


def test_an_mp3_longer_than_an_hour_is_refused_without_decoding_it(tmp_path, monkeypatch):
    quiet = np.zeros(60 * 1000, np.float32)
    path = encode(tmp_path / "a.mp3", "libmp3lame", "mp3", quiet, options={"write_xing": "0"})
    one = path.read_bytes()
    path.write_bytes(one * (3700 * RATE // len(quiet)))
    monkeypatch.setattr("app.audio.decoding.ffmpeg._blocks", lambda *_args: pytest.fail("decoded before the packets were counted"))
    with pytest.raises(AudioError, match="longer than 60 minutes"):
        read_clip(path)


def test_voice_mail_in_gsm_is_read(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, soxr.resample(voice(hz=300), RATE, 8000), 8000, subtype="GSM610")
    clip = read_clip(path)
    assert clip.rate == 8000 and clip.duration_s == pytest.approx(2.5, abs=0.04)
    assert abs(lag_ms(clip, voice(hz=300))) <= 1


@pytest.mark.parametrize(
    ("name", "codec_and_container", "rate", "more"),
    [
        ("memo.m4a", ("aac", "ipod"), RATE, {}),
        ("film.mp4", ("aac", "mp4"), RATE, {"video": True}),
        ("film.mov", ("aac", "mov"), 48000, {"video": True}),
        ("film.mkv", ("libopus", "matroska"), 48000, {"video": True}),
        ("browser.webm", ("libopus", "webm"), 48000, {"options": {"live": "1"}, "pipe": True}),
        ("voice.opus", ("libopus", "ogg"), 48000, {}),
        ("lossless.m4a", ("alac", "ipod"), RATE, {}),
        ("song.mp3", ("libmp3lame", "mp3"), 44100, {}),
        ("mp3.mp4", ("libmp3lame", "mp4"), 44100, {}),
        ("low.mp3", ("libmp3lame", "mp3"), 16000, {}),
    ],
)
def test_films_and_memos_are_read_in_place(tmp_path, name, codec_and_container, rate, more):
    clip = read_clip(encode(tmp_path / name, *codec_and_container, voice(), rate=rate, **more))
    assert clip.rate == rate and clip.name == name
    assert clip.duration_s == pytest.approx(2.5, abs=0.03)
    assert abs(lag_ms(clip, voice())) <= 1
    assert clip.notes == ()


@pytest.mark.parametrize(
    ("name", "rate", "choices"),
    [
        ("a.mp3", 44100, ("0", "25")),
        ("a.mp3", 16000, ("0", "69")),
        ("a.wav", 44100, ("0", "25")),
        ("a.aac", 44100, ("0", "23", "48")),
        ("a.m4a", 44100, ("0", "23", "48")),
    ],
)
def test_a_delay_that_the_file_does_not_state_is_said_and_can_be_taken_off(tmp_path, name, rate, choices):
    codec, container, options = {
        "a.mp3": ("libmp3lame", "mp3", {"write_xing": "0"}),
        "a.wav": ("libmp3lame", "wav", {}),
        "a.aac": ("aac", "adts", {}),
        "a.m4a": ("aac", "ipod", {"use_editlist": "0"}),
    }[name]
    path = encode(tmp_path / name, codec, container, voice(), rate=rate, options=options)
    clip = read_clip(path)
    assert kinds(clip) == ["unknown_delay"] and clip.notes[0].choices == choices
    put_right = read_clip(path, encoder_delay_s=float(choices[1]) / 1000)
    assert abs(lag_ms(put_right, voice())) <= 1 < lag_ms(clip, voice())
    assert put_right.notes == ()


def test_a_film_without_sound_says_so(tmp_path):
    file = av.open(str(tmp_path / "mute.mp4"), "w")
    film = file.add_stream("mpeg4", rate=25)
    film.width = film.height = 64
    film.pix_fmt = "yuv420p"
    picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
    file.mux(film.encode(picture))
    file.mux(film.encode())
    file.close()
    with pytest.raises(AudioError, match="film without sound"):
        read_clip(tmp_path / "mute.mp4")


def test_a_play_list_is_no_sound_and_leads_nowhere(tmp_path):
    encode(tmp_path / "a.mp3", "libmp3lame", "mp3", voice())
    (tmp_path / "b.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:2.5,\na.mp3\n")
    (tmp_path / "c.mp3").write_text("ffconcat version 1.0\nfile a.mp3\n")
    for name in ("b.m3u8", "c.mp3"):
        with pytest.raises(AudioError, match="not a readable audio file"):
            read_clip(tmp_path / name)


def stereo(path: Path, left: np.ndarray, right: np.ndarray) -> Path:
    soundfile.write(path, np.stack([left, right], 1), RATE)
    return path


@pytest.mark.parametrize("gain", [-1.0, -0.8])
def test_channels_that_cancel_each_other_leave_one(tmp_path, gain):
    clip = read_clip(stereo(tmp_path / "a.wav", voice(), gain * voice()))
    assert kinds(clip) == ["antiphase"] and clip.notes[0].choices == ("left", "right")
    np.testing.assert_allclose(clip.samples, voice(), atol=1e-4)


def test_two_speakers_are_told_and_each_can_be_chosen(tmp_path):
    one, other = voice(), voice(hz=210)
    path = stereo(tmp_path / "a.wav", np.r_[one, 0.03 * other], np.r_[0.03 * one, other])
    clip = read_clip(path)
    assert kinds(clip) == ["two_speakers"] and clip.notes[0].choices == ("left", "right", "mix")
    for channel, wanted in (("left", np.r_[one, 0.03 * other]), ("2", np.r_[0.03 * one, other]), ("mix", clip.samples)):
        chosen = read_clip(path, channel)
        np.testing.assert_allclose(chosen.samples, wanted, atol=1e-4)
        assert chosen.notes == ()


def test_one_silent_channel_halves_nothing(tmp_path):
    clip = read_clip(stereo(tmp_path / "a.wav", 0 * voice(), voice()))
    assert kinds(clip) == ["one_sided"]
    np.testing.assert_allclose(clip.samples, voice(), atol=1e-4)


def test_an_ordinary_stereo_recording_is_mixed_without_a_word(tmp_path):
    room = 0.05 * np.random.default_rng(3).standard_normal((2, len(voice())))
    left, right = 0.8 * voice() + room[0], 0.5 * voice() + room[1]
    clip = read_clip(stereo(tmp_path / "a.wav", left, right))
    assert clip.notes == ()
    np.testing.assert_allclose(clip.samples, (left + right) / 2, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [("a.wav", "pcm_s16le", "wav"), ("a.flac", "flac", "flac"), ("a.mp4", "aac", "mp4"), ("plain.wav", "", "")],
)
def test_the_centre_of_a_film_speaks(tmp_path, name, codec, container):
    music = 0.3 * np.sin(np.arange(len(voice())) * 0.05).astype(np.float32)
    rumble = 0.3 * np.sin(np.arange(len(voice())) * 2 * np.pi * 50 / RATE).astype(np.float32)
    six = np.stack([music, -0.5 * music, voice(), rumble, 0.2 * music, 0.2 * music])
    path = tmp_path / name
    if codec:
        encode(path, codec, container, six, layout="5.1", options=None)
    else:
        soundfile.write(path, six.T, RATE)
    clip = read_clip(path)
    assert kinds(clip) == ["centre_channel"] and clip.notes[0].choices == ("mix", "3")
    assert np.corrcoef(clip.samples[: len(voice())], voice()[: len(clip.samples)])[0, 1] > 0.95
    assert read_clip(path, "3").notes == ()
    assert np.abs(read_clip(path, "mix").samples - clip.samples[: len(clip.samples)]).max() > 0.05


def test_a_channel_that_is_not_there_is_refused(tmp_path):
    path = stereo(tmp_path / "a.wav", voice(), voice())
    mono = tmp_path / "mono.wav"
    soundfile.write(mono, voice(), RATE)
    for file, channel, words in (
        (path, "3", "2 channels"),
        (path, "0", "no channel"),
        (path, "up", "no channel"),
        (mono, "2", "one channel"),
    ):
        with pytest.raises(AudioError, match=words):
            read_clip(file, channel)
    assert read_clip(mono, "right").notes == ()


def test_silence_is_said(tmp_path):
    path = stereo(tmp_path / "a.wav", 0 * voice(), 0 * voice())
    assert kinds(read_clip(path)) == ["silent"]

"""Every kind of sound file and film is heard where its recording was: within 2 ms of the wav that it was made from."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from app.audio.clips import read_clip
from app.core.errors import AudioError, Cancelled
from tests.sounds.encoding import RATE, Kind, lag_ms, measured, voice, write
from tests.sounds.kinds import ASKED, IN_PLACE

SAID = voice()
MOST_MS = 2.0


@pytest.mark.parametrize("kind", IN_PLACE, ids=lambda kind: kind.name)
def test_a_sound_is_read_in_place(tmp_path, root, kind):
    assert abs(measured(tmp_path / kind.name, kind, SAID)) <= MOST_MS
    assert "unknown_delay" not in [note.kind for note in read_clip(tmp_path / kind.name).notes]
    assert f"| {kind.name} |" in (root / "docs" / "sound.md").read_text("utf-8"), "python -m app bench sound writes the table"


@pytest.mark.parametrize("kind", ASKED, ids=lambda kind: kind.name)
def test_of_a_sound_that_states_no_delay_the_usual_one_can_be_chosen(tmp_path, root, kind):
    assert abs(measured(tmp_path / kind.name, kind, SAID)) <= MOST_MS
    clip = read_clip(tmp_path / kind.name)
    assert [note.kind for note in clip.notes] == ["unknown_delay"] and lag_ms(clip, SAID) > 5
    assert f"| {kind.name} |" in (root / "docs" / "sound.md").read_text("utf-8"), "python -m app bench sound writes the table"


def film(path, sounds, *, container="webm", picture_from_s=0.0):
    """A film whose Opus sound comes in pieces: (start in seconds, samples) each."""
    file = av.open(str(path), "w", format=container)
    seen, heard = file.add_stream("libvpx", rate=25), file.add_stream("libopus", rate=RATE)
    seen.width = seen.height = 64
    seen.pix_fmt, heard.layout = "yuv420p", "mono"
    packets = []
    for index in range(60):
        picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), index, np.uint8), format="rgb24")
        picture.pts, picture.time_base = round(25 * picture_from_s) + index, Fraction(1, 25)
        packets += seen.encode(picture)
    packets += seen.encode()
    for start_s, samples in sounds:
        for place in range(0, len(samples) - 959, 960):
            piece = av.AudioFrame.from_ndarray(samples[None, place : place + 960], format="flt", layout="mono")
            piece.sample_rate, piece.time_base, piece.pts = RATE, Fraction(1, RATE), round(start_s * RATE) + place
            packets += heard.encode(piece)
    packets += heard.encode()
    file.mux(sorted(packets, key=lambda packet: float(packet.pts * packet.time_base)))
    file.close()
    return path


def test_a_gap_in_the_times_of_a_film_is_silence_so_that_what_follows_stays_with_the_picture(tmp_path):
    second = voice(seed=8)
    clip = read_clip(film(tmp_path / "paused.webm", [(0.0, SAID), (2.1, second)]))
    later = np.concatenate([np.zeros(round(2.1 * RATE), np.float32), second])
    assert abs(lag_ms(clip, SAID)) <= MOST_MS and abs(lag_ms(clip, later)) <= MOST_MS
    assert np.abs(clip.samples[round(1.6 * RATE) : round(2.05 * RATE)]).max() < 0.01


def test_a_clock_that_trembles_leaves_the_sound_whole(tmp_path):
    steps = np.random.default_rng(5).uniform(0, 0.012, 75)
    pieces = [(0.02 * index + steps[index], SAID[960 * index : 960 * (index + 1)]) for index in range(75)]
    clip = read_clip(film(tmp_path / "trembles.webm", pieces))
    assert abs(lag_ms(clip, SAID)) <= 12 and clip.duration_s == pytest.approx(1.5, abs=0.03)
    late = round(lag_ms(clip, SAID) * RATE / 1000)
    heard = clip.samples[late : late + len(SAID)]
    assert np.corrcoef(heard, SAID[: len(heard)])[0, 1] > 0.9, "nothing was put in between"


def test_sound_long_before_the_picture_is_kept(tmp_path):
    clip = read_clip(film(tmp_path / "cut.webm", [(0.0, SAID)], picture_from_s=0.8))
    assert abs(lag_ms(clip, SAID)) <= MOST_MS and clip.duration_s == pytest.approx(1.5, abs=0.03)


def test_a_sound_whose_rate_changes_on_its_way_stays_one(tmp_path):
    second = voice(seed=8)
    one = write(tmp_path / "one.ts", Kind("", "ac3", "mpegts", 48000), SAID).read_bytes()
    other = write(tmp_path / "other.ts", Kind("", "ac3", "mpegts", 32000), second).read_bytes()
    (tmp_path / "both.ts").write_bytes(one + other)
    clip = read_clip(tmp_path / "both.ts")
    assert clip.rate == 48000 and clip.duration_s == pytest.approx(3.0, abs=0.06)
    assert abs(lag_ms(clip, SAID)) <= MOST_MS
    later = np.concatenate([np.zeros(round(1.5 * RATE), np.float32), second])
    # the second sound begins behind the last block of the first, with the delay of its own codec
    assert 0 <= lag_ms(clip, later) <= 40


@pytest.mark.parametrize("layout", ["quad", "7.1"])
def test_of_many_channels_the_centre_or_all_are_heard(tmp_path, layout):
    names = [channel.name for channel in av.AudioLayout(layout).channels]
    music = (0.1 * np.sin(np.arange(len(SAID)) * 0.05)).astype(np.float32)
    rows = np.stack([SAID if layout == "quad" or name == "FC" else music for name in names])
    clip = read_clip(write(tmp_path / "many.wav", Kind("", "pcm_s24le", "wav", layout=layout), rows))
    assert np.corrcoef(clip.samples, SAID)[0, 1] > 0.999
    assert [note.kind for note in clip.notes] == ([] if layout == "quad" else ["centre_channel"])


def test_reading_says_how_far_it_is_and_ends_when_it_is_told_to(tmp_path):
    long = write(tmp_path / "long.mp4", Kind("", "aac", "mp4", film=True), np.tile(SAID, 20))
    told: list[float] = []
    whole = read_clip(long, watch=told.append)
    assert len(told) > 5 and told == sorted(told) and 0 <= told[0] < 0.2 and told[-1] > 0.9
    assert whole.duration_s == pytest.approx(30, abs=0.1)

    def stop(fraction):
        told.append(fraction)
        raise Cancelled("enough")

    told.clear()
    with pytest.raises(Cancelled):
        read_clip(long, watch=stop)
    assert len(told) == 1


def with_cover(path):
    """An M4A that holds a picture and no sound."""
    file = av.open(str(path), "w", format="mp4")
    cover = file.add_stream("mjpeg", rate=1)
    cover.width = cover.height = 64
    cover.pix_fmt = "yuvj420p"
    cover.disposition = av.stream.Disposition.attached_pic
    picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), format="rgb24")
    for packet in [*cover.encode(picture), *cover.encode()]:
        file.mux(packet)
    file.close()
    return path


def test_what_cannot_be_heard_is_refused_in_one_sentence_each(tmp_path):
    whole = write(tmp_path / "film.mp4", Kind("", "aac", "mp4", film=True), SAID).read_bytes()
    (tmp_path / "broken.mp4").write_bytes(whole[: len(whole) // 2].replace(b"moov", b"nope"))
    (tmp_path / "bought.mp4").write_bytes(whole.replace(b"mp4a", b"enca"))
    sentences = []
    for path, words in (
        (with_cover(tmp_path / "cover.m4a"), "cover picture and no sound|film without sound"),
        (tmp_path / "broken.mp4", "not a readable audio file"),
        (tmp_path / "bought.mp4", "protected against copying"),
        (film(tmp_path / "three hours.webm", [(0.0, SAID), (10800.0, SAID)]), "longer than 60 minutes"),
    ):
        with pytest.raises(AudioError, match=words) as refused:
            read_clip(path)
        sentences.append(str(refused.value))
    assert all(sentence.count(". ") == 0 and sentence.endswith(".") for sentence in sentences)

"""How fast a track runs: the clock is found in the whole column, the evidence is told, and doubt is told too."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.core.errors import TrackError
from app.formats.registry import decode_track
from app.formats.track_file import TrackFile
from app.formats.tracks.clock import candidate
from app.formats.tracks.rate import fit_rate, gap_sentence, length_sentence

NTSC = {23.976: 24000 / 1001, 29.97: 30000 / 1001, 59.94: 60000 / 1001}


def jaw(t: float) -> float:
    return 0.4 + 0.3 * math.sin(2 * math.pi * 0.7 * t)


def table(head: list[str], stamps: list[list[str]], times_s: list[float], separator: str = ",") -> bytes:
    """A table of jawOpen and tongueOut with clock columns before them."""
    lines = [separator.join([*head, "JawOpen", "TongueOut"])]
    lines += [separator.join([*cells, f"{jaw(t):.6f}", "0"]) for cells, t in zip(stamps, times_s, strict=True)]
    return ("\n".join(lines) + "\n").encode()


def code(frame: float, base: int, sub: bool = True, colon: str = ":") -> str:
    """A timecode of a number of frames."""
    whole, thousandths = divmod(round(frame * 1000), 1000)
    seconds, field = divmod(whole, base)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{colon}{field:02d}"
    return f"{text}.{thousandths:03d}" if sub else text


def read(data: bytes, fps: float | None = None) -> TrackFile:
    return decode_track(data, "take.csv", fps)


def moves_right(file: TrackFile, within: float = 1e-4) -> None:
    """The jaw is where it was at every second."""
    wanted = [jaw(t) for t in file.track.times_s]
    assert np.abs(file.track.column("jawOpen") - wanted).max() < within


@pytest.mark.parametrize(
    ("title", "scale", "form"),
    [
        ("timestamp_ms", 1000, "{:.0f}"), ("timestampMs", 1000, "{:.3f}"), ("time (ms)", 1000, "{:.1f}"), ("timestamp", 1000, "{:.1f}"),
        ("offset", 1, "{:.4f}"), ("offset_ms", 1000, "{:.2f}"), ("time_s", 1, "{:.3f}"), ("seconds", 1, "{:.5f}"),
        ("elapsed", 1, "{:.4f}"), ("t", 1, "{:.4f}"), ("timestamp_us", 1e6, "{:.0f}"), ("Time", 1e6, "{:.0f}"),
        ("pts", 1e9, "{:.0f}"), ("audio_time", 1, "{:.4f}"), ("unheard of", 1, "{:.4f}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("fps", [24.0, 25.0, 30.0, 50.0, 60.0])
def test_a_clock_beside_a_frame_counter_is_the_clock(title, scale, form, fps):
    times_s = [k / fps for k in range(100)]
    file = read(table(["frame", title], [[str(k), form.format(t * scale)] for k, t in enumerate(times_s)], times_s))
    assert file.track.fps == pytest.approx(fps, rel=2e-4) and len(file.track) == 100
    assert file.fps_from == "times" and title in file.evidence and "100 times" in file.evidence
    moves_right(file, 2e-3)


@pytest.mark.parametrize("column", ["offset", "processing_time_ms", "confidence"])
def test_a_column_that_is_no_clock_does_not_become_one(column):
    rows = [[str(k), "0.5" if column == "offset" else f"{(k * 7) % 5 + 11.2}"] for k in range(60)]
    file = read(table(["frame", column], rows, [k / 60 for k in range(60)]))
    assert file.track.fps == 60 and file.fps_from == "assumed" and "assumed 60 fps" in file.warnings[0]
    assert "--in-fps" in file.warnings[0]


@pytest.mark.parametrize("base", [12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 72, 100, 120])
@pytest.mark.parametrize("sub", [True, False])
@pytest.mark.parametrize("first", [0, 36000 * 7 + 5])
def test_the_frame_field_tells_its_base(base, sub, first):
    times_s = [k / base for k in range(3 * base)]
    file = read(table(["Timecode"], [[code(first + k, base, sub)] for k in range(3 * base)], times_s))
    assert file.track.fps == base and len(file.track) == 3 * base
    assert file.evidence.startswith(f"{base} fps from {3 * base} timecodes") and file.fps_from == "timecode"
    moves_right(file)


@pytest.mark.parametrize("fps", [23.976, 24.0, 29.97, 30.0, 59.904, 59.94, 60.03])
def test_sixtieths_with_fractions_carry_any_rate(fps):
    exact = NTSC.get(fps, fps)
    times_s = [k / exact for k in range(1200)]
    file = read(table(["Timecode"], [[code(t * 60, 60)] for t in times_s], times_s))
    assert file.track.fps == pytest.approx(exact, rel=2e-6) and not file.warnings[1:]
    moves_right(file)


@pytest.mark.parametrize("fps", [23.976, 24.0, 29.97, 30.0, 59.94, 60.0])
def test_milliseconds_without_fractions_still_tell_television_rates(fps):
    exact = NTSC.get(fps, fps)
    times_s = [k / exact for k in range(600)]
    file = read(table(["timestamp_ms"], [[str(int(t * 1000))] for t in times_s], times_s))
    assert file.track.fps == exact and file.other_fps is None


def drop_frame(k: int, base: int) -> str:
    """The timecode of frame k where numbers are dropped at minutes."""
    dropped = base // 15
    ten, one = base * 600 - 9 * dropped, base * 60 - dropped
    tens, rest = divmod(k, ten)
    number = k + 9 * dropped * tens + (dropped * ((rest - dropped) // one) if rest > dropped else 0)
    return code(number, base, sub=False, colon=";")


@pytest.mark.parametrize("base", [30, 60])
def test_drop_frame_misses_no_frame(base):
    n = base * 70
    times_s = [k * 1001 / (base * 1000) for k in range(n)]
    file = read(table(["Timecode"], [[drop_frame(k + 1770, base)] for k in range(n)], times_s))
    assert len(file.track) == n and file.track.fps == pytest.approx(base * 1000 / 1001, rel=1e-9)
    assert "drop frame" in file.evidence and not any("missing" in warning for warning in file.warnings)
    moves_right(file)


def test_a_semicolon_without_dropped_numbers_is_no_drop_frame():
    times_s = [k / 30 for k in range(70 * 30)]
    file = read(table(["Timecode"], [[code(k + 1700, 30, False, ";")] for k in range(70 * 30)], times_s))
    assert file.track.fps == 30
    moves_right(file)


@pytest.mark.parametrize(("base", "other"), [(24, 23.976), (30, 29.97), (60, 59.94)])
def test_two_readings_are_said_once_they_end_apart(base, other):
    def of(seconds: int) -> TrackFile:
        n = seconds * base
        return read(table(["Timecode"], [[code(k, base, sub=False)] for k in range(n)], [k / base for k in range(n)]))

    assert of(5).other_fps is None and "alike" not in " ".join(of(5).warnings)
    long = of(70)
    assert long.track.fps == base and long.other_fps == pytest.approx(NTSC[other])
    assert f"--in-fps {other}" in long.warnings[0] and "70 ms apart" in long.warnings[0]
    assert "70 ms shorter than the sound" in length_sentence(len(long.track), base, long.other_fps, 70 * 1.001)
    assert length_sentence(len(long.track), base, long.other_fps, 70.0) == ""


def test_a_take_within_one_second_says_that_its_rate_is_assumed():
    data = table(["Timecode"], [[code(36000 + k, 30)] for k in range(24)], [k / 30 for k in range(24)])
    file = read(data)
    assert file.track.fps == 60 and file.fps_from == "assumed" and "assumed 60 fps" in file.warnings[0]
    stated = read(data, 30)
    assert stated.track.fps == 30 and stated.fps_from == "stated" and "30 fps as stated" in stated.evidence
    assert not any("assumed" in warning for warning in stated.warnings)
    moves_right(stated)


@pytest.mark.parametrize("head", ["Timecode", "time", "Time"])
def test_a_second_per_row_is_no_take(head):
    cells = [[f"00:{k // 60:02d}:{k % 60:02d}:00.000" if head == "Timecode" else str(k)] for k in range(70)]
    data = table([head], cells, [k / 25 for k in range(70)])
    file = read(data)
    assert file.track.fps == 60 and "a second with every row" in file.warnings[0] and file.fps_from == "assumed"
    moves_right(read(data, 25))


@pytest.mark.parametrize("kind", ["frame", "timecode", "seconds", "still"])
def test_a_stated_rate_overrules_the_file(kind):
    def cell(k: int) -> str:
        return {"frame": str(k), "timecode": code(k, 30), "seconds": f"{k / 60:.4f}", "still": "5"}[kind]

    data = table(["frame" if kind == "frame" else "time"], [[cell(k)] for k in range(120)], [k / 25 for k in range(120)])
    file = read(data, 25)
    assert file.track.fps == 25 and len(file.track) == 120 and file.track.start_s in (0, 5)
    if kind != "still":
        moves_right(file)


def test_a_rate_that_the_table_states_is_taken():
    rows = [[str(k), "25"] for k in range(50)]
    file = read(table(["frame", "fps"], rows, [k / 25 for k in range(50)]))
    assert file.track.fps == 25 and file.fps_from == "header"
    moves_right(file)
    above = b"# exported at fps: 25\n" + table(["frame"], [[str(k)] for k in range(50)], [k / 25 for k in range(50)])
    assert read(above).track.fps == 25


def test_counters_and_clocks_of_the_day_start_at_nought():
    times_s = [k / 30 for k in range(60)]
    assert read(table(["frame"], [[str(1001 + k)] for k in range(60)], times_s)).track.start_s == 0
    epoch = read(table(["timestamp"], [[f"{1.7e9 + t:.3f}"] for t in times_s], times_s))
    assert epoch.track.start_s == 0 and epoch.track.fps == 30 and epoch.origin_s == pytest.approx(1.7e9)
    assert read(table(["time"], [[f"{2 + t:.4f}"] for t in times_s], [2 + t for t in times_s])).track.start_s == 2


@pytest.mark.parametrize("form", ["0:00:{:06.3f}", "00:00:{:06.3f}", "2024-05-01T10:00:{:06.3f}Z", "00:{:06.3f}", "00:00:{:06.3f},"])
def test_clocks_with_seconds_and_fractions(form):
    form = form.rstrip(",")
    times_s = [k / 25 for k in range(50)]
    file = read(table(["time"], [[form.format(t)] for t in times_s], times_s))
    assert file.track.fps == 25 and file.track.start_s == 0
    moves_right(file)


def test_gaps_are_counted_and_placed():
    kept = [k for k in range(240) if not 40 <= k < 70 and not 100 <= k < 103]
    file = read(table(["Timecode"], [[code(k, 60)] for k in kept], [k / 60 for k in kept]))
    assert len(file.track) == 240 and file.track.fps == 60
    assert "33 frames are missing in 2 gaps, the longest 0.50 s at 0.67 s" in file.warnings[0]
    assert gap_sentence(np.arange(5.0), 30) == ""


def test_jitter_of_a_webcam_is_evened_out():
    rng = np.random.default_rng(3)
    times_s = np.cumsum(np.full(300, 1 / 30) + rng.uniform(-0.004, 0.004, 300))
    file = read(table(["time"], [[f"{t:.4f}"] for t in times_s], times_s.tolist()))
    assert file.track.fps == pytest.approx(30, rel=0.01)


def test_a_fit_uses_every_row():
    rng = np.random.default_rng(0)
    times_s = np.arange(2000) * 1001 / 30000 + rng.uniform(-0.008, 0.008, 2000)
    assert fit_rate(np.sort(times_s), 1e-6, "t").fps == pytest.approx(30000 / 1001, rel=3e-5)


@pytest.mark.parametrize(("n", "fps", "sound_s", "said"), [
    (120, 60.0, 4.0, "30"), (240, 30.0, 4.0, "60"), (100, 24.0, 4.0, "25"), (240, 60.0, 4.0, ""), (240, 60.0, 9.1, ""),
    (250, 60.0, 4.0, ""),
])  # fmt: skip
def test_a_sound_tells_a_wrong_rate(n, fps, sound_s, said):
    sentence = length_sentence(n, fps, None, sound_s)
    assert (f"--in-fps {said}." in sentence) if said else sentence == ""


@pytest.mark.parametrize(("title", "kind", "unit_s"), [
    ("Timecode", "time", None), ("timeCode", "time", None), ("timestamp_ms", "time", 1e-3), ("time[s]", "time", 1.0),
    ("ms", "time", 1e-3),
    ("Offset", "offset", None), ("fps", "rate", None), ("Frame", "frame", None), ("", "frame", None), ("frame_index", "frame", None),
])  # fmt: skip
def test_titles_of_clocks(title, kind, unit_s):
    found = candidate(title, 3)
    assert found is not None and found.kind == kind and found.unit_s == unit_s and found.column == 3


@pytest.mark.parametrize("title", ["BlendShapeCount", "HeadYaw", "Slate", "Angry"])
def test_titles_of_other_things(title):
    assert candidate(title, 0) is None


def test_no_clock_at_all_needs_a_stated_rate():
    data = table(["Slate"], [["1.5"]] * 20, [k / 20 for k in range(20)])
    with pytest.raises(TrackError, match="--in-fps"):
        read(data)
    moves_right(read(data, 20))

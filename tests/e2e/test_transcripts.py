"""Files of words and phones on the command line: as transcripts, and for the check of P, B and M."""

from __future__ import annotations

import numpy as np
import pytest

from app.audio.clips import write_wav
from app.cli import main
from app.commands.pipeline import speech_from_audio
from app.commands.progress import Progress
from app.core.speech import AudioClip
from app.formats.performance import WriteOptions
from app.formats.registry import dialect_of, read_track, write_track
from tests.trips.cues import made_line

LINE = made_line()


@pytest.fixture
def files(tmp_path):
    """A hum as long as a line, the line's motion, and the line as a TextGrid and as subtitles."""
    samples = 0.1 * np.sin(np.arange(int(2.8 * 16000)) / 20)
    write_wav(tmp_path / "hum.wav", AudioClip(samples.astype(np.float32), 16000))
    write_track(tmp_path / "take.csv", LINE.arkit)
    for key, name in (("textgrid", "line.TextGrid"), ("srt", "line.srt")):
        writer = dialect_of(key)
        assert writer.write is not None
        (tmp_path / name).write_bytes(writer.write(LINE, WriteOptions()).data)
    return tmp_path


def test_the_phones_of_a_text_grid_are_taken_as_they_are(files, capsys):
    speech = speech_from_audio(files / "hum.wav", files / "line.TextGrid", True, Progress("none"))
    assert [p for p in speech.phones if not p.is_silence] == [p for p in LINE.phones if not p.is_silence]
    assert speech.text == "hi bob full way so" and speech.words == LINE.words
    arguments = ["animate", str(files / "hum.wav"), "-o", str(files / "out.csv"), "--source", "visemes", "--progress", "none"]
    assert main([*arguments, "--transcript", str(files / "line.TextGrid")]) == 0
    track = read_track(files / "out.csv")
    jaw = track.index["jawOpen"]
    assert track.sample(1.16)[jaw] > 0.25 and track.sample(1.04)[jaw] < 0.1


def test_check_takes_words_only_with_their_sound(files, capsys):
    assert main(["check", str(files / "take.csv"), "--phones", str(files / "line.TextGrid")]) in (0, 1)
    capsys.readouterr()
    assert main(["check", str(files / "take.csv"), "--phones", str(files / "line.srt")]) == 2
    assert "--audio" in capsys.readouterr().err


def test_a_text_grid_converts_to_the_cues_of_its_phones(files, capsys):
    assert main(["convert", str(files / "line.TextGrid"), str(files / "line.tsv")]) == 0
    assert (files / "line.tsv").read_text().startswith("0.00\tX\n") and "cues were made from" in capsys.readouterr().err
    assert main(["convert", str(files / "line.srt"), str(files / "out.csv")]) == 2
    assert "--transcript" in capsys.readouterr().err

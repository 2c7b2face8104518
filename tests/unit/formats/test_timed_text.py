"""Words and phones: TextGrids and subtitles as they are written, and what alignments and transcripts take from any file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import SpeechError, TrackError
from app.core.speech import Word
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track, dialect_of
from app.formats.timings.alignment import alignment_of, read_alignment
from app.formats.timings.transcript import read_transcript
from tests.trips.cues import made_line

LINE = made_line()
SRT = "1\n00:00:01,000 --> 00:00:02,500\n<i>Bob may</i> buy\na map.\n\n2\n00:00:03,000 --> 00:00:04,000\n[laughs] Sure &amp; fine.\n"
ROLLING = """WEBVTT
Kind: captions

NOTE made by a machine

00:00:01.000 --> 00:00:02.000 align:start position:0%
<c.colour>so</c><00:00:01.400><c> it</c><00:00:01.700><c> goes</c>

00:00:02.000 --> 00:00:02.010
so it goes

00:00:02.010 --> 00:00:03.000
so it goes
on<00:00:02.500><c> and</c>
"""


def written(key: str, performance: Performance = LINE) -> str:
    writer = dialect_of(key)
    assert writer.write is not None
    return writer.write(performance, WriteOptions()).data.decode()


def test_a_text_grid_is_covered_from_0_to_its_end_in_both_tiers():
    text = written("textgrid")
    for tier in text.split("item [")[2:]:
        edges = [float(line.split("=")[1]) for line in tier.splitlines() if "xmin" in line or "xmax" in line][2:]
        assert edges[0] == 0 and edges[-1] == 2.8 and edges[1:-1:2] == edges[2:-1:2]
    quoted = replace(LINE, words=(Word('say "hi"', 0.3, 0.7),))
    assert alignment_of(written("textgrid", quoted), "a").words == quoted.words


def test_subtitles_keep_every_word_to_the_millisecond():
    for key in ("srt", "vtt"):
        assert alignment_of(written(key), key).words == LINE.words
    assert written("srt").startswith("1\n00:00:00,300 --> 00:00:00,620\nhi\n\n2\n00:00:01,000 -->")
    odd = replace(LINE, words=(Word("AT&T", 0.0004, 0.3), Word("<b", 0.3, 0.3), Word("then", 0.2, 3725.0625)))
    assert [word.text for word in alignment_of(written("vtt", odd), "a").words] == ["AT&T", "<b", "then"]


def test_lines_and_words_of_subtitles_are_told_apart():
    lines = alignment_of(SRT, "a.srt")
    assert [(line.text, line.start_s) for line in lines.lines] == [("Bob may buy a map.", 1.0), ("Sure & fine.", 3.0)] and not lines.words
    words = alignment_of(ROLLING, "a.vtt")
    assert [(word.text, word.start_s) for word in words.words] == [("so", 1), ("it", 1.4), ("goes", 1.7), ("on", 2.01), ("and", 2.5)]
    assert words.text == "so it goes on and"


def test_subtitles_are_no_motion_and_say_what_they_are_good_for():
    for text in (SRT, ROLLING):
        with pytest.raises(TrackError, match="--transcript"):
            decode_track(text.encode(), "a.srt")


def test_phones_become_motion_and_stay_phones():
    for key in ("textgrid", "phones"):
        file = decode_track(written(key).encode(), "a")
        assert [p for p in file.phones if not p.is_silence] == [p for p in LINE.phones if not p.is_silence]
        assert not file.phones_stand_for and file.words == LINE.words and file.track.column("jawOpen").max() > 0.3


def test_without_words_there_are_no_subtitles_and_without_phones_no_grid():
    bare = replace(LINE, words=(), phones=())
    for key in ("srt", "vtt", "textgrid", "phones"):
        with pytest.raises(TrackError, match="transcript"):
            written(key, bare)
    assert written("srt", replace(LINE, words=())) == written("srt")  # the phones say to which word they belong
    assert '"words"' not in written("textgrid", replace(LINE, words=(), phones=tuple(replace(p, word="") for p in LINE.phones)))


def test_stand_ins_are_not_passed_off_as_a_transcription(tmp_path: Path):
    file = decode_track(written("rhubarb-tsv").encode(), "a.tsv")
    writer = dialect_of("textgrid")
    assert writer.write is not None
    assert "no transcription" in " ".join(writer.write(file.performance, WriteOptions()).notes)
    (tmp_path / "a.tsv").write_text(written("rhubarb-tsv"))
    found = read_alignment(tmp_path / "a.tsv")
    assert found.phones and not found.exact_phones and "coarse" in found.notes[0]


def test_a_transcript_comes_from_any_file_that_holds_words(tmp_path: Path):
    def read(name: str, text: str):
        (tmp_path / name).write_text(text, "utf-8")
        return read_transcript(tmp_path / name)

    assert read("a.txt", " Bob may buy a map.\n").text == "Bob may buy a map." and read("b.txt", "[He laughs.] Sure.").text
    subtitles = read("a.srt", SRT)
    assert subtitles.text == "Bob may buy a map. Sure & fine." and "lines are spoken" in subtitles.notes[0]
    grid = read("a.TextGrid", written("textgrid"))
    assert grid.exact_phones and grid.text == "hi bob full way so" and not grid.notes
    project = read("a.pgo", written("papagayo"))
    assert project.text == grid.text and not project.exact_phones and "aligned" in project.notes[0]
    for name, text in (("a.json", "[]"), ("b.json", json.dumps({"a": 1})), ("empty.txt", "\n")):
        with pytest.raises(SpeechError):
            read(name, text)


@pytest.mark.shared
def test_real_alignments_come_back_exactly(shared: Path):
    for path in sorted((shared / "data" / "alignments").glob("*.json")):
        before = read_alignment(path)
        performance = replace(LINE, phones=before.phones, words=before.words, duration_s=before.phones[-1].end_s)
        for key in ("textgrid", "phones"):
            after = alignment_of(written(key, performance), key)
            spoken = [p for p in after.phones if not p.is_silence]
            assert spoken == [p for p in before.phones if not p.is_silence] and after.words == before.words

"""Dialogue tables: what spreadsheets save, marks of emotion, characters; a bad row is one sentence and costs itself alone."""

from __future__ import annotations

import pytest

from app.core.errors import ProjectError, SourceError
from app.core.speech import Phone
from app.formats.dialogue.characters import find_characters, read_characters
from app.formats.dialogue.marks import EmotionMark, marks_of, timeline_of
from app.formats.dialogue.sheet import read_sheet
from app.formats.dialogue.table import read_table

ROWS = [["Line ID", "Character", "Text"], ["L1", "Zoë", "Well; then, “hello”."], ["L2", "Ånn", 'She said "no".\nTwice.']]


def table(tmp_path, text: str, name: str = "table.csv"):
    path = tmp_path / name
    path.write_text(text, "utf-8", newline="")
    return path


def quoted(separator: str, end: str = "\r\n") -> str:
    return end.join(separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in ROWS) + end


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("utf-8.csv", quoted(",").encode()),
        ("bom.csv", quoted(",").encode("utf-8-sig")),
        ("semicolons.csv", quoted(";").encode("utf-8-sig")),
        ("tabs.tsv", quoted("\t").encode()),
        ("stated.csv", ("sep=;\r\n" + quoted(";")).encode("utf-8-sig")),
        ("unicode text.csv", quoted("\t").encode("utf-16")),
        ("mac.csv", quoted(",", "\r").encode()),
        ("blanks.csv", (quoted(",") + ",,\r\n,,,\r\n").encode()),
        ("windows.csv", quoted(";").encode("cp1252")),
    ],
)
def test_every_way_a_spreadsheet_saves_is_the_same_table(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    sheet = read_sheet(path)
    assert sheet.header == tuple(ROWS[0]) and [cells[:3] for _, cells in sheet.rows] == [tuple(row) for row in ROWS[1:]]
    assert [number for number, _ in sheet.rows] == [2, 3] and bool(sheet.notes) == (name == "windows.csv")


def test_what_excel_does_to_cells_is_undone(tmp_path):
    path = table(tmp_path, 'line,text,take no,empty\n"=""007""",\u00a0 Good  day \u200b,=1+1,\n')
    row = read_table(path).rows[0]
    assert (row.line, row.text, dict(row.others)) == ("007", "Good  day", {"take no": "=1+1"})


def test_columns_are_found_by_many_names_and_the_others_are_kept(tmp_path):
    text = (
        "Cue;Speaker;Dialogue;Audio file;Transcript;Tuning;Scene\nA;Mira;Hello.;;;Softer;3\nB;;;b.wav;Said.;;4\nC;;Words of c.;c.wav;;;\n"
    )
    a, b, c = read_table(table(tmp_path, text)).rows
    assert (a.character, a.text, a.preset, dict(a.others)) == ("Mira", "Hello.", "Softer", {"Scene": "3"})
    assert (b.audio, b.text, b.transcript) == ("b.wav", "", "Said.") and (c.audio, c.transcript, c.text) == ("c.wav", "Words of c.", "")


def test_text_or_audio_may_share_a_column(tmp_path):
    rows = read_table(table(tmp_path, "line,text or audio\nA,sounds/a.WAV\nB,He plays a wav.\n")).rows
    assert (rows[0].audio, rows[0].text) == ("sounds/a.WAV", "") and (rows[1].audio, rows[1].text) == ("", "He plays a wav.")


def test_every_bad_row_says_what_is_wrong_and_the_others_stand(tmp_path):
    text = (
        "line,text,emotion\nA,Fine.,joy 0.5\n,No id.,\nB,,\n../?,Hm.,\n***,Hm.,\nA,Twice.,\na,Twice.,\nC,One, two, three,four\n"
        f"D,{'x' * 10_001},\nE,Hm.,hunger 0.5\nF,Hm.,joy 3\nCON,Fine.,\n"
    )
    rows = read_table(table(tmp_path, text)).rows
    told = {row.row: row.error for row in rows}
    assert told[2] == told[13] == "" and rows[-1].stem == "CON_"
    assert "no line id" in told[3] and "neither a text nor" in told[4] and "Row 2 has the same" in told[7] and "Row 2" in told[8]
    assert "name of a file" in told[6] and "5 cells under 3" in told[9] and "quotation mark" in told[10]
    assert "no emotion" in told[11] and "0 to 1" in told[12]
    assert all("/" not in row.stem and not row.stem.startswith(".") for row in rows)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no header"), ("line,text\n", "no lines"), ("text\nHello.\n", "id of a line"), ("line,scene\nA,1\n", "neither a column"),
        ("line,id,text\nA,A,B\n", "two columns"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_one_sentence(tmp_path, text, words):
    with pytest.raises(ProjectError, match=words):
        read_table(table(tmp_path, text))


def test_marks_hold_from_times_and_words():
    marks = marks_of("joy 0.6; 1,5 s: anger 40% + fear 0.1\nharbour: neutral; “the”#2: happy; start: sad 0.2")
    assert marks == (
        EmotionMark((("joy", 0.6),)), EmotionMark((("anger", 0.4), ("fear", 0.1)), 1.5), EmotionMark((), None, "harbour"),
        EmotionMark((("joy", 1.0),), None, "the", 2), EmotionMark((("sadness", 0.2),)),
    )  # fmt: skip
    phones = [Phone("DH", 0.1, 0.2, "The"), Phone("AA1", 0.2, 0.6, "harbour"), Phone("DH", 0.9, 1.0, "the")]
    line = timeline_of(marks, (), phones)
    assert [(key.time_s, key.dominant) for key in line.keys] == [(0.0, "sadness"), (0.2, ""), (0.9, "joy"), (1.5, "anger")]


@pytest.mark.parametrize("cell", ["joy much", ": joy 0.5", "4000: joy", "joy nan", "1: joy -0.5"])
def test_a_mark_that_is_none_is_one_sentence(cell):
    with pytest.raises(SourceError) as caught:
        marks_of(cell)
    assert str(caught.value).endswith(".") and cell[:5] in str(caught.value)


def test_a_word_that_the_line_does_not_say_is_told():
    with pytest.raises(SourceError, match="does not say “boat”"):
        timeline_of(marks_of("boat: joy"), (), [Phone("AA1", 0.0, 0.5, "ship")])


def test_characters_stand_beside_the_table(tmp_path):
    path = table(tmp_path, "line,text\nA,B\n")
    assert find_characters(path) is None
    (tmp_path / "characters.toml").write_text('[characters.Mira]\nvoice = "heart"\nspeed = 0.9\n')
    found = read_characters(find_characters(path))
    assert (found.of("mira").voice, found.of("MIRA").speed) == ("heart", "0.9")
    with pytest.raises(ProjectError, match=r"no character “Nobody” in characters.toml.*Mira"):
        found.of("Nobody")
    assert found.with_presets({"Mira": "Softer", "Ann": "Broader"}).of("mira").preset == "Softer"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"characters": 3}',
        '{"characters": {"A": 1}}',
        '{"characters": {"A": {"hat": "red"}}}',
        '{"characters": {"A": {"voice": []}}}',
    ],
)
def test_damaged_characters_are_one_sentence(tmp_path, text):
    path = tmp_path / "characters.json"
    path.write_text(text)
    with pytest.raises(ProjectError, match=r"characters\.json.*\.$"):
        read_characters(path)

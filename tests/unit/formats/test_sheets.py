"""Tables as spreadsheets and other programs save them."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.errors import TrackError
from app.formats.registry import decode_track

HEAD = ["Timecode", "BlendShapeCount", "JawOpen", "MouthSmileLeft", "EyeBlinkLeft"]
JAW = [round(0.4 + 0.005 * k, 4) for k in range(60)]
ROWS = [[f"00:00:00:{k:02d}.000", "3", f"{JAW[k]:.4f}", "0.2000", "0.0"] for k in range(60)]


def lines(separator: str = ",", end: str = "\n", decimal: str = ".", before: str = "") -> str:
    """The table as text."""
    rows = [row[:2] + [cell.replace(".", decimal) for cell in row[2:]] for row in ROWS]
    return before + end.join([separator.join(HEAD), *(separator.join(row) for row in rows)]) + end


@pytest.mark.parametrize(
    "data",
    [
        lines(";").encode(),
        lines(";", "\r\n", ",").encode(),
        lines("\t").encode(),
        lines("|").encode(),
        lines("\t", "\r\n", ",").encode("utf-16"),
        lines("\t", "\r\n").encode("utf-16-le"),
        lines(",", "\r\n").encode("utf-16-be"),
        lines(",", "\r\n", before="sep=,\r\n").encode(),
        lines(";", "\r\n", ",", before='"sep=;"\r\n').encode(),
        lines(end="\r").encode(),
        lines(before="Take 7 of Monday\n\n").encode(),
        lines(before="# made by hand\n# second line\n").encode("utf-8-sig"),
        lines(";").replace("BlendShapeCount", "Bemerkung für Müller").encode("cp1252"),
        ("\n".join([",".join(HEAD), *(",".join([*row[:2], f'"{row[2].replace(".", ",")}"', *row[3:]]) for row in ROWS)])).encode(),
    ],
    ids=[
        "semicolons", "decimal commas", "tabs", "bars", "utf-16 tabs", "utf-16 without mark", "big endian", "sep=,", "sep=;", "cr only",
        "title above", "comments", "code page", "quoted decimal commas",
    ],
)  # fmt: skip
def test_tables_of_all_kinds_are_read(data):
    file = decode_track(data, "take.csv")
    assert file.track.fps == 60 and len(file.track) == 60
    assert np.allclose(file.track.column("jawOpen"), JAW, atol=1e-6) and np.allclose(file.track.column("mouthSmileLeft"), 0.2)


@pytest.mark.parametrize("form", ["{:.2f}", "{:.1f}%", "{:.1f} %"])
def test_percent_is_read_as_percent(form):
    rows = [[*row[:2], form.format(100 * JAW[k]), form.format(20), form.format(0)] for k, row in enumerate(ROWS)]
    file = decode_track("\n".join(",".join(row) for row in [HEAD, *rows]).encode(), "take.csv")
    assert np.allclose(file.track.column("jawOpen"), JAW, atol=1e-3)
    assert ("percent" in " ".join(file.warnings)) == ("%" not in form)


def test_values_a_little_above_one_are_left_alone():
    rows = [[*row[:2], "1.4", "0.2", "0"] for row in ROWS]
    file = decode_track("\n".join(",".join(row) for row in [HEAD, *rows]).encode(), "take.csv")
    assert file.track.column("jawOpen").max() == np.float32(1.4) and "percent" not in " ".join(file.warnings)


def test_empty_cells_are_bridged():
    rows = [[*row[:2], "" if 20 <= k < 32 else row[2], "" if k < 3 else row[3], ""] for k, row in enumerate(ROWS)]
    file = decode_track("\n".join(",".join(row) for row in [HEAD, *rows]).encode(), "take.csv")
    assert np.allclose(file.track.column("jawOpen"), JAW, atol=1e-6)
    assert np.allclose(file.track.column("mouthSmileLeft"), 0.2) and not file.track.column("eyeBlinkLeft").any()
    assert "75 empty cells" in file.warnings[0]


def test_columns_of_text_are_named():
    rows = [[*row, "good", "7.5"] for row in ROWS]
    file = decode_track("\n".join(",".join(row) for row in [[*HEAD, "Comment", "Slate"], *rows]).encode(), "take.csv")
    assert "left out: Comment" in " ".join(file.warnings)
    assert file.track.side is not None and file.track.side.names == ("Slate",)


def test_a_wrong_cell_is_named_by_its_line_in_the_file():
    text = lines(before="sep=,\n").replace("0.4100", "high")
    with pytest.raises(TrackError, match="line 5: 'high' in column JawOpen"):
        decode_track(text.encode(), "take.csv")


@pytest.mark.parametrize(("data", "sentence"), [
    (b"glTF\x02\x00\x00\x00", "ends within its header"), (b"#usda 1.0\n", "USD"), (b"RIFF\x00\x00\x00\x00WAVE", "a sound"),
    (b"PK\x03\x04abc", "spreadsheet"), (b"MohoSwitch1\n", "no mouth cues"), (b"lipsync version 1\n", "Papagayo"),
    (b'File type = "ooTextFile"\n', "--phones"), (b"HIERARCHY\nROOT", "BVH"),
])  # fmt: skip
def test_other_files_are_named(data, sentence):
    with pytest.raises(TrackError, match=sentence):
        decode_track(data, "take")

"""Notes out and in: what editing programs read, what comes back, and nothing twice."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import ProjectError
from app.core.timecode import clip_count
from app.formats.cuts import edl, fcpxml, markdown, otio, otio_reading, table
from app.formats.cuts.cut import Cut, received
from app.formats.cuts.registry import read_listed
from app.formats.notes import Note, Reply, Stroke

NOTES = (
    Note(
        "n1", "Kim", "2026-01-01T10:00:00+00:00", "2026-01-01T10:00:00+00:00", 1.234, text="close the lips\non P", side="A",
        channel="mouthClose", phone="P", colour="red", strokes=[Stroke("arrow", [(0.1, 0.2), (0.3, 0.4)])],
        replies=[Reply("r1", "Jo | Ann", "2026-01-02T10:00:00+00:00", "done, see\nthe new \\n take")],
    ),
    Note("n2", "", "", "2026-01-01T11:00:00+00:00", 62.0, 63.5, text='=cmd|" /C calc"!A0', status="addressed", colour="purple"),
    Note("n3", "Ünal", "", "2026-01-01T12:00:00+00:00", 600.01, text="'tis late; \"very\", 你好", status="done"),
)  # fmt: skip
RATES = [
    (29.97, "00:59:50;00"),
    (29.97, "01:00:00:00"),
    (23.976, "01:00:00:00"),
    (25.0, "10:00:00:00"),
    (59.94, "22:50:00;00"),
    (60.0, "00:00:00:00"),
]


def cut_at(fps, start, notes=NOTES, film="") -> Cut:
    count = clip_count(fps, start)
    return Cut("take1", "L010 <hello> & co", count, round(700 * count.count.rate), tuple(notes), film)


@pytest.fixture(params=RATES, ids=lambda rate: f"{rate[0]}{rate[1][-3]}")
def cut(request) -> Cut:
    return cut_at(*request.param)


@pytest.mark.parametrize(("write", "read"), [(otio.write, otio_reading.read), (table.write, table.read)], ids=["otio", "csv"])
class TestRoundTrip:
    def test_nothing_changes_what_comes_back_as_it_went(self, cut, write, read):
        outcome = received(cut.notes, read(write(cut), cut), cut)
        assert outcome.notes == cut.notes and (outcome.new, outcome.changed, outcome.conflicts) == (0, 0, ())

    def test_a_take_without_the_notes_gets_them_once(self, cut, write, read):
        bare = replace(cut, notes=())
        once = received((), read(write(cut), bare), bare)
        assert once.new == 3 and [n.id for n in once.notes] == ["n1", "n2", "n3"]
        assert [(n.start_s, n.end_s, n.text.split(), n.status) for n in once.notes] == [
            (n.start_s, n.end_s, n.text.split(), n.status) for n in NOTES
        ]
        full = replace(cut, notes=once.notes)
        again = received(once.notes, read(write(cut), full), full)
        assert again.notes == once.notes and again.new == again.changed == 0
        assert [(r.author.replace("|", "/"), r.text) for r in once.notes[0].replies] == [("Jo / Ann", NOTES[0].replies[0].text)]

    def test_what_was_changed_here_meanwhile_stays(self, cut, write, read):
        mine = tuple(replace(n, text="reworded", changed="2027-01-01") for n in cut.notes)
        outcome = received(mine, read(write(cut), replace(cut, notes=mine)), cut)
        assert outcome.notes == mine and not outcome.conflicts


def otio_with(cut, change):
    data = json.loads(otio.write(cut))
    markers = data["tracks"]["children"][0]["children"][0]["markers"]
    change(markers)
    return json.dumps(data)


def csv_with(cut, **cells):
    rows = list(csv.DictReader(io.StringIO(table.write(cut).removeprefix("\ufeff"), newline="")))
    rows[0].update(cells)
    made = io.StringIO()
    writer = csv.DictWriter(made, table.COLUMNS, delimiter=";")  # as a spreadsheet in Europe saves it
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue()


def test_a_status_changed_in_the_table_comes_in_and_drawings_stay(cut):
    outcome = received(cut.notes, table.read(csv_with(cut, status="Done"), cut), cut, lambda: "2027")
    assert outcome.changed == 1 and outcome.notes[0] == replace(NOTES[0], status="done", changed="2027")
    assert outcome.notes[1:] == NOTES[1:]
    again = received(outcome.notes, table.read(csv_with(cut, status="Done"), replace(cut, notes=outcome.notes)), cut)
    assert again.notes == outcome.notes and not again.conflicts


def test_a_status_changed_in_the_time_line_comes_in(cut):
    text = otio_with(cut, lambda markers: markers[1]["metadata"]["visemesync"].update(status="done"))
    outcome = received(cut.notes, otio_reading.read(text, cut), cut, lambda: "2027")
    assert outcome.notes[1] == replace(NOTES[1], status="done", changed="2027") and outcome.changed == 1


def test_a_marker_that_was_moved_moves_its_note_to_that_frame(cut):
    def move(markers):
        markers[0]["marked_range"]["start_time"]["value"] += 10

    outcome = received(cut.notes, otio_reading.read(otio_with(cut, move), cut), cut)
    moved = next(n for n in outcome.notes if n.id == "n1")
    assert cut.first(moved) == cut.first(NOTES[0]) + 10 and moved.strokes == NOTES[0].strokes


def test_a_timecode_typed_into_the_table_moves_the_note(cut):
    code = cut.timecode(77)
    outcome = received(cut.notes, table.read(csv_with(cut, timecode=code), cut), cut)
    assert cut.first(outcome.notes[0]) == 77


def test_a_note_changed_on_both_sides_keeps_both(cut):
    mine = (replace(NOTES[0], text="mine", changed="2027-01-01"), *NOTES[1:])
    now = replace(cut, notes=mine)
    text = csv_with(cut, text="theirs", status="done")
    once = received(mine, table.read(text, now), now)
    assert once.notes[0].text == "mine" and "theirs" in once.notes[0].replies[-1].text and len(once.conflicts) == 1
    again = received(once.notes, table.read(text, replace(now, notes=once.notes)), now)
    assert again.notes == once.notes and again.conflicts == ()


def test_a_row_that_somebody_added_is_a_note_once(cut):
    text = table.write(cut) + f',{cut.timecode(30)},,,,,B,JAWOPEN,,Li,,too wide,"Max | | yes",,,\r\n'
    once = received(cut.notes, table.read(text, cut), cut)
    added = next(n for n in once.notes if n.text == "too wide")
    assert (cut.first(added), added.side, added.channel, added.status) == (30, "B", "jawOpen", "open")
    assert added.replies[0].author == "Max" and once.new == 1
    again = received(once.notes, table.read(text, replace(cut, notes=once.notes)), cut)
    assert len(again.notes) == 4 and again.new == 0


def test_no_cell_is_a_formula(cut):
    rows = list(csv.reader(io.StringIO(table.write(cut).removeprefix("\ufeff"), newline="")))
    assert rows[2][table.COLUMNS.index("text")].startswith("'=")
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "needs the columns"),
        ("a,b\n1,2", "needs the columns"),
        ("timecode,text\nnever,hi", "Row 2"),
        ("timecode,text\n,hi", "says no time"),
        ("timecode,text,status\n01:00:00:00,hi,perhaps", "perhaps"),
        ("timecode,text,take\n01:00:00:00,hi,other", "another take"),
        ("timecode,text\n09:00:00:00,hi", "outside the take"),
        ("timecode,end,text\n01:00:02:00,01:00:01:00,hi", "ends before"),
    ],
)
def test_a_wrong_table_is_one_sentence(text, word):
    with pytest.raises(ProjectError, match=word) as caught:
        table.read(text, cut_at(25.0, "01:00:00:00"))
    assert str(caught.value).endswith(".")


# -- OpenTimelineIO


def test_opentimelineio_reads_the_time_line(cut):
    package = pytest.importorskip("opentimelineio")
    timeline = package.adapters.read_from_string(otio.write(replace(cut, film="L 10.mp4")), "otio_json")
    (clip,) = timeline.find_clips()[:1]
    rate = float(cut.rate)
    assert timeline.global_start_time.value == cut.count.start and abs(timeline.duration().rate - rate) < 1e-9
    assert clip.markers[0].name == "close the lips on P" and clip.markers[0].color == "RED"
    assert clip.media_reference.target_url == "L 10.mp4"
    drop = cut.count.count.drop
    codes = [package.opentime.to_timecode(m.marked_range.start_time, rate, drop).replace(";", ":") for m in clip.markers]
    assert codes == [cut.timecode(cut.first(n)).replace(";", ":") for n in NOTES]
    assert clip.markers[1].marked_range.duration.value == cut.length(NOTES[1])
    assert timeline.schema_name() == "Timeline" and len(timeline.tracks) == 2


def test_what_opentimelineio_writes_again_comes_back_as_it_went(cut):
    package = pytest.importorskip("opentimelineio")
    timeline = package.adapters.read_from_string(otio.write(cut), "otio_json")
    again = package.adapters.write_to_string(timeline, "otio_json")
    assert '"Clip.2"' in again
    assert received(cut.notes, otio_reading.read(again, cut), cut).notes == cut.notes


def test_markers_of_an_edit_land_on_the_take(cut):
    """The clip was trimmed, and put behind a second of something else; somebody set a marker on the clip and one on the time line."""
    package = pytest.importorskip("opentimelineio")
    timeline = package.adapters.read_from_string(otio.write(cut), "otio_json")
    time, rate = package.opentime, float(cut.rate)

    def span(start, length):
        return time.TimeRange(time.RationalTime(start, rate), time.RationalTime(length, rate))

    for track in timeline.tracks:
        track[0].source_range = span(cut.count.start + 100, 500)
        track.insert(0, package.schema.Gap(source_range=span(0, 40)))
    clip = timeline.tracks[0][1]
    clip.markers.append(package.schema.Marker("on the clip", span(cut.count.start + 150, 1), "GREEN"))
    timeline.tracks.markers.append(package.schema.Marker("over the clip", span(40 + 60, 1), "PINK"))
    timeline.tracks.markers.append(package.schema.Marker("over the gap", span(10, 1)))
    text = package.adapters.write_to_string(timeline, "otio_json")
    outcome = received(cut.notes, otio_reading.read(text, cut), cut)
    found = {n.text: (cut.first(n), n.colour) for n in outcome.notes if n.id not in ("n1", "n2", "n3")}
    assert found == {"on the clip": (150, "green"), "over the clip": (160, "red")}
    assert received(outcome.notes, otio_reading.read(text, cut), cut).new == 0


_KEYS = (
    "OTIO_SCHEMA", "tracks", "children", "markers", "marked_range", "start_time", "value", "rate", "metadata", "visemesync", "take", "note",
)  # fmt: skip
_LEAVES = st.none() | st.booleans() | st.floats() | st.sampled_from(["Timeline.1", "Clip.2", "Track.1", "take1"])


def _nested(inner):
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4)


@given(st.recursive(_LEAVES, _nested, max_leaves=12))
@settings(max_examples=200)
def test_any_json_is_notes_or_one_sentence(data):
    try:
        found = otio_reading.read(json.dumps(data), cut_at(25.0, "01:00:00:00"))
    except ProjectError as error:
        assert str(error).endswith(".")
    else:
        assert isinstance(found, tuple)


def test_a_time_line_of_another_take_is_refused(cut):
    with pytest.raises(ProjectError, match="another take"):
        otio_reading.read(otio.write(cut), replace(cut, take="take2"))


# -- edit lists, Final Cut, Markdown


def test_the_edit_list_has_the_clip_and_a_locator_for_each_note(cut):
    lines = edl.write(cut).split("\r\n")
    assert lines[1] == ("FCM: DROP FRAME" if cut.count.count.drop else "FCM: NON-DROP FRAME")
    event = re.fullmatch(r"001  AX       AA/V  C        (\S{11}) (\S{11}) (\S{11}) (\S{11})", lines[3])
    assert event and event[1] == cut.timecode(0) and event[2] == cut.timecode(cut.frames)
    locators = [re.fullmatch(r"\* LOC: (\S{11}) (RED|MAGENTA|YELLOW) +(.+)", line) for line in lines if line.startswith("* LOC")]
    assert [found[1] for found in locators] == [cut.timecode(cut.first(n)) for n in NOTES]
    assert locators[0][3] == "close the lips on P [side A, mouthClose, phone P] (Kim, open)"


@pytest.mark.parametrize(("fps", "start"), [(25.0, "10:00:00:00"), (24.0, "01:00:00:00")])
def test_the_edit_list_is_read_by_opentimelineio(fps, start):
    package = pytest.importorskip("opentimelineio")
    pytest.importorskip("otio_cmx3600_adapter")
    cut = cut_at(fps, start)
    timeline = package.adapters.read_from_string(edl.write(cut), "cmx_3600", rate=fps)
    (clip, *_) = timeline.find_clips()
    assert [m.marked_range.start_time.value for m in clip.markers] == [cut.count.start + cut.first(n) for n in NOTES]
    assert [m.color for m in clip.markers] == ["RED", "MAGENTA", "YELLOW"]


def test_final_cut_gets_the_clip_with_markers_at_exact_times(cut):
    root = ElementTree.fromstring(fcpxml.write(replace(cut, film="L 10.mp4")))
    assert root.get("version") == "1.9" and root.find(".//media-rep").get("src") == "./L%2010.mp4"
    sequence, clip = root.find(".//sequence"), root.find(".//asset-clip")
    assert sequence.get("tcFormat") == ("DF" if cut.count.count.drop else "NDF")

    def frames(text):
        upper, _, lower = text.removesuffix("s").partition("/")
        exact = int(upper) * cut.rate / int(lower or 1)
        assert exact.denominator == 1, "Final Cut refuses what falls between frames"
        return int(exact)

    assert frames(sequence.get("tcStart")) == frames(clip.get("start")) == cut.count.start
    markers = clip.findall("marker")
    assert [frames(m.get("start")) - cut.count.start for m in markers] == [cut.first(n) for n in NOTES]
    assert [m.get("completed") for m in markers] == ["0", "0", "1"] and "> Jo | Ann: done" in markers[0].get("note")
    assert frames(markers[1].get("duration")) == cut.length(NOTES[1])


def test_without_a_film_final_cut_gets_a_gap(cut):
    root = ElementTree.fromstring(fcpxml.write(cut))
    assert root.find(".//asset") is None and len(root.findall(".//gap/marker")) == 3


def test_markdown_is_a_list_of_tasks_with_pictures(cut):
    text = markdown.write(cut, {"n1": "L010_pictures/001.jpg"})
    assert text.startswith("# L010 \\<hello\\> & co\n\n3 notes, 1 done.")
    assert f"- [ ] **`{cut.timecode(cut.first(NOTES[0]))}`** (frame {cut.first(NOTES[0])}, side A" in text
    assert "](L010_pictures/001.jpg)" in text and text.count("![") == 1
    assert "- [x]" in text and "> **Jo \\| Ann**: done, see the new" in text


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=40))
def test_any_words_survive_the_forms_that_travel_back(text, author, reply):
    note = Note("n", author.strip(), "", "2026", 1.0, text=text.strip(), replies=[Reply("r", "Jo", "2026", reply.strip() or "x")])
    cut = cut_at(25.0, "01:00:00:00", [note])
    for write, read in ((otio.write, otio_reading.read), (table.write, table.read)):
        outcome = received(cut.notes, read(write(cut), cut), cut)
        assert outcome.notes == (note,) and outcome.changed == 0
    ElementTree.fromstring(fcpxml.write(cut))
    assert edl.write(cut).count("\r\n") == len(edl.write(cut).splitlines()) == 6


def test_a_file_of_another_kind_or_encoding_is_one_sentence(tmp_path):
    cut = cut_at(25.0, "01:00:00:00")
    (tmp_path / "notes.csv").write_bytes("timecode,text\n01:00:00:00,grün".encode("latin-1"))
    with pytest.raises(ProjectError, match="CSV UTF-8"):
        read_listed(tmp_path / "notes.csv", cut)
    with pytest.raises(ProjectError, match=r"\.otio, \.csv"):
        read_listed(tmp_path / "notes.edl", cut)
    with pytest.raises(ProjectError, match="cannot be read"):
        read_listed(tmp_path / "gone.otio", cut)

"""Notes come back as they were written, piece by piece, and two copies become one."""

from __future__ import annotations

import json
from dataclasses import replace

from app.formats.notes import FacePoint, Note, PointerMove, Reference, Reply, Stroke, merged, notes_data, notes_of

WHOLE = Note(
    id="n1", author="Ana", written="2026-11-01T10:00:00+00:00", changed="2026-11-01T10:00:00+00:00", start_s=1.5, end_s=2.0, side="B",
    channel="mouthClose", phone="P", text="Lips stay open.", status="addressed", colour="red",
    point=FacePoint("Head_Mesh", (1, 2, 3), (0.2, 0.3, 0.5), 5000), strokes=[Stroke("arrow", [(0.1, 0.2), (0.5, 0.6)], "cyan")],
    voice="n1.ogg", pointer=[PointerMove(0.5, 0.4, 0.3)], reference=Reference("ref.mp4", -0.5, "top left", 0.25),
    replies=[Reply("r1", "Bo", "2026-11-01T11:00:00+00:00", "Closed now.")],
)  # fmt: skip


def test_a_whole_note_survives_json():
    notes, damaged = notes_of(json.loads(json.dumps(notes_data([WHOLE]))))
    assert notes == (WHOLE,) and not damaged


def test_what_another_version_wrote_survives_and_damage_stays_where_it_is():
    data = notes_data([WHOLE])
    data[0] |= {"mood": "stern", "start_s": "soon"}
    data[0]["point"]["uv"] = [0.5, 0.5]
    notes, damaged = notes_of([*data, 7])
    assert notes[0].start_s == 0.0 and notes[0].text == WHOLE.text and len(notes) == 1
    assert set(damaged) == {"notes.0.start_s", "notes.1"}
    written = notes_data(notes)[0]
    assert written["mood"] == "stern" and written["point"]["uv"] == [0.5, 0.5]


def test_anything_else_is_no_note():
    for nothing in (None, 3, "x", {"a": 1}):
        assert notes_of(nothing)[0] == ()


def test_copies_are_merged_without_doubles():
    later = replace(WHOLE, text="Still open.", changed="2026-11-02T10:00:00+00:00", replies=[Reply("r2", "Ana", "2026-11-02", "No.")])
    other = Note(id="n2", start_s=0.5)
    both = merged((WHOLE, other), (later, other))
    assert [note.id for note in both] == ["n2", "n1"]
    assert both[1].text == "Still open." and [reply.id for reply in both[1].replies] == ["r1", "r2"]
    assert merged(both, both) == both

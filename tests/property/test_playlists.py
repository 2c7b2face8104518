"""Playlists as files: what is written is read, from anywhere; any bytes and values are a list or one sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import ProjectError
from app.formats.notes import Note
from app.formats.project_review import STATUSES, ProjectReview
from app.review.takes.playlist import Playlist, PlaylistEntry, carried_on, read_playlist, takes_in, write_playlist

NAMES = st.lists(st.sampled_from([f"shot {n}/L{n:03d}.vstake" for n in range(12)]), unique=True, max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["take", "line", "status", "x"]), inner, max_size=3),
    max_leaves=6,
)
FOLDER = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FOLDER
@given(names=NAMES, data=st.data())
def test_what_is_written_is_read_where_it_was_moved_to(tmp_path, names, data):
    first, second = tmp_path.resolve() / "a", tmp_path.resolve() / "b"
    for folder in (first, second):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    entries = [PlaylistEntry(first / name, name[:3], data.draw(st.sampled_from(STATUSES)), {"later": 1}) for name in names]
    playlist = Playlist(tuple(entries), {"colour": "red"})
    write_playlist(first / "all.vsplaylist", playlist)
    assert read_playlist(first / "all.vsplaylist") == playlist
    text = (first / "all.vsplaylist").read_text("utf-8")
    assert str(tmp_path) not in text
    shutil.copy(first / "all.vsplaylist", second)
    moved = read_playlist(second / "all.vsplaylist")
    assert [entry.path for entry in moved.entries] == [second / name for name in names]
    assert moved.unknown == {"colour": "red"} and all(entry.unknown == {"later": 1} for entry in moved.entries)
    write_playlist(second / "all.vsplaylist", moved)
    assert (second / "all.vsplaylist").read_text("utf-8") == text


@FOLDER
@given(content=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_no_list(tmp_path, content):
    path = tmp_path / "x.vsplaylist"
    path.write_bytes(content)
    with pytest.raises(ProjectError, match=r"x\.vsplaylist is no playlist.*\.$"):
        read_playlist(path)


@FOLDER
@given(rows=JSON)
def test_any_rows_are_read_as_far_as_they_are_some(tmp_path, rows):
    path = tmp_path / "x.vsplaylist"
    path.write_text(json.dumps({"format": "visemesync-playlist", "version": 1, "takes": rows}))
    read = read_playlist(path)
    assert all(entry.status in STATUSES for entry in read.entries)
    assert len({entry.path for entry in read.entries}) == len(read.entries)


@given(names=NAMES, data=st.data())
def test_a_drag_loses_nothing(names, data):
    playlist = Playlist().with_takes(map(Path, names))
    assert playlist.with_takes(map(Path, names)) == playlist
    if names:
        old, new = (data.draw(st.integers(0, len(names) - 1)) for _ in range(2))
        moved = playlist.moved(old, new)
        assert sorted(e.path for e in moved.entries) == sorted(e.path for e in playlist.entries)
        assert moved.entries[new] == playlist.entries[old] and moved.moved(new, old) == playlist


def test_folders_are_looked_through(tmp_path):
    for name in ("b.vstake", "in/a.vstake", "in/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = takes_in([tmp_path, tmp_path / "b.vstake", tmp_path / "none.wav"])
    assert [path.name for path in found] == ["b.vstake", "a.vstake", "b.vstake"]
    assert len(Playlist().with_takes(found).entries) == 2


def test_the_notes_of_a_line_come_along_once():
    former = ProjectReview(notes=[Note("a", text="old", changed="1", status="addressed"), Note("b", text="kept", start_s=1.0)])
    present = ProjectReview(line="L1", status="in review", notes=[Note("a", text="newer", changed="2", status="done")])
    made = carried_on(former, present)
    assert [(note.text, note.status) for note in made.notes] == [("newer", "done"), ("kept", "open")]
    assert (made.line, made.status) == ("L1", "in review") and carried_on(former, made) == made

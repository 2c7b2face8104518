"""Notes of a session: steps that can be taken back, a list per sound, two copies that become one, spoken notes through the sink."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import numpy as np
import pytest

from app.core.speech import AudioClip
from app.formats.notes import Note, PointerMove, Stroke, new_id
from app.session.review import note_media
from app.session.review.note_media import NoteMedia
from app.session.review.voice_notes import pointer_at


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    """Spoken notes of this test only."""
    monkeypatch.setattr(note_media, "media_folder", lambda: tmp_path / "data" / "notes")


@pytest.fixture
def notes(session, hum, open_clip):
    """Of a session with a sound."""
    open_clip(hum, "mock")
    session.notes.author = "Ana"
    return session.notes


def test_every_change_is_a_step(session, notes):
    one = notes.add(Note(start_s=1.0, text="a"))
    two = notes.add(Note(start_s=0.5))
    assert [note.id for note in notes.all] == [two, one] and notes.of(one).author == "Ana" and notes.of(one).written
    notes.change(one, "Change status", status="done")
    notes.reply(one, "  yes ")
    notes.reply(one, "   ")
    notes.remove(two)
    texts = [session.undo.text(i) for i in range(session.undo.count())]
    assert texts == ["Add note", "Add note", "Change status", "Reply to note", "Delete note"]
    assert [reply.text for reply in notes.of(one).replies] == ["yes"]
    for _ in range(3):
        session.undo.undo()
    assert notes.of(one).status == "open" and not notes.of(one).replies and notes.of(two)
    for _ in range(3):
        session.undo.redo()
    assert notes.of(one).status == "done" and notes.of(two) is None


def test_typing_is_one_step(session, notes):
    one = notes.add(Note(start_s=0.1))
    for text in ("L", "Li", "Lip"):
        notes.change(one, "Change note's text", "text", text=text)
    assert session.undo.count() == 2
    session.undo.undo()
    assert notes.of(one).text == ""


def test_what_changes_nothing_is_no_step(session, notes):
    one = notes.add(Note(start_s=0.1, text="a"))
    notes.change(one, "Change note's text", text="a")
    notes.change("gone", "Change note's text", text="b")
    assert session.undo.count() == 1


def test_an_import_comes_without_doubles_and_goes_with_one_undo(session, notes, tmp_path):
    one = notes.add(Note(start_s=0.1, text="a"))
    mine = notes.of(one)
    theirs = [replace(mine, text="b", changed="2999-01-01T00:00:00+00:00"), Note(id=new_id(), start_s=0.4, text="new", voice="v.ogg")]
    voice = tmp_path / "v.ogg"
    voice.write_bytes(b"x")
    assert notes.merge(theirs, {"v.ogg": voice}) == 2
    assert [note.text for note in notes.all] == ["b", "new"] and notes.media.file_of("v.ogg") == voice
    assert notes.merge(theirs) == 0 and session.undo.count() == 2
    session.undo.undo()
    assert notes.all == (mine,)


def test_notes_belong_to_a_sound_and_are_work(session, notes, hum, open_clip):
    notes.add(Note(start_s=0.1, text="a"))
    kept = notes.all
    other = AudioClip(np.full(16000, 0.1, np.float32), hum.rate, "other")
    open_clip(other, "mock")
    assert notes.all == () and notes.everything == (kept,) and session.projects.dirty
    session.undo.undo()
    session.undo.redo()
    assert notes.all == (), "a step of another sound changes that one's notes"
    open_clip(hum, "mock")
    assert notes.all == kept


def test_media_are_named_once_and_move_with_the_project(tmp_path):
    media = NoteMedia()
    made = media.new_file(".ogg")
    made.write_bytes(b"voice")
    picture = tmp_path / "a b?.PNG"
    picture.write_bytes(b"p")
    other = tmp_path / "x" / "a b?.PNG"
    name, seen = media.add(made), media.add(picture)
    assert media.add(picture) == seen == "a-b.png" and media.add(other) == "a-b-2.png"
    notes = [Note(id="1", voice=name)]
    project = tmp_path / "shots" / "line.vsync"
    project.parent.mkdir()
    media.settle(project, notes)
    assert media.file_of(name) == project.parent / "line-notes" / made.name and made.exists()
    assert media.needed(notes) == {name: media.file_of(name)}
    media.close()
    assert media.file_of(name).read_bytes() == b"voice" and not made.parent.exists()


def test_what_a_killed_session_recorded_goes_when_its_heir_is_closed(tmp_path):
    dead, heir = NoteMedia(), NoteMedia()
    spoken, brought = dead.new_file(".ogg"), tmp_path / "ref.png"
    for file in (spoken, brought):
        file.write_bytes(b"x")
    heir.learn({"a.ogg": spoken, "ref.png": brought})
    heir.close()
    assert not spoken.parent.exists() and brought.exists(), "only what was made here"


def test_the_pointer_stands_and_moves_as_it_did():
    moves = [PointerMove(0.1, 0.2, 0.2), PointerMove(0.2, 0.4, 0.6), PointerMove(1.0, 0.8, 0.8)]
    assert pointer_at(moves, 0.05) is None
    assert pointer_at(moves, 0.15) == pytest.approx((0.3, 0.4))
    assert pointer_at(moves, 0.6) == (0.4, 0.6), "between far moves it stood still"
    assert pointer_at(moves, 3.0) == (0.8, 0.8)
    assert pointer_at([], 1.0) is None


@pytest.fixture
def tone(tmp_path, audio_sink):
    """A tone that the null sink plays, and whose monitor is the microphone."""
    from app.audio.clips import write_wav

    t = np.arange(48000 * 6) / 48000
    file = tmp_path / "tone.wav"
    write_wav(file, AudioClip((0.4 * np.sin(2 * np.pi * 440 * t)).astype(np.float32), 48000, "tone"))
    with subprocess.Popen(["paplay", str(file)]) as playing:
        yield
        playing.terminate()


def test_a_spoken_note_is_what_was_heard(session, notes, qtbot, tone):
    from app.audio.clips import read_clip

    voice, playback = session.voice_notes, session.playback
    at_s = playback.now()
    with qtbot.waitSignal(voice.recorded, timeout=60_000) as told:
        voice.record()
        qtbot.waitUntil(lambda: voice.at_s > 0.6 and voice.level > 0.02, timeout=60_000)
        for share in (0.2, 0.5, 0.8):
            voice.point(share, 0.5)
            before = len(voice._moves)
            qtbot.waitUntil(lambda share=share, before=before: voice.point(share, 0.5) or len(voice._moves) > before, timeout=60_000)
        voice.finish()
    spoken = told.args[0]
    assert not voice.recording and spoken.file.suffix in (".ogg", ".flac")
    clip = read_clip(spoken.file)
    assert clip.duration_s == pytest.approx(spoken.duration_s, abs=0.02)
    middle = clip.samples[len(clip.samples) // 3 : -len(clip.samples) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * clip.rate / len(middle) == pytest.approx(440, abs=8)
    assert 0.2 < spoken.pointer[0].at_s < spoken.pointer[-1].at_s <= spoken.duration_s
    name = notes.media.add(spoken.file)
    one = notes.add(Note(start_s=0.1, voice=name, pointer=list(spoken.pointer), strokes=[Stroke()]))
    with qtbot.waitSignal(voice.playing_changed, timeout=60_000, check_params_cb=lambda heard: heard == one):
        voice.play(one, name, spoken.pointer)
    qtbot.waitUntil(lambda: voice.dot is not None, timeout=60_000)
    assert voice.dot[1] == 0.5 and playback.now() == at_s and not playback.playing
    with qtbot.waitSignal(voice.playing_changed, timeout=60_000, check_params_cb=lambda heard: heard == ""):
        pass
    assert voice.dot is None


def test_a_microphone_that_is_not_there_is_one_sentence(session, notes, qtbot):
    session.live.device = "no such microphone"
    with qtbot.waitSignal(session.messages.failed, timeout=60_000) as told:
        session.voice_notes.record()
    assert "cannot be opened" in told.args[0] and not session.voice_notes.recording


def test_a_spoken_part_that_is_gone_is_one_sentence(session, notes, qtbot):
    with qtbot.waitSignal(session.messages.failed) as told:
        session.voice_notes.play("x", "gone.ogg")
    assert "gone.ogg" in told.args[0] and told.args[0].endswith("take.")

"""Work of a hand through another sound of the line, in a session without a window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soxr

from app.audio.clips import write_wav
from app.core.curve_edits import CurveEdit
from app.core.emotion import EmotionTimeline, mixture
from app.core.placing import Places
from app.core.speech import AudioClip, Phone, Speech
from app.core.timing.changes import moved
from app.formats.notes import Note
from app.formats.project import ProjectView
from app.formats.takes.reading import read_take
from app.formats.takes.writing import write_take
from app.review.batch.carrying import carried_edits, with_conflicts
from app.review.batch.stamp import BatchStamp, with_stamp
from app.session.base import opening
from app.session.base.opening import waveform
from app.session.session import BUNDLED

RATE = 16000


def line(words: str, step_s: float = 0.1, seed: int = 0) -> Speech:
    """A line of which every letter is a phone of its word."""
    phones, t = [Phone("sil", 0.0, 0.2)], 0.2
    for word in words.split():
        for letter in word:
            phones.append(Phone(letter.upper(), t, t + step_s, word))
            t += step_s
        phones.append(Phone("sil", t, t + 0.05))
        t += 0.05
    samples = np.random.default_rng(seed).normal(0, 0.1, int((t + 0.2) * RATE)).astype(np.float32)
    return Speech(AudioClip(samples, RATE), words, tuple(phones))


def where(speech: Speech, word: str) -> tuple[float, float]:
    spoken = [p for p in speech.phones if p.word == word]
    return spoken[0].start_s, spoken[-1].end_s


@pytest.fixture
def play(session, qtbot):
    """``play(speech)``: it is the sound from now on, with its words."""

    def do(speech: Speech) -> Speech:
        session.speeches.restore(speech, waveform(speech.audio), ((0.0, speech),), None)
        qtbot.waitUntil(lambda: not session.workers.busy, timeout=30_000)
        return speech

    session.sources.choose("A", "mock")
    return do


def on(speech: Speech, word: str, kind: str = "scale") -> CurveEdit:
    return CurveEdit(kind, ("jawOpen",), *where(speech, word), 0.5)


def spans(session) -> list[tuple[float, float]]:
    return [(edit.start_s, edit.end_s) for edit in session.state.sides["A"].edits]


def test_all_work_goes_along_to_another_voice_and_can_be_taken_back(session, play):
    old = play(line("one two three four"))
    for word in ("one", "two", "three"):
        session.edits.add("A", on(old, word))
    session.notes.add(Note(start_s=where(old, "two")[0], text="jaw"))
    session.marks.add(where(old, "three")[0])
    joy = replace(mixture({"joy": 1.0}), time_s=where(old, "four")[0])
    session.emotion.change_timeline(EmotionTimeline((joy,)), "joy")
    told = []
    session.carrying.came.connect(told.append)
    new = play(line("one two three four", 0.13, seed=1))
    assert spans(session) == [pytest.approx(where(new, word)) for word in ("one", "two", "three")]
    assert session.notes.all[0].start_s == pytest.approx(where(new, "two")[0])
    assert session.marks.all[0].time_s == pytest.approx(where(new, "three")[0])
    assert session.emotion.settings.timeline.keys[-1].time_s == pytest.approx(where(new, "four")[0])
    assert [each.words for each in told] == ["3 edits, 1 note, 1 mark and 1 emotion key"] and not session.conflicts.all
    session.carrying.take_back()
    assert not session.state.sides["A"].edits and not session.notes.all and not session.marks.all
    assert session.emotion.settings.timeline.keys[-1].time_s == joy.time_s
    session.undo.redo()
    assert len(spans(session)) == 3 and len(session.notes.all) == 1


def test_of_another_line_it_stays_and_is_there_again_and_what_was_done_since_counts(session, play):
    old = play(line("one two three"))
    session.edits.add("A", on(old, "two"))
    play(line("quite other words here", seed=2))
    assert not spans(session) and not session.conflicts.all
    play(old)
    assert spans(session) == [where(old, "two")]
    new = play(line("one two three", 0.12, seed=3))
    assert spans(session) == [pytest.approx(where(new, "two"))]
    play(old)
    assert spans(session) == [where(old, "two")]
    play(new)
    session.edits.add("A", on(new, "three"))
    play(old)
    assert spans(session) == [pytest.approx(where(old, "two")), pytest.approx(where(old, "three"))]
    session.undo.undo()
    assert spans(session) == [where(old, "two")]


def test_what_has_no_place_is_listed_placed_dismissed_and_back_when_its_words_are(session, play):
    old = play(line("one two three four"))
    session.edits.add("A", on(old, "two"))
    session.edits.add("A", on(old, "four", "smooth"))
    session.marks.add(where(old, "two")[0] + 0.05)
    new = play(line("one three four", 0.12, seed=1))
    assert spans(session) == [pytest.approx(where(new, "four"))] and not session.marks.all
    assert sorted(each.kind for each in session.conflicts.all) == ["edit", "mark"]
    edit = next(each for each in session.conflicts.all if each.kind == "edit")
    assert where(new, "one")[1] - 0.01 <= edit.at_s <= where(new, "three")[0] + 0.01
    again = play(line("one two three four", 0.09, seed=4))
    assert sorted(spans(session)) == [pytest.approx(where(again, "two")), pytest.approx(where(again, "four"))]
    assert not session.conflicts.all and session.marks.all
    play(new)
    session.conflicts.place(edit.id, 0.4)
    assert (0.4, pytest.approx(0.7)) in spans(session) and [each.kind for each in session.conflicts.all] == ["mark"]
    session.undo.undo()
    assert len(spans(session)) == 1 and len(session.conflicts.all) == 2
    session.conflicts.settle(session.conflicts.all[0].id)
    assert len(session.conflicts.all) == 1
    session.undo.undo()
    assert len(session.conflicts.all) == 2


def test_a_line_that_grows_sentence_by_sentence_takes_up_what_has_come(session, play):
    old = play(line("one two three four five six"))
    for word in ("two", "five"):
        session.edits.add("A", on(old, word))
    whole = line("one two three four five six", 0.12, seed=5)
    cut = round(where(whole, "three")[1] * RATE) + 100
    first = Speech(AudioClip(whole.audio.samples[:cut], RATE), "one two three", tuple(p for p in whole.phones if p.end_s <= cut / RATE))
    growing = [True]
    session.carrying.is_growing = lambda: growing[0]
    session.state.begin_speech(first, waveform(first.audio), ((0.0, first),))
    assert spans(session) == [pytest.approx(where(whole, "two"))] and not session.conflicts.all
    session.state.extend_speech(whole, waveform(whole.audio), (cut / RATE, whole))
    assert spans(session) == [pytest.approx(where(whole, "two")), pytest.approx(where(whole, "five"))]
    growing[0] = False
    session.carrying.look_again()
    assert len(spans(session)) == 2 and not session.conflicts.all
    session.undo.undo()
    assert not spans(session)


def test_a_clip_is_trimmed_or_slower_without_any_words(session, play):
    t = np.arange(4 * RATE) / RATE
    knots = np.random.default_rng(6).uniform(0.0, 1.0, 40)
    sound = (np.interp(t * 8, np.arange(40), knots) ** 2 * np.sin(2 * np.pi * 180 * t) * 0.5).astype(np.float32)
    old = play(Speech(AudioClip(sound, RATE)))
    session.edits.add("A", CurveEdit("scale", (), 2.0, 2.5, 0.5))
    session.edits.add("A", CurveEdit("scale", (), 0.1, 0.4, 0.5))
    play(Speech(AudioClip(sound[RATE:], RATE)))
    assert spans(session) == [pytest.approx((1.0, 1.5), abs=0.005)] and len(session.conflicts.all) == 1
    asked = []
    session.carrying.offered.connect(asked.append)
    slower = soxr.resample(sound, RATE, RATE * 1.07).astype(np.float32)
    play(Speech(AudioClip(slower, RATE)))
    session.carrying.look_again()
    assert not spans(session) and asked == [2]
    session.carrying.trust(old)
    play(Speech(AudioClip(slower, RATE)))
    assert spans(session)


def drag(session, word: str, by_s: float) -> None:
    """Move a word on the time line."""
    timing = session.timing
    index = next(i for i, each in enumerate(timing.timed.words) if each.text == word)
    timing.apply("Move word", moved(timing.timed, "words", index, by_s))


def test_dragged_words_take_edits_along_and_bring_them_back_exactly(session, play):
    old = play(line("one two three"))
    session.edits.add("A", on(old, "two"))
    exactly = spans(session)
    drag(session, "two", 0.02)
    drag(session, "two", 0.01)
    assert spans(session) == [pytest.approx(where(session.state.speech, "two"))]
    assert spans(session)[0][0] == pytest.approx(exactly[0][0] + 0.03, abs=1e-3)
    session.undo.undo()
    session.undo.undo()
    assert spans(session) == exactly


def test_dragged_words_stay_with_their_sound_and_go_along_to_another_voice(session, play):
    old = play(line("one two three"))
    session.edits.add("A", on(old, "two"))
    drag(session, "two", 0.04)
    there = spans(session)
    play(line("quite other words here", seed=2))
    assert not session.timing.is_changed
    play(old)
    assert session.timing.is_changed and spans(session) == there
    play(old)
    assert session.timing.is_changed and spans(session) == there, "the same sound once more"
    new = play(line("one two three", 0.12, seed=1))
    now = session.state.speech
    assert where(now, "two")[0] > where(new, "two")[0] + 0.02 and where(now, "one")[0] == where(new, "one")[0]
    assert spans(session) == [pytest.approx(where(now, "two"))] and not session.conflicts.all
    session.carrying.take_back()
    assert not session.timing.is_changed and not spans(session) and session.state.speech.phones == new.phones
    session.undo.redo()
    assert spans(session) == [pytest.approx(where(now, "two"))]
    play(line("one three", 0.1, seed=8))
    assert sorted(each.kind for each in session.conflicts.all) == ["edit", "timing"]


def saved(session, qtbot, path):
    session.projects.save(path, ProjectView())
    with qtbot.waitSignal(session.projects.opened, timeout=30_000):
        session.projects.open(path)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=30_000)


def test_conflicts_and_where_edits_lie_are_in_the_project(session, play, qtbot, tmp_path):
    old = play(line("one two three four"))
    session.edits.add("A", on(old, "two"))
    session.edits.add("A", on(old, "four", "smooth"))
    play(line("one three four", 0.12, seed=1))
    edits, conflicts = spans(session), session.conflicts.all
    saved(session, qtbot, tmp_path / "line.vsync")
    assert spans(session) == edits and session.conflicts.all == conflicts and len(conflicts) == 1
    saved(session, qtbot, tmp_path / "line.vstake")
    assert spans(session) == edits and session.conflicts.all == conflicts
    again = play(line("one two three four", 0.09, seed=4))
    assert pytest.approx(where(again, "four")) in spans(session)


def test_a_sound_that_was_recorded_anew_under_its_name_keeps_the_edits_of_the_project(session, play, qtbot, tmp_path, monkeypatch):
    old = play(line("one two three"))
    session.edits.add("A", on(old, "two"))
    drag(session, "two", 0.02)
    saved(session, qtbot, tmp_path / "line.vsync")
    assert session.timing.is_changed
    new = line("one two three", 0.13, seed=7)
    write_wav(tmp_path / "line.wav", new.audio)
    monkeypatch.setattr(opening, "find_phones", lambda _job, _clip, _text: new.phones)
    with qtbot.waitSignal(session.carrying.came, timeout=30_000):
        session.projects.open(tmp_path / "line.vsync")
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=30_000)
    assert where(session.state.speech, "two")[0] == pytest.approx(where(new, "two")[0] + 0.02, abs=0.01) and session.projects.dirty
    assert spans(session) == [pytest.approx(where(session.state.speech, "two"))] and not session.conflicts.all


def test_a_recording_that_is_said_to_be_the_same_gets_the_words_and_the_work_of_the_former_one(session, play, qtbot, monkeypatch):
    old = play(line("one two three"))
    session.edits.add("A", on(old, "two"))
    again = line("one two three", 0.12, seed=9)
    session.sources.choose("A", "mock")
    with qtbot.waitSignal(session.carrying.offered, timeout=30_000):
        session.speeches.take(again.audio, waveform(again.audio))
    assert not spans(session)
    monkeypatch.setattr(opening, "find_phones", lambda _job, _clip, text: again.phones if text == old.text else ())
    with qtbot.waitSignal(session.carrying.came, timeout=30_000):
        session.replacing.says_the_same()
    assert spans(session) == [pytest.approx(where(again, "two"))] and session.state.speech.text == old.text


def test_what_a_batch_could_not_place_is_in_the_same_list(session, play, qtbot, tmp_path):
    old = play(line("one two three"))
    _, lost = carried_edits((on(old, "two"),), "A", Places(old, line("one three", seed=3)))
    session.projects.save(tmp_path / "line.vstake", ProjectView())
    take, stamp = with_conflicts(read_take(tmp_path / "line.vstake", BUNDLED), BatchStamp(), lost)
    write_take(tmp_path / "line.vstake", replace(take, unknown=with_stamp({}, stamp)), BUNDLED)
    with qtbot.waitSignal(session.projects.opened, timeout=30_000):
        session.projects.open(tmp_path / "line.vstake")
    conflicts = session.conflicts
    assert [each.id for each in conflicts.all] == [lost[0].id] and conflicts.can_place(lost[0].id) and not conflicts.own
    conflicts.place(lost[0].id, 0.5)
    assert not conflicts.all and session.notes.of(lost[0].id).status == "done" and spans(session)[0][0] == pytest.approx(0.5)
    session.undo.undo()
    assert len(conflicts.all) == 1 and not spans(session)

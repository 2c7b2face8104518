"""Work of a hand through a new run: done to the new motion where it has a place, listed where not, never lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.curve_edits import CurveEdit
from app.core.emotion import EmotionSettings, EmotionTimeline, mixture
from app.core.placing import Places
from app.core.presets import tuning_data
from app.core.speech import AudioClip, Phone, Speech
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning
from app.formats.notes import Note
from app.formats.project import Project, ProjectSide
from app.formats.takes.take import Lane, SavedTake
from app.review.batch.carrying import Wanted, carried_edits, carried_notes, carried_settings, status_conflict, with_conflicts
from app.review.batch.stamp import BatchStamp, open_conflicts, stamp_of, with_stamp
from app.review.batch.summary import score_of, summary_of


def spoken(words: str, step_s: float = 0.1, seed: int = 0) -> Speech:
    """A line of which every letter is a phone of its word."""
    phones, t = [], 0.2
    for word in words.split():
        for letter in word:
            phones.append(Phone(letter.upper(), t, t + step_s, word))
            t += step_s
        phones.append(Phone("sil", t, t + 0.05))
        t += 0.05
    samples = np.random.default_rng(seed).normal(0, 0.1, int((t + 0.2) * 8000)).astype(np.float32)
    return Speech(AudioClip(samples, 8000), words, tuple(phones))


def take_of(speech: Speech, **changes) -> SavedTake:
    track = BlendshapeTrack(np.zeros((round(speech.audio.duration_s * 60), 52), np.float32), 60.0)
    motion = Animation(track, label="Test")
    emotion = EmotionSettings()
    stamp = BatchStamp("k", "s", "m", 2, source="mock", tuning=tuning_data(Tuning()), emotion=emotion.to_data(), marks="none")
    take = SavedTake(
        "id", "L1", Project({"A": ProjectSide("mock")}, emotion=emotion), speech, {"A": Lane(motion, motion, "Test")},
        unknown=with_stamp({"future": 1}, stamp),
    )  # fmt: skip
    return replace(take, **changes)


WANTED = Wanted("mock", Tuning(), EmotionSettings(), "none")


def test_moments_move_with_the_words_that_they_lie_on():
    old, new = spoken("one two three"), spoken("oh one two and three", 0.12, seed=1)
    places = Places(old, new)
    for word in ("one", "two", "three"):
        before, after = next(p for p in old.phones if p.word == word), next(p for p in new.phones if p.word == word)
        assert places.stretch(before.start_s, before.end_s) == pytest.approx((after.start_s, after.end_s))
    assert places.moment(0.0) == 0.0 and places.moment(old.audio.duration_s) == pytest.approx(new.audio.duration_s)
    assert places.stretch(0.0, old.audio.duration_s) == (0.0, new.audio.duration_s)
    assert Places(old, old).stretch(0.3, 0.4) == (0.3, 0.4)
    grid = [places.moment(t) for t in np.linspace(0, old.audio.duration_s, 200)]
    assert np.all(np.diff(grid) >= 0)


def test_what_is_said_no_more_has_no_place():
    places = Places(spoken("one two three"), spoken("one three", seed=1))
    two = [p for p in spoken("one two three").phones if p.word == "two"]
    assert places.stretch(two[0].start_s, two[-1].end_s) is None and places.stretch(0.25, 0.45) is not None
    without = replace(spoken("one two"), phones=())
    assert Places(without, replace(spoken("one two three"), phones=())).stretch(0.2, 0.4) is None
    assert Places(without, replace(spoken("one two", seed=3), phones=())).stretch(0.2, 0.4) == pytest.approx((0.2, 0.4))


def test_edits_go_along_and_those_without_a_place_are_listed_with_all_their_data():
    old, new = spoken("one two three"), spoken("one three", 0.12, seed=1)
    on_one, on_two = CurveEdit("scale", ("jawOpen",), 0.2, 0.5, 0.5), CurveEdit("offset", (), 0.55, 0.85, 0.1)
    kept, lost = carried_edits((on_one, on_two), "A", Places(old, new))
    assert len(kept) == 1 and kept[0].start_s == pytest.approx(0.2) and kept[0].end_s == pytest.approx(0.56)
    assert len(lost) == 1 and lost[0].data["kind"] == "offset" and lost[0].data["start_s"] == 0.55 and "place it where" in lost[0].sentence
    assert carried_edits((on_one, on_two), "A", Places(old, old)) == ((on_one, on_two), [])


def test_notes_never_go_and_those_about_other_words_are_listed():
    old, new = spoken("one two three"), spoken("one three", seed=1)
    notes = (
        Note("a", start_s=0.3, text="jaw"),
        Note("b", start_s=0.6, end_s=0.7, text="lips", status="open"),
        Note("c", start_s=0.6, status="done"),
    )
    kept, lost = carried_notes(notes, Places(old, new))
    assert {note.id for note in kept} == {"a", "b", "c"} and [each.id for each in lost] == ["b"]
    assert all(0 <= note.start_s <= new.audio.duration_s for note in kept)


def test_what_the_table_changes_is_taken_where_no_hand_did_anything():
    take = take_of(spoken("one two"))
    places = Places(take.speech, take.speech)
    wanted = Wanted("visemes", Tuning(intensity=0.5), EmotionSettings(timeline=EmotionTimeline((mixture({"joy": 1.0}),))), "joy")
    made = carried_settings(take, wanted, places)
    assert (made.source, made.tuning, made.emotion, made.conflicts) == (wanted.source, wanted.tuning, wanted.emotion, [])
    assert carried_settings(None, wanted, None).tuning == wanted.tuning


def test_what_a_hand_changed_stays_and_is_a_conflict_where_the_table_changed_too():
    by_hand = EmotionSettings(timeline=EmotionTimeline((mixture({"anger": 0.5}, 0.3),)))
    take = take_of(spoken("one two"), project=Project({"A": ProjectSide("visemes", None, Tuning(intensity=0.7))}, emotion=by_hand))
    places = Places(take.speech, take.speech)
    made = carried_settings(take, WANTED, places)
    assert (made.source, made.tuning.intensity, made.emotion, made.conflicts) == ("visemes", 0.7, by_hand, [])
    disputed = carried_settings(take, Wanted("a2f", Tuning(intensity=0.9), EmotionSettings(), "other marks"), places)
    assert (disputed.source, disputed.tuning.intensity, disputed.emotion) == ("visemes", 0.7, by_hand)
    assert [each.kind for each in disputed.conflicts] == ["source", "tuning", "emotion"]
    assert disputed.conflicts[1].data["hand"] == {"intensity": 0.7} or disputed.conflicts[1].data["hand"]["intensity"] == 0.7


def test_emotion_keys_that_were_dragged_go_with_the_words():
    by_hand = EmotionSettings(timeline=EmotionTimeline((mixture({"joy": 1.0}, 0.2), mixture({"anger": 0.5}, 0.55))))
    take = take_of(spoken("one two"), project=Project({"A": ProjectSide("mock")}, emotion=by_hand))
    made = carried_settings(take, WANTED, Places(take.speech, spoken("one two", 0.2, seed=1)))
    assert [round(key.time_s, 2) for key in made.emotion.timeline.keys] == [0.0, 0.2, 0.85] and not made.conflicts


def test_a_conflict_is_a_note_until_it_is_done_and_is_listed_once():
    take = take_of(spoken("one two three"))
    _, lost = carried_edits((CurveEdit("scale", (), 0.55, 0.85, 0.5),), "A", Places(take.speech, spoken("one three", seed=1)))
    stamp = stamp_of(take.unknown)
    noted, stamped = with_conflicts(take, stamp, lost)
    assert [note.text for note in noted.notes] == [lost[0].sentence] and open_conflicts(stamped, noted.notes) == lost
    again, twice = with_conflicts(noted, stamped, lost)
    assert len(again.notes) == 1 and len(twice.conflicts) == 1
    kept, still = with_conflicts(noted, stamped, [])
    assert len(kept.notes) == 1 and still.conflicts == lost
    done = replace(noted, notes=tuple(replace(note, status="done") for note in noted.notes))
    _, settled = with_conflicts(done, stamped, lost)
    assert settled.conflicts == [] and open_conflicts(stamped, done.notes) == []


def test_what_was_approved_before_its_motion_changed_is_said():
    take = take_of(spoken("one"), status="approved")
    assert "approved before a new sound" in status_conflict(take, "a new sound").sentence
    assert status_conflict(replace(take, status="in review"), "a new sound") is None


def test_a_stamp_survives_what_another_version_or_a_stranger_writes():
    assert stamp_of({}) is None and stamp_of({"batch": 3}) is None
    odd = stamp_of({"batch": {"line": 5, "row": "x", "later": True, "conflicts": [{"id": 1}, {"id": "a", "kind": "edit"}]}})
    assert (odd.line, odd.row, odd.unknown) == ("", 0, {"later": True})
    assert with_stamp({"future": 1}, odd)["batch"]["later"] is True and with_stamp({"future": 1}, odd)["future"] == 1


def test_a_summary_says_how_a_line_stands():
    take = take_of(spoken("one two three"), notes=(Note("a", text="look"), Note("b", status="done")), status="in review")
    made = summary_of(take)
    assert (made.line, made.status, made.notes, made.row) == ("L1", "in review", 1, 2) and made.errors + made.warnings > 0
    assert len(made.wave) == len(made.jaw) == len(made.lips) == 96 and max(made.wave) == 99
    assert score_of(replace(made, error="It failed.")) > score_of(replace(made, conflicts=["a"])) > score_of(made) > 0

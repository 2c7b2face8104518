"""Marks of a text: read with their places, written back, placed by the words, and laid over a motion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.arkit import ARKIT_INDEX
from app.core.emotion import EMOTIONS, EmotionTimeline, mixture
from app.core.lips import lip_opening
from app.core.marks import writing
from app.core.marks.curves import with_marks
from app.core.marks.felt import felt_of, with_felt
from app.core.marks.grammar import has_marks, inside_of, mark_of, read_marks, without_marks
from app.core.marks.placing import placed, times_of, words_in
from app.core.marks.vocabulary import EMOTION_SHAPES, KNOWN
from app.core.speech import Phone, Word
from app.core.track import Animation, BlendshapeTrack

LINE = "Hello [smile] there, my friend. [angry 0.7] How dare [nod] you [/] come [pause 300] back?"
BRACKETS = st.sampled_from(
    ["[smile]", "[angry 0.7]", "[/]", "[/smile]", "[brow up 0.4]", "[look left 0.8 600ms]", "[pause 300]", "[joy 0.6 + sadness 0.2]",
     "[12]", "[smlie]", "[nod]", "[", "]", "[sic]", "[neutral]"]
)  # fmt: skip
TEXTS = st.lists(BRACKETS | st.text("abc .,'-é\n“”", max_size=8), max_size=12).map("".join)


def said(words: str, step_s: float = 0.5) -> list[Word]:
    """Words of half a second each, without pauses."""
    return [Word(word, i * step_s, (i + 1) * step_s) for i, word in enumerate(words.split())]


def still(seconds: float = 6.0, **shapes: float) -> Animation:
    """A face that holds some shapes."""
    weights = np.zeros((round(60 * seconds), 52), np.float32)
    for name, value in shapes.items():
        weights[:, ARKIT_INDEX[name]] = value
    return Animation(BlendshapeTrack(weights, 60.0))


def marked_motion(line: str, motion: Animation, *, feels: bool = False, spoken=()) -> Animation:
    marked = read_marks(line)
    words = said(" ".join(word.text for word in words_in(marked)))
    return with_marks(motion, placed(marked, words, 6.0), spoken, feels=feels)


# -- reading and writing


def test_marks_are_read_with_their_exact_places():
    marked = read_marks(LINE)
    assert [(mark.name, mark.strength, LINE[mark.start : mark.end]) for mark in marked.marks] == [
        ("smile", 1.0, "[smile]"), ("anger", 0.7, "[angry 0.7]"), ("nod", 1.0, "[nod]"), ("pause", 1.0, "[pause 300]"),
    ]  # fmt: skip
    assert marked.marks[1].close is not None and LINE[slice(*marked.marks[1].close)] == "[/]"
    assert without_marks(LINE) == "Hello there, my friend. How dare you come back?" and marked.sentences == ()
    assert [word.text for word in words_in(marked)] == ["Hello", "there", "my", "friend", "How", "dare", "you", "come", "back"]


@given(TEXTS)
def test_a_text_comes_back_to_the_letter(text):
    marked = read_marks(text)
    assert writing.written(writing.pieces_of(marked)) == text
    for i, mark in enumerate(marked.marks):
        again = mark_of(inside_of(mark))
        assert again is not None and (again.name, again.feelings and again.name, again.lasts_s) == (
            mark.name,
            mark.feelings and mark.name,
            mark.lasts_s,
        )
        assert again.strength == pytest.approx(mark.strength, abs=0.006)
        assert read_marks(writing.changed(marked, i)).marks[i].name == mark.name


@given(TEXTS, st.data())
def test_changing_one_mark_leaves_the_words_and_the_other_marks(text, data):
    marked = read_marks(text)
    if not marked.marks:
        assert not has_marks(text) or marked.strays
        return
    index = data.draw(st.integers(0, len(marked.marks) - 1))
    word = data.draw(st.integers(0, len(words_in(marked))))
    words = [each.text for each in words_in(marked)]
    others = sorted((mark.name, mark.strength) for i, mark in enumerate(marked.marks) if i != index)
    moved = read_marks(writing.moved(marked, index, word))
    assert [each.text for each in words_in(moved)] == words
    assert sorted((mark.name, mark.strength) for mark in moved.marks) == sorted((mark.name, mark.strength) for mark in marked.marks)
    removed = read_marks(writing.removed(marked, index))
    assert [each.text for each in words_in(removed)] == words and sorted((m.name, m.strength) for m in removed.marks) == others


@given(st.integers(0, 9), st.integers(0, 8))
def test_a_mark_that_is_added_and_taken_out_leaves_the_text(word, last):
    for inside, end in (("wink", None), ("sad 0.4", max(word, last))):
        made = writing.added(read_marks(LINE), inside, word, end)
        marked = read_marks(made)
        index = next(i for i, mark in enumerate(marked.marks) if mark.title == inside)
        assert marked.marks[index].is_span == (end is not None)
        assert read_marks(writing.removed(marked, index)).marks[0].name == "smile"
        assert without_marks(writing.removed(marked, index)).split() == without_marks(LINE).split()


def test_spans_that_cross_close_by_name_and_go_back_when_they_do_not():
    marked = read_marks(LINE)
    crossed = writing.moved(marked, 0, 5)
    assert crossed == "Hello there, my friend. [angry 0.7] How [smile] dare [nod] you [/anger] come [pause 300] back?"
    assert [mark.is_span for mark in read_marks(crossed).marks] == [True, False, False, False]
    assert writing.stretched(read_marks("a b [smile] c d"), 0, 3, "end") == "a b [smile] c d [/]"
    assert writing.index_after(marked, read_marks(crossed), 0) == 1
    inside = writing.added(read_marks("a [smile] b c [/] d"), "smile", 2)
    assert [mark.is_span for mark in read_marks(inside).marks].count(True) == 1 and "1200ms" in inside


@pytest.mark.parametrize(
    ("written", "told", "mute"),
    [
        ("[smlie]", "did you mean “[smile]”?", True), ("[look]", "did you mean “[look left]”?", True), ("[angry 7]", "from 0 to 1", True),
        ("[laughing hard]", "is read aloud", False), ("[pause 99999]", "10000 milliseconds", True), ("[/]", "closes no mark", True),
        ("[/smile]", "closes no mark", True),
    ],
)  # fmt: skip
def test_what_is_nearly_a_mark_is_told_and_stays_in_the_text(written, told, mute):
    text = f"Well {written} then."
    marked = read_marks(text)
    (sentence,) = marked.sentences
    assert told in sentence and written in sentence and sentence.endswith((".", "?")) and not marked.marks
    assert marked.text == text and without_marks(text) == ("Well then." if mute else text)


@pytest.mark.parametrize("text", ["x[0] = a[i]", "see [12] and [b]", "no [ marks ] here?", "[]", "[ 4 ]", "[a,b]"])
def test_other_brackets_are_text(text):
    marked = read_marks(text)
    assert not marked.marks and without_marks(text) == text and (not marked.sentences or "marks" in text)


def test_every_mark_of_the_vocabulary_reads_and_moves_something():
    for known in KNOWN.values():
        mark = mark_of(known.name)
        assert mark is not None and mark.name == known.name
        moves = known.shapes or any(known.turn) or known.kind == "pause" or known.name == "neutral" or known.name in EMOTION_SHAPES
        assert moves and set(dict(known.shapes)) <= set(ARKIT_INDEX) and known.about
        assert all(mark_of(name) is not None for name in known.also)
    assert set(EMOTION_SHAPES) == set(EMOTIONS)


# -- placing


def test_words_that_a_voice_reads_otherwise_still_place_the_marks():
    spoken = said("It costs three dollars and fifty cents to day no")
    times = times_of(["It", "costs", "3", "50", "today", "no"], spoken)
    assert times[0] == (0.0, 0.5) and times[5] == (4.5, 5.0)
    assert times[2][0] == 1.0 and times[2][1] <= times[3][1] <= 4.5 and times[4][1] == pytest.approx(4.5)


def test_marks_lie_at_their_words_and_spans_between_theirs():
    marked = read_marks(LINE)
    spoken = [*said("Hello there my friend How dare you come"), Word("back", 4.3, 4.8)]
    smile, anger, nod, pause = placed(marked, spoken, 5.0)
    assert (smile.start_s, nod.start_s, anger.start_s, anger.end_s) == (0.5, 3.0, 2.0, 3.5)
    assert (pause.start_s, pause.end_s) == (4.0, 4.3)
    # half of the line has come
    assert [each.mark.name for each in placed(marked, spoken[:5], 2.5, complete=False)] == ["smile", "anger"]
    assert placed(marked, (), 5.0) == ()


def test_a_mark_before_a_pause_belongs_to_the_pause_and_a_breath_ends_before_its_word():
    spoken = [Word("one", 1.0, 1.5), Word("two", 2.5, 3.0)]
    look, pause, breath = placed(read_marks("One [look left] [pause 900] [breath] two."), spoken, 3.0)
    assert look.start_s == pause.start_s == 1.5 and pause.end_s == 2.5
    assert breath.start_s > 1.5 and breath.start_s + 0.55 < 2.5
    (last,) = placed(read_marks("One two. [wink]"), spoken, 3.0)
    assert last.start_s == 3.0


# -- what they do


def test_nothing_is_done_where_there_is_nothing():
    motion = still()
    assert with_marks(motion, ()) is motion and marked_motion("only [pause 300] words", motion) is motion
    assert marked_motion("[angry] all", motion, feels=True) is motion


def test_shapes_come_and_go_smoothly_around_their_word_and_nothing_else_moves():
    motion = still(jawOpen=0.3)
    made = marked_motion("zero one [smile 0.5 600ms] two three four five six", motion).arkit
    smile = made.column("mouthSmileLeft")
    assert smile[: round(0.7 * 60)].max() == 0 and smile[round(1.4 * 60)] == pytest.approx(0.375, abs=0.01) and smile[-60:].max() == 0
    assert np.abs(np.diff(smile)).max() < 0.03 and (made.column("jawOpen") == motion.arkit.column("jawOpen")).all()
    held = marked_motion("zero [smile] one two three four five [/] six", motion).arkit.column("mouthSmileLeft")
    assert held[round(0.8 * 60) : round(2.9 * 60)].min() > 0.7


def test_gaze_takes_over_and_the_head_goes_with_it():
    motion = still(eyeLookUpLeft=0.4, eyeLookUpRight=0.4)
    made = marked_motion("zero [look left] one two three four five six", motion).arkit
    at = made.sample(0.9)
    assert at[ARKIT_INDEX["eyeLookOutLeft"]] == pytest.approx(0.75) and at[ARKIT_INDEX["eyeLookInRight"]] == pytest.approx(0.75)
    assert at[ARKIT_INDEX["eyeLookUpLeft"]] < 0.01 and made.sample(3.0)[ARKIT_INDEX["eyeLookUpLeft"]] == pytest.approx(0.4)
    assert made.side is not None and made.side.find("HeadYaw").min() < -0.03 and made.side.find("LeftEyeYaw").min() < -0.3


@pytest.mark.parametrize(("mark", "column"), [("nod", "HeadPitch"), ("shake", "HeadYaw"), ("tilt left", "HeadRoll")])
def test_gestures_turn_the_head_and_end_where_they_began(mark, column):
    side = marked_motion(f"zero [{mark}] one two three four five six", still()).arkit.side
    angle = side.find(column)
    assert 0.08 < np.abs(angle).max() < 0.2 and angle[0] == angle[-60] == 0 and np.abs(np.diff(angle)).max() < 0.03


@pytest.mark.parametrize("mark", [name for name, known in KNOWN.items() if known.kind != "pause"])
def test_no_mark_opens_lips_that_touch_in_a_word(mark):
    motion = still()
    closed = [Phone("M", 0.0, 6.0, "mmm")]
    made = marked_motion(f"zero [{mark}] one two three four five six", motion, spoken=closed).arkit
    assert lip_opening(made.weights).max() <= 0.041


def test_a_breath_parts_the_lips_in_a_pause():
    phones = [Phone("AA1", 0.0, 1.0, "a"), Phone("sil", 1.0, 3.0), Phone("AA1", 3.0, 4.0, "b")]
    marks = placed(read_marks("a [breath] b"), [Word("a", 0.0, 1.0), Word("b", 3.0, 4.0)], 6.0)
    made = with_marks(still(), marks, phones).arkit
    assert lip_opening(made.weights).max() > 0.1 and lip_opening(made.sample(3.05)) < 0.02


# -- feelings


def test_an_emotion_holds_for_its_span_and_the_keys_go_on_after_it():
    line = EmotionTimeline((mixture({"joy": 0.5}), mixture({"sadness": 1.0}, 4.0)), transition_s=0.2)
    felt = felt_of(placed(read_marks("zero one [angry 0.8] two three [/] four five six"), said("zero one two three four five six"), 3.5))
    made = with_felt(line, felt)
    at = made.at(np.array([0.9, 1.5, 2.5, 5.0]))
    joy, anger, sadness = (EMOTIONS.index(name) for name in ("joy", "anger", "sadness"))
    assert at[0][joy] == pytest.approx(0.5) and at[1][anger] == pytest.approx(0.8) and at[1][joy] == 0
    assert at[2][joy] == pytest.approx(0.5) and at[2][anger] == 0 and at[3][sadness] == 1
    assert with_felt(line, ()) is line


def test_what_nothing_closes_is_felt_until_the_next_and_faces_without_feelings_show_it():
    marks = placed(read_marks("[sad] zero one [happy 0.5] two three [neutral] four five"), said("zero one two three four five"), 6.0)
    assert [(each.mark.name, each.start_s, each.end_s) for each in marks] == [("sadness", 0, 1), ("joy", 1, 2), ("neutral", 2, 6)]
    made = with_marks(still(), marks).arkit
    assert made.sample(0.9)[ARKIT_INDEX["mouthFrownLeft"]] > 0.4 and made.sample(1.9)[ARKIT_INDEX["mouthSmileLeft"]] > 0.3
    assert not made.sample(3.0).any()


def test_the_page_of_marks_lists_all_of_them(root):
    page = (root / "docs" / "marks.md").read_text("utf-8")
    assert [name for name in KNOWN if f"`{name}`" not in page] == []

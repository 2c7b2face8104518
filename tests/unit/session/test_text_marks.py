"""Marks of the text in a session without a window: spoken, felt, kept, and changed."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.arriving import ArrivingSpeech
from app.core.emotion import EMOTIONS
from app.core.speech import AudioClip, Phone, Speech, words_of_phones
from app.core.timing.changes import moved_edge
from app.formats.project import ProjectView, read_project
from app.session.base.opening import waveform
from app.session.base.voices import Voices

SMILE = ARKIT_INDEX["mouthSmileLeft"]
TEXT = "One [smile] two [angry 0.8] three four [/] five."


def speech_of(text: str, seconds: float = 2.5) -> Speech:
    """Five words of half a second."""
    words = ("One", "two", "three", "four", "five")
    phones = tuple(Phone("AA1", i * 0.5, (i + 1) * 0.5, word) for i, word in enumerate(words))
    samples = np.sin(np.arange(round(16000 * seconds)) / 6).astype(np.float32) * 0.2
    return Speech(AudioClip(samples, 16000, "words"), text, phones)


@pytest.fixture
def said(session, qtbot):
    """``said(text, source)``: a speech with that text, animated."""

    def do(text: str, source: str = "visemes"):
        session.sources.choose("A", source)
        speech = speech_of(text)
        session.speeches.restore(speech, waveform(speech.audio), (), None)
        done = lambda: session.state.sides["A"].parts_done == 1 and not session.workers.busy  # noqa: E731
        qtbot.waitUntil(done, timeout=30_000)
        return session

    return do


def test_marks_move_the_side_and_leave_it_where_they_are_taken_out(said):
    session = said(TEXT)
    motion = session.state.sides["A"].tuned.arkit
    assert motion.sample(0.9)[SMILE] > 0.4 and motion.sample(1.7)[ARKIT_INDEX["browDownLeft"]] > 0.3
    own = session.state.sides["A"].own
    marks = session.text_marks
    once = marks.over(session.state.sides["A"], own)
    assert marks.over(session.state.sides["A"], own) is once
    marks.remove(1)
    marks.remove(0)
    assert session.state.speech.text == "One two three four five."
    side = session.state.sides["A"]
    assert side.raw is side.own and marks.over(side, own) is own
    session.undo.undo()
    session.undo.undo()
    assert session.state.speech.text == TEXT and session.state.sides["A"].tuned.arkit.sample(0.9)[SMILE] > 0.4


def test_a_drag_is_one_step_and_goes_back_to_where_it_began(said):
    session = said(TEXT)
    marks, told = session.text_marks, []
    marks.rewritten.connect(lambda before, after: told.append((before, after)))
    marks.begin()
    index = 0
    for t in (0.9, 1.4, 2.1):
        index = marks.move(0, marks.word_at(t))
    marks.end()
    assert session.state.speech.text == "One two [angry 0.8] three four [/] [smile] five." and index == 1 and session.undo.count() == 1
    assert told[-1] == (told[-2][1], session.state.speech.text)
    session.undo.undo()
    assert session.state.speech.text == TEXT
    # another sound is there: nothing of it is touched
    session.undo.redo()
    other = speech_of("Something else entirely.")
    session.state.begin_speech(other, waveform(other.audio))
    session.undo.undo()
    assert session.state.speech.text == "Something else entirely."


def test_what_the_text_feels_reaches_a_face_that_feels(said):
    session = said(TEXT)
    (felt,) = session.emotion.written
    assert (felt.start_s, felt.end_s, felt.strengths) == (1.0, 2.0, (("anger", 0.8),))
    from app.session.motion.animating import Order, Part

    order = Order(Part(0, 0.0, session.state.speech), session.emotion.settings, written=session.emotion.written)
    strengths = order.felt.timeline.at(np.array([0.5, 1.8]))
    anger = EMOTIONS.index("anger")
    assert strengths[0][anger] == 0 and strengths[1][anger] == pytest.approx(0.8)
    settled = []
    session.emotion.settled.connect(lambda: settled.append(1))
    session.emotion._settle()
    assert not settled
    session.text_marks.strengthen(1, 0.4)
    session.emotion._settle()
    assert settled and session.emotion.written[0].strengths == (("anger", 0.4),)


def test_a_project_keeps_the_marks_and_a_take_is_called_by_the_words(said, tmp_path):
    from app.session.keep.take_content import line_of

    session = said(TEXT)
    session.projects.save(tmp_path / "marked.vsync", ProjectView(line=TEXT))
    project = read_project(tmp_path / "marked.vsync", session.projects.bundled, [])
    assert project.sound.text == TEXT and line_of(session.state.speech) == "One two three four five."
    assert [word.text for word in words_of_phones(project.sound.phones)] == ["One", "two", "three", "four", "five"]


def test_only_other_marks_are_taken_from_a_typed_transcript(said):
    session = said(TEXT)
    marks = session.text_marks
    assert not marks.rewrite(TEXT) and not marks.rewrite("Two one three four five.")
    assert marks.rewrite("One two three [wink] four five.") and [each.mark.name for each in marks.placed] == ["wink left"]
    assert words_of_phones(session.state.speech.phones)[0].text == "One"


class Service:
    """A service that says five words in two sentences, each as it arrives."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def voices(self):
        return ()

    def warm_up(self) -> None:
        """Nothing to load."""

    def notes(self, text, voice_id=""):
        return ()

    def install(self, voice_id, progress=None, cancel=None) -> None:
        """Nothing to fetch."""

    def synthesize(self, text, voice_id, speed=1.0, cancel=None):
        return iter(())

    def arrive(self, text, voice_id, speed=1.0, cancel=None):
        self.asked.append(text)
        whole = speech_of("")
        for words in ((0, 3), (3, 5)):
            part = AudioClip(whole.audio.samples[words[0] * 8000 : words[1] * 8000], 16000)
            phones = tuple(
                Phone(p.symbol, p.start_s - words[0] * 0.5, p.end_s - words[0] * 0.5, p.word) for p in whole.phones[slice(*words)]
            )
            yield ArrivingSpeech.of(Speech(part, " ".join(p.word for p in phones), phones))


def test_a_line_that_arrives_from_a_service_keeps_its_marks(session, qtbot, monkeypatch):
    session.sources.choose("A", "visemes")
    monkeypatch.setattr(Voices, "current", property(lambda _: "azure:en-US-JennyNeural"))
    session.voices.engine = Service()
    line = "One [smile] two three. Four [angry 0.5] five."
    session.speeches.say(line)
    done = lambda: session.text_marks.can_edit and session.state.sides["A"].parts_done == 2 and not session.workers.busy  # noqa: E731
    qtbot.waitUntil(done, timeout=30_000)
    assert session.state.speech.text == line
    assert [(each.mark.name, each.start_s, each.end_s) for each in session.text_marks.placed] == [("smile", 0.5, 1.7), ("anger", 2.0, 2.5)]
    assert session.state.sides["A"].raw.arkit.sample(0.9)[SMILE] > 0.4


def test_marks_go_along_when_a_word_is_moved_by_hand(said):
    session = said(TEXT)
    timing = session.timing
    timing.apply("Move edge", moved_edge(timing.timed, "words", 1, "start", 0.7))
    assert session.text_marks.placed[0].start_s == pytest.approx(0.7)
    session.undo.undo()
    assert session.text_marks.placed[0].start_s == pytest.approx(0.5)

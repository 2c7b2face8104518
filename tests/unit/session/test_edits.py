"""Edits of curves belong to one sound, whatever it is called and however it begins."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.curve_edits import CurveEdit
from app.core.speech import AudioClip, Speech, joined
from app.core.track import BlendshapeTrack
from app.session.base.opening import waveform
from app.session.state import NO_PEAKS

SLATE = np.sin(np.arange(16000) / 5).astype(np.float32)
EDIT = CurveEdit("scale", (), 0.1, 0.4, 0.5)


def take(session, rest: float, name: str = "take") -> None:
    """Play a recording that begins with the slate's beep, as all of a day do."""
    clip = AudioClip(np.concatenate([SLATE, np.full(8000, rest, np.float32)]), 16000, name)
    session.state.begin_speech(Speech(clip), waveform(clip))


def test_edits_do_not_land_on_another_recording_that_begins_alike(session):
    take(session, 0.1)
    session.edits.add("A", EDIT)
    take(session, 0.2)
    assert session.edits.of("A") == ()
    assert session.projects.dirty, "they would be lost with the session"
    take(session, 0.1, "the same under another name")
    assert session.edits.of("A") == (EDIT,)


def test_a_step_is_taken_back_on_the_sound_where_it_was_made(session):
    take(session, 0.1)
    session.edits.add("A", EDIT)
    take(session, 0.2)
    session.undo.undo()
    assert session.edits.of("A") == ()
    take(session, 0.1)
    assert session.edits.of("A") == ()
    session.undo.redo()
    assert session.edits.of("A") == (EDIT,)


@pytest.fixture
def sentences() -> list[Speech]:
    """Three sentences."""
    return [Speech(AudioClip(np.full(4000, 0.1 * (i + 1), np.float32), 16000)) for i in range(3)]


def speak(session, sentences, meanwhile=lambda: None) -> None:
    """A line comes sentence by sentence."""
    session.state.begin_speech(sentences[0], NO_PEAKS, [(0.0, sentences[0])])
    meanwhile()
    for n in range(2, len(sentences) + 1):
        session.state.extend_speech(joined(sentences[:n]), NO_PEAKS, (0.25 * (n - 1), sentences[n - 1]))


def test_edits_of_a_line_are_there_again_when_it_is_spoken_again(session, sentences):
    speak(session, sentences)
    session.edits.add("A", EDIT)
    speak(session, sentences[:1])
    assert session.edits.of("A") == (), "the first sentence alone is another sound"
    speak(session, sentences)
    assert session.edits.of("A") == (EDIT,)


def test_what_is_edited_while_a_line_is_made_goes_on_with_it(session, sentences):
    speak(session, sentences, lambda: session.edits.add("A", EDIT))
    assert session.edits.of("A") == (EDIT,)
    session.undo.undo()
    assert session.edits.of("A") == ()
    session.undo.redo()
    take(session, 0.1)
    assert session.edits.of("A") == ()
    speak(session, sentences)
    assert session.edits.of("A") == (EDIT,)


def test_a_step_follows_its_side_to_another_place(session):
    take(session, 0.1)
    session.sources.choose("B", "mock")
    session.edits.add("A", EDIT)
    session.comparing.swap()
    assert session.edits.of("B") == (EDIT,) and session.edits.of("A") == ()
    session.undo.undo()
    session.undo.undo()
    assert session.edits.of("A") == session.edits.of("B") == ()


def ghost() -> BlendshapeTrack:
    return BlendshapeTrack(np.zeros((3, 52), np.float32), 60.0)


def test_ghosts_of_another_sound_go_although_its_file_has_the_same_name(session):
    take(session, 0.1, "take.wav")
    session.tunings.ghosts["A"] = ghost()
    take(session, 0.2, "take.wav")
    assert not session.tunings.ghosts


def test_ghosts_stay_while_a_line_goes_on(session, sentences):
    kept = []

    def note() -> None:
        session.tunings.ghosts["A"] = ghost()
        kept.append(session.tunings.ghosts["A"])

    speak(session, sentences, note)
    assert session.tunings.ghosts["A"] is kept[0]

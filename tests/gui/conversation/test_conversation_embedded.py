"""The whole loop with what the program brings along: the embedded recogniser, the scripted persona, the embedded voice, and the guard."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt

from app.conversation.recognition.moonshine_weights import are_ready
from app.core.speech import joined
from app.session.base import opening

pytestmark = [pytest.mark.gui, pytest.mark.skipif(not are_ready(), reason="the embedded recogniser's weights are not on this machine")]
SLOW_MS = 90_000


@pytest.fixture
def question(read_once):
    """A question of the embedded voice."""
    engine = opening.make_engine()
    return joined(list(engine.synthesize("What can you do for me?", "heart"))).audio


@pytest.fixture
def alone(window, microphone, data_home, monkeypatch, qtbot):
    """The window without any key, the panel open."""
    for name in list(os.environ):
        if name.startswith(("SPEECH_", "AZURE_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    window.session.cast.greets = False
    window.widgets.actions["conversation"].trigger()
    qtbot.mouseClick(window.widgets.conversation.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.conversation.phase == "listening", timeout=SLOW_MS)
    return window


def test_a_spoken_question_is_understood_and_answered_without_a_key(alone, microphone, question, qtbot, shoot):
    session, conversation, panel = alone.session, alone.session.conversation, alone.widgets.conversation
    print(panel.partner.text())
    assert conversation.dialogue.is_stand_in and panel.partner.text() == conversation.dialogue.label
    qtbot.waitUntil(lambda: bool(conversation.hearing.name), timeout=SLOW_MS)
    microphone.play(question)
    qtbot.waitUntil(lambda: conversation.phase == "speaking", timeout=SLOW_MS)
    turn = conversation.turns[-1]
    assert turn.asked == "What can you do for me?" and "final_text" in turn.marks
    qtbot.waitUntil(lambda: session.playback.heard() > 1.0, timeout=SLOW_MS)
    shoot(alone, "conversation-embedded")
    microphone.play(question)
    qtbot.waitUntil(lambda: conversation.turns[0].believed is not None, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: len(conversation.turns) > 1 and conversation.phase == "speaking", timeout=SLOW_MS)
    first = conversation.turns[0]
    assert first.heard_s > 0.9 and first.answered.startswith(first.believed[:20]) and not first.complete
    marks = conversation.turns[-1].marks
    print({stage: round(1e3 * (at - min(marks.values()))) for stage, at in marks.items()})


def test_a_persona_greets_once_and_not_where_somebody_typed_first(window, monkeypatch, qtbot):
    for name in list(os.environ):
        if name.startswith(("SPEECH_", "AZURE_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    session, conversation, panel = window.session, window.session.conversation, window.widgets.conversation
    window.widgets.actions["conversation"].trigger()
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: conversation.phase == "speaking", timeout=SLOW_MS)
    qtbot.waitUntil(lambda: conversation.turns[-1].complete and conversation.phase == "listening", timeout=SLOW_MS)
    (turn,) = conversation.turns
    assert turn.asked == "" and turn.answered == session.cast.persona.greeting and not panel.transcript.cards[1].asked.isVisible()
    assert [(line.role, line.text) for line in conversation.minutes.said.lines] == [("assistant", turn.answered)]
    conversation.stop()
    conversation.start()
    qtbot.waitUntil(lambda: conversation.phase == "listening", timeout=SLOW_MS)
    assert len(conversation.turns) == 1
    conversation.stop()
    conversation.clear()
    conversation.say("Thank you.")
    qtbot.waitUntil(lambda: bool(conversation.turns) and conversation.turns[-1].complete, timeout=SLOW_MS)
    assert [turn.asked for turn in conversation.turns] == ["Thank you."]

"""A conversation in the real window: spoken and typed, answered in sync, interrupted, and kept."""

from __future__ import annotations

import stat

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.core.arkit import ARKIT_INDEX

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def conversation_of(window):
    return window.session.conversation


def start(qtbot, window) -> None:
    """Press Start and wait until somebody listens."""
    qtbot.mouseClick(window.widgets.conversation.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: conversation_of(window).phase == "listening", timeout=SLOW_MS)
    qtbot.waitUntil(lambda: bool(conversation_of(window).hearing.name), timeout=SLOW_MS)


def wait_for(qtbot, window, phase: str) -> None:
    qtbot.waitUntil(lambda: conversation_of(window).phase == phase, timeout=SLOW_MS)


def type_line(qtbot, window, line: str) -> None:
    field = window.widgets.conversation.talk.line
    field.setFocus()
    qtbot.keyClicks(field, line)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_a_spoken_question_is_answered_by_the_avatar_in_sync(qtbot, talking, microphone, recorded, shoot):
    session, panel, conversation = talking.session, talking.widgets.conversation, talking.session.conversation
    start(qtbot, talking)
    seen, phases = [], []
    conversation.phase_changed.connect(phases.append)

    def note(_ms: float) -> None:
        if session.playback.playing:
            seen.append((talking.controls.loop.shown_t, session.state.rig.applied.get("jawOpen", 0.0)))

    talking.widgets.preview.frame_drawn.connect(note)
    microphone.play(recorded)
    wait_for(qtbot, talking, "hearing")
    assert session.life.mode == "listening" and panel.sign.phase == "hearing"
    qtbot.waitUntil(lambda: bool(panel.transcript.cards), timeout=SLOW_MS)
    wait_for(qtbot, talking, "speaking")
    qtbot.waitUntil(lambda: session.playback.playing and session.playback.heard() > 1.0, timeout=SLOW_MS)
    shoot(talking, "conversation-speaking")
    wait_for(qtbot, talking, "listening")
    talking.widgets.preview.frame_drawn.disconnect(note)
    assert phases == ["hearing", "thinking", "speaking", "listening"]
    turn = conversation.turn(1)
    assert turn.asked == "what do you see" and turn.answered.startswith("Maybe my puppy") and turn.complete
    assert list(turn.marks) and {"last_word", "final_text", "first_token", "first_sound", "first_heard", "first_lip"} <= set(turn.marks)
    order = [turn.marks[stage] for stage in ("last_word", "final_text", "first_token", "first_sound", "first_heard")]
    assert order == sorted(order)
    assert turn.marks["first_lip"] - turn.marks["first_heard"] < 0.25
    assert_in_sync(session, seen)
    assert abs(talking.controls.loop.figures.offset_ms) < 45.0
    shoot(talking, "conversation-answered")


def assert_in_sync(session, seen) -> None:
    """The jaw that was drawn follows the energy of the sound: the best fit of the two is within 90 ms of no delay."""
    times, jaws = np.array(seen).T
    audio = session.state.speech.audio
    window = round(0.05 * audio.rate)
    energy = np.sqrt(np.convolve(audio.samples**2, np.ones(window) / window, "same"))
    at = np.arange(len(energy)) / audio.rate
    lags = np.arange(-0.3, 0.3, 0.01)
    fits = [np.corrcoef(jaws, np.interp(times - lag, at, energy))[0, 1] for lag in lags]
    assert max(fits) > 0.4 and abs(lags[int(np.argmax(fits))]) <= 0.09, f"r {max(fits):.2f} at {lags[int(np.argmax(fits))]:.2f} s"


def test_a_typed_line_is_a_turn_and_begins_the_conversation(qtbot, talking, shoot):
    type_line(qtbot, talking, "Hello there")
    wait_for(qtbot, talking, "speaking")
    turn = conversation_of(talking).turn(1)
    assert turn.asked == "Hello there" and "last_word" not in turn.marks and not talking.widgets.conversation.talk.line.text()
    conversation_of(talking).interrupt()
    wait_for(qtbot, talking, "listening")


def mouth(session) -> float:
    """How far the drawn mouth is from rest by the track."""
    weights = session.posing.weights_at(session.playback.now())
    return float(weights[ARKIT_INDEX["jawOpen"]])


@pytest.mark.parametrize("by", ["voice", "escape", "typed"])
def test_an_interruption_silences_the_avatar_and_closes_its_mouth(qtbot, talking, microphone, recorded, partner, by, shoot):
    session, conversation, panel = talking.session, conversation_of(talking), talking.widgets.conversation
    start(qtbot, talking)
    type_line(qtbot, talking, "Tell me something")
    wait_for(qtbot, talking, "speaking")
    qtbot.waitUntil(lambda: session.playback.heard() > 0.8 and mouth(session) > 0.15, timeout=SLOW_MS)
    if by == "voice":
        microphone.play(recorded)
    elif by == "escape":
        talking.widgets.actions["stop"].trigger()
    else:
        type_line(qtbot, talking, "Wait")
    qtbot.waitUntil(lambda: not session.playback.playing, timeout=SLOW_MS)
    assert partner.heard_s and 0.7 < partner.heard_s[0] < 4.0
    qtbot.waitUntil(lambda: session.hush.mouth_share == 0.0 or session.playback.playing, timeout=1000)
    if by != "typed":
        assert mouth(session) == 0.0
        turn = conversation.turn(1)
        qtbot.waitUntil(lambda: conversation.turn(1).believed is not None, timeout=SLOW_MS)
        turn = conversation.turn(1)
        assert turn.heard_s == partner.heard_s[0] and turn.answered.startswith(turn.believed)
        assert "Interrupted" in panel.transcript.cards[1].mark.text()
        shoot(talking, f"conversation-interrupted-{by}")
    else:
        wait_for(qtbot, talking, "speaking")
        assert conversation.turn(2).asked == "Wait"


def test_every_answer_is_kept_and_opens_by_one_click(qtbot, talking, shoot):
    session, conversation, panel = talking.session, conversation_of(talking), talking.widgets.conversation
    with qtbot.waitSignal(conversation.kept.kept, timeout=SLOW_MS) as kept:
        type_line(qtbot, talking, "Hello")
    turn, path = kept.args
    assert turn == 1 and stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    names = {file.name for file in path.parent.iterdir()}
    assert {"answer-001.vsync", "answer-001.wav", "answer-001.json", "answer-001.A.raw.csv", "answer-001.A.tuned.csv"} <= names
    first = session.state.speech.audio
    with qtbot.waitSignal(conversation.kept.kept, timeout=SLOW_MS):
        type_line(qtbot, talking, "And again")
    card = panel.transcript.cards[1]
    assert card.open.isVisible()
    with qtbot.waitSignal(session.projects.opened, timeout=SLOW_MS):
        qtbot.mouseClick(card.open, Qt.MouseButton.LeftButton)
    assert session.projects.path == path and len(session.state.speech.audio.samples) == len(first.samples)
    shoot(talking, "conversation-opened")
    with qtbot.waitSignal(conversation.kept.kept, timeout=SLOW_MS):
        type_line(qtbot, talking, "Once more")
    assert session.projects.path is None and path.exists()


def test_what_cannot_be_reached_is_one_sentence_and_the_program_goes_on(qtbot, talking):
    from app.core.errors import ServiceError

    def refuse():
        raise ServiceError("Nobody can be reached; check the network.")

    conversation, panel = conversation_of(talking), talking.widgets.conversation
    conversation.makes = refuse
    with qtbot.waitSignal(conversation.told, timeout=SLOW_MS) as told:
        qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    assert told.args[0].sentence.startswith("Nobody can be reached") and conversation.phase == "off" and panel.start.text() == "Start"

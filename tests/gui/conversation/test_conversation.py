"""A conversation in the real window: spoken and typed, answered in sync, interrupted, and kept."""

from __future__ import annotations

import stat

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.core.errors import ServiceError
from app.core.visemes import VISEME_RECIPES
from app.formats.takes.reading import read_take

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def test_a_spoken_question_is_answered_by_the_avatar_in_sync(talk, qtbot, recorded, shoot):
    session, conversation = talk.session, talk.conversation
    talk.partner.answer = ("Bob. Bob. Bob.", "Bob. Bob. Bob.")
    talk.start()
    seen, phases = [], []
    conversation.phase_changed.connect(phases.append)

    def note(_ms: float) -> None:
        if session.playback.playing:
            seen.append((talk.window.controls.loop.shown_t, openness(session.state.rig.applied)))

    talk.window.widgets.preview.frame_drawn.connect(note)
    talk.microphone.play(recorded)
    talk.wait_for("hearing")
    assert session.life.mode == "listening" and talk.panel.sign.phase == "hearing"
    qtbot.waitUntil(lambda: bool(talk.panel.transcript.cards), timeout=SLOW_MS)
    talk.wait_for("speaking")
    qtbot.waitUntil(lambda: session.playback.playing and session.playback.heard() > 1.0, timeout=SLOW_MS)
    shoot(talk.window, "conversation-speaking")
    talk.wait_for("listening")
    talk.window.widgets.preview.frame_drawn.disconnect(note)
    assert phases == ["hearing", "thinking", "speaking", "listening"]
    turn = conversation.turn(1)
    assert turn.asked == "what do you see" and turn.answered.startswith("Bob") and turn.complete
    moments = [turn.marks[stage] for stage in ("last_word", "final_text", "first_token", "first_sound", "first_heard")]
    assert moments == sorted(moments) and abs(turn.marks["first_lip"] - turn.marks["first_heard"]) < 0.3
    assert_in_sync(session, seen)
    shoot(talk.window, "conversation-answered")


def openness(applied: dict[str, float]) -> float:
    """How far the drawn jaw is open, whether shapes or visemes move it."""
    jaws = {f"viseme_{name}": recipe.get("jawOpen", 0.0) for name, recipe in VISEME_RECIPES.items()}
    return applied.get("jawOpen", 0.0) + sum(jaws[name] * weight for name, weight in applied.items() if name in jaws)


def assert_in_sync(session, seen) -> None:
    """The jaw that was drawn follows the energy of the sound, without a delay that could be seen."""
    times, jaws = np.array(seen).T
    audio = session.state.speech.audio
    length = round(0.05 * audio.rate)
    energy = np.sqrt(np.maximum(np.convolve(audio.samples**2, np.ones(length) / length, "same"), 0.0))
    at, lags = np.arange(len(energy)) / audio.rate, np.arange(-0.3, 0.3, 0.01)
    fits = [np.corrcoef(jaws, np.interp(times - lag, at, energy))[0, 1] for lag in lags]
    best_s = lags[int(np.argmax(fits))]
    print(f"jaw and energy: r {max(fits):.2f} at {1e3 * best_s:+.0f} ms over {len(seen)} pictures")
    assert max(fits) > 0.6 and abs(best_s) <= 0.08


def test_a_typed_line_is_a_turn_and_begins_the_conversation(talk):
    talk.type("Hello there")
    talk.wait_for("speaking")
    turn = talk.conversation.turn(1)
    assert turn.asked == "Hello there" and "last_word" not in turn.marks and not talk.panel.talk.line.text()
    talk.conversation.interrupt()
    talk.wait_for("listening")


def silence_s(session, stop, qtbot) -> float:
    """Seconds from a stop until nothing is heard: what was still delivered after it, and the way through the device."""
    output = session.playback.player.output
    delivered, latency_s = output.head.delivered, session.playback.player.status.latency_s
    began = delivered.end
    stop()
    qtbot.waitUntil(lambda: delivered.end > began + round(0.3 * output.rate), timeout=SLOW_MS)
    loud = np.flatnonzero(np.abs(delivered.read(began, delivered.end)) > 1e-4)
    last_s = (loud[-1] + 1) / output.rate if len(loud) else 0.0
    print(f"silent {1e3 * last_s:.0f} ms after the stop at the device, {1e3 * (last_s + latency_s):.0f} ms at the ear")
    return last_s + latency_s


@pytest.mark.parametrize("by", ["voice", "escape"])
def test_an_interruption_silences_the_avatar_and_closes_its_mouth(talk, qtbot, recorded, by, shoot):
    session, conversation, partner = talk.session, talk.conversation, talk.partner
    talk.start()
    talk.type("Tell me something")
    talk.wait_for("speaking")
    qtbot.waitUntil(lambda: session.playback.heard() > 0.8 and talk.mouth() > 0.15, timeout=SLOW_MS)
    if by == "voice":
        talk.microphone.play(recorded)
        qtbot.waitUntil(lambda: bool(partner.heard_s), timeout=SLOW_MS)
    else:
        assert silence_s(session, talk.window.widgets.actions["stop"].trigger, qtbot) < 0.15
    assert not session.playback.playing
    assert 0.7 < partner.heard_s[0] < 4.0
    qtbot.waitUntil(lambda: session.hush.mouth_share == 0.0, timeout=1000)
    assert talk.mouth() == 0.0
    qtbot.waitUntil(lambda: conversation.turn(1).believed is not None, timeout=SLOW_MS)
    turn = conversation.turn(1)
    assert turn.heard_s == partner.heard_s[0] and turn.answered.startswith(turn.believed)
    assert "Interrupted" in talk.panel.transcript.cards[1].mark.text()
    shoot(talk.window, f"conversation-interrupted-{by}")


def test_a_typed_line_takes_the_place_of_an_answer(talk, qtbot):
    talk.type("Tell me something")
    talk.wait_for("speaking")
    qtbot.waitUntil(lambda: talk.session.playback.heard() > 0.3, timeout=SLOW_MS)
    talk.type("Wait")
    qtbot.waitUntil(lambda: talk.conversation.turn(2) is not None and talk.conversation.phase == "speaking", timeout=SLOW_MS)
    assert talk.conversation.turn(2).asked == "Wait" and not talk.conversation.turn(1).complete and len(talk.partner.heard_s) == 1


def test_every_answer_is_kept_and_opens_by_one_click(talk, qtbot, shoot):
    session, kept = talk.session, talk.conversation.kept.kept
    with qtbot.waitSignal(kept, timeout=SLOW_MS) as told:
        talk.type("Hello")
    turn, path = told.args
    assert turn == 1 and stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    names = {file.name for file in path.parent.iterdir()}
    assert names == {"answer-001.vstake"}
    take = read_take(path, session.projects.bundled)
    assert take.project.unknown["conversation"]["asked"] == "Hello" and len(take.lanes["A"].tuned.arkit) > 0
    assert take.speech.audio.digest == session.state.speech.audio.digest
    length = len(session.state.speech.audio.samples)
    with qtbot.waitSignal(kept, timeout=SLOW_MS):
        talk.type("And again")
    card = talk.panel.transcript.cards[1]
    assert card.open.isVisible()
    with qtbot.waitSignal(session.projects.opened, timeout=SLOW_MS):
        qtbot.mouseClick(card.open, Qt.MouseButton.LeftButton)
    assert session.projects.path == path and len(session.state.speech.audio.samples) == length
    shoot(talk.window, "conversation-opened")
    with qtbot.waitSignal(kept, timeout=SLOW_MS):
        talk.type("Once more")
    assert session.projects.path is None and path.exists()


def test_who_cannot_be_reached_is_one_sentence_and_the_program_goes_on(talk, qtbot):
    def refuse():
        raise ServiceError("Nobody can be reached; check the network.")

    talk.conversation.maker = lambda: refuse
    with qtbot.waitSignal(talk.conversation.told, timeout=SLOW_MS) as told:
        qtbot.mouseClick(talk.panel.start, Qt.MouseButton.LeftButton)
    assert told.args[0].sentence.startswith("Nobody can be reached")
    assert talk.conversation.phase == "off" and talk.panel.start.text() == "Start"

"""The panel of the conversation: states, keys, set-up, what is remembered, and how it looks."""

from __future__ import annotations

import itertools
import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.settings import Settings

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def answered(talk, line: str) -> None:
    """Type a line and hear the whole answer."""
    before = len(talk.conversation.turns)
    talk.type(line)
    talk.qtbot.waitUntil(
        lambda: len(talk.conversation.turns) > before and talk.conversation.turns[-1].complete and talk.conversation.phase == "listening",
        timeout=SLOW_MS,
    )


def overlapping(cards) -> list[str]:
    """What covers what stands below it."""
    found = []
    for card in cards:
        rows = [widget for widget in (card.asked, card.answered, card.mark, card.bar) if widget.isVisible()]
        pairs = itertools.pairwise(rows)
        found += [above.accessibleName() for above, below in pairs if above.geometry().bottom() > below.geometry().top() + 1]
    return found


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_a_conversation_at_both_sizes(talk, qtbot, recorded, size, shoot):
    window, panel = talk.window, talk.panel
    window.resize(*size)
    talk.partner.answer = ("Maybe.",)
    talk.start()
    answered(talk, "Is anybody there?")
    talk.partner.answer = ("The moon is made of rock and dust.", "A thin and quiet crust, with old seas of basalt.")
    talk.microphone.play(recorded)
    talk.wait_for("speaking")
    qtbot.waitUntil(lambda: talk.session.playback.heard() > 1.2, timeout=SLOW_MS)
    talk.conversation.interrupt()
    qtbot.waitUntil(lambda: talk.conversation.turn(2).believed is not None, timeout=SLOW_MS)
    qtbot.waitUntil(panel.transcript.cards[2].open.isVisible, timeout=SLOW_MS)
    talk.partner.answer = ("Yes.",)
    talk.partner.ready.clear()
    talk.type("And how far away is it from here, would you say?")
    talk.wait_for("thinking")
    bar = panel.transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum(), timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not overlapping(panel.transcript.cards.values()), timeout=2000)
    shoot(window, f"conversation-{size[0]}")
    cards = panel.transcript.cards
    assert panel.width() >= 300 and all(
        card.asked.width() <= card.width() and card.answered.width() <= card.width() for card in cards.values()
    )
    assert [wait.stage for wait in cards[2].bar.waits][:3] == ["final_text", "first_token", "first_sound"]
    assert "ms" in cards[2].bar.toolTip() and "first heard" in cards[2].bar.toolTip()
    talk.partner.ready.set()
    panel.fold.click()
    qtbot.waitUntil(lambda: panel.set_up.pickers["persona"].count() > 2, timeout=SLOW_MS)
    talk.wait_for("speaking")
    talk.wait_for("listening")
    qtbot.waitUntil(lambda: not overlapping(panel.transcript.cards.values()), timeout=2000)
    shoot(window, f"conversation-setup-{size[0]}")


def test_the_face_listens_thinks_and_speaks_and_can_be_told_not_to(talk, qtbot, recorded, shoot):
    session, window = talk.session, talk.window
    window.widgets.actions["face"].trigger()
    talk.start()
    talk.microphone.play(recorded)
    talk.partner.ready.clear()
    talk.wait_for("hearing")
    assert session.life.mode == "listening"
    qtbot.waitUntil(lambda: session.state.rig.applied.get("browInnerUp", 0.0) > 0.06, timeout=SLOW_MS)
    shoot(window, "face-listening")
    talk.wait_for("thinking")

    def looks_away() -> bool:
        applied = session.state.rig.applied
        return applied.get("eyeLookUpLeft", 0.0) > 0.15 and applied.get("eyeBlinkLeft", 0.0) < 0.05

    qtbot.waitUntil(looks_away, timeout=SLOW_MS)
    assert session.life.mode == "thinking" and session.life.stirs
    shoot(window, "face-thinking")
    assert float(session.state.rig.applied.get("browInnerUp", 0.0)) > 0.05
    talk.panel.set_up.face.click()
    assert session.life.mode == ""
    talk.panel.set_up.face.click()
    talk.partner.ready.set()
    talk.wait_for("speaking")
    assert session.life.mode == "speaking"


def test_the_key_to_talk_works_anywhere_and_ends_what_is_said(talk, qtbot, recorded):
    panel, window = talk.panel, talk.window
    talk.start()
    panel.talk.hands_free.click()
    talk.wait_for("listening")
    qtbot.waitUntil(lambda: panel.sign.phase == "waiting" and bool(talk.conversation.hearing.name), timeout=SLOW_MS)
    assert not talk.conversation.hearing.passes
    panel.talk.line.setFocus()
    QTest.keyPress(panel.talk.line, Qt.Key.Key_F8)
    assert talk.conversation.held and talk.conversation.hearing.passes and panel.talk.talk.isDown()
    talk.microphone.play(recorded)
    talk.wait_for("hearing")
    qtbot.waitUntil(lambda: talk.microphone.level < 0.01, timeout=SLOW_MS)
    QTest.keyRelease(panel.talk.line, Qt.Key.Key_F8)
    assert not talk.conversation.held
    talk.wait_for("speaking")
    assert window.isActiveWindow()


def test_letters_and_keys_of_a_text_field_stay_in_the_line(talk, qtbot):
    line = talk.panel.talk.line
    line.setFocus()
    qtbot.keyClicks(line, "a big map")
    qtbot.keyClick(line, Qt.Key.Key_Home)
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    assert line.text() == " big map" and not talk.session.playback.playing


def test_how_one_talks_is_remembered(talk, qtbot, open_window):
    panel = talk.panel
    panel.fold.click()
    set_up = panel.set_up
    qtbot.waitUntil(lambda: set_up.pickers["persona"].findData("coach") >= 0, timeout=SLOW_MS)
    for picker, name in ((set_up.pickers["persona"], "coach"), (set_up.pickers["answers"], "scripted"), (set_up.interruption, "calm")):
        picker.setCurrentIndex(picker.findData(name))
        picker.activated.emit(picker.currentIndex())
    panel.talk.hands_free.click()
    set_up.keep.click()
    talk.window.remember()
    kept = Settings.load().conversation
    assert (kept.persona, kept.answers, kept.interruption, kept.hands_free, kept.keep) == ("coach", "scripted", "calm", False, False)
    another = open_window(ready=False)
    assert another.session.cast.chosen("persona") == "coach" and not another.widgets.conversation.talk.hands_free.isChecked()
    assert another.widgets.conversation.set_up.interruption.currentData() == "calm"


def test_clearing_asks_and_the_export_tells_what_was_heard(talk, qtbot, tmp_path):
    talk.partner.answer = ("Maybe.",)
    answered(talk, "Is it?")
    file = tmp_path / "said.json"
    talk.window.controls.talking.asks_where = lambda: file
    talk.panel.export.click()
    lines = json.loads(file.read_text("utf-8"))["lines"]
    assert [(line["role"], line["text"]) for line in lines] == [("user", "Is it?"), ("assistant", "Maybe.")]
    asked = []

    def answer(question: str, answers: tuple[str, ...]) -> str:
        asked.append(question)
        return answers[-1] if len(asked) == 1 else answers[0]

    talk.window.controls.talking.asks = answer
    talk.panel.clear.click()
    assert talk.conversation.turns and talk.panel.transcript.cards
    talk.panel.clear.click()
    assert not talk.conversation.turns and not talk.panel.transcript.cards and talk.panel.transcript.empty.isVisible()


def test_somebody_else_takes_over_and_turns_are_counted_on(talk, qtbot):
    talk.partner.answer = ("Maybe.",)
    answered(talk, "Is it?")
    another = type(talk.partner)(label="Somebody else", answer=("Surely.",))
    talk.conversation.maker = lambda: lambda: another
    talk.panel.fold.click()
    picker = talk.panel.set_up.pickers["persona"]
    qtbot.waitUntil(lambda: picker.findData("coach") >= 0, timeout=SLOW_MS)
    picker.setCurrentIndex(picker.findData("coach"))
    picker.activated.emit(picker.currentIndex())
    qtbot.waitUntil(lambda: talk.conversation.dialogue is another, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: talk.partner.closed, timeout=SLOW_MS)
    assert talk.panel.partner.text() == "Somebody else" and not another.closed
    answered(talk, "And now?")
    assert [(turn.number, turn.answered) for turn in talk.conversation.turns] == [(1, "Maybe."), (2, "Surely.")]
    assert sorted(talk.panel.transcript.cards) == [1, 2]

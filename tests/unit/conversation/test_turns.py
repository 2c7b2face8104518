"""A turn as its events tell it, and its waterfall."""

from __future__ import annotations

import pytest

from app.conversation.events import STAGES, AnswerEnded, AnswerText, Believed, Reached, Told, UserBegan, UserText
from app.conversation.turns import Turn, Turns, total_s, waterfall


def test_a_turn_is_what_its_events_told():
    turns = Turns()
    for event in (
        UserBegan(1.0), UserText(1, "how", False, 1.2), UserText(1, "how are you", True, 2.0, "en-US"), Reached(1, "final_text", 2.0),
        AnswerText(1, "Fine, "), AnswerText(1, "thanks."), Told("A notice."), AnswerEnded(1, False), Believed(1, "Fine,", 0.4),
        UserText(2, "good", True, 5.0),
    ):  # fmt: skip
        turns.take(event)
    first, second = turns.turns
    assert (first.asked, first.language, first.answered, first.said, first.ended, first.complete) == (
        "how are you", "en-US", "Fine, thanks.", "Fine,", True, False,
    )  # fmt: skip
    assert first.heard_s == 0.4 and second.asked == "good" and not second.ended
    turns.clear()
    assert turns.turns == ()


def test_the_waterfall_adds_up():
    turn = Turn(1, marks=dict(zip(STAGES, (10.0, 10.3, 10.5, 10.9, 11.0, 11.02), strict=True)))
    waits = waterfall(turn)
    assert [wait.stage for wait in waits] == list(STAGES[1:])
    assert [wait.duration_s for wait in waits] == pytest.approx([0.3, 0.2, 0.4, 0.1, 0.02])
    assert [wait.start_s for wait in waits] == pytest.approx([0, 0.3, 0.5, 0.9, 1.0])
    assert sum(wait.duration_s for wait in waits) == pytest.approx(total_s(turn, "first_lip"))


def test_unknown_moments_are_left_out_and_early_ones_cost_nothing():
    typed = Turn(1, marks={"final_text": 5.0, "first_sound": 5.5, "first_heard": 5.6, "first_lip": 5.58})
    assert [(wait.stage, round(wait.duration_s, 3)) for wait in waterfall(typed)] == [
        ("first_sound", 0.5), ("first_heard", 0.1), ("first_lip", 0.0),
    ]  # fmt: skip
    assert waterfall(Turn(1)) == () and total_s(Turn(1)) is None


def test_a_step_is_reached_once():
    turns = Turns()
    turns.take(Reached(1, "first_sound", 1.0))
    assert turns.take(Reached(1, "first_sound", 2.0)).marks["first_sound"] == 1.0

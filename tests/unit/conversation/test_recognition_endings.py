"""When somebody who fell silent has said all: what was read decides how long is waited."""

from __future__ import annotations

import numpy as np
import pytest

from app.conversation.recognition.embedded import EmbeddedRecogniser
from app.conversation.recognition.endings import HANGING_S, WHOLE_S, silence_after
from app.conversation.recognition.utterances import Utterances
from tests.unit.conversation.uttered import Told, pushed, silence, sure, voice


@pytest.mark.parametrize(
    ("text", "silence_s"),
    [
        ("What can you do?", WHOLE_S), ("Stop.", WHOLE_S), ("What is it for?", WHOLE_S), ("what can you", 0.6), ("", 0.6),
        ("I would like the.", 0.6 + HANGING_S), ("Tell me a story and", 0.6 + HANGING_S), ("Well...", 0.6),
    ],
)  # fmt: skip
def test_a_whole_sentence_ends_sooner_and_one_that_hangs_in_the_air_later(text, silence_s):
    assert silence_after(text, 0.6) == pytest.approx(silence_s)
    assert silence_after(text, 0.3) <= 0.3 + HANGING_S


@pytest.fixture
def told() -> Told:
    return Told()


class Saying:
    """Reads always the same."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, samples, stop=lambda: False):
        return self.text


@pytest.mark.parametrize(("text", "over_s"), [("Is it so?", 0.5), ("it is so", 0.6), ("It is so, because", 0.9)])
def test_what_was_read_says_how_long_the_silence_is(told, text, over_s):
    recogniser = EmbeddedRecogniser(lambda _cancel: Saying(text))
    recogniser.start(told.tell, told.fail)
    utterances = recogniser._utterances
    utterances._activity = sure()
    recogniser.push(np.concatenate([voice(0.6), silence(0.3)]))
    # what was read in the pause is told as a whole, and judged
    assert told.wait(lambda t: any(each.text for each in t.texts))
    utterance, silent_s = utterances.current, 0.3
    while utterances.current is not None and silent_s < 2:
        recogniser.push(silence(0.02))
        silent_s += 0.02
    recogniser.close()
    assert utterance.silence_s == pytest.approx(over_s, abs=0.03)
    assert (utterance.ends_s is None) == (over_s == 0.6) or utterance.ends_s == pytest.approx(over_s)


def test_a_voice_that_goes_on_is_judged_anew():
    utterances = Utterances(silence_s=0.6, activity=sure())
    pushed(utterances, np.concatenate([voice(0.5), silence(0.3)]))
    utterances.current.ends_s = 0.5
    pushed(utterances, voice(0.4))
    assert utterances.current.ends_s is None

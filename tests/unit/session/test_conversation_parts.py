"""Parts of a conversation without a window: pauses, the mouth that closes, minutes, voices that match, and what is kept how long."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from app.conversation.chat.personas import Persona
from app.conversation.dialogue import HEARING_RATE
from app.conversation.events import AnswerText, Believed, Told, UserBegan, UserText
from app.core.arkit import ARKIT_INDEX
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.conversation import cast, kept
from app.session.conversation.hearing import PAUSE_S, Pauses
from app.session.conversation.minutes import Minutes
from app.session.conversation.opened import Opened, close_all
from app.session.pose.hush import BACK_S, MOUTH_S, REST_S, Hush
from app.session.state import State
from app.speech.engine import Voice

BLOCK = HEARING_RATE // 100


def sound(seconds: float, level: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Blocks of noise."""
    return [(level * rng.standard_normal(BLOCK)).astype(np.float32) for _ in range(round(seconds * 100))]


@pytest.mark.parametrize("room", [1e-4, 0.01])
def test_a_pause_is_found_once_and_only_after_a_voice(rng, room):
    pauses = Pauses()
    before = [pauses.push(block) for block in sound(2.0, room, rng)]
    voice = [pauses.push(block) for block in sound(1.5, 0.1, rng)]
    after = [pauses.push(block) for block in sound(2.0, room, rng)]
    assert not any(before) and not any(voice) and sum(after) == 1
    assert abs(after.index(True) / 100 - PAUSE_S) < 0.03


def test_a_word_alone_is_no_reason_to_nod(rng):
    pauses = Pauses()
    blocks = [*sound(1.0, 1e-3, rng), *sound(0.3, 0.1, rng), *sound(1.0, 1e-3, rng)]
    assert not any([pauses.push(block) for block in blocks])


class Watch:
    """A clock that a test sets."""

    t = 10.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def hushed(qapp):
    state, playback, watch = State(), Playback(Messages()), Watch()
    yield Hush(state, playback, watch), playback, watch
    playback.close()


def test_a_mouth_closes_within_its_time_without_a_jump(hushed):
    hush, _, watch = hushed
    face = np.zeros(52, np.float32)
    face[ARKIT_INDEX["jawOpen"]], face[ARKIT_INDEX["browInnerUp"]] = 0.6, 0.5
    assert hush.applied(face) is face
    hush.begin()
    jaws, brows = [], []
    for i in range(30):
        watch.t = 10.0 + i / 60
        shown = hush.applied(face)
        jaws.append(float(shown[ARKIT_INDEX["jawOpen"]]))
        brows.append(float(shown[ARKIT_INDEX["browInnerUp"]]))
    assert jaws[0] == pytest.approx(0.6) and max(jaws[i] for i in range(30) if i / 60 >= MOUTH_S) == 0.0
    assert max(-np.diff(jaws)) < 0.6 * 0.25 and brows[round(MOUTH_S * 60)] > 0.2
    assert not any(brows[i] for i in range(30) if i / 60 >= REST_S + 1e-6) and not any(np.diff(jaws) > 1e-7)


def test_who_goes_on_opens_the_mouth_again_eased(hushed):
    hush, playback, watch = hushed
    hush.begin()
    watch.t += 0.3
    playback.playback_changed.emit(True)
    assert not hush.on and hush.mouth_share == 0.0 and hush.eases
    watch.t += BACK_S / 2
    assert 0.3 < hush.mouth_share < 0.7
    watch.t += BACK_S
    assert hush.mouth_share == 1.0 and hush.rest_share == 1.0


def test_a_cursor_that_is_moved_shows_the_track(hushed):
    hush, playback, _ = hushed
    hush.begin()
    playback.moved.emit(0.5)
    assert not hush.on and hush.mouth_share == 1.0


def test_turns_of_several_dialogues_follow_each_other():
    minutes = Minutes()
    for text in ("one", "two"):
        minutes.begin()
        for event in (UserBegan(0.0), UserText(1, text, True, 1.0), AnswerText(1, "Yes, and no."), Believed(1, "Yes,", 0.4)):
            minutes.take(minutes.numbered(event))
    assert [(turn.number, turn.asked, turn.said) for turn in minutes.turns] == [(1, "one", "Yes,"), (2, "two", "Yes,")]
    assert [line.text for line in minutes.said.lines] == ["one", "Yes,", "two", "Yes,"]
    minutes.add_note(Told("Something."))
    minutes.clear()
    assert not minutes.turns and not minutes.said.lines and not minutes.notes


def test_the_next_dialogue_remembers_what_was_said():
    minutes = Minutes()
    minutes.begin()
    for event in (UserText(1, "My name is Ann.", True, 0.0), AnswerText(1, "Hello Ann.")):
        minutes.take(minutes.numbered(event))
    memory = cast._recalled(minutes.said, Persona("me", "Me", "Be kind."))
    memory.asked(1, "Who am I?")
    assert [message.text for message in memory.messages()] == ["Be kind.", "My name is Ann.", "Hello Ann.", "Who am I?"]


class Counted:
    """Counts how often it is closed."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_every_dialogue_is_closed_once_and_only_its_own_conversation_ends():
    opened, first, second = Opened(), Counted(), Counted()
    opened.present.append(first)
    former = opened.leave()
    opened.present.append(second)
    close_all(former)
    assert (first.closed, second.closed) == (1, 0)
    opened.close()
    opened.close()
    assert (first.closed, second.closed) == (1, 1)


@pytest.mark.parametrize(
    ("name", "gender"),
    [
        ("avatar.glb", "female"), ("avatar_man.glb", "male"), ("avatar_stylised.glb", "female"),
        ("anna-woman.glb", "female"), ("Man2.vrm", "male"),
        ("OldWoman.glb", "female"), ("Manuela.glb", ""), ("head.glb", ""),
    ],
)  # fmt: skip
def test_a_file_says_whose_voice_matches(name, gender):
    assert cast.gender_of(Path(name)) == gender and cast.gender_of(None) == ""


def voice(name: str, language: str, gender: str, installed: bool = True) -> Voice:
    return Voice(name, name, language, gender, installed)


def test_a_voice_that_does_not_fit_gives_way_to_one_of_its_language():
    offered = (voice("heart", "en-US", "female"), voice("fable", "en-GB", "male"), voice("fenrir", "en-US", "male"))
    assert cast.matched_voice("heart", "female", offered) == "heart" and cast.matched_voice("heart", "", offered) == "heart"
    assert cast.matched_voice("heart", "male", offered) == "fenrir"
    assert cast.matched_voice("heart", "male", (*offered[:2], voice("fenrir", "en-US", "male", installed=False))) == "fable"
    assert cast.matched_voice("heart", "male", offered[:1]) == "heart"


def test_the_oldest_answers_give_way_and_the_newest_stays(tmp_path):
    for n, (folder, name) in enumerate((("a", "answer-001"), ("a", "answer-002"), ("b", "answer-001"))):
        (tmp_path / folder).mkdir(exist_ok=True)
        for ending in (".vsync", ".wav", ".A.raw.csv"):
            file = tmp_path / folder / f"{name}{ending}"
            file.write_bytes(bytes(1000))
            os.utime(file, (1000 + n, 1000 + n))
    kept._let_go(tmp_path, tmp_path / "b", 6500)
    assert sorted(path.name for path in (tmp_path / "a").glob("*.vsync")) == ["answer-002.vsync"]
    kept._let_go(tmp_path, tmp_path / "b", 10)
    assert not (tmp_path / "a").exists() and (tmp_path / "b" / "answer-001.wav").exists()

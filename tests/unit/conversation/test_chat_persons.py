"""Who answers without a key, who one talks with, and what is remembered."""

from __future__ import annotations

import json
import re
import threading
import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.conversation.chat.choice import make_chat
from app.conversation.chat.habits import Habits
from app.conversation.chat.memory import ChatMemory
from app.conversation.chat.openai_chat import OpenAiChat
from app.conversation.chat.personas import BUNDLED, Persona, Personas
from app.conversation.chat.script import TOPICS, in_words, number_of
from app.conversation.chat.scripted import ScriptedChat
from app.conversation.chat.sentences import sentences_of
from app.conversation.steps import Message
from app.core.errors import PersonaError, ServiceError
from app.keys.access import ChatAccess
from app.speech.hibari import HibariEngine

NEVER = threading.Event()
NOON = datetime(2026, 11, 26, 12, 5)


def answer(*questions: str) -> str:
    """What the script says to the last of these."""
    return ScriptedChat(0.0, lambda: NOON).answer([Message("user", text) for text in questions])


@pytest.mark.parametrize(("question", "words"), [
    ("Hello there!", "scripted stand-in"), ("Who are you?", "not a language model"), ("What can this program do?", "faces that speak"),
    ("How do visemes work?", "twenty-two"), ("What is Audio2Face?", "neural network"), ("What is audio to face?", "neural network"),
    ("What time is it?", "twelve oh five in the afternoon"), ("What day is it today?", "Thursday, the twenty-sixth of November"),
    ("Say something with many P, B, M sounds.", "Peter Piper"), ("Count to ten, please.", "Six, seven, eight, nine, ten."),
    ("Please count to 12", "Eleven, twelve."), ("count to a million", "at most"), ("Can you count?", "One, two, three, four, five."),
    ("Tell me a story", "small robot"), ("What is three plus 4?", "Three plus four is seven."), ("7 - 9", "minus two"),
    ("How do I add a key?", "endpoint"), ("Say: the cat sat on the mat.", "the cat sat on the mat."), ("Say something", "Peter Piper"),
    ("Repeat after me, blue balloons", "blue balloons."), ("Thank you", "welcome"), ("Goodbye", "Goodbye"),
    ("How’s the weather?", "script"),
    ("Give me some F and V sounds", "foxes"),
    ("Colourless green ideas?", "You said: Colourless green ideas."),
    ("???", "You said: nothing."),
])  # fmt: skip
def test_the_script_answers_simple_things(question, words):
    assert words.lower() in answer(question).lower()


def test_the_second_time_it_says_something_else():
    assert "small robot" in answer("A story!") and "parrot" in answer("A story!", "Another story")
    assert "not in my script" in answer("Quux", "Quuux") and "add a key" in answer("Quux")
    assert "Say something" in answer()


def test_everything_it_says_can_be_spoken_by_the_embedded_voice():
    engine = HibariEngine()
    for topic, _, answers in TOPICS:
        for text in answers if isinstance(answers, tuple) else ():
            spoken = [each.spoken for each in sentences_of([text])]
            assert spoken and " ".join(spoken) == text, topic
            assert engine.notes(text) == () and not re.search(r"[^\x20-\x7e]|[*_#<>\[\]{}/]|\d", text), topic


def test_the_script_streams_and_can_be_interrupted():
    chat, cancel = ScriptedChat(word_s=0.02), threading.Event()
    begun = time.perf_counter()
    pieces = chat.reply([Message("user", "Tell me a story")], cancel)
    assert next(pieces) == "Once" and time.perf_counter() - begun < 0.05
    assert next(pieces) == " there" and time.perf_counter() - begun >= 0.02
    cancel.set()
    assert list(pieces) == [] and chat.is_stand_in
    said = "".join(ScriptedChat(0.0).reply([Message("user", "Tell me a story")], NEVER))
    assert said == answer("Tell me a story")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_the_script_has_an_answer_to_anything(text):
    said = answer(text)
    assert said and "\n" not in said.strip()


def test_numbers_are_words_and_words_are_numbers():
    assert [in_words(n) for n in (0, 13, 20, 42, 99, 100, -1)] == ["zero", "thirteen", "twenty", "forty-two", "ninety-nine", "100", "-1"]
    assert all(number_of(in_words(n)) == n for n in range(100)) and number_of("forty two") == 42 and number_of("many") is None


# -- memory


def test_a_model_is_told_the_system_prompt_and_the_last_ten_messages():
    memory = ChatMemory("Be kind.")
    for turn in range(1, 9):
        memory.asked(turn, f"question {turn}")
        if turn < 8:
            memory.answered(turn, f"answer {turn}")
    told = memory.messages()
    assert told[0] == Message("system", "Be kind.") and len(told) == 11
    assert told[1] == Message("assistant", "answer 3") and told[-1] == Message("user", "question 8")


def test_an_interrupted_answer_is_what_was_heard_of_it():
    memory = ChatMemory("")
    memory.answered(0, "Welcome!")
    memory.asked(1, "Tell")
    memory.asked(1, "Tell me")
    memory.answered(1, "Once upon")
    memory.answered(1, "Once upon a time there was")
    memory.believe(1, "Once upon a ")
    memory.answered(1, "Once upon a time there was a king")  # came too late
    memory.asked(2, "Stop")
    memory.answered(2, "But")
    memory.believe(2, "")
    assert [(each.role, each.text) for each in memory.messages()] == [
        ("assistant", "Welcome!"), ("user", "Tell me"), ("assistant", "Once upon a"), ("user", "Stop"),
    ]  # fmt: skip
    memory.clear()
    memory.answered(2, "But")
    assert memory.messages() == [] and memory.lines == ()


def test_a_conversation_is_exported():
    memory = ChatMemory("Be kind.", name="Ava")
    memory.asked(1, "Hello\nthere")
    memory.answered(1, "Hi, I am")
    memory.believe(1, "Hi")
    memory.asked(2, "So?")
    memory.answered(2, "What")
    memory.believe(2, "")
    data = json.loads(json.dumps(memory.to_data()))
    assert data["persona"] == "Ava" and [line["text"] for line in data["lines"]] == ["Hello\nthere", "Hi", "So?", ""]
    assert [line["cut"] for line in data["lines"]] == [False, True, False, True] and datetime.fromisoformat(data["lines"][0]["at"]).tzinfo
    text = memory.to_markdown()
    assert text.startswith("# Conversation\n") and "**You:** Hello  \nthere\n" in text and "**Ava:** Hi … *(interrupted)*" in text
    memory.be("Be brief.", "Bo")
    assert memory.messages()[0].text == "Be brief." and "**Bo:**" in memory.to_markdown()


# -- personas


@pytest.fixture
def personas(tmp_path):
    """The bundled ones and an empty folder."""
    return Personas(tmp_path / "config" / "personas")


def test_the_bundled_personas_can_be_used(personas):
    every = personas.all()
    assert every[0].id == "friend" and len(every) >= 4 and personas.problems == ()
    voices = {voice.id for voice in HibariEngine().voices()}
    assert {each.embedded_voice for each in every} <= voices
    assert all(re.fullmatch(r"en-(US|GB)-\w+Neural", each.azure_voice) and each.greeting and not each.own for each in every)
    assert len({each.azure_voice for each in every}) == len(every) and personas.get("Lip sync coach").id == "coach"


def test_a_persona_of_ones_own_is_kept_and_replaces_a_bundled_one(personas):
    prompt = 'Be """odd""".\nSecond line \\ and\ttab\x7f.'
    mine = Persona("friend", 'My "friend" \\ é', prompt, "Hé!", "emma", language="de-DE", temperature=1.0)
    kept = personas.keep(mine)
    assert kept.own and kept == personas.get("friend") and (kept.title, kept.system_prompt, kept.temperature) == (
        mine.title, mine.system_prompt, 1.0,
    )  # fmt: skip
    personas.remove("friend")
    assert not personas.get("friend").own
    with pytest.raises(PersonaError, match="of your own"):
        personas.remove("friend")


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60), st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_prompt_comes_back(tmp_path_factory, prompt, greeting):
    personas = Personas(tmp_path_factory.mktemp("own"))
    prompt, greeting = f"x{prompt}x", greeting.replace("\r", "")
    kept = personas.keep(Persona("mine", "Mine", prompt, greeting))
    assert kept.system_prompt == prompt and kept.greeting == greeting.lstrip("\n" if "\n" in greeting.strip() else "")


@pytest.mark.parametrize("wrong", [
    {"id": "../x"}, {"id": "a/b"}, {"id": ""}, {"id": "A"}, {"id": "nul"}, {"title": ""}, {"title": "x" * 41}, {"title": "a\nb"},
    {"system_prompt": " "}, {"system_prompt": "x" * 8001}, {"greeting": "x" * 501}, {"embedded_voice": "../heart"},
    {"azure_voice": "<voice>"}, {"language": "english please"}, {"temperature": 2.5}, {"temperature": float("nan")},
])  # fmt: skip
def test_what_is_wrong_with_a_persona_is_said(personas, wrong):
    with pytest.raises(PersonaError, match=r"^A persona .*\.$"):
        personas.keep(Persona(**{"id": "mine", "title": "Mine", "system_prompt": "Be.", **wrong}))
    assert not list(personas.folder.parent.rglob("*.toml"))


def test_paths_do_not_leave_the_folder(personas, tmp_path):
    personas.folder.mkdir(parents=True)
    (tmp_path / "outside.toml").write_text('title = "Outside"\nsystem_prompt = "x"\n')
    (personas.folder / "inside.toml").symlink_to(tmp_path / "outside.toml")
    assert "inside" not in [each.id for each in personas.all()] and "inside.toml" in personas.problems[0]
    for name in ("../outside", "..", "/etc/passwd", "x" * 80):
        with pytest.raises(PersonaError):
            personas.remove(name)
    with pytest.raises(PersonaError, match="choose one of friend"):
        personas.get("../outside")
    assert (tmp_path / "outside.toml").exists()


@pytest.mark.parametrize(("text", "words"), [
    ("title = 3", "no usable title"), ('title = "x"', "no usable system_prompt"), ("title = \n", "cannot be read at line 1"),
    ('title = "x"\nsystem_prompt = "y"\nkey = "sk-secret"', "no usable key"),
    ('title = "x"\nsystem_prompt = "y"\ntemperature = true', "temperature"),
    ('title = "x"\nsystem_prompt = "y"\nlanguage = "??"', "cannot be used: a persona has a language"), ("x" * 70_000, "no short text file"),
])  # fmt: skip
def test_a_broken_file_is_told_and_the_others_stay(personas, text, words):
    personas.folder.mkdir(parents=True)
    (personas.folder / "mine.toml").write_text(text)
    assert len(personas.all()) == len(list(BUNDLED.glob("*.toml")))
    assert words in personas.problems[0] and "secret" not in personas.problems[0]


# -- choice


def test_without_a_way_to_a_model_the_script_answers(tmp_path):
    assert make_chat(None).is_stand_in and make_chat(ChatAccess()).is_stand_in and make_chat(ChatAccess(deployment="x")).is_stand_in
    pasted = ChatAccess("https://name.openai.azure.com/openai/deployments/mine/chat/completions?api-version=1", key="k" * 20)
    chat = make_chat(pasted, habits=Habits(tmp_path / "habits.json"))
    assert isinstance(chat, OpenAiChat) and not chat.is_stand_in and chat.label == "mine at name.openai.azure.com"
    chat.close()
    with pytest.raises(ServiceError, match="name of a deployment"):
        make_chat(ChatAccess("https://name.openai.azure.com"))

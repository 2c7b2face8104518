"""The real SDK against a server on this machine: answers, refusals, interruptions."""

from __future__ import annotations

import re
import socket
import threading
import time

import pytest

from app.conversation.chat.habits import Habits
from app.conversation.chat.openai_chat import OpenAiChat, Patience
from app.conversation.chat.usage import Usage
from app.conversation.steps import Message
from app.core.errors import ServiceError
from app.keys.access import ChatAccess
from tests.clouds.chat_service import ANSWER, KEY, ChatService

TEXT = "".join(ANSWER)
QUESTION = (Message("system", "Be brief."), Message("user", "Hello?"))
NEVER = threading.Event()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """What the machine's own proxy does is no part of these tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def service():
    with ChatService() as running:
        yield running


@pytest.fixture
def talk(service, tmp_path):
    """``talk(model)`` -> a chat model, closed after the test."""
    made = []

    def make(model: str, **settings) -> OpenAiChat:
        access = settings.pop("access", None) or ChatAccess(service.url, model, KEY)
        settings.setdefault("habits", Habits(tmp_path / "deployments.json"))
        settings.setdefault("patience", Patience(again_s=0.01))
        made.append(OpenAiChat(access, **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


def refusal(chat: OpenAiChat) -> tuple[str, str]:
    """What came before it was refused, and the sentence."""
    came = ""
    with pytest.raises(ServiceError) as caught:
        for delta in chat.reply(QUESTION, NEVER):
            came += delta
    sentence = str(caught.value)
    assert KEY not in sentence and KEY not in repr(caught.value) and "\n" not in sentence
    assert re.fullmatch(r"[A-Z].*[^.]\.", sentence) and len(sentence) < 320, sentence
    return came, sentence


def test_an_answer_comes_in_pieces_and_its_tokens_are_told(service, talk):
    used: list[Usage] = []
    assert tuple(talk("gpt", used=used.append).reply(QUESTION, NEVER)) == ANSWER
    assert used == [Usage(12, 7, 4, "gpt")]
    path, headers, body = service.asked[0]
    assert path == "/openai/v1/chat/completions" and headers["authorization"] == f"Bearer {KEY}"
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}]
    assert body["max_tokens"] == 500 and body["temperature"] == 0.7 and body["stream_options"] == {"include_usage": True}


def test_the_environment_of_openai_is_not_sent_to_others(monkeypatch, service, talk):
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-another-service")
    service.key = ""
    assert "".join(talk("local", access=ChatAccess(service.url, "local")).reply(QUESTION, NEVER)) == TEXT
    assert "of-another-service" not in str(service.asked)


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch, talk):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY")
    assert "".join(talk("gpt").reply(QUESTION, NEVER)) == TEXT


def test_a_token_of_entra_is_asked_for_before_every_question(service, talk):
    tokens = ["stale", KEY]
    chat = talk("gpt", access=ChatAccess(service.url, "gpt", token=tokens.pop))
    assert "".join(chat.reply(QUESTION, NEVER)) == TEXT
    assert "az login" in refusal(chat)[1]
    assert [headers["authorization"] for _, headers, _ in service.asked] == [f"Bearer {KEY}", "Bearer stale"]
    assert "gives no token" in refusal(chat)[1] and len(service.asked) == 2


@pytest.mark.parametrize(("model", "words", "asked"), [
    ("forbidden", "does not allow this key", 1), ("missing", "has no model missing", 1), ("retired", "has retired the model", 1),
    ("fault", "a fault of its own (500)", 2), ("filtered", "content filter", 1), ("long", "too long", 1),
    ("busy-300", "try again in 5 minutes", 1), ("broke", "no credit", 1), ("picky", "refuses the question (400)", 3),
    ("hangs-up", "Nothing answers", 2),
])  # fmt: skip
def test_every_refusal_is_one_sentence(service, talk, model, words, asked):
    came, sentence = refusal(talk(model))
    assert words in sentence and came == "" and len(service.asked) == asked


def test_a_short_wait_is_obeyed_once(service, talk):
    begun = time.perf_counter()
    assert "".join(talk("busy-once").reply(QUESTION, NEVER)) == TEXT
    assert time.perf_counter() - begun >= 0.05 and len(service.asked) == 2
    assert "try again in 1 second," in refusal(talk("busy-1"))[1] and len(service.asked) == 4
    assert "".join(talk("fault-once").reply(QUESTION, NEVER)) == TEXT


def test_a_wrong_key_is_told_without_the_key(service, talk):
    wrong = "a-wrong-key-of-the-user-987"
    sentence = refusal(talk("gpt", access=ChatAccess(service.url, "gpt", wrong)))[1]
    assert "refuses the key" in sentence and wrong not in sentence
    assert "asks for a key" in refusal(talk("gpt", access=ChatAccess(service.url, "gpt")))[1]


@pytest.mark.parametrize(("model", "words"), [
    ("drops", "lost in the middle"), ("half", "lost in the middle"), ("breaks", "broke the answer off"), ("cut", "content filter"),
])  # fmt: skip
def test_what_came_before_an_answer_broke_off_is_kept_and_counted(talk, model, words):
    used: list[Usage] = []
    came, sentence = refusal(talk(model, used=used.append))
    assert came == "Hello" and words in sentence and "what came is kept" in sentence
    assert used == [Usage(4, 2, deployment=model, estimated=True)]


@pytest.mark.parametrize("model", ["gpt-5", "gpt-5-null", "stubborn"])
def test_what_a_deployment_does_not_take_is_asked_once_and_remembered(service, talk, tmp_path, model):
    assert "".join(talk(model).reply(QUESTION, NEVER)) == TEXT
    assert len(service.asked) == 3 and service.bodies()[2].keys() == {
        "messages",
        "model",
        "stream",
        "stream_options",
        "max_completion_tokens",
    }
    again = talk(model, habits=Habits(tmp_path / "deployments.json"))
    assert "".join(again.reply(QUESTION, NEVER)) == TEXT and len(service.asked) == 4
    remembered = (tmp_path / "deployments.json").read_text()
    assert model in remembered and KEY not in remembered and "Hello" not in remembered


def test_a_file_of_habits_that_is_damaged_is_no_hindrance(service, talk, tmp_path):
    (tmp_path / "deployments.json").write_text('{"127.0.0.1": 3, "x": {"limit": "rm", "limit_tokens": 1, "dropped": []}}')
    assert "".join(talk("gpt").reply(QUESTION, NEVER)) == TEXT
    (tmp_path / "folder" / "deployments.json").mkdir(parents=True)
    assert "".join(talk("gpt-5", habits=Habits(tmp_path / "folder" / "deployments.json")).reply(QUESTION, NEVER)) == TEXT


def test_a_model_that_thinks_gets_room_for_it(service, talk):
    used: list[Usage] = []
    assert "".join(talk("ponders", used=used.append).reply(QUESTION, NEVER)) == TEXT
    assert [body["max_tokens"] for body in service.bodies()] == [500, 4000]
    assert [usage.estimated for usage in used] == [False]


def test_thoughts_are_not_part_of_the_answer(talk):
    assert "".join(talk("thinks").reply(QUESTION, NEVER)) == TEXT


@pytest.mark.parametrize(("model", "before"), [("slow", ""), ("stalls", "Hello")])
def test_an_interruption_takes_less_than_20_ms_while_nothing_comes(service, talk, model, before):
    chat, took_ms = talk(model), []
    chat.warm_up()
    for _ in range(5):
        cancel, came, begun = threading.Event(), "", threading.Event()
        stopped: list[float] = []

        def set_it(cancel=cancel, begun=begun, stopped=stopped):
            begun.wait(5)
            stopped.append(time.perf_counter())
            cancel.set()

        setter = threading.Thread(target=set_it)
        setter.start()
        asked = len(service.asked)
        answer = chat.reply(QUESTION, cancel)
        waiting = threading.Thread(target=lambda asked=asked, begun=begun: _when(lambda: len(service.asked) > asked, begun))
        if not before:
            waiting.start()
        for delta in answer:
            came += delta
            if came == "Hello":
                begun.set()
        took_ms.append((time.perf_counter() - stopped[0]) * 1000)
        setter.join()
        if not before:
            waiting.join()
        assert came == before
    assert sorted(took_ms)[2] < 20.0, took_ms
    assert service.left.wait(5), "the connection is closed, so that the service stops as well"


def _when(true, then: threading.Event) -> None:
    give_up_s = time.monotonic() + 5
    while not true() and time.monotonic() < give_up_s:
        NEVER.wait(0.001)
    then.set()


def test_an_answer_that_nobody_reads_on_is_given_up(service, talk):
    answer = talk("stalls").reply(QUESTION, NEVER)
    assert next(answer) == "Hel"
    answer.close()
    assert service.left.wait(5)


def test_silence_has_an_end(talk):
    quick = Patience(first_s=0.15, next_s=0.1)
    came, sentence = refusal(talk("slow", patience=quick))
    assert came == "" and "began no answer within 1 second" in sentence
    came, sentence = refusal(talk("stalls", patience=quick))
    assert came == "Hello" and "fell silent" in sentence


def test_closing_ends_an_answer_and_later_questions_are_told_so(service, talk):
    chat = talk("stalls")
    answer = chat.reply(QUESTION, cancel := threading.Event())
    assert next(answer) == "Hel"
    chat.close()
    cancel.set()
    assert list(answer)[1:] == [] and "was closed" in refusal(chat)[1]


def test_nobody_there(talk):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        sentence = refusal(talk("x", access=ChatAccess(f"http://127.0.0.1:{port}/v1", "x", KEY)))[1]
    assert f"Nothing answers at 127.0.0.1:{port}" in sentence
    assert "No computer named" in refusal(talk("x", access=ChatAccess("https://nobody.invalid/v1", "x", KEY)))[1]


def test_the_way_through_a_proxy(monkeypatch, talk):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert "check HTTPS_PROXY" in refusal(talk("x", access=ChatAccess("https://name.openai.azure.com", "x", KEY)))[1]


def test_local_models_get_user_and_assistant_in_turns(service, talk):
    lines = (Message("system", "S"), Message("assistant", "Hi."), Message("user", "A"), Message("user", "B"))
    list(talk("gpt").reply(lines, NEVER))
    assert [(m["role"], m["content"]) for m in service.bodies()[0]["messages"]] == [("system", "S"), ("user", "A\nB")]


def test_what_cannot_be_asked_is_said_at_once():
    for access, words in (
        (ChatAccess("https://name.openai.azure.com", " ", KEY), "name of a deployment"),
        (ChatAccess("ftp://name", "x", KEY), "cannot be read"),
        (ChatAccess("name", "x", "kéy"), "copy it again"),
    ):
        with pytest.raises(ServiceError, match=words):
            OpenAiChat(access)
    with pytest.raises(ServiceError, match="0 to 2"):
        OpenAiChat(ChatAccess("name", "x", KEY), temperature=3.0)

"""What is wrong with a service is found out, against real sockets and with the real SDK, and said in one sentence."""

from __future__ import annotations

import json
import socket

import pytest

from app.cli import main
from app.conversation.check import packages
from app.conversation.check.asking import KNOWN_NAME, Unreachable, Wire
from app.conversation.check.chat import check_chat
from app.conversation.check.checked import Checked
from app.conversation.check.checking import check_all
from app.conversation.check.packages import check_packages
from app.conversation.check.speech import check_speech
from app.keys.access import ChatAccess, SpeechAccess
from app.keys.found import CLOUD_KEYS, key_name
from app.keys.places import ServicePlaces
from tests.clouds.chat_service import KEY, ChatService
from tests.clouds.plain_service import PlainService, self_signed
from tests.clouds.speech_synthesis import SynthesisServer

WIRE = Wire(timeout_s=5.0, resolve=lambda _: None)


@pytest.fixture
def service():
    """A server whose answers the test decides."""
    with PlainService() as one:
        yield one


def speech(endpoint: str, key: str = "planted-speech-key") -> Checked:
    """The finding for a Speech service."""
    return check_speech(SpeechAccess(key=key, endpoint=endpoint), WIRE)[0]


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_speech_service_that_lets_us_in():
    with SynthesisServer(keys=("planted-speech-key",)) as server:
        found = speech(server.address)
        assert found == Checked("speech", "ok", f"{server.address} lets us in and lists 4 voices.")
        wrong = speech(server.address, "another-key")
        assert (wrong.state, wrong.cause) == ("problem", "key") and "KEY 1 and Location/Region" in wrong.sentence


@pytest.mark.parametrize(
    ("status", "body", "cause", "words"),
    [
        (401, b"", "key", "belongs to a resource of another region"),
        (403, b"", "key", "network rules"),
        (403, b"Out of call volume quota. Quota exceeded.", "quota", "used up"),
        (404, b"", "endpoint", "the endpoint"),
        (429, b"", "quota", "quota"),
        (503, b"", "service", "try again"),
        (200, b"<html>Welcome", "endpoint", "not as the Speech service does"),
    ],
)
def test_every_refusal_has_its_sentence(service, status, body, cause, words):
    service.status, service.body = status, body
    found = speech(service.url)
    assert (found.state, found.cause) == ("problem", cause) and words in found.sentence
    assert "planted" not in found.sentence and found.sentence.endswith(".")
    assert service.asked[0][1]["ocp-apim-subscription-key"] == "planted-speech-key"


def test_nobody_listens_or_nobody_answers():
    found = speech(f"ws://127.0.0.1:{closed_port()}")
    assert found.cause == "network" and "refuses the connection" in found.sentence
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(Unreachable, match="did not answer within 0 seconds") as told:
            Wire(timeout_s=0.2).ask(f"http://127.0.0.1:{mute.getsockname()[1]}/")
    assert told.value.cause == "network"


def test_a_wrong_region_is_told_from_a_dead_network(monkeypatch):
    def no_names(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    access = SpeechAccess(key="planted-speech-key", region="westeuropa")
    found = check_speech(access, Wire(resolve=lambda name: name == KNOWN_NAME))[0]
    assert found.cause == "region" and found.sentence.startswith("Azure has no region westeuropa")
    assert check_speech(access, Wire())[0].sentence == "This machine finds no names on the internet; connect it, and check its DNS."
    chat, _ = check_chat(ChatAccess("https://misspelt.openai.azure.com", "mini", "planted-chat-key"), WIRE)
    assert chat.cause == "endpoint" and "no service named misspelt.openai.azure.com" in chat.sentence


def test_a_proxy_that_leads_nowhere(monkeypatch, service):
    service.status = 407
    monkeypatch.setenv("HTTPS_PROXY", service.url)
    access = SpeechAccess(key="planted-speech-key", region="westeurope")
    found = check_speech(access, WIRE)[0]
    assert found.cause == "proxy" and "wants a name and a password" in found.sentence
    assert not any("planted" in str(each) for each in service.asked), "a key goes to nobody in between"
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    assert "does not lead to westeurope.tts.speech.microsoft.com" in check_speech(access, WIRE)[0].sentence


def test_a_wrong_clock(service, tmp_path):
    """By the Date of an answer; and of a certificate that is refused because of it, which is found out without sending a key."""
    service.behind_s = 47 * 60
    places = ServicePlaces(speech_endpoint=service.url)
    CLOUD_KEYS.use(key_name("speech", places), "planted-speech-key")
    clock = check_all(places, wire=WIRE)[-1]
    assert clock.cause == "clock" and "clock is 47 minutes ahead of Azure's" in clock.sentence
    service.behind_s = 0
    assert check_all(places, wire=WIRE)[-1].state == "ok"
    with PlainService(self_signed(tmp_path)) as secure:
        found = speech(secure.url)
        assert found.cause == "network" and "certificate of 127.0.0.1 is refused" in found.sentence
        secure.behind_s = -3 * 86400
        found = speech(secure.url)
        assert found.cause == "clock" and "3 days behind" in found.sentence
        assert not any("planted" in str(each) for each in secure.asked)


def test_no_redirection_carries_a_key_away(service):
    service.status = 302
    assert speech(service.url).state == "problem" and len(service.asked) == 1


@pytest.mark.parametrize(
    ("access", "cause", "words"),
    [
        (SpeechAccess(), "", "embedded voice"),
        (SpeechAccess(key="planted-speech-key"), "region", "no region"),
        (SpeechAccess(region="westeurope"), "key", "no key for westeurope"),
        (SpeechAccess(key="planted-speech-key", region="0123456789abcdef0123456789abcdef"), "region", "field of the key"),
        (SpeechAccess(key="planted\nspeech", endpoint="http://127.0.0.1:9"), "key", "copy it again"),
    ],
)
def test_what_can_be_said_without_asking(access, cause, words):
    found = check_speech(access, WIRE)[0]
    assert found.cause == cause and words in found.sentence and "planted" not in found.sentence and "0123" not in found.sentence


@pytest.mark.parametrize(
    ("deployment", "state", "cause", "words"),
    [
        ("mini", "ok", "", "mini at 127.0.0.1"),
        ("gpt-5", "ok", "", "gpt-5 at"),
        ("missing", "problem", "deployment", "has no model missing"),
        ("retired", "problem", "deployment", "has retired the model retired"),
        ("forbidden", "problem", "key", "does not allow"),
        ("busy-300", "problem", "quota", "5 minutes"),
        ("broke", "problem", "quota", "no credit"),
        ("fault", "problem", "service", "fault of its own"),
        ("", "problem", "deployment", "No deployment"),
    ],
)
def test_a_chat_is_asked_for_one_token(deployment, state, cause, words):
    with ChatService() as chat:
        found, skew_s = check_chat(ChatAccess(chat.url, deployment, KEY), WIRE)
        assert (found.state, found.cause) == (state, cause) and words in found.sentence, found
        assert KEY not in found.sentence
        assert not deployment or (skew_s is not None and abs(skew_s) < 60)
        assert all(body.get("max_completion_tokens", body.get("max_tokens")) == 1 for body in chat.bodies())
        wrong, _ = check_chat(ChatAccess(chat.url, deployment or "mini", "planted-wrong-key-of-the-chat"), WIRE)
        assert wrong.cause == "key" and "planted" not in wrong.sentence


def test_a_retired_deployment_of_azures_names_the_successor(monkeypatch):
    """Azure's own addresses always go over TLS, so the sentence is asked for where the SDK's error is read."""
    import httpx2
    from openai import NotFoundError

    from app.conversation.chat.refusals import Asked, status_refusal

    answer = httpx2.Response(404, request=httpx2.Request("POST", "https://x"))
    error = NotFoundError("gone", response=answer, body={"code": "DeploymentNotFound", "message": "The API deployment does not exist."})
    sentence = str(status_refusal(error, Asked("x.openai.azure.com", "gpt-4o", True)))
    assert "retired gpt-4o on 2026-10-01" in sentence and "gpt-5.1" in sentence


def test_packages_that_are_missing_matter_when_they_are_needed(monkeypatch):
    assert check_packages().state == "ok"
    real = packages.importlib.metadata.version

    def without(name: str) -> str:
        if name == "openai":
            raise packages.importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(packages.importlib.metadata, "version", without)
    assert check_packages(("openai",)).state == "problem" and check_packages(("keyring",)).state == "note"
    assert "openai (chat and Realtime)" in check_packages().sentence


@pytest.mark.parametrize(
    ("libc", "openssl", "words"),
    [(("glibc", "2.28"), True, "2.29"), (("", ""), True, "needs glibc"), (("glibc", "2.36"), False, "libssl")],
)
def test_a_system_that_cannot_run_the_speech_sdk(monkeypatch, libc, openssl, words):
    monkeypatch.setattr(packages.sys, "platform", "linux")
    monkeypatch.setattr(packages.platform, "libc_ver", lambda: libc)
    monkeypatch.setattr(packages, "_has_openssl", lambda: openssl)
    found = check_packages()
    assert found.state == "problem" and words in found.sentence


def test_the_verb_says_it_all_and_never_a_key(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main(["doctor", "--azure"]) == 0
    assert "embedded voice" in capsys.readouterr().out
    with SynthesisServer(keys=("planted-speech-key",)) as server, ChatService() as chat:
        monkeypatch.setenv("SPEECH_KEY", "planted-speech-key")
        monkeypatch.setenv("SPEECH_ENDPOINT", server.address)
        monkeypatch.setenv("OPENAI_BASE_URL", chat.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_MODEL", "mini")
        assert main(["doctor", "--azure", "--json"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert [each["state"] for each in data["findings"]] == ["ok", "ok", "ok", "note", "ok"]
        assert data["kept"]["speech"] == {"address": server.address, "key": "environment"}
        monkeypatch.setenv("OPENAI_MODEL", "missing")
        assert main(["doctor", "--azure"]) == 3
        out = capsys.readouterr().out
        assert "problem  Chat" in out and "planted" not in out + json.dumps(data) and KEY not in out


def test_a_cancelled_check_asks_nothing_more(service):
    class Set:
        def is_set(self) -> bool:
            return True

    assert check_all(wire=WIRE, cancel=Set()) == () and not service.asked

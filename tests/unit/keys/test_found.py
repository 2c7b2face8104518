"""Which key goes where, and that none is ever seen."""

from __future__ import annotations

import copy
import logging

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from app.core.errors import ServiceError
from app.keys import found
from app.keys.entra import SPEECH_SCOPE, entra_token
from app.keys.found import CLOUD_KEYS, chat_access, key_name, key_place, live_access, speech_access
from app.keys.places import ServicePlaces, endpoint_of, is_azure, looks_like_a_key, name_of, region_of
from app.keys.secret import HIDDEN, LogRedaction, Secret, redacted

KEY = "0123456789abcdef0123456789abcdef"


class Ring(KeyringBackend):
    """Keeps in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        self.kept.pop((service, username))


@pytest.fixture(autouse=True)
def ring(monkeypatch):
    """A keyring of this test, and an environment without keys."""
    for group in (value for name, value in vars(found).items() if name.isupper() and name != "SERVICES" and isinstance(value, tuple)):
        for name in group:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(CLOUD_KEYS, "_known", {})
    monkeypatch.setattr(found.CHOSEN, "now", ServicePlaces())
    before, one = keyring.get_keyring(), Ring()
    keyring.set_keyring(one)
    yield one
    keyring.set_keyring(before)


def test_the_environment_is_enough(monkeypatch):
    assert not speech_access().usable and not chat_access().usable and not live_access().usable
    monkeypatch.setenv("AZURE_SPEECH_KEY", KEY)
    monkeypatch.setenv("SPEECH_REGION", "West Europe")
    speech = speech_access()
    assert (speech.key, speech.region, speech.endpoint, speech.usable) == (KEY, "westeurope", "", True)
    assert key_place("speech") == "environment"
    monkeypatch.setenv("SPEECH_ENDPOINT", "https://mine.cognitiveservices.azure.com/")
    assert speech_access().endpoint == "https://mine.cognitiveservices.azure.com"
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com/")
    monkeypatch.setenv("AZURE_OPENAI_DEPLOYMENT", "mini")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "chat-key")
    chat = chat_access()
    assert (chat.endpoint, chat.deployment, chat.key) == ("https://mine.openai.azure.com", "mini", "chat-key")
    monkeypatch.setenv("AZURE_VOICELIVE_ENDPOINT", "https://mine.services.ai.azure.com")
    monkeypatch.setenv("AZURE_VOICELIVE_API_KEY", "live-key")
    assert live_access().key == "live-key"


def test_what_was_typed_comes_first_and_is_kept(monkeypatch, ring):
    monkeypatch.setenv("SPEECH_KEY", "from-environment")
    monkeypatch.setenv("SPEECH_REGION", "eastus")
    places = ServicePlaces(speech_region="westeurope")
    assert CLOUD_KEYS.keep(key_name("speech", places), "typed-key") == "keyring"
    assert speech_access(places).key == "typed-key" and key_place("speech", places) == "keyring"
    assert speech_access().key == "from-environment" and speech_access().region == "eastus"
    monkeypatch.setattr(CLOUD_KEYS, "_known", {})
    found.CHOSEN.now = places
    assert speech_access().key == "typed-key", "as after a start"
    CLOUD_KEYS.keep(key_name("speech"), "")
    assert not ring.kept and speech_access().key == "from-environment"


def test_without_a_keyring_a_key_lasts_as_long_as_the_program():
    keyring.set_keyring(NoKeyring())
    assert CLOUD_KEYS.keep("speech:westeurope", "typed-key") == "session"
    assert speech_access(ServicePlaces(speech_region="westeurope")).key == "typed-key"


def test_a_key_goes_only_where_it_belongs(monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "azure-key")
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key")
    monkeypatch.setenv("SPEECH_KEY", "speech-key")
    here = ServicePlaces(chat_endpoint="http://localhost:11434/v1", chat_deployment="llama")
    assert chat_access(here).key == "" and chat_access(here).usable
    assert chat_access(ServicePlaces(chat_endpoint="https://evil.example/v1", chat_deployment="x")).key == ""
    assert chat_access(ServicePlaces(chat_endpoint="https://x.openai.azure.com", chat_deployment="x")).key == "azure-key"
    assert chat_access(ServicePlaces(chat_endpoint="https://openai.azure.com.evil.example", chat_deployment="x")).key == ""
    assert speech_access(ServicePlaces(speech_endpoint="https://evil.example")).key == ""
    monkeypatch.setenv("OPENAI_BASE_URL", "https://proxy.example/v1")
    monkeypatch.setenv("OPENAI_MODEL", "big")
    assert (chat_access().endpoint, chat_access().deployment, chat_access().key) == ("https://proxy.example/v1", "big", "openai-key")
    CLOUD_KEYS.keep("chat:https://x.openai.azure.com", "typed")
    assert chat_access(ServicePlaces(chat_endpoint="https://y.example", chat_deployment="x")).key == ""


def test_places_hold_no_secret():
    assert endpoint_of("name.openai.azure.com/") == "https://name.openai.azure.com"
    assert endpoint_of("https://me:pw@h.example:8443/base/?api-key=abc#x") == "https://h.example:8443/base"
    assert endpoint_of("ws://[::1]:80/x/") == "ws://[::1]:80/x" and endpoint_of(" ") == ""
    assert region_of(" West Europe ") == "westeurope" and name_of(" mini ") == "mini"
    for refuses in (region_of, endpoint_of, name_of):
        with pytest.raises(ServiceError) as told:
            refuses(KEY)
        assert KEY not in str(told.value) and "field of the key" in str(told.value)
    for wrong in ("ftp://x", "https://", "http://[::1", "https://x:99999999"):
        with pytest.raises(ServiceError, match="no address"):
            endpoint_of(wrong)
    assert is_azure("https://x.openai.azure.com") and not is_azure("https://azure.com.evil.example") and looks_like_a_key("sk-" + "a" * 20)


def test_entra_says_what_to_do_when_nobody_is_signed_in(monkeypatch):
    azure = pytest.importorskip("azure.identity")
    from azure.core.exceptions import ClientAuthenticationError

    class Nobody:
        def get_token(self, *_: object, **__: object) -> object:
            raise ClientAuthenticationError("planted-tenant-secret")

    monkeypatch.setattr(azure, "DefaultAzureCredential", Nobody)
    places = ServicePlaces(speech_endpoint="https://mine.cognitiveservices.azure.com", speech_entra=True)
    access = speech_access(places)
    assert access.usable and access.key == "" and access.token is entra_token(SPEECH_SCOPE)
    monkeypatch.setattr(access.token, "_give", None)
    with pytest.raises(ServiceError, match="az login") as told:
        access.token()
    assert "planted" not in str(told.value)


# -- nobody sees a key


def test_a_secret_shows_itself_to_nobody():
    secret = Secret("planted-secret-1")
    shown = f"{secret} {secret!r} {secret!s} {[secret]} {ValueError(secret)}"
    assert "planted" not in shown and HIDDEN in shown and secret.reveal() == "planted-secret-1" and not Secret("")
    with pytest.raises(TypeError):
        copy.copy(secret)
    access = found.SpeechAccess(key="planted-secret-1", region="westeurope")
    assert "planted" not in repr(access) + repr(CLOUD_KEYS)


@pytest.mark.parametrize(
    "text",
    [
        "the key planted-secret-2/x+y= was refused",
        "GET /?key=planted-secret-2%2Fx%2By%3D",
        "Authorization: Bearer abc.def-ghi",
        "Ocp-Apim-Subscription-Key: 00ff00ff",
        "{'api-key': 'x'} https://h/?api-key=00ff00ff&x=1",
        "Incorrect API key provided: sk-proj-********wxyz.",
        "token eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln",
        "key " + "Ab1" * 28,
    ],
)
def test_texts_of_others_lose_their_keys(text):
    Secret("planted-secret-2/x+y=")
    clean = redacted(text)
    for part in ("planted", "abc.def", "00ff00ff", "wxyz", "eyJ", "Ab1Ab1"):
        assert part not in clean
    assert HIDDEN in clean


def test_words_stay_as_they_are():
    sentence = "The Speech service at westeurope refuses the key: copy KEY 1 and Location/Region of https://x.openai.azure.com."
    assert redacted(sentence) == sentence
    Secret("abc")
    assert redacted("abc") == "abc", "too short to be a key"


def test_logs_lose_keys_and_trails_too(caplog):
    Secret("planted-secret-3")
    log = logging.getLogger("test.keys")
    caplog.handler.addFilter(LogRedaction())
    try:
        raise ValueError("refused planted-secret-3")
    except ValueError:
        log.exception("asked with %s", "planted-secret-3")
    assert "planted-secret-3" not in caplog.text and caplog.text.count(HIDDEN) >= 2

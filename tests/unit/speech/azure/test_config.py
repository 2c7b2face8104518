"""The way to the service, and the sentences about what stands in it."""

from __future__ import annotations

import pytest

from app.core.errors import ServiceError
from app.keys.access import SpeechAccess
from app.speech.azure.config import host_of, proxy_for, sdk, speech_config
from app.speech.azure.faults import CERTIFICATE, CLOCK, EXPIRED, NO_SUCH_PLACE, PROXY, QUOTA, sentence_of, sentence_of_status
from app.speech.azure.voices import list_address


def test_a_key_and_a_region_are_enough():
    config = speech_config(SpeechAccess(key="k" * 32, region="westeurope"), "synthesis")
    assert config.region == "westeurope" and host_of(SpeechAccess(region="westeurope")) == "westeurope.tts.speech.microsoft.com"


@pytest.mark.parametrize(
    ("purpose", "path"), [("synthesis", "/tts/cognitiveservices/websocket/v1"), ("recognition", "/speech/universal/v2")]
)
def test_a_server_here_needs_only_its_port(purpose, path):
    config = speech_config(SpeechAccess(key="k", endpoint="ws://127.0.0.1:5000"), purpose)
    assert config.get_property(sdk().PropertyId.SpeechServiceConnection_Endpoint) == f"ws://127.0.0.1:5000{path}"


@pytest.mark.parametrize("host", ["westeurope.api.cognitive.microsoft.com", "westeurope.tts.speech.microsoft.com"])
def test_the_portals_endpoint_of_a_region_is_the_region(host):
    access = SpeechAccess(key="k" * 32, endpoint=f"https://{host}/")
    assert speech_config(access, "recognition").region == "westeurope" and host_of(access) == "westeurope.tts.speech.microsoft.com"
    assert list_address(access) == "https://westeurope.tts.speech.microsoft.com/cognitiveservices/voices/list"


def test_a_resource_with_a_name_of_its_own_is_asked_there():
    access = SpeechAccess(key="k" * 32, endpoint="https://mine.cognitiveservices.azure.com")
    assert list_address(access) == "https://mine.cognitiveservices.azure.com/tts/cognitiveservices/voices/list"
    config = speech_config(access, "synthesis")
    assert config.get_property(sdk().PropertyId.SpeechServiceConnection_Endpoint) == "https://mine.cognitiveservices.azure.com"


@pytest.fixture
def behind_proxy(monkeypatch):
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "https_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://me:pass@proxy.example:3128")


def test_the_proxy_is_for_the_cloud_and_never_for_this_machine(behind_proxy, monkeypatch):
    names = sdk().PropertyId
    far = speech_config(SpeechAccess(key="k", region="westeurope"), "synthesis")
    assert far.get_property(names.SpeechServiceConnection_ProxyHostName) == "proxy.example"
    assert far.get_property(names.SpeechServiceConnection_ProxyPort) == "3128"
    near = speech_config(SpeechAccess(key="k", endpoint="ws://127.0.0.1:5000"), "synthesis")
    assert near.get_property(names.SpeechServiceConnection_ProxyHostName) == ""
    monkeypatch.setenv("NO_PROXY", "*.microsoft.com,.microsoft.com")
    assert proxy_for("westeurope.tts.speech.microsoft.com") is None


@pytest.mark.parametrize(
    ("access", "words"),
    [
        (SpeechAccess(), "need a key"), (SpeechAccess(key="k"), "need a key"), (SpeechAccess(region="westeurope"), "need a key"),
        (SpeechAccess(key="secret-k", endpoint="no address"), "endpoint is no address"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_one_sentence(access, words):
    with pytest.raises(ServiceError, match=words) as caught:
        speech_config(access, "synthesis")
    assert "secret-k" not in str(caught.value) and caught.value.__cause__ is None


def test_every_code_of_the_sdk_has_a_sentence():
    codes = [code.name for code in sdk().CancellationErrorCode]
    sentences = {sentence_of(code) for code in codes}
    assert len(sentences) >= 10 and all(sentence.endswith(".") and "; " in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ("WebSocket upgrade failed: 407 Proxy Authentication Required", PROXY),
        ("TLS: the certificate is not yet valid", CLOCK),
        ("SSL certificate verify failed", CERTIFICATE),
        ("The token has expired", EXPIRED),
        ("Quota exceeded for this month", QUOTA),
        ("Could not resolve host", NO_SUCH_PLACE),
    ],
)
def test_details_tell_more_than_the_code(details, sentence):
    assert sentence_of("ConnectionFailure", details) == sentence


def test_numbers_of_http_have_the_same_sentences():
    assert sentence_of_status(401) == sentence_of("AuthenticationFailure") and sentence_of_status(407) == PROXY
    assert sentence_of_status(418) == sentence_of("ServiceError")

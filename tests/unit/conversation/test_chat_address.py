"""Addresses as they are pasted, and sentences that depend on whose address it is."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import openai
import pytest

from app.conversation.chat.address import address_of
from app.conversation.chat.refusals import Asked, retry_after_s, spoken_wait, status_refusal
from app.core.errors import ServiceError

AZURE = "https://name.openai.azure.com/openai/v1/"


@pytest.mark.parametrize("pasted", [
    "https://name.openai.azure.com", "https://name.openai.azure.com/",
    " 'https://NAME.openai.azure.com/' ", "name.openai.azure.com", "name",
    "http://name.openai.azure.com", "https://name.openai.azure.com/openai", "https://name.openai.azure.com/openai/v1/chat/completions",
    "https://name.openai.azure.com/openai/v1/?api-version=preview", "https://name.openai.azure.com:443/",
    "https://name.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-08-01-preview",
])  # fmt: skip
def test_an_azure_resource_is_found_in_whatever_is_pasted(pasted):
    address = address_of(pasted)
    assert (address.base_url, address.is_azure, address.is_local) == (AZURE, True, False)
    assert address.deployment == ("my gpt" if "deployments" in pasted else "")


@pytest.mark.parametrize(("pasted", "base"), [
    ("http://localhost:11434/v1", "http://localhost:11434/v1/"), ("http://localhost:11434", "http://localhost:11434/v1/"),
    ("localhost:1234", "http://localhost:1234/v1/"), ("localhost", "http://localhost/v1/"),
    ("http://[::1]:8080/v1/chat/completions", "http://[::1]:8080/v1/"), ("api.openai.com", "https://api.openai.com/v1/"),
    ("https://api.example.com/openai/v1/responses", "https://api.example.com/openai/v1/"),
    ("https://gate.example.com/x/openai/deployments/d/chat/completions?api-version=1", "https://gate.example.com/x/openai/v1/"),
    ("https://name.services.ai.azure.com/api/projects/p", "https://name.services.ai.azure.com/openai/v1/"),
    ("https://name.cognitiveservices.azure.com/", "https://name.cognitiveservices.azure.com/openai/v1/"),
])  # fmt: skip
def test_other_addresses_are_taken_as_they_are(pasted, base):
    address = address_of(pasted)
    assert address.base_url == base and address_of(base).base_url == base


@pytest.mark.parametrize(
    "pasted", ["", "https://", "ftp://x/v1", "http://a b/v1", "http://x:99999/v1", "http://[::1", "file:///etc", "://"]
)
def test_what_is_no_address_is_said(pasted):
    with pytest.raises(ServiceError, match="cannot be read"):
        address_of(pasted)


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(ServiceError, match="must not hold") as caught:
        address_of("https://me:secret@example.com/v1")
    assert "secret" not in str(caught.value)


def told(status: int, code: str, message: str, deployment: str = "gpt-4o", token: bool = False) -> str:
    """The sentence of Azure's refusal."""
    response = httpx2.Response(status, request=httpx2.Request("POST", AZURE))
    error = openai.APIStatusError(message, response=response, body={"code": code, "message": message})
    return str(status_refusal(error, Asked("name.openai.azure.com", deployment, True, token, "k" * 20)))


def test_a_retired_model_is_told_with_its_date_and_successor():
    gone = "The API deployment for this resource does not exist."
    for deployment, model, date in (
        ("gpt-4o", "gpt-4o", "2026-10-01"), ("gpt-4o-mini-eu", "gpt-4o-mini", "2026-10-01"), ("GPT-4.1", "gpt-4.1", "2026-10-14"),
    ):  # fmt: skip
        for sentence in (
            told(404, "DeploymentNotFound", gone, deployment),
            told(410, "ModelDeprecated", "It has been retired.", deployment),
        ):
            assert f"retired {model} on {date}" in sentence.replace("the model ", "").replace(f" behind the deployment {deployment}", "")
            assert "gpt-5.1 or later" in sentence
    assert "page Deployments" in told(404, "DeploymentNotFound", gone, "gpt-5.1")
    assert "ends in /v1" in told(404, "404", "Resource not found")
    assert "Azure retired the model behind" in told(400, "x", "The model is deprecated.", "mine")


def test_azure_is_named_with_the_page_where_to_look():
    assert "Keys and Endpoint" in told(401, "401", "Access denied")
    assert "az login" in told(401, "401", "Access denied", token=True)
    assert "Networking" in told(403, "403", "Firewall")
    assert "tokens per minute" in told(429, "429", "busy")
    sentence = told(422, "odd", f"Something about {'k' * 20} and sk-abc123 " + "long " * 100)
    assert "kkkk" not in sentence and "abc123" not in sentence and len(sentence) < 400


def test_waits_are_read_and_spoken():
    now = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
    assert retry_after_s({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    assert retry_after_s({"retry-after": "Thu, 26 Nov 2026 12:05:00 GMT"}, now) == 300.0
    assert retry_after_s({"retry-after": "Thu, 26 Nov 2026 11:05:00 GMT"}, now) == 0.0
    assert retry_after_s({}) is None and retry_after_s({"retry-after": "soon"}) is None
    assert [spoken_wait(s) for s in (0.2, 1, 5, 119, 300, 301, 86400)] == [
        "1 second", "1 second", "5 seconds", "119 seconds", "5 minutes", "6 minutes", "24 hours",
    ]  # fmt: skip

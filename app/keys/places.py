"""Where the cloud services are: the parts that are no secret, and may stand in the settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.errors import ServiceError

#: Azure's keys are 32 hexadecimal digits, or 84 letters and digits since 2024; OpenAI's begin with sk-
_LIKE_A_KEY = re.compile(r"[0-9a-fA-F]{32}|[A-Za-z0-9+/=]{60,}|sk-[A-Za-z0-9_-]{16,}")
_REGION = re.compile(r"[a-z][a-z0-9]{2,30}")
#: hosts that belong to Azure, in all of its clouds
_AZURE = (".azure.com", ".microsoft.com", ".azure.us", ".azure.cn")
_SCHEMES = ("https", "http", "wss", "ws")


@dataclass(frozen=True)
class ServicePlaces:
    """What was typed of the services, without their keys; "" leaves a part to the environment.

    Attributes:
        speech_region: like ``westeurope``.
        speech_endpoint: in place of the region's address.
        speech_entra: Entra ID opens it, not a key.
        chat_endpoint: of an Azure OpenAI resource, or a base address that ends in ``/v1``.
        chat_deployment: the name that the user gave the model there.
        chat_entra: Entra ID opens it, not a key.
        live_endpoint: of a Foundry resource with Voice Live, or a Realtime address.
        live_model: the model that speaks there.
        live_entra: Entra ID opens it, not a key.
    """

    speech_region: str = ""
    speech_endpoint: str = ""
    speech_entra: bool = False
    chat_endpoint: str = ""
    chat_deployment: str = ""
    chat_entra: bool = False
    live_endpoint: str = ""
    live_model: str = ""
    live_entra: bool = False


def region_of(text: str) -> str:
    """A region as addresses spell it: ``West Europe`` becomes ``westeurope``.

    Raises:
        ServiceError: it is none.
    """
    name = "".join(text.split()).lower()
    if name and not _REGION.fullmatch(name):
        hint = " That is a key; it goes into the field of the key." if looks_like_a_key(text) else ""
        shown = "This" if hint else repr(text)
        raise ServiceError(f"{shown} is no region; copy Location/Region from the resource's Keys and Endpoint, such as westeurope.{hint}")
    return name


def endpoint_of(text: str) -> str:
    """An address without user, query and the slash at its end, so that nothing secret stays in it.

    Raises:
        ServiceError: it is none.
    """
    text = text.strip()
    if not text:
        return ""
    if looks_like_a_key(text):
        raise ServiceError("This is a key and no address; it goes into the field of the key.")
    url = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ServiceError("That is no address; copy Endpoint from the resource's Keys and Endpoint: https://NAME.openai.azure.com.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}{parts.path}".rstrip("/")


def name_of(text: str) -> str:
    """A deployment's or model's name.

    Raises:
        ServiceError: it is a key.
    """
    text = text.strip()
    if looks_like_a_key(text):
        raise ServiceError("This is a key and no name of a deployment; it goes into the field of the key.")
    return text


def looks_like_a_key(text: str) -> bool:
    """Whether somebody pasted a key here."""
    return _LIKE_A_KEY.fullmatch(text.strip()) is not None


def is_azure(endpoint: str) -> bool:
    """Whether an address belongs to Azure."""
    host = urlsplit(endpoint).hostname or ""
    return f".{host}".endswith(_AZURE)

"""Which keys there are: what was typed comes before the environment, part by part, and a key goes only to the address it was given for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from app.core.errors import ServiceError
from app.keys.access import ChatAccess, SpeechAccess
from app.keys.entra import CHAT_SCOPE, SPEECH_SCOPE, entra_token
from app.keys.kept import Keys, Place
from app.keys.places import ServicePlaces, endpoint_of, is_azure, region_of
from app.keys.secret import REDACTION

Service = Literal["speech", "chat", "live"]
SERVICES: tuple[Service, ...] = ("speech", "chat", "live")

SPEECH_KEYS = ("SPEECH_KEY", "AZURE_SPEECH_KEY")
SPEECH_REGIONS = ("SPEECH_REGION", "AZURE_SPEECH_REGION")
SPEECH_ENDPOINTS = ("SPEECH_ENDPOINT", "AZURE_SPEECH_ENDPOINT")
CHAT_KEYS = ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_KEY")
CHAT_ENDPOINTS = ("AZURE_OPENAI_ENDPOINT",)
CHAT_DEPLOYMENTS = ("AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_DEPLOYMENT_NAME", "AZURE_OPENAI_CHAT_DEPLOYMENT_NAME")
OPENAI_KEYS = ("OPENAI_API_KEY",)
OPENAI_ENDPOINTS = ("OPENAI_BASE_URL",)
OPENAI_MODELS = ("OPENAI_MODEL",)
LIVE_KEYS = ("AZURE_VOICELIVE_API_KEY",)
LIVE_ENDPOINTS = ("AZURE_VOICELIVE_ENDPOINT",)
LIVE_MODELS = ("AZURE_VOICELIVE_MODEL",)


@dataclass
class ChosenPlaces:
    """What was typed, for everybody who asks for a way to a service.

    Attributes:
        now: the places; replaced as a whole.
    """

    now: ServicePlaces


#: of this process: read from the settings when it starts, changed by the window
CHOSEN = ChosenPlaces(ServicePlaces())


def _named(*names: str) -> str:
    return next((value for name in names if (value := os.environ.get(name, "").strip())), "")


def _address(text: str) -> str:
    """An address of the environment; one that is none stays as it is, so that Check can say so."""
    try:
        return endpoint_of(text)
    except ServiceError:
        return text


def speech_region(places: ServicePlaces | None = None) -> str:
    """The region in force, "" for none."""
    region = (places or CHOSEN.now).speech_region or _named(*SPEECH_REGIONS)
    try:
        return region_of(region)
    except ServiceError:
        return region


def address_of(service: Service, places: ServicePlaces | None = None) -> str:
    """The address of a service that is in force, "" for none; of speech it is the region where there is no endpoint."""
    typed = places or CHOSEN.now
    if service == "speech":
        endpoint = typed.speech_endpoint or ("" if typed.speech_region else _named(*SPEECH_ENDPOINTS))
        return _address(endpoint) if endpoint else speech_region(typed)
    if service == "chat":
        return _address(typed.chat_endpoint or _named(*CHAT_ENDPOINTS, *OPENAI_ENDPOINTS))
    return _address(typed.live_endpoint or _named(*LIVE_ENDPOINTS))


def key_name(service: Service, places: ServicePlaces | None = None) -> str:
    """The name under which the key of a service is kept: it belongs to its address, and never travels to another one."""
    return f"{service}:{address_of(service, places)}"


def variables_of(name: str) -> tuple[str, ...]:
    """Which variables of the environment may hold the key of a name: Azure's for Azure's addresses and the one that stands beside them."""
    service, _, address = name.partition(":")
    if service == "speech":
        ours = "://" not in address or is_azure(address) or address == _address(_named(*SPEECH_ENDPOINTS))
        return SPEECH_KEYS if ours else ()
    if service == "live":
        return LIVE_KEYS if is_azure(address) or address == _address(_named(*LIVE_ENDPOINTS)) else ()
    if is_azure(address) or (address and address == _address(_named(*CHAT_ENDPOINTS))):
        return CHAT_KEYS
    named = _address(_named(*OPENAI_ENDPOINTS))
    return OPENAI_KEYS if address and address in (named, "https://api.openai.com/v1") else ()


#: of this process
CLOUD_KEYS = Keys(variables_of)


def speech_access(places: ServicePlaces | None = None) -> SpeechAccess:
    """The way to Azure's Speech service; not ``usable`` where nothing names it. May ask a keyring: call it on a worker thread.

    Args:
        places: what was typed; None for what this process goes by.
    """
    typed = places or CHOSEN.now
    address = address_of("speech", typed)
    endpoint = address if "://" in address else ""
    key = "" if typed.speech_entra else CLOUD_KEYS.find(key_name("speech", typed))
    token = entra_token(SPEECH_SCOPE) if typed.speech_entra else None
    return SpeechAccess(key=key, region=speech_region(typed), endpoint=endpoint, token=token)


def chat_access(places: ServicePlaces | None = None) -> ChatAccess:
    """The way to a chat model; not ``usable`` where nothing names it. May ask a keyring: call it on a worker thread.

    Args:
        places: what was typed; None for what this process goes by.
    """
    typed = places or CHOSEN.now
    models = CHAT_DEPLOYMENTS if typed.chat_endpoint or _named(*CHAT_ENDPOINTS) else OPENAI_MODELS
    return ChatAccess(
        endpoint=address_of("chat", typed),
        deployment=typed.chat_deployment or _named(*models),
        key="" if typed.chat_entra else CLOUD_KEYS.find(key_name("chat", typed)),
        token=entra_token(CHAT_SCOPE) if typed.chat_entra else None,
    )


def live_access(places: ServicePlaces | None = None) -> ChatAccess:
    """The way to Voice Live or Realtime: its endpoint and, as ``deployment``, its model. May ask a keyring.

    Args:
        places: what was typed; None for what this process goes by.
    """
    typed = places or CHOSEN.now
    return ChatAccess(
        endpoint=address_of("live", typed),
        deployment=typed.live_model or _named(*LIVE_MODELS),
        key="" if typed.live_entra else CLOUD_KEYS.find(key_name("live", typed)),
        token=entra_token(CHAT_SCOPE) if typed.live_entra else None,
    )


def hide_environment() -> None:
    """Take every key of the environment out of all texts from now on, whether it is used or stands in a wrong variable's place too."""
    groups = (SPEECH_KEYS, CHAT_KEYS, OPENAI_KEYS, LIVE_KEYS)
    REDACTION.learn(value for names in groups for name in names if (value := os.environ.get(name, "").strip()))


def key_place(service: Service, places: ServicePlaces | None = None) -> Place:
    """Where the key of a service comes from; a keyring that was not asked yet is asked by the access functions."""
    return CLOUD_KEYS.place(key_name(service, places))

"""From the way to the service to the SDK's configuration of it."""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
from dataclasses import replace
from typing import Any, Literal

from app.core.errors import ServiceError
from app.keys.access import SpeechAccess

#: where a server that speaks the service's protocol expects whom, if its address names no path
_PATHS = {"synthesis": "/tts/cognitiveservices/websocket/v1", "recognition": "/speech/universal/v2"}
_NO_ADDRESS = (
    "The Speech service's endpoint is no address, like https://NAME.cognitiveservices.azure.com; copy it from the page of your resource."
)
_NO_REGION = "The Speech service's region is none, like westeurope; copy it from the page of your resource."
#: the portal's endpoint of a resource without a name of its own
_REGIONAL = re.compile(r"([a-z0-9]+)\.(?:api\.cognitive|(?:tts|stt)\.speech)\.microsoft\.com")
_HERE = ("127.0.0.1", "localhost", "::1")

#: what to do where nothing says how the service is reached
NEEDS_A_KEY = (
    "Azure's voices need a key: enter one under Azure and keys… in the Edit menu, or set SPEECH_KEY and SPEECH_REGION, or choose an"
    " embedded voice."
)


def sdk() -> Any:
    """The Speech SDK, which is imported late.

    Raises:
        ServiceError: it is not there, or does not work on this system.
    """
    try:
        from azure.cognitiveservices import speech
    except (ImportError, OSError) as error:
        raise ServiceError(
            "Azure's Speech SDK is not installed or does not run here; run “pip install azure-cognitiveservices-speech”, or choose an"
            " embedded voice."
        ) from error
    return speech


def speech_config(access: SpeechAccess, purpose: Literal["synthesis", "recognition"]) -> Any:
    """The SDK's configuration.

    A proxy of the environment is used for the cloud, and never for a server on this machine.

    Args:
        access: the way to the service.
        purpose: what it will be used for.

    Returns:
        A ``SpeechConfig``. It holds the key: do not print or keep it.

    Raises:
        ServiceError: the access names no place or key, the SDK is not there, or the address is none.
    """
    access = settled(access)
    if not access.usable:
        raise ServiceError(NEEDS_A_KEY)
    speech = sdk()
    if access.endpoint and not _is_address(access.endpoint):
        raise ServiceError(_NO_ADDRESS)
    token = access.token() if access.token is not None else ""
    try:
        if access.endpoint:
            made = speech.SpeechConfig(endpoint=_address(access.endpoint, purpose), subscription=access.key or None)
            if token:
                made.authorization_token = token
        elif token:
            made = speech.SpeechConfig(auth_token=token, region=access.region)
        else:
            made = speech.SpeechConfig(subscription=access.key, region=access.region)
        proxy = proxy_for(host_of(access))
        if proxy is not None:
            made.set_proxy(proxy.hostname, proxy.port or 80, proxy.username, proxy.password)
    except (RuntimeError, ValueError):
        # not chained: the SDK's own words may repeat what it was given
        raise ServiceError(_NO_ADDRESS if access.endpoint else _NO_REGION) from None
    return made


def host_of(access: SpeechAccess) -> str:
    """The name of the machine that is asked for speech."""
    access = settled(access)
    if access.endpoint:
        return urllib.parse.urlsplit(access.endpoint).hostname or ""
    return f"{access.region}.tts.speech.microsoft.com"


def settled(access: SpeechAccess) -> SpeechAccess:
    """The same way with the region's own addresses, where the portal's general one of a region was given as the endpoint."""
    regional = _REGIONAL.fullmatch(urllib.parse.urlsplit(access.endpoint).hostname or "")
    return replace(access, region=regional[1], endpoint="") if regional else access


def is_here(host: str) -> bool:
    """Whether a host is this machine."""
    return host in _HERE


def proxy_for(host: str) -> urllib.parse.SplitResult | None:
    """The environment's proxy for a host of the cloud, or None."""
    if not host or is_here(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    address = proxies.get("https") or proxies.get("all") or ""
    if not address:
        return None
    parts = urllib.parse.urlsplit(address if "://" in address else f"http://{address}")
    return parts if parts.hostname else None


def _is_address(endpoint: str) -> bool:
    parts = urllib.parse.urlsplit(endpoint)
    return parts.scheme in ("http", "https", "ws", "wss") and bool(parts.hostname)


def _address(endpoint: str, purpose: str) -> str:
    parts = urllib.parse.urlsplit(endpoint)
    if parts.scheme in ("ws", "wss") and parts.path in ("", "/"):
        return urllib.parse.urlunsplit(parts._replace(path=_PATHS[purpose]))
    return endpoint

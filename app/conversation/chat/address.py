"""Where a chat model is reached: what people paste, made into the base address that the SDK wants."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from app.core.errors import ServiceError

#: ends of the host names of Azure's resources that answer chats, its national clouds among them
AZURE_HOSTS = (
    ".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com",
    ".openai.azure.us", ".cognitiveservices.azure.us", ".openai.azure.cn", ".cognitiveservices.azure.cn",
)  # fmt: skip
#: of the v1 route, which wants no api-version
AZURE_PATH = "/openai/v1/"
_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)")
#: what stands behind the base address in the address of a call
_CALLS = re.compile(r"/(chat/completions|completions|responses|models|embeddings)$")
#: a resource's name as the portal allows it
_RESOURCE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?")


@dataclass(frozen=True)
class ChatAddress:
    """Where to ask.

    Attributes:
        base_url: for the SDK, ends in a slash.
        host: to be named in sentences, with its port where it is no usual one.
        is_azure: whether it is a resource of Azure's.
        deployment: that the pasted address named, or "".
        is_local: whether it is this machine, to which no proxy leads.
    """

    base_url: str
    host: str
    is_azure: bool
    deployment: str = ""
    is_local: bool = False


def address_of(pasted: str) -> ChatAddress:
    """Read an address as people paste it.

    Args:
        pasted: the endpoint of an Azure resource, with or without a path, an api-version or quotation marks; the name of a
            resource; or the base address of anything that speaks like OpenAI.

    Returns:
        Where to ask; Azure's addresses always over TLS.

    Raises:
        ServiceError: it is no address.
    """
    text = pasted.strip().strip("\"'<>").strip()
    try:
        parts = urlsplit(_with_scheme(text))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _no_address() from None
    if not host or parts.scheme not in ("http", "https") or re.search(r"[\s\\]", text):
        raise _no_address()
    if parts.username is not None:
        raise ServiceError("The address of a chat service must not hold a name or password; give the key in its own field.")
    named = _DEPLOYMENT.search(parts.path)
    deployment = unquote(named[1]) if named else ""
    if host.lower().endswith(AZURE_HOSTS):
        return ChatAddress(f"https://{host.lower()}{AZURE_PATH}", host.lower(), True, deployment)
    shown = _shown(host, port)
    return ChatAddress(f"{parts.scheme}://{shown}{_base_path(parts, bool(named))}", shown, False, deployment, _is_local(host))


def _no_address() -> ServiceError:
    return ServiceError(
        "The address of the chat service cannot be read; give an Azure resource like https://NAME.openai.azure.com, or an address that "
        "ends in /v1 like http://localhost:11434/v1."
    )


def _with_scheme(text: str) -> str:
    if "://" in text:
        return text
    if _RESOURCE.fullmatch(text) and text.lower() != "localhost":
        return f"https://{text}.openai.azure.com"
    host = re.split(r"[/?]", text)[0]
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    return f"{'http' if _is_local(name.strip('[]')) else 'https'}://{text}"


def _base_path(parts: SplitResult, is_gateway: bool) -> str:
    """The path up to and with the version; a gateway before Azure keeps what stands before its ``/openai``."""
    path = parts.path.rstrip("/")
    if is_gateway:
        return path[: path.index("/openai/deployments/")] + AZURE_PATH
    path = _CALLS.sub("", path)
    return f"{path or '/v1'}/"


def _shown(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _is_local(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

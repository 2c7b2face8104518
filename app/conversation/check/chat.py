"""Whether the chat answers: one request of one token, with the SDK that the conversation uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.conversation.chat.address import ChatAddress, address_of
from app.conversation.chat.openai_chat import NO_KEY
from app.conversation.chat.refusals import Asked, connection_refusal, status_refusal, stream_refusal
from app.conversation.check.asking import Unreachable, Wire
from app.conversation.check.checked import Cause, Checked, Subject
from app.core.errors import ServiceError
from app.keys.access import ChatAccess

if TYPE_CHECKING:
    from openai import OpenAI

NOT_CONFIGURED: Mapping[Subject, str] = {
    "chat": (
        "No chat is named, so the scripted persona answers; give an endpoint and a deployment, or set AZURE_OPENAI_ENDPOINT, "
        "AZURE_OPENAI_DEPLOYMENT and AZURE_OPENAI_API_KEY."
    ),
    "live": "No Voice Live or Realtime is named; give an endpoint and a model, or set AZURE_VOICELIVE_ENDPOINT and AZURE_VOICELIVE_MODEL.",
}
_CAUSES: Mapping[int, Cause] = {400: "deployment", 401: "key", 403: "key", 404: "deployment", 410: "deployment", 429: "quota"}
#: a model that thinks has no room for a word then; that it says so proves that it is there
_NO_ROOM = "output limit was reached"


def check_chat(access: ChatAccess, wire: Wire) -> tuple[Checked, float | None]:
    """Ask for one token.

    Args:
        access: as found.
        wire: the way to the network.

    Returns:
        The finding, and by how much the clock is ahead, None where that is not known.
    """
    reached = reach("chat", access, wire)
    if isinstance(reached, Checked):
        return reached, None
    address, problem, skew_s = reached
    if problem is not None:
        return problem, skew_s
    try:
        key = access.token() if access.token is not None else access.key
    except ServiceError as error:
        return Checked("chat", "problem", str(error), "key"), skew_s
    return _asked(address, access, key, wire), skew_s


def reach(subject: Subject, access: ChatAccess, wire: Wire) -> Checked | tuple[ChatAddress, Checked | None, float | None]:
    """See whether all parts are given and a server is there; no key is sent.

    Returns:
        A finding that needed no network; or the address, what stands in the way to it, and by how much the clock is ahead.
    """
    address = _complete(subject, access)
    if isinstance(address, Checked):
        return address
    parts = urlsplit(address.base_url)
    try:
        return address, None, wire.ask(f"{parts.scheme}://{parts.netloc}/").skew_s
    except Unreachable as error:
        return address, Checked(subject, "problem", str(error), error.cause), error.skew_s


def _complete(subject: Subject, access: ChatAccess) -> Checked | ChatAddress:
    """The address, or which part is missing."""
    if not access.endpoint:
        if not access.deployment:
            return Checked(subject, "note", NOT_CONFIGURED[subject])
        sentence = f"{access.deployment} is named but no endpoint: give that of its resource."
        return Checked(subject, "problem", sentence, "endpoint")
    try:
        address = address_of(access.endpoint)
    except ServiceError as error:
        return Checked(subject, "problem", str(error), "endpoint")
    if not (access.deployment or address.deployment):
        sentence = f"No deployment of {address.host} is named: give the name that stands on the resource's page Deployments."
        return Checked(subject, "problem", sentence, "deployment")
    if address.is_azure and not access.key and access.token is None:
        return Checked(subject, "problem", f"There is no key for {address.host}: give KEY 1 of it, or choose Entra ID.", "key")
    return address


def _asked(address: ChatAddress, access: ChatAccess, key: str, wire: Wire) -> Checked:
    """The request."""
    try:
        from openai import APIConnectionError, APIError, APIStatusError, DefaultHttpxClient, OpenAI
    except ImportError:
        return Checked("chat", "problem", "The chat needs the package openai: run python3 run.py again, which installs it.", "packages")
    deployment = access.deployment or address.deployment
    asked = Asked(address.host, deployment, address.is_azure, access.token is not None, key)
    plain = DefaultHttpxClient(trust_env=False) if address.is_local else None
    client = OpenAI(base_url=address.base_url, api_key=key or NO_KEY, timeout=wire.timeout_s, max_retries=0, http_client=plain)
    try:
        with client:
            client.organization = client.project = None
            model = _one_token(client, deployment)
    except APIStatusError as error:
        refusal = status_refusal(error, asked)
        cause = "endpoint" if "under this address" in str(refusal) else _CAUSES.get(error.status_code, "service")
        return Checked("chat", "problem", str(refusal), cause)
    except APIConnectionError as error:
        return Checked("chat", "problem", str(connection_refusal(error, asked)), "network")
    except APIError as error:
        return Checked("chat", "problem", str(stream_refusal(error.code, error.message, asked)), "service")
    named = f" (the model {model})" if model and model != deployment else ""
    return Checked("chat", "ok", f"{deployment} at {address.host} answers{named}.")


def _one_token(client: OpenAI, deployment: str) -> str:
    """Ask, with the older name of the limit where the newer one is refused.

    Returns:
        The model behind the deployment, "" where it does not say.
    """
    from openai import BadRequestError

    asked: Any = [{"role": "user", "content": "Hi"}]
    for limit in ("max_completion_tokens", "max_tokens"):
        limits: Any = {limit: 1}
        try:
            with client.chat.completions.create(model=deployment, messages=asked, stream=True, **limits) as stream:
                return next((chunk.model for chunk in stream if chunk.choices), "")
        except BadRequestError as error:
            if _NO_ROOM in error.message:
                return ""
            if limit == "max_tokens" or limit not in f"{error.param} {error.message}":
                raise
    return ""

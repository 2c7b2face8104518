"""What goes wrong with a chat service, each in one sentence that says what to do; never a key in any of them."""

from __future__ import annotations

import re
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openai import APIStatusError

#: when Azure retires a model (its retirement page of 2026-07-07), and what comes after it
RETIRED = {"gpt-4o-mini": "2026-10-01", "gpt-4o": "2026-10-01", "gpt-4.1": "2026-10-14"}
SUCCESSOR = "gpt-5.1 or later"
_GONE = re.compile(r"\bretired\b|\bdeprecated\b|no longer (available|supported)|end of life", re.IGNORECASE)
_TOO_LONG = re.compile(r"context.length|maximum context|too many tokens|string_above_max_length", re.IGNORECASE)
#: longest piece of a service's own words that is shown
_MOST_WORDS = 200


@dataclass(frozen=True)
class Asked:
    """Whom a question went to.

    Attributes:
        host: as shown.
        deployment: the model's name there.
        is_azure: whether it is a resource of Azure's.
        with_token: whether Entra ID let us in.
        key: that was sent; only to be taken out of foreign texts.
    """

    host: str
    deployment: str
    is_azure: bool
    with_token: bool = False
    key: str = field(default="", repr=False)

    @property
    def service(self) -> str:
        """How it is called in a sentence."""
        return f"Azure OpenAI at {self.host}" if self.is_azure else f"The chat service at {self.host}"

    def without_key(self, text: str) -> str:
        """A foreign text in one line, without the key, not too long."""
        line = " ".join(text.split())
        line = line.replace(self.key, "…") if len(self.key) > 3 else line
        line = re.sub(r"(?i)\b(sk-|bearer )[\w.*-]+", "…", line)
        return line if len(line) <= _MOST_WORDS else line[:_MOST_WORDS].rsplit(" ", 1)[0] + " …"


def status_refusal(error: APIStatusError, asked: Asked) -> ServiceError:
    """The sentence for an answer that is no answer.

    Args:
        error: of the SDK.
        asked: whom.
    """
    said = f"{error.code or ''} {error.message}"
    if error.status_code in _CASES:
        return ServiceError(_CASES[error.status_code](asked, said, error.response.headers))
    return ServiceError(_refused(error.status_code, said, asked))


def stream_refusal(code: str | None, message: str, asked: Asked) -> ServiceError:
    """The sentence for an error that came inside the stream of an answer."""
    if code == "content_filter":
        return filtered_answer()
    words = asked.without_key(message).rstrip(". ")
    return ServiceError(f"{asked.service} broke the answer off: {words}; what came is kept, ask again.")


def _refused(status: int, said: str, asked: Asked) -> str:
    """The sentence for any other status, read from the service's words."""
    if _GONE.search(said) or status == 410:
        return _retired(asked)
    if "content_filter" in said:
        return "The content filter of the service stopped the question; say it in other words, or clear the conversation."
    if status == 413 or _TOO_LONG.search(said):
        return f"The conversation is too long for {asked.deployment}; clear it and ask again."
    if status >= 500:
        return f"{asked.service} has a fault of its own ({status}); try again in a minute."
    return f"{asked.service} refuses the question ({status}): {asked.without_key(said).rstrip('. ')}; check address and deployment."


def filtered_answer() -> ServiceError:
    """The answer was stopped, not the question."""
    return ServiceError("The content filter of the service ended the answer; what came is kept, ask in other words.")


def _unauthorised(asked: Asked, said: str, headers: Mapping[str, str]) -> str:
    if asked.with_token:
        return (
            f"{asked.service} refuses your sign-in; sign in with `az login` to the tenant of this resource and have the role "
            "Cognitive Services OpenAI User on it, or use a key."
        )
    if not asked.key:
        return f"{asked.service} asks for a key; give one."
    if asked.is_azure:
        return f"{asked.service} refuses the key; copy KEY 1 of this very resource from its page Keys and Endpoint in Azure's portal."
    return f"{asked.service} refuses the key; check it, and that it belongs to this address."


def _forbidden(asked: Asked, said: str, headers: Mapping[str, str]) -> str:
    if asked.is_azure:
        return (
            f"{asked.service} does not let this computer or account in; allow its network on the resource's page Networking, or have the "
            "role Cognitive Services OpenAI User given to you."
        )
    return f"{asked.service} does not allow this key to use {asked.deployment}; use another key or model."


def _retired(asked: Asked) -> str:
    since = _retirement(asked.deployment)
    if not asked.is_azure:
        return f"{asked.service} has retired the model {asked.deployment}; choose a newer one."
    what, when = (f"the model {since[0]}", f" on {since[1]}") if since else ("the model", "")
    return f"Azure retired {what} behind the deployment {asked.deployment}{when}; deploy {SUCCESSOR} and give that deployment's name."


def _retirement(deployment: str) -> tuple[str, str] | None:
    """The retired model that a deployment's name speaks of, and when it went."""
    name = deployment.lower()
    return next(((model, date) for model, date in RETIRED.items() if name == model or name.startswith(f"{model}-")), None)


def _missing(asked: Asked, said: str, headers: Mapping[str, str]) -> str:
    if _GONE.search(said):
        return _retired(asked)
    if not re.search(r"deployment|model", said, re.IGNORECASE):
        return f"{asked.service} does not answer chats under this address; check that the address is the one that ends in /v1."
    since = _retirement(asked.deployment)
    if since and asked.is_azure:
        return (
            f"{asked.service} has no deployment {asked.deployment}: Azure retired {since[0]} on {since[1]}; deploy {SUCCESSOR} and give "
            "that deployment's name."
        )
    if asked.is_azure:
        return (
            f"{asked.service} has no deployment {asked.deployment}; give the name that stands on the page Deployments, and wait five "
            "minutes after making one."
        )
    return f"{asked.service} has no model {asked.deployment}; give the name of one that it has, or load it there first."


def _busy(asked: Asked, said: str, headers: Mapping[str, str]) -> str:
    if "insufficient_quota" in said:
        return f"The account behind the key for {asked.host} has no credit left; add some, or use another key."
    wait_s = retry_after_s(headers)
    when = f"in {spoken_wait(wait_s)}" if wait_s else "in a minute"
    more = "raise its tokens per minute on the page Deployments" if asked.is_azure else "use another model"
    return f"{asked.service} is asked more than the quota of {asked.deployment} allows; try again {when}, or {more}."


_CASES = MappingProxyType({401: _unauthorised, 403: _forbidden, 404: _missing, 429: _busy})


def spoken_wait(wait_s: float) -> str:
    """A wait in words: seconds up to two minutes, then minutes, then hours."""
    seconds = max(1, round(wait_s))
    for size, name in ((3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{-(-seconds // size)} {name}s"
    return f"{seconds} second" + "s" * (seconds != 1)


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """How long a service asks to be left alone.

    Args:
        headers: of its answer.
        now: for a date in them; None for the present.

    Returns:
        Seconds, None where it does not say.
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
            return float(text) * scale
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    from datetime import UTC, datetime

    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


# -- the way there


def connection_refusal(error: BaseException, asked: Asked, during_answer: bool = False) -> ServiceError:
    """The sentence for a connection that did not come about or did not last.

    Args:
        error: of the SDK.
        asked: whom.
        during_answer: part of the answer is there already.
    """
    if during_answer:
        return ServiceError(f"The connection to {asked.host} was lost in the middle of the answer; what came is kept, ask again.")
    causes = list(_causes(error))
    words = " ".join(f"{type(cause).__name__} {cause}" for cause in causes)
    proxy = _proxy_for(asked.host)
    if "ProxyError" in words or (proxy and any(isinstance(cause, OSError) for cause in causes)):
        return ServiceError(
            f"The proxy of this computer does not lead to {asked.host}; check HTTPS_PROXY, or name the host in NO_PROXY if it is near."
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "CERTIFICATE" in words.upper():
        return ServiceError(
            f"The certificate of {asked.host} is not accepted; check this computer's clock, and whether a proxy stands in between."
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return ServiceError(f"No computer named {asked.host} is known; check the address, and whether this computer is online.")
    if "Timeout" in words:
        return too_slow(asked, "did not take the connection")
    return ServiceError(f"Nothing answers at {asked.host}; check the address, and that the service is running and this computer online.")


def too_slow(asked: Asked, what: str = "began no answer", waited_s: float | None = None) -> ServiceError:
    """The service is there and does nothing."""
    waited = f" within {spoken_wait(waited_s)}" if waited_s else ""
    return ServiceError(f"{asked.service} {what}{waited}; try again, or check the network.")


def token_refusal() -> ServiceError:
    """Entra ID gave no token."""
    return ServiceError("Entra ID gives no token for Azure OpenAI; sign in with `az login`, or give a key.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that led to it."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions


def _proxy_for(host: str) -> bool:
    """Whether this computer reaches a host through a proxy."""
    name = host.rsplit(":", 1)[0] if re.search(r":\d+$", host) else host
    proxies = urllib.request.getproxies()
    return bool({"http", "https", "all"} & proxies.keys()) and not urllib.request.proxy_bypass(name)

"""What can go wrong with a connection, each in one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.errors import ServiceError

#: a service that wants to be left alone for longer than this is not waited for
LONGEST_WAIT_S = 60.0
#: errors of a service that change nothing: what was to be stopped had ended already, or there was nothing to take in
HARMLESS = frozenset({"response_cancel_not_active", "input_audio_buffer_commit_empty", "session_expired"})
#: the service is still busy with an answer; the wish is kept
BUSY = "conversation_already_has_active_response"


class Lost(Exception):
    """The connection is gone; another one may go on."""


class Refused(ServiceError):
    """No connection came about.

    Args:
        sentence: what is wrong and what to do.
        lasting: trying again will not help.
        busy: somebody is there, who cannot serve now.
        wait_s: how long the service wants to be left alone.
    """

    def __init__(self, sentence: str, *, lasting: bool, busy: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.lasting, self.busy, self.wait_s = lasting, busy, wait_s


@dataclass(frozen=True)
class Place:
    """Where a connection goes to, for sentences.

    Attributes:
        service: its name.
        host: the address, without a key and without a path.
        model: the deployment.
        key: what must never be said.
    """

    service: str
    host: str
    model: str
    key: str = field(default="", repr=False)

    def clean(self, text: str) -> str:
        """A service's own words on one line, short and without the key."""
        said = " ".join(text.split())
        if self.key:
            said = said.replace(self.key, "…")
        return said[:160].rstrip(" .") + ("…" if len(said) > 160 else "")


def refused(place: Place, status: int, headers: Mapping[str, str] | None = None) -> Refused:
    """A handshake that was answered with something else than a connection.

    Args:
        place: where.
        status: of HTTP.
        headers: ``Retry-After`` is looked for.
    """
    who, model = place.service, place.model
    if status == 401:
        return Refused(f"{who} refused the key; check the key and that it belongs to {place.host}.", lasting=True)
    if status == 403:
        return Refused(
            f"{who} does not let this account in; give it a role on the resource, or allow this network in its firewall.", lasting=True
        )
    if status == 404:
        return Refused(
            f"{who} has no deployment “{model}” at {place.host}; it may be retired: choose one that the resource lists.", lasting=True
        )
    if status == 429:
        wait_s = _retry_after_s(headers)
        lasting = wait_s > LONGEST_WAIT_S
        when = f"try again in {wait_s / 60:.0f} minutes" if lasting else f"it is tried again in {wait_s:.0f} s"
        return Refused(f"{who} is at its quota; {when}, or raise the quota of the resource.", lasting=lasting, busy=True, wait_s=wait_s)
    if status >= 500:
        wait_s = min(_retry_after_s(headers), LONGEST_WAIT_S)
        return Refused(f"{who} is not available now (status {status}); it is tried again.", lasting=False, busy=True, wait_s=wait_s)
    return Refused(f"{who} refused the connection (status {status}); check the endpoint {place.host}.", lasting=True)


def unreachable(place: Place) -> Refused:
    """Nobody listens there."""
    return Refused(f"{place.service} cannot be reached at {place.host}; check the endpoint, the network and the proxy.", lasting=False)


def silent(place: Place, waited_s: float) -> Refused:
    """Somebody listens there, and does not answer."""
    return Refused(
        f"{place.service} at {place.host} did not answer within {waited_s:.0f} seconds; check the network and the proxy.", lasting=False
    )


def missing(service: str, package: str) -> Refused:
    """The SDK is not installed."""
    return Refused(f"{service} needs the package {package}; run `python3 run.py`, or install it with pip.", lasting=True)


def unfinished(place: Place, status: str, details: Mapping[str, object]) -> str:
    """Why an answer broke off, by what ``response.done`` says of it; "" when that was wanted.

    Args:
        place: who answered.
        status: of the answer.
        details: its ``status_details``.
    """
    if status in ("completed", "cancelled"):
        return ""
    reason = str(details.get("reason") or "")
    if reason == "content_filter":
        return f"The content filter of {place.service} stopped the answer; ask in other words."
    if reason == "max_output_tokens":
        return "The answer reached its greatest permitted length; ask for the rest."
    error = details.get("error")
    code = str(error.get("code") or error.get("type") or "") if isinstance(error, Mapping) else ""
    if "rate_limit" in code or "quota" in code:
        return f"{place.service} is at its quota; wait a minute and ask again."
    return f"{place.service} could not answer{f' ({place.clean(code)})' if code else ''}; ask again."


def _retry_after_s(headers: Mapping[str, str] | None) -> float:
    """Seconds of a Retry-After header; 1 when there is none that is a number."""
    value = next((value for name, value in (headers or {}).items() if name.lower() == "retry-after"), "")
    try:
        return max(float(value), 0.0)
    except ValueError:
        return 1.0

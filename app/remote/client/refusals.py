"""Answers of servers that are refusals, in sentences: tokens, full servers, proxies with nobody behind, and strangers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from websockets.exceptions import InvalidStatus

from app.core.errors import ServiceError
from app.remote.client.reaching import OR_ELSE, USUAL_PORT, name_of
from app.remote.link.tls import SpeaksTls
from app.remote.link.waiting import Busy, Unreachable
from app.remote.protocol.plain import parsed, words

_TOKEN_PLACES = "under Remote server…, in VISEMESYNC_REMOTE_TOKEN, or at the end of the address as /t/TOKEN"
#: proxies of hosters answer these when the machine behind them does not
_NOBODY_BEHIND = (502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530)
_NOT_THERE, _ELSEWHERE = (404, 405, 410), (301, 302, 307, 308)
_A_DAY_S = 86_400.0


def refusal(url: str, status: int, *, header: Callable[[str], str | None], detail: str, had_token: bool) -> ServiceError:
    """The error for an answer that is a refusal.

    Args:
        url: of the server.
        status: of HTTP.
        header: value of a header by its name.
        detail: the server's own words, "" for none.
        had_token: whether a token was sent.
    """
    name = name_of(url)
    after_s = retry_after_s(header("Retry-After"))
    if status == 401:
        return _token(name, had_token)
    if status in (429, 503) and after_s is not None:
        return busy(url, detail, after_s)
    if status in _NOBODY_BEHIND:
        what = f"The server {name} cannot be reached: a proxy answers for it (status {status}), but nobody behind it"
        return Unreachable(f"{what}; see that the machine runs, and that the server listens on the exposed port (usually {USUAL_PORT}).")
    if status in _ELSEWHERE and url.startswith("http://") and (header("Location") or "").startswith("https://"):
        return SpeaksTls(f"The server {name} wants to be asked over TLS; write https:// instead of http:// before its address.")
    if detail and status not in _NOT_THERE:
        return ServiceError(f"The server {name} refused with status {status}: {detail.rstrip('. ')}.")
    return stranger(url, f" (status {status})")


def _token(name: str, had_token: bool) -> ServiceError:
    if had_token:
        what = f"The server {name} refuses this token; copy it again from where the server was started"
        return ServiceError(f"{what}, and give it {_TOKEN_PLACES}.")
    return ServiceError(f"The server {name} wants a token; give it {_TOKEN_PLACES}.")


def stranger(url: str, status: str = "") -> ServiceError:
    """Something else answers there."""
    what = f"{name_of(url)} answers, but not as a lip-sync server{status}"
    return ServiceError(f"{what}; check the address and the port (usually {USUAL_PORT}).")


def refused_handshake(url: str, error: InvalidStatus, had_token: bool) -> ServiceError:
    """The same for a WebSocket that was not opened; older servers refuse a token with 403."""
    response = error.response
    value = parsed(bytes(response.body or b""))
    detail = words(value.get("detail")) if isinstance(value, dict) else ""
    status = 401 if response.status_code == 403 and not detail else response.status_code
    return refusal(url, status, header=response.headers.get, detail=detail, had_token=had_token)


def busy(url: str, said: str, after_s: float) -> Busy:
    """All places are taken.

    Args:
        url: of the server.
        said: by it; before the semicolon stands how many it carries.
        after_s: when to come again, 0 for unknown.
    """
    name = name_of(url)
    what = words(said).partition(";")[0].rstrip(". ")
    for opening in ("The server ", "This server "):
        what = what.removeprefix(opening)
    when = f"in {math.ceil(after_s)} s" if after_s > 1 else "in a moment"
    return Busy(f"The server {name} {what or 'has no place free'}; try again {when}, {OR_ELSE}.", after_s)


def retry_after_s(value: str | None) -> float | None:
    """A Retry-After header: seconds, or a date; None where it is neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), _A_DAY_S) if math.isfinite(seconds) else None

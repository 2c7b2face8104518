"""Whether a newer version has been published: one question, when a person says so or has said so for every start."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from app.core.errors import ServiceError
from app.core.shipped import shipped

#: who publishes the program writes the address into it that answers with the latest release, as GitHub's ``releases/latest`` does; a
#: checkout has none, only a remark
ADDRESS_FILE = "assets/updates.txt"
#: no answer is longer
_MOST_BYTES = 1_000_000
_TIMEOUT_S = 10.0
_BY_HAND = "look at the place where you got the program"


def numbers(version: str) -> tuple[int, ...]:
    """``v0.10.2`` as (0, 10, 2); () where there is no number."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(map(int, found[1].split("."))) if found else ()


def is_newer(published: str, present: str) -> bool:
    """Whether a published version comes after the present one; the same with zeros at its end does not."""
    pairs = [numbers(published), numbers(present)]
    longest = max(map(len, pairs))
    new, old = ((*pair, *[0] * (longest - len(pair))) for pair in pairs)
    return new > old


def _address() -> str:
    place = shipped(ADDRESS_FILE)
    lines = place.read_text("utf-8").split("\n") if place.is_file() else []
    address = next((line.strip() for line in lines if line.startswith(("https://", "http://127.0.0.1:"))), "")
    if not address:
        raise ServiceError(f"This copy does not know where newer versions are published; {_BY_HAND}.")
    return address


def who_is_asked() -> str:
    """The machine that knows which version is the latest.

    Raises:
        ServiceError: this copy does not know whom to ask.
    """
    return urllib.parse.urlsplit(_address()).netloc


def latest(timeout_s: float = _TIMEOUT_S) -> str:
    """Ask once which version is the latest; nothing is told of this machine beside what every request tells.

    Args:
        timeout_s: how long an answer is waited for.

    Returns:
        Its number.

    Raises:
        ServiceError: this copy does not know whom to ask, or there was no useful answer.
    """
    request = urllib.request.Request(_address(), headers={"User-Agent": "visemesync-preview", "Accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            found = json.loads(answer.read(_MOST_BYTES))
        name = str(found["tag_name"]).strip()
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        raise ServiceError(f"The place of new versions did not answer; check the network, or {_BY_HAND}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError(f"The place of new versions gave no version; {_BY_HAND}.") from error
    if not numbers(name):
        raise ServiceError(f"The place of new versions gave no version; {_BY_HAND}.")
    return name.removeprefix("v")

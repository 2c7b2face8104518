"""Fetching a file once, checked and complete or not at all."""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from app.core.beside import written_beside
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, ServiceError

_CHUNK_BYTES = 1 << 16
_TIMEOUT_S = 20.0


def fetch(
    url: str,
    path: Path,
    sha256: str,
    n_bytes: int,
    what: str,
    *,
    progress: Callable[[float], None] | None = None,
    cancel: CancelToken | None = None,
) -> None:
    """Fetch a file whose checksum is known.

    Args:
        url: http or https.
        path: where it goes; folders are made.
        sha256: expected, in hexadecimal.
        n_bytes: expected size, for the progress and as a limit.
        what: how to call it in a sentence.
        progress: called with the share done, 0-1.
        cancel: asked after every 64 KiB.

    Raises:
        ServiceError: no connection, a refusal, a full disk or a wrong checksum.
        Cancelled: ``cancel`` was set.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_beside(path) as beside:
            with beside.open("xb") as out:
                digest = _copy(url, out, n_bytes, lambda done: _step(done, what, progress, cancel))
            if digest != sha256:
                raise ServiceError(f"What arrived for {what} is damaged; try again later.")
    except (OSError, http.client.HTTPException) as error:
        raise ServiceError(f"Could not fetch {what}; check the network connection and try again, or use the voice “heart”.") from error


def _step(done: float, what: str, progress: Callable[[float], None] | None, cancel: CancelToken | None) -> None:
    if cancel is not None and cancel.is_set():
        raise Cancelled(f"Fetching {what} was cancelled.")
    if progress is not None:
        progress(min(done, 1.0))


def _copy(url: str, out: IO[bytes], n_bytes: int, step: Callable[[float], None]) -> str:
    """Stream into a file, at most a chunk more than expected; returns the SHA-256 in hexadecimal."""
    digest, done = hashlib.sha256(), 0
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
        while done <= n_bytes and (chunk := answer.read(_CHUNK_BYTES)):
            out.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            step(done / n_bytes)
    return digest.hexdigest()

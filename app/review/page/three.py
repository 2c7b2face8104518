"""three.js for the page: the pinned npm package, fetched once where it is not installed, as one classic script."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import re
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from app.core.beside import write_whole
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, ServiceError
from app.core.places import root_folder

VERSION = "0.187.0"
URL = f"https://registry.npmjs.org/three/-/three-{VERSION}.tgz"
#: of that file, as the registry states it
INTEGRITY = "sha512-Qiu7R+Cmh8CstZsY1uJOSWnVlfo7ZtNLV7mF8Jltk3LB3AtDu9cRZlcnRKkAk8Y4z6KKw35z7Y7Urd7jWY8etA=="
#: the archive has 5 MB
MAX_BYTES = 20_000_000
FILES = ("build/three.core.js", "build/three.module.js", "LICENSE")

#: where `npm install` puts it for the pages of the server
_INSTALLED = Path(__file__).resolve().parents[2] / "remote" / "web" / "node_modules" / "three"
_CHUNK_BYTES = 1 << 16
_TIMEOUT_S = 20.0
_IMPORT = re.compile(r"^import \{([^}]*)\} from '\./three\.core\.js';$", re.MULTILINE)
_FORWARDED = re.compile(r"^export \{[^}]*\} from '\./three\.core\.js';$", re.MULTILINE)
_EXPORT = re.compile(r"^export \{([^}]*)\};?\s*\Z", re.MULTILINE)
#: documentation of functions; the licence's own comment stands elsewhere
_COMMENT = re.compile(r"^[ \t]*/\*\*(?!\n \* @license).*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)


def library(
    folder: Path | None = None, url: str = URL, *, progress: Callable[[float], None] | None = None, cancel: CancelToken | None = None
) -> tuple[str, str]:
    """three.js and its licence.

    Args:
        folder: of the user's cache, None for the usual one.
        url: of the package, for those who have a registry of their own.
        progress: called with the share fetched, 0 to 1; not called when nothing has to be fetched.
        cancel: asked while fetching.

    Returns:
        A classic script that makes the constant ``THREE``, and the text of the licence.

    Raises:
        ServiceError: it is not installed and cannot be fetched, or is not what was expected.
        Cancelled: ``cancel`` was set.
    """
    cached = (folder or root_folder("cache")) / f"three-{VERSION}"
    place = next((each for each in (_INSTALLED, cached) if _is_there(each)), None)
    if place is None:
        fetch(cached, url, progress, cancel)
        place = cached
    core, module, licence = ((place / name).read_text("utf-8") for name in FILES)
    return classic_script(core, module), licence.strip()


def _is_there(folder: Path) -> bool:
    """Whether a folder holds the pinned version, whole."""
    try:
        version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(version == VERSION) and all((folder / name).is_file() for name in FILES)


def fetch(folder: Path, url: str, progress: Callable[[float], None] | None = None, cancel: CancelToken | None = None) -> None:
    """Fetch the package and keep what the page needs of it.

    Args:
        folder: where it goes.
        url: of the package.
        progress: called with the share fetched, 0 to 1.
        cancel: asked after every 64 KiB.

    Raises:
        ServiceError: no connection, a refusal, a full disk or a wrong checksum.
        Cancelled: ``cancel`` was set.
    """
    try:
        packed = _download(url, progress, cancel)
        digest = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode("ascii")
        if digest != INTEGRITY:
            raise ServiceError("What arrived for three.js is damaged; try again later.")
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            # package.json last: it says that the others are there
            for name in (*FILES, "package.json"):
                member = archive.extractfile(f"package/{name}")
                if member is None:
                    raise ServiceError("What arrived for three.js is not what was expected; try again later.")
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                write_whole(folder / name, member.read())
    except (OSError, http.client.HTTPException, tarfile.TarError, KeyError) as error:
        sentence = "Could not fetch three.js, which the review page needs once; check the network connection and try again."
        raise ServiceError(sentence) from error


def _download(url: str, progress: Callable[[float], None] | None, cancel: CancelToken | None) -> bytes:
    done = bytearray()
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
        total = int(answer.headers.get("Content-Length") or MAX_BYTES)
        while len(done) <= MAX_BYTES and (chunk := answer.read(_CHUNK_BYTES)):
            if cancel is not None and cancel.is_set():
                raise Cancelled("Fetching three.js was cancelled.")
            done += chunk
            if progress is not None:
                progress(min(len(done) / total, 1.0))
    return bytes(done)


def classic_script(core: str, module: str) -> str:
    """Join the two modules of three.js into one script that needs no loader, which pages from a disk may not use.

    Args:
        core: text of ``three.core.js``.
        module: text of ``three.module.js``.

    Returns:
        A script that makes the constant ``THREE``.

    Raises:
        ServiceError: the modules are put together in another way than the pinned version's.
    """
    imported, core_exports, exports = _IMPORT.search(module), _EXPORT.search(core), _EXPORT.search(module)
    if imported is None or core_exports is None or exports is None or "</script" in core + module or "<!--" in core + module:
        raise ServiceError(f"three.js is not the version {VERSION} that the page needs; delete app/remote/web/node_modules and try again.")
    body = _FORWARDED.sub("", _IMPORT.sub("", module[: exports.start()]))
    parts = (
        "const THREE = (() => {\nconst core = (() => {",
        _COMMENT.sub("", core[: core_exports.start()]),
        f"return {{{_pairs(core_exports[1], exported=True)}}};\n}})();",
        f"const {{{_pairs(imported[1])}}} = core;",
        _COMMENT.sub("", body),
        f"return {{...core, {_pairs(exports[1], exported=True)}}};\n}})();",
    )
    return "\n".join(parts).replace("\r", "")


def _pairs(names: str, *, exported: bool = False) -> str:
    """The names of an import as an object pattern, or of an export as an object."""
    made = []
    for each in (part.strip() for part in names.split(",")):
        first, _, second = each.partition(" as ")
        made.append((f"{second}: {first}" if exported else f"{first}: {second}") if second else first)
    return ", ".join(each for each in made if each)

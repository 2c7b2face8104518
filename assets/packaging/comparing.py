"""Two builds side by side: what differs, and whether a reason for that is known. One source should make one package."""

from __future__ import annotations

import hashlib
import re
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assets.packaging.contents import PROGRAM

#: pattern of a file's name -> why it may differ between two builds of one source on one system
REASONS: dict[str, str] = {
    r"\.dist-info/RECORD$": "lists what pip compiled when it installed the package, which is not shipped",
    r"/(INSTALLER|REQUESTED|direct_url\.json)$": "tells how pip was called",
}


@dataclass(frozen=True)
class Difference:
    """A file that is not the same in both builds.

    Attributes:
        name: below the folder.
        what: how it differs.
        reason: why that is so and does no harm; "" when nobody knows.
    """

    name: str
    what: str
    reason: str


def contents(folder: Path) -> dict[str, str]:
    """Every file and link of a folder -> what it is: its hash and whether it is a program, or where it points."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
            found[name] = f"{'program' if path.stat().st_mode & stat.S_IXUSR else 'file'} {digest.hexdigest()}"
    return found


def differences(first: Mapping[str, str], second: Mapping[str, str], reasons: Mapping[str, str] = REASONS) -> list[Difference]:
    """What differs between two builds.

    Args:
        first: as of :func:`contents`.
        second: likewise.
        reasons: pattern -> why.
    """
    found = []
    for name in sorted({*first, *second}):
        one, other = first.get(name), second.get(name)
        if one == other:
            continue
        what = "only in the second" if one is None else "only in the first" if other is None else f"{one[:20]}… / {other[:20]}…"
        found.append(Difference(name, what, next((why for pattern, why in reasons.items() if re.search(pattern, f"/{name}")), "")))
    return found


def compare(first: Path, second: Path) -> int:
    """Print what differs between two folders.

    Args:
        first: a finished package.
        second: another one, of the same source.

    Returns:
        0 when they are the same but for what has a reason.

    Raises:
        SystemExit: one of them is no package.
    """
    for folder in (first, second):
        if not any((folder / f"{PROGRAM}{ending}").is_file() for ending in ("", ".exe")):
            raise SystemExit(f"{folder} is no folder of a packed program; name two that run.py build has made.")
    one, other = contents(first), contents(second)
    found = differences(one, other)
    for each in found:
        print(f"{each.name}: {each.what}; {each.reason or 'no reason is known'}")
    unknown = sum(not each.reason for each in found)
    print(f"{len(one)} and {len(other)} files: {len(found)} differ, {unknown} of them without a known reason", file=sys.stderr)
    return 1 if unknown else 0

"""Which of the libraries that PyInstaller found are still needed once plugins are left out; Linux only."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

#: name in the package, file, kind: an entry of PyInstaller's lists
Entry = tuple[str, str, str]
#: where libraries lie that nothing loads by itself: only those that something else links are needed
_LIBRARIES = re.compile(r"\.libs/|Qt/lib/")


def needed_by(path: str) -> list[str]:
    """Names of the libraries that a library or program links."""
    if not Path(path).exists():
        return []
    told = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=False).stdout
    return re.findall(r"\(NEEDED\).*\[(.+?)\]", told)


def reachable(binaries: Sequence[Entry], needs: Callable[[str], list[str]] = needed_by) -> list[Entry]:
    """The entries that start something themselves, and all that those link, directly or not.

    Args:
        binaries: as PyInstaller found them.
        needs: names that a file links.
    """
    by_name: dict[str, list[Entry]] = {}
    for entry in binaries:
        by_name.setdefault(PurePosixPath(entry[0]).name, []).append(entry)
    waiting = [entry for entry in binaries if _is_root(entry)]
    seen: set[str] = set()
    while waiting:
        entry = waiting.pop()
        if entry[0] not in seen:
            seen.add(entry[0])
            waiting += [each for name in needs(entry[1]) for each in by_name.get(name, ())]
    return [entry for entry in binaries if entry[0] in seen]


def _is_root(entry: Entry) -> bool:
    name = entry[0]
    at_hand = name.startswith(("libpython", "libportaudio"))
    return entry[2] == "EXTENSION" or "/plugins/" in name or at_hand or ("/" in name and _LIBRARIES.search(name) is None)


def without_dead_links(datas: Sequence[Entry], binaries: Sequence[Entry]) -> list[Entry]:
    """Data without the symbolic links to libraries that are not there."""
    names = {PurePosixPath(entry[0]).name for entry in binaries}
    return [entry for entry in datas if not (entry[2] == "SYMLINK" and ".so" in entry[0] and PurePosixPath(entry[1]).name not in names)]

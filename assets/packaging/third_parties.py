"""The notice of third parties for one package, from what PyInstaller has put into it; run by the Python of the build."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from app.notices.collecting import PROJECT, third_party
from app.notices.native import libraries_of, library_of

#: its starter is in every package, and is free of its GPL by an exception
STARTER = "pyinstaller"


def distributions_of(names: Iterable[str]) -> list[str]:
    """Which distributions a package's modules and files come from.

    Args:
        names: of modules (``a.b``) and files (``a/b.so``) in the package.
    """
    known = importlib.metadata.packages_distributions()
    first = {name.replace("\\", "/").partition("/")[0].partition(".")[0] for name in names}
    found = {each for name in first for each in known.get(name, ())}
    return sorted(found - {PROJECT}, key=str.lower)


def is_shared_library(name: str) -> bool:
    """Whether a file is a library that others link: no extension module of Python, which belongs to its distribution."""
    base = PurePosixPath(name.replace("\\", "/")).name
    return (base.startswith("lib") and ".so" in base) or base.lower().endswith((".dll", ".dylib"))


def unaccounted(names: Iterable[str]) -> list[str]:
    """Shared libraries that the table of app/notices does not know."""
    return sorted({PurePosixPath(name.replace("\\", "/")).name for name in names if is_shared_library(name) and library_of(name) is None})


def texts_of_system(files: Iterable[str]) -> str:
    """The licences of libraries that came from this system's packages; "" where it has none, or another packaging than Debian's.

    Args:
        files: that were packed, wherever they lie.
    """
    if shutil.which("dpkg-query") is None:
        return ""
    owned: dict[str, list[str]] = {}
    for file in sorted({each for each in files if each.startswith(("/usr/lib/", "/lib/"))}):
        for place in (file, os.path.realpath(file), file.removeprefix("/usr")):
            told = subprocess.run(["dpkg-query", "-S", place], capture_output=True, text=True, check=False)
            if told.returncode == 0:
                owned.setdefault(told.stdout.partition(":")[0], []).append(PurePosixPath(file).name)
                break
    lines = []
    for package, names in owned.items():
        text = Path("/usr/share/doc") / package / "copyright"
        if text.is_file():
            lines += ["=" * 100, f"{', '.join(names)}: Debian's package {package}", "=" * 100, text.read_text("utf-8", "replace"), ""]
    return "\n".join(lines)


def write(folder: Path, entries: Iterable[tuple[str, str, str]]) -> Path:
    """Write THIRD-PARTY.txt, and beside it what it speaks of as JSON.

    Args:
        folder: of the build.
        entries: of PyInstaller: name in the package, file, kind.

    Raises:
        SystemExit: there is a library whose licence nobody has entered.
    """
    entries = list(entries)
    names = [entry[0] for entry in entries]
    unknown = unaccounted(entry[0] for entry in entries if entry[2] != "PYMODULE")
    if unknown:
        raise SystemExit(f"Enter the licences of these libraries into app/notices/native.py: {', '.join(unknown)}.")
    distributions = [*distributions_of(names), STARTER]
    libraries = libraries_of(names)
    out = folder / "THIRD-PARTY.txt"
    out.write_text(third_party(distributions, libraries) + texts_of_system(entry[1] for entry in entries), "utf-8")
    versions = {name: importlib.metadata.version(name) for name in distributions}
    (folder / "contents.json").write_text(json.dumps({"distributions": versions, "libraries": [each.name for each in libraries]}, indent=1))
    return out

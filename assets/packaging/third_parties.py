"""The notice of third parties and the bill of materials of one package, from what PyInstaller puts in; run by the Python of the build."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from app.notices.collecting import PROJECT, library_versions, third_party
from app.notices.native import NativeLibrary, libraries_of, library_of
from assets.packaging.bill import native_component, write_bill
from assets.packaging.contents import BILL, THIRD_PARTY

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


def write(folder: Path, entries: Iterable[tuple[str, str, str]]) -> tuple[Path, Path]:
    """Write the notice and the bill.

    Args:
        folder: of the build.
        entries: of PyInstaller: name in the package, file, kind.

    Returns:
        THIRD-PARTY.txt and sbom.cdx.json.

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
    notice, bill = folder / THIRD_PARTY, folder / BILL
    notice.write_text(third_party(distributions, libraries) + texts_of_system(entry[1] for entry in entries), "utf-8")
    places = sorted({Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")})
    write_bill(bill, places, only=distributions, beside=[*_native(libraries), *_of_npm(entries)])
    return notice, bill


def _native(libraries: Sequence[NativeLibrary]) -> list[dict[str, Any]]:
    """Libraries in machine code as the bill lists them."""
    versions = library_versions()
    return [native_component(each.name, versions.get(each.name, ""), each.licence, each.source, each.remark) for each in libraries]


def _of_npm(entries: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """three.js, where it is packed."""
    found = []
    for name, file, _kind in entries:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.name == "package.json" and "node_modules" in path.parts:
            about = json.loads(Path(file).read_text("utf-8"))
            address = f"pkg:npm/{about['name']}@{about['version']}"
            licences = [{"expression": about["license"]}]
            component = {"type": "library", "bom-ref": address, "name": about["name"], "version": about["version"], "purl": address}
            found.append({**component, "licenses": licences})
    return found

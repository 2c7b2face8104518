"""The Windows branch of build.spec: two starters with icon, version and manifest, and one runtime of Microsoft's for everybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from assets.packaging.bill import version
from assets.packaging.linking import Entry
from assets.packaging.windows.facts import CONSOLE_STARTER, PUBLISHER, TITLE, WINDOW_STARTER, version_numbers
from assets.packaging.windows.icon import write_icon

MANIFEST = Path(__file__).with_name("program.manifest")
#: Microsoft's C++ runtime, as wheels and Python bring it in several ages; names with a hash, as NumPy's, are private and stay
_RUNTIME = re.compile(r"(msvcp140(_\d|_atomic_wait|_codecvt_ids)?|vcruntime140(_\d)?|concrt140)\.dll", re.IGNORECASE)
#: whose copy is the newest, and who finds its own copy beside itself
_FROM = "PySide6"
_OWN = ("PySide6", "shiboken6")
#: US English, Unicode
_LANGUAGE, _UNICODE = 0x0409, 1200


def version_resource(starter: str) -> str:
    """What Windows shows under "Details" of a starter, in the words of PyInstaller's version files.

    Args:
        starter: its file name.
    """
    told = version()
    numbers = version_numbers(told)
    words = {
        "CompanyName": PUBLISHER,
        "FileDescription": TITLE,
        "FileVersion": told,
        "InternalName": starter.removesuffix(".exe"),
        "LegalCopyright": "MIT License; others' licences: THIRD-PARTY.txt",
        "OriginalFilename": starter,
        "ProductName": TITLE,
        "ProductVersion": told,
    }
    rows = ", ".join(f"StringStruct({name!r}, {word!r})" for name, word in words.items())
    return (
        "VSVersionInfo(\n"
        f"  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0, OS=0x40004, fileType=0x1, subtype=0x0,"
        " date=(0, 0)),\n"
        f"  kids=[StringFileInfo([StringTable('{_LANGUAGE:04X}{_UNICODE:04X}', [{rows}])]),\n"
        f"        VarFileInfo([VarStruct('Translation', [{_LANGUAGE}, {_UNICODE}])])],\n"
        ")\n"
    )


def starter_options(work: Path) -> list[dict[str, Any]]:
    """What PyInstaller's ``EXE`` is told for each starter.

    Args:
        work: where icon and version files go.
    """
    work.mkdir(parents=True, exist_ok=True)
    icon = write_icon(work / "program.ico")
    made = []
    for starter, console in ((CONSOLE_STARTER, True), (WINDOW_STARTER, False)):
        name = starter.removesuffix(".exe")
        about = work / f"{name}.version.txt"
        about.write_text(version_resource(starter), "utf-8")
        manifest = MANIFEST.read_text("utf-8")
        made.append({"name": name, "console": console, "icon": str(icon), "version": str(about), "manifest": manifest})
    return made


def with_one_runtime(binaries: Sequence[Entry]) -> list[Entry]:
    """PySide6's runtime at the root, where everybody finds it first, and no older one, after which onnxruntime would fail.

    Args:
        binaries: as PyInstaller found them.
    """
    newest: dict[str, Entry] = {}
    for entry in binaries:
        path = PurePosixPath(entry[0].replace("\\", "/"))
        if path.parts[0] == _FROM and _RUNTIME.fullmatch(path.name):
            newest[path.name.lower()] = (path.name, entry[1], entry[2])
    kept = []
    for entry in binaries:
        path = PurePosixPath(entry[0].replace("\\", "/"))
        if path.name.lower() not in newest or path.parts[0] in _OWN:
            kept.append(entry)
    return [*kept, *newest.values()]

"""The installer, compiled by NSIS on Windows or Linux: ``python -m assets.packaging.windows.installer FOLDER OUT.exe``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from assets.packaging.bill import version
from assets.packaging.windows.facts import (
    CONSOLE_STARTER,
    FILE_KINDS,
    PUBLISHER,
    TITLE,
    USER_FOLDER,
    WINDOW_STARTER,
    FileKind,
    version_numbers,
)
from assets.packaging.windows.icon import write_icon
from assets.packaging.windows.notices import write_notices

SCRIPT = Path(__file__).with_name("installer.nsi")
#: Windows' old limit of 260, less %LOCALAPPDATA%\\Programs\\VisemeSync Preview of the longest user name, of 20 letters
LONGEST_PATH = 185


def makensis() -> str | None:
    """NSIS's compiler, or None where it is not installed."""
    places = [Path(os.environ.get(name, "")) / "NSIS" / "makensis.exe" for name in ("ProgramFiles(x86)", "ProgramFiles")]
    return shutil.which("makensis") or next((str(path) for path in places if path.is_file()), None)


def has_64_bit_stub(compiler: str) -> bool:
    """Whether this NSIS makes 64-bit installers: Debian's does, the one for Windows does not, whose 32-bit ones run on every Windows."""
    near = (Path("/usr/share/nsis"), Path(compiler).resolve().parent, Path(compiler).resolve().parent.parent)
    return any((folder / "Stubs" / "lzma_solid-amd64-unicode").exists() for folder in near)


def escaped(text: str) -> str:
    """A text between quotation marks of NSIS."""
    return text.replace("$", "$$").replace('"', '$\\"')


def file_list(folder: Path) -> list[PurePosixPath]:
    """Every file of a package, in the same order on every system.

    Raises:
        SystemExit: a path is too long for Windows.
    """
    names = sorted((PurePosixPath(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file()), key=str)
    long = [str(name) for name in names if len(str(name)) > LONGEST_PATH]
    if long:
        raise SystemExit(f"{long[0]} has more than {LONGEST_PATH} characters, too many for Windows; leave it out, or shorten it.")
    return names


def installed_lines(folder: Path, names: Sequence[PurePosixPath]) -> list[str]:
    """NSIS's words that write the files."""
    lines, here = [], None
    for name in sorted(names, key=lambda each: (str(each.parent), each.name)):
        if name.parent != here:
            here = name.parent
            inside = "" if str(here) == "." else "\\" + escaped(str(here).replace("/", "\\"))
            lines.append(f'SetOutPath "$INSTDIR{inside}"')
        lines.append(f'File "/oname={escaped(name.name)}" "{folder / name}"')
    return lines


def removed_lines(names: Sequence[PurePosixPath]) -> list[str]:
    """NSIS's words that remove them: the folders are wholly the program's, beside them only its own files go."""
    folders = sorted({name.parts[0] for name in names if len(name.parts) > 1})
    files = [name.parts[0] for name in names if len(name.parts) == 1]
    lines = [f'Delete "$INSTDIR\\{escaped(name)}"' for name in files]
    return lines + [f'RMDir /r "$INSTDIR\\{escaped(name)}"' for name in folders]


def kind_macros(kinds: Sequence[FileKind] = FILE_KINDS) -> list[str]:
    """NSIS's words that say which files open with the program, and that take it back where nobody else said so since."""
    told, taken = ["!macro KINDS_INSTALLED"], ["!macro KINDS_REMOVED"]
    for kind in kinds:
        key, own = f"${{CLASSES}}\\{kind.ending}", f"${{CLASSES}}\\{kind.identifier}"
        told += [
            f'WriteRegStr HKCU "{own}" "" "{kind.words}"',
            f'WriteRegStr HKCU "{own}\\DefaultIcon" "" "$INSTDIR\\${{WINDOW_STARTER}},0"',
            f'WriteRegStr HKCU "{own}\\shell\\open\\command" "" \'"$INSTDIR\\${{WINDOW_STARTER}}" preview "%1"\'',
            f'WriteRegStr HKCU "{key}\\OpenWithProgids" "{kind.identifier}" ""',
            f'WriteRegStr HKCU "${{CLASSES}}\\Applications\\${{WINDOW_STARTER}}\\SupportedTypes" "{kind.ending}" ""',
        ]
        if kind.is_own:
            told.append(f'WriteRegStr HKCU "{key}" "" "{kind.identifier}"')
            taken += [f'ReadRegStr $0 HKCU "{key}" ""', f'${{If}} $0 == "{kind.identifier}"', f'DeleteRegValue HKCU "{key}" ""', "${EndIf}"]
        taken += [
            f'DeleteRegKey HKCU "{own}"',
            f'DeleteRegValue HKCU "{key}\\OpenWithProgids" "{kind.identifier}"',
            f'DeleteRegKey /ifempty HKCU "{key}\\OpenWithProgids"',
            f'DeleteRegKey /ifempty HKCU "{key}"',
        ]
    return [*told, "!macroend", *taken, "!macroend"]


def build_installer(folder: Path, out: Path, work: Path) -> Path:
    """Compile the installer of a package.

    Args:
        folder: the finished package.
        out: the installer.
        work: for what is written on the way.

    Returns:
        The installer.

    Raises:
        SystemExit: NSIS is missing or fails, or a file does not fit Windows.
    """
    compiler = makensis()
    if compiler is None:
        raise SystemExit("The installer needs NSIS; install it (apt install nsis, or https://nsis.sourceforge.io), then build again.")
    folder, out, work = folder.resolve(), out.resolve(), work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    names = file_list(folder)
    told = version()
    lists = {"INSTALLED": installed_lines(folder, names), "REMOVED": removed_lines(names), "KINDS": kind_macros()}
    for name, lines in lists.items():
        (work / f"{name}.nsh").write_text("\n".join(lines) + "\n", "utf-8-sig")
    defined = {
        "TITLE": TITLE, "WINDOW_STARTER": WINDOW_STARTER, "CONSOLE_STARTER": CONSOLE_STARTER, "PUBLISHER": PUBLISHER,
        "VERSION": told, "VERSION_NUMBERS": ".".join(map(str, version_numbers(told))), "USER_FOLDER": USER_FOLDER,
        "ICON": write_icon(work / "installer.ico"), "NOTICES": write_notices(folder, work / "notices.txt"), "OUT": out,
        "SIZE_KB": sum((folder / name).stat().st_size for name in names) // 1024,
        **{name: work / f"{name}.nsh" for name in lists},
        **({"AMD64": "1"} if has_64_bit_stub(compiler) else {}),
    }  # fmt: skip
    command = [compiler, "-V2", "-WX", "-INPUTCHARSET", "UTF8", *(f"-D{name}={value}" for name, value in defined.items()), str(SCRIPT)]
    # the time that stands in the installer's head; the same folder gives the same installer
    environment = {"SOURCE_DATE_EPOCH": "0", **os.environ}
    if subprocess.run(command, stdout=sys.stderr, env=environment, check=False).returncode != 0:
        raise SystemExit("NSIS failed; see the lines above.")
    return out


def main(arguments: Sequence[str]) -> int:
    """The command.

    Args:
        arguments: the package's folder and the installer to write.
    """
    if len(arguments) != 2:
        raise SystemExit("usage: python -m assets.packaging.windows.installer FOLDER OUT.exe")
    folder, out = map(Path, arguments)
    built = build_installer(folder, out, folder.parent / "installer-work")
    print(f"{built}: {built.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

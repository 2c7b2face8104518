"""Install, update and uninstall a stand-in of the program under Wine: ``python -m assets.packaging.windows.prove_installer``.

For a machine without Windows: what the installer writes and takes away is looked at in Wine's folders. It proves nothing of the program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assets.packaging.windows import installer
from assets.packaging.windows.facts import CONSOLE_STARTER, FILE_KINDS, TITLE, USER_FOLDER, WINDOW_STARTER

_KEY = rf"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\{TITLE}"
_CLASSES = r"HKCU\Software\Classes"
#: a program that notes how it was started
_STAND_IN = r"""
Unicode true
Target amd64-unicode
SilentInstall silent
RequestExecutionLevel user
OutFile "{out}"
Section
  FileOpen $0 "$LOCALAPPDATA\told.txt" a
  FileSeek $0 0 END
  FileWriteUTF16LE $0 "$CMDLINE$\n"
  FileClose $0
SectionEnd
"""
_ELSEWHERE = "Ünï Ördner"


class WineMachine:
    """A fresh Windows for one user, as Wine plays it.

    Args:
        folder: where it lives.
    """

    def __init__(self, folder: Path) -> None:
        home = folder.with_name("home")  # Wine puts the desktop there
        home.mkdir()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DISPLAY"},
            "HOME": str(home), "WINEPREFIX": str(folder), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=",
        }  # fmt: skip
        self.drive = folder / "drive_c"
        self.run("wineboot", "-i")
        self.run("winecfg", "-v", "win10")
        self.local = next((self.drive / "users").glob("*/AppData/Local"))
        self.programs = self.local / "Programs" / TITLE
        self.menu = self.local.parent / "Roaming/Microsoft/Windows/Start Menu/Programs" / f"{TITLE}.lnk"
        self.desktop = self.local.parents[1] / "Desktop" / f"{TITLE}.lnk"

    def run(self, *words: str) -> int:
        """Run a Windows program; its exit status."""
        status = subprocess.run(["wine", *words], env=self.environment, check=False, capture_output=True, timeout=300).returncode
        subprocess.run(["wineserver", "-w"], env=self.environment, check=False, timeout=120)  # it writes its registry when all have ended
        return status

    def value(self, key: str, name: str = "") -> str:
        """What stands in the registry, "" when nothing does."""
        words = ["wine", "reg", "query", key, *(["/v", name] if name else ["/ve"])]
        told = subprocess.run(words, env=self.environment, check=False, capture_output=True, timeout=60).stdout.decode("utf-8", "replace")
        line = next((line for line in told.splitlines() if "REG_" in line), "")
        return line.split("REG_", 1)[-1].partition(" ")[2].strip()

    def close(self) -> None:
        """Stop it."""
        subprocess.run(["wineserver", "-k"], env=self.environment, check=False)


def wait_until(what: Callable[[], bool], words: str) -> None:
    """An uninstaller goes on in a copy of itself.

    Raises:
        SystemExit: it did not come true within a minute.
    """
    give_up_s = time.monotonic() + 60
    while not what():
        if time.monotonic() > give_up_s:
            raise SystemExit(f"FAIL {words}")
        time.sleep(0.2)


def expect(words: str, true: bool) -> None:
    """One finding.

    Raises:
        SystemExit: it is not as it should be.
    """
    print(f"{'ok  ' if true else 'FAIL'} {words}", flush=True)
    if not true:
        raise SystemExit(1)


def stand_in(folder: Path, version: str, *more: str) -> Path:
    """A folder like that of the program.

    Args:
        folder: to write it to.
        version: to tell versions apart by.
        more: further files.
    """
    folder.mkdir()
    script = folder.with_suffix(".nsi")
    script.write_text(_STAND_IN.format(out=folder / CONSOLE_STARTER), "utf-8")
    subprocess.run(["makensis", "-V1", str(script)], check=True)
    shutil.copy(folder / CONSOLE_STARTER, folder / WINDOW_STARTER)
    for name in ("_internal/Ünï/日本.txt", "THIRD-PARTY.txt", *more):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(version, "utf-8")
    return folder


def prove(folder: Path) -> None:
    """All of it.

    Args:
        folder: to work in.
    """
    older = installer.build_installer(stand_in(folder / "older", "1", "_internal/old.dll", "old.txt"), folder / "older.exe", folder / "w1")
    newer = installer.build_installer(stand_in(folder / "newer", "2"), folder / "newer.exe", folder / "w2")
    machine = WineMachine(folder / "wine")
    try:
        _prove_install(machine, older)
        _prove_update(machine, newer)
        _prove_uninstall(machine, newer)
        _prove_switches(machine, newer)
    finally:
        machine.close()


def _prove_install(machine: WineMachine, older: Path) -> None:
    expect("a silent installation ends with 0", machine.run(str(older), "/S") == 0)
    expect("the program is in %LOCALAPPDATA%\\Programs", (machine.programs / WINDOW_STARTER).is_file())
    expect("names of any letters arrive", (machine.programs / "_internal/Ünï/日本.txt").is_file())
    expect("the Start menu has it, the desktop does not", machine.menu.is_file() and not machine.desktop.exists())
    expect("Windows lists it", machine.value(_KEY, "DisplayName") == TITLE and machine.value(_KEY, "EstimatedSize") != "")
    for kind in FILE_KINDS:
        opens = machine.value(rf"{_CLASSES}\{kind.identifier}\shell\open\command")
        expect(f"{kind.ending}: {opens}", opens.endswith(rf'\Programs\{TITLE}\{WINDOW_STARTER}" preview "%1"'))
        default = machine.value(rf"{_CLASSES}\{kind.ending}")
        expect(f"{kind.ending} {'opens with it' if kind.is_own else 'stays as it was'}", (default == kind.identifier) == kind.is_own)


def _prove_update(machine: WineMachine, newer: Path) -> None:
    (machine.programs / "my notes.txt").write_text("mine")
    expect("an update ends with 0", machine.run(str(newer), "/S") == 0)
    expect("it is the newer one", (machine.programs / "THIRD-PARTY.txt").read_text() == "2")
    gone = [name for name in ("_internal/old.dll", "old.txt") if not (machine.programs / name).exists()]
    expect("what only the older one had is gone", len(gone) == 2)
    expect("what the user put there stays", (machine.programs / "my notes.txt").is_file())
    machine.run("reg", "add", rf"{_CLASSES}\.vstake", "/ve", "/d", "Another.Program", "/f")


def _prove_uninstall(machine: WineMachine, newer: Path) -> None:
    kept = machine.local / USER_FOLDER / "settings.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("{}")
    machine.run(str(machine.programs / "uninstall.exe"), "/S")
    wait_until(lambda: machine.value(_KEY, "DisplayName") == "", "the uninstaller did not end")
    left = sorted(path.name for path in machine.programs.iterdir())
    expect(f"only the user's own file is left beside the program: {left}", left == ["my notes.txt"])
    expect("settings stay", kept.is_file() and not (machine.local / "told.txt").exists())
    expect("no entry in the Start menu is left", not machine.menu.exists())
    own = all(machine.value(rf"{_CLASSES}\{kind.identifier}\shell\open\command") == "" for kind in FILE_KINDS)
    expect("no kind of file names it", own and machine.value(rf"{_CLASSES}\.vsync") == "")
    expect("what another program took over is the other's", machine.value(rf"{_CLASSES}\.vstake") == "Another.Program")


def _prove_switches(machine: WineMachine, newer: Path) -> None:
    there = machine.drive / _ELSEWHERE
    # /D goes without quotation marks, which a single word with a space would get
    words = ["/S", "/NOASSOC", "/NOMENU", "/DESKTOP", *rf"/D=C:\{_ELSEWHERE}".split()]
    expect("with switches it ends with 0", machine.run(str(newer), *words) == 0)
    expect("it is where /D said", (there / "_internal/Ünï/日本.txt").is_file())
    expect("no Start menu, but the desktop", machine.desktop.is_file() and not machine.menu.exists())
    expect("no kind of file", machine.value(rf"{_CLASSES}\.vsync") == "")
    machine.run(str(there / "uninstall.exe"), "/S", "/ALL")
    wait_until(lambda: machine.value(_KEY, "DisplayName") == "" and not there.exists(), "the folder is still there")
    expect("with /ALL the program is asked to forget its keys and data", "clean --all --yes" in _told(machine))
    expect("and settings are gone", not (machine.local / USER_FOLDER).exists() and not machine.desktop.exists())


def _told(machine: WineMachine) -> str:
    path = machine.local / "told.txt"
    return path.read_bytes().decode("utf-16-le") if path.exists() else ""


def main() -> int:
    """The command."""
    for program in ("wine", "makensis"):
        if shutil.which(program) is None:
            raise SystemExit(f"This needs {program}; install it with: sudo apt-get install -y wine wine64 nsis")
    with tempfile.TemporaryDirectory(prefix="visemesync-wine-") as name:
        prove(Path(name))
    print("All is well.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

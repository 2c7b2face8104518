"""``python3 run.py build [lite|full]``: its own environment, stubs, PortAudio, the folder, its check, and the archive with checksums."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

from assets.packaging import archive, checking, locking, slimming
from assets.packaging.comparing import compare
from assets.packaging.contents import BILL, FLAVOURS, PROGRAM, PYINSTALLER, ROOT, THIRD_PARTY, Flavour, flavour
from assets.packaging.linux.chroots import SUITES
from assets.packaging.linux.debian import build_package, package_of
from assets.packaging.linux.desktop_files import write_share
from assets.packaging.linux.host import depends, needs_of
from assets.packaging.linux.smoke import smoke
from assets.packaging.portaudio import portaudio_for
from assets.packaging.windows.packs import pack_all

WORK = ROOT / "build"
DIST = ROOT / "dist"
_WINDOWS, _LINUX = os.name == "nt", sys.platform.startswith("linux")
_UNLOCKED = ", or build with --unlocked where the package index has other files than assets/locks"


def say(text: str) -> None:
    """One line of progress on standard error."""
    print(f"[build] {text}", file=sys.stderr, flush=True)


def folder_of(kind: Flavour) -> Path:
    """Where the finished folder of a flavour lies."""
    return DIST / f"{PROGRAM}-{kind.name}"


def environment_of(kind: Flavour) -> Path:
    """The Python of the environment that a flavour is built in: lite has never seen torch, so that none can slip in."""
    folder = ROOT / (".venv-build" if kind.name == "lite" else f".venv-build-{kind.name}")
    return folder / ("Scripts/python.exe" if _WINDOWS else "bin/python")


def prepare(kind: Flavour, locked: bool = True) -> Path:
    """Make the environment of a flavour, or bring it up to date.

    Args:
        kind: the flavour.
        locked: install exactly what assets/locks names, by its hashes; else what the index has that pyproject.toml allows.

    Returns:
        Its Python.

    Raises:
        SystemExit: the installation failed.
    """
    python = environment_of(kind)
    folder = python.parent.parent
    wanted = f"{ROOT}[{','.join(kind.extras)}]"
    locks = [ROOT / "assets" / "locks" / f"{name}.txt" for name in ("build", kind.name)] if locked else []
    read = b"".join(path.read_bytes() for path in (ROOT / "pyproject.toml", *locks))
    facts = hashlib.sha256(read + f"{PYINSTALLER} {wanted} {locked} {sys.version}".encode()).hexdigest()
    stamp = folder / "build-stamp"
    if stamp.exists() and stamp.read_text() == facts:
        return python
    say(f"installing {PYINSTALLER} and the project with [{','.join(kind.extras)}] into {folder.name}{', as locked' if locked else ''}")
    venv.EnvBuilder(with_pip=True, symlinks=not _WINDOWS, clear=True).create(folder)
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    steps = [[*pip, PYINSTALLER, "-e", wanted]]
    if locked:
        steps = [[str(python), "-m", "pip", *locking.install_words("build", kind.name)]]
        steps.append([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    for step in steps:
        if subprocess.run(step, stdout=sys.stderr, check=False).returncode != 0:
            raise SystemExit(
                f"The installation failed, see the lines above; check the network{_UNLOCKED if locked else ''}, and try again."
            )
    stamp.write_text(facts)
    return python


def freeze(kind: Flavour, python: Path) -> Path:
    """Run PyInstaller.

    Returns:
        The folder, in its place.

    Raises:
        SystemExit: it failed.
    """
    work = WORK / kind.name
    work.mkdir(parents=True, exist_ok=True)
    portaudio = portaudio_for(WORK / "portaudio", say)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "VISEMESYNC_FLAVOUR": kind.name,
        "VISEMESYNC_BUILD": str(work),
        "VISEMESYNC_PORTAUDIO": "" if portaudio is None else str(portaudio),
        # so that the same source makes the same files
        "PYTHONHASHSEED": "1",
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "946684800"),
    }
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--workpath", str(work), "--distpath", str(work / "dist"), str(ROOT / "build.spec")]
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
        raise SystemExit("PyInstaller failed; see the lines above.")
    folder = folder_of(kind)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    shutil.move(work / "dist" / PROGRAM, folder)
    if sys.platform.startswith("linux"):
        say(f"debug information taken out: {slimming.slim(folder, say) / 1e6:.0f} MB")
    return folder


def build(kind: Flavour, locked: bool = True) -> Path:
    """Everything up to the archive.

    Args:
        kind: the flavour.
        locked: see ``prepare``.

    Returns:
        The finished folder.

    Raises:
        SystemExit: a step failed, or the folder holds what it may not.
    """
    start = time.monotonic()
    python = prepare(kind, locked)
    folder = freeze(kind, python)
    if _LINUX:
        write_share(folder, python)
    show_notices(folder)
    faults = checking.faults(folder, kind)
    for fault in faults:
        say(fault)
    if faults:
        raise SystemExit(f"{folder.name} may not be given away: {len(faults)} faults, listed above.")
    if _LINUX:
        depends(needs_of(folder))  # a library that no known package brings is told before anything is compressed
    say(f"{folder.relative_to(ROOT)}: {checking.megabytes(folder):.0f} MB, {time.monotonic() - start:.0f} s")
    archive.list_files(folder)
    for packed in _packed(folder, kind):
        say(f"{packed.relative_to(ROOT)}: {packed.stat().st_size / 1e6:.0f} MB")
    return folder


def show_notices(folder: Path) -> None:
    """Licences and bill of materials beside the program, where people look; the program reads them in its folder of licences.

    Args:
        folder: the finished package.
    """
    for name in (THIRD_PARTY, BILL):
        inside = Path("_internal", "assets", "licences", name)
        if _WINDOWS:
            shutil.copyfile(folder / inside, folder / name)
        else:
            (folder / name).symlink_to(inside)


def _packed(folder: Path, kind: Flavour) -> Iterator[Path]:
    """The files that are given away, one after the other."""
    if _WINDOWS:
        yield from pack_all(folder, WORK / kind.name / "installer")
        return
    yield archive.pack(folder)
    if _LINUX:
        yield build_package(folder, kind.name)


def main(arguments: Sequence[str]) -> int:
    """The command.

    Args:
        arguments: after ``build``.
    """
    parser = argparse.ArgumentParser(prog="run.py build", description="Build the program as a folder that needs no Python.")
    parser.add_argument("flavour", nargs="?", default="lite", choices=tuple(FLAVOURS), help="without torch (default), or with it")
    parser.add_argument("--unlocked", action="store_true", help="install what pyproject.toml allows, not exactly what assets/locks names")
    words = "install the Debian package in minimal Debian 12 and 13, and let it prove itself there (root); built first where there is none"
    parser.add_argument("--smoke", action="store_true", help=words)
    parser.add_argument("--suite", choices=tuple(SUITES), action="append", help="of --smoke: only there")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("FOLDER", "FOLDER"), help="what differs between two builds, and why")
    options = parser.parse_args(list(arguments))
    if options.compare:
        return compare(*options.compare)
    if options.smoke:
        package = package_of(DIST, options.flavour)
        if not package.exists():
            build(flavour(options.flavour), not options.unlocked)
        return smoke(package, WORK / "chroots", options.suite or tuple(SUITES))
    build(flavour(options.flavour), not options.unlocked)
    return 0

"""``python3 run.py lock``: what exactly is installed and packed, with the hash of every wheel, for Linux and Windows and three Pythons.

``assets/locks/NAME.txt`` is for ``pip install --require-hashes``: ``desktop`` is what run.py sets up, ``server`` what the server alone
needs, ``lite`` and ``full`` are what is packed, ``build`` is what packs it. ``windows.json`` lists the wheels that Windows gets,
``docs/windows-wheels.md`` shows them. uv resolves; what it answers is read here, so that no address of an index stays in a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
import venv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from assets.packaging.contents import FLAVOURS, PYINSTALLER, ROOT

LOCKS = ROOT / "assets" / "locks"
TABLE = ROOT / "docs" / "windows-wheels.md"
ENVIRONMENT = ROOT / ".venv-build-lock"
TOOLS = ("uv>=0.9,<1", "packaging>=25")
#: minor versions of Python 3 that every lock covers
MINORS = (11, 12, 13)
#: lock -> extras of the project
EXTRAS = {"desktop": ("desktop",), **{name: kind.extras for name, kind in FLAVOURS.items()}}
#: the list of what the server needs and nothing of the window
SERVER_ALONE = ROOT / "a2f-server" / "requirements.txt"
BUILD = (PYINSTALLER, "hatchling>=1.27,<2")
#: torch for the CPU lies in an index of its own; what PyPI's torch for Linux brings instead is CUDA, which no package holds
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
#: what that index says of torch for the CPU, for where it cannot be asked; other versions than pyproject.toml's need a new list
_KNOWN_CPU_WHEELS = {
    "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl": "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
    "torch-2.13.0+cpu-cp312-cp312-manylinux_2_28_x86_64.whl": "4ca4a9394b0c771238a4f73590fdbbc4debad85ed0fa63d026ae1b085da7d6e2",
    "torch-2.13.0+cpu-cp313-cp313-manylinux_2_28_x86_64.whl": "3fbf9c9d1f3c10c2d59d04aca426dee9ccc6ceb32d255c61e93acc3b4f75fae6",
}
CUDA = ("nvidia-", "cuda-", "triton")
_PLATFORMS = {
    "linux": ("linux_x86_64", "manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64",
              *(f"manylinux_2_{glibc}_x86_64" for glibc in range(5, 37))),
    "windows": ("win_amd64",),
}  # fmt: skip
_ALWAYS = "python_full_version >= '3.11'"


@dataclass(frozen=True)
class Target:
    """A system and a Python that locks are made for.

    Attributes:
        system: ``linux`` (x86-64, glibc 2.36 or older) or ``windows`` (amd64).
        minor: of Python 3.
    """

    system: str
    minor: int

    def environment(self) -> dict[str, str]:
        """What markers ask."""
        linux = self.system == "linux"
        return {
            "sys_platform": "linux" if linux else "win32", "platform_system": "Linux" if linux else "Windows",
            "os_name": "posix" if linux else "nt", "platform_machine": "x86_64" if linux else "AMD64",
            "python_version": f"3.{self.minor}", "python_full_version": f"3.{self.minor}.0", "implementation_name": "cpython",
            "platform_python_implementation": "CPython", "implementation_version": f"3.{self.minor}.0", "platform_release": "",
            "platform_version": "", "extra": "",
        }  # fmt: skip

    def wants(self, marker: str) -> bool:
        """Whether a requirement with a marker counts here."""
        from packaging.markers import Marker

        return not marker or Marker(marker).evaluate(self.environment())

    def takes(self, wheel: str) -> bool:
        """Whether a wheel of this name can be installed here."""
        from packaging.tags import compatible_tags, cpython_tags
        from packaging.utils import parse_wheel_filename

        version, platforms = (3, self.minor), list(_PLATFORMS[self.system])
        fits = {*cpython_tags(version, platforms=platforms), *compatible_tags(version, f"cp3{self.minor}", platforms)}
        return not fits.isdisjoint(parse_wheel_filename(wheel)[3])


TARGETS = tuple(Target(system, minor) for system in _PLATFORMS for minor in MINORS)


@dataclass(frozen=True)
class Pin:
    """A package that is locked.

    Attributes:
        name: normalised.
        version: one.
        marker: when it is wanted, "" for always.
        wheels: file name -> SHA-256, those that a target takes.
    """

    name: str
    version: str
    marker: str
    wheels: dict[str, str]

    def text(self) -> str:
        """Its lines in a file for pip."""
        head = f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else "")
        return " \\\n".join([head, *(f"    --hash=sha256:{value}" for value in sorted(set(self.wheels.values())))])

    def lacking(self) -> list[Target]:
        """Targets that want it and find no wheel."""
        return [each for each in TARGETS if each.wants(self.marker) and not any(map(each.takes, self.wheels))]


def pins_of(lock: dict[str, Any]) -> Iterator[Pin]:
    """What a ``pylock.toml`` says of our targets.

    Args:
        lock: as tomllib reads it.
    """
    for package in lock["packages"]:
        marker = package.get("marker", "").removeprefix(_ALWAYS).removeprefix(" and ")
        wanted = [target for target in TARGETS if target.wants(marker)]
        found = {unquote(w["url"].rpartition("/")[2]): w["hashes"]["sha256"] for w in package.get("wheels", ())}
        wheels = {name: value for name, value in found.items() if any(target.takes(name) for target in wanted)}
        if wanted:
            yield Pin(package["name"], package["version"], marker, wheels)


def for_the_cpu(pins: Iterable[Pin], at_hand: dict[str, str]) -> Iterator[Pin]:
    """With torch for the CPU on Linux too, and without what PyPI's torch brings there.

    Args:
        pins: as resolved.
        at_hand: wheels of CPU torch -> SHA-256.
    """
    for pin in pins:
        if pin.name == "torch":
            yield Pin("torch", pin.version, "sys_platform == 'win32'", {n: v for n, v in pin.wheels.items() if "win_amd64" in n})
            linux = [target for target in TARGETS if target.system == "linux"]
            wheels = {
                n: v for n, v in at_hand.items() if n.startswith(f"torch-{pin.version}+cpu-") and any(each.takes(n) for each in linux)
            }
            yield Pin("torch", f"{pin.version}+cpu", "sys_platform == 'linux'", wheels)
        elif not pin.name.startswith(CUDA):
            yield pin


def cpu_torch() -> dict[str, str]:
    """Wheels of torch for the CPU -> SHA-256: as PyTorch's own index says, else what is known of it.

    Where the index cannot be asked, those in the folders that pip is told of (PIP_FIND_LINKS) are taken as well.

    Raises:
        SystemExit: a wheel in such a folder is not the one that the index has.
    """
    try:
        with urllib.request.urlopen(f"{CPU_WHEELS}/torch/", timeout=20) as answer:
            page = answer.read().decode()
        return {unquote(name): value for name, value in re.findall(r"([^/\"]+\.whl)#sha256=([0-9a-f]{64})", page)}
    except OSError:
        folders = [Path(word) for word in os.environ.get("PIP_FIND_LINKS", "").split()]
        found = [path for folder in folders if folder.is_dir() for path in folder.glob("torch-*.whl")]
        at_hand = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}
        others = sorted(name for name, value in at_hand.items() if _KNOWN_CPU_WHEELS.get(name, value) != value)
        if others:
            raise SystemExit(f"{others[0]} in PIP_FIND_LINKS is not the file of that name in PyTorch's index; take it out.") from None
        return at_hand | _KNOWN_CPU_WHEELS


def resolved(*words: str, text: str = "") -> list[Pin]:
    """What uv resolves.

    Args:
        words: for ``uv pip compile`` beside the common ones.
        text: of a file of requirements; pyproject.toml without it.

    Raises:
        SystemExit: it cannot be resolved.
    """
    with tempfile.TemporaryDirectory() as name:
        source, out = Path(name) / "wanted.in", Path(name) / "pylock.toml"
        source.write_text(text)
        command = [str(_program("uv")), "pip", "compile", str(source if text else ROOT / "pyproject.toml"), *words, "--universal", "-q"]
        command += ["--python-version", f"3.{MINORS[0]}", "--format", "pylock.toml", "--no-header", "-o", str(out)]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
            raise SystemExit("The packages could not be resolved; see the lines above.")
        return list(pins_of(tomllib.loads(out.read_text("utf-8"))))


def write_locks() -> dict[str, list[Pin]]:
    """Resolve everything and write all files.

    Returns:
        The locks by name.

    Raises:
        SystemExit: a package has no wheel for a target.
    """
    locks = {name: resolved(*(word for extra in extras for word in ("--extra", extra))) for name, extras in EXTRAS.items()}
    locks["server"] = resolved(text=SERVER_ALONE.read_text("utf-8"))
    locks["full"] = list(for_the_cpu(locks["full"], cpu_torch()))
    lite = {pin.name for pin in locks["lite"]}
    locks["build"] = [pin for pin in resolved(text="\n".join(BUILD)) if pin.name not in lite]
    faults = [f"{name}: {pin.name} {pin.version} has no wheel for {each.system}, Python 3.{each.minor}"
              for name, pins in locks.items() for pin in pins for each in pin.lacking()]  # fmt: skip
    if faults:
        ask = f"; torch for Linux needs {CPU_WHEELS} to answer" if any("+cpu" in fault for fault in faults) else ""
        raise SystemExit("\n".join(faults) + ask)
    LOCKS.mkdir(exist_ok=True)
    for name, pins in locks.items():
        head = f"# {name}: made by `python3 run.py lock`; every change of pyproject.toml needs a new one\n"
        (LOCKS / f"{name}.txt").write_text(head + "\n".join(pin.text() for pin in pins) + "\n", "utf-8")
    rows = windows_rows(pin for pins in locks.values() for pin in pins)
    (LOCKS / "windows.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    TABLE.write_text(table(rows), "utf-8")
    return locks


def windows_rows(pins: Iterable[Pin]) -> list[dict[str, str]]:
    """The wheels that Windows gets: name, version and one file name for each Python that wants the package."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for pin in pins:
        row = rows.setdefault((pin.name, pin.version), {"name": pin.name, "version": pin.version})
        for target in TARGETS:
            if target.system == "windows" and target.wants(pin.marker):
                # of several the one that was compiled for this system
                fits = sorted((name for name in pin.wheels if target.takes(name)), key=lambda name: ("win_amd64" not in name, name))
                row[f"3.{target.minor}"] = fits[0] if fits else ""
    return [row for _key, row in sorted(rows.items()) if len(row) > 2]


def table(rows: list[dict[str, str]]) -> str:
    """The list for people."""

    def cell(row: dict[str, str], minor: int) -> str:
        wheel = row.get(f"3.{minor}")
        if wheel is None:
            return "not wanted"
        return f"`{'-'.join(wheel.removesuffix('.whl').split('-')[-3:])}`" if wheel else "**missing**"

    lines = [
        "# Wheels for Windows",
        "",
        "Every package that is installed or packed, and the tags of the wheel that 64-bit Windows gets; the index's answers when the locks",
        "were made. Written by `python3 run.py lock`, see [packaging.md](packaging.md).",
        "",
        "| package | version | " + " | ".join(f"Python 3.{minor}" for minor in MINORS) + " |",
        "|---|---|" + "---|" * len(MINORS),
    ]
    lines += [f"| {row['name']} | {row['version']} | " + " | ".join(cell(row, minor) for minor in MINORS) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def install_words(*names: str) -> list[str]:
    """What pip is told to install locks, and nothing else.

    Args:
        names: of locks; ``full`` takes torch from PyTorch's index for the CPU on Linux, else from where pip looks anyway (PIP_FIND_LINKS).
    """
    words = ["install", "--disable-pip-version-check", "-q", "--require-hashes", "--only-binary", ":all:"]
    words += [word for name in names for word in ("-r", str(LOCKS / f"{name}.txt"))]
    wanted = "full" in names and sys.platform == "linux" and answers(CPU_WHEELS)
    return [*words, "--extra-index-url", CPU_WHEELS] if wanted else words


def answers(address: str) -> bool:
    """Whether an index can be reached: pip would try one that cannot six times for every package."""
    try:
        with urllib.request.urlopen(f"{address}/", timeout=20):
            return True
    except OSError:
        return False


def _program(name: str) -> Path:
    """A program of the environment that locks are made in."""
    return ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin") / (f"{name}.exe" if os.name == "nt" else name)


def main() -> int:
    """Make the environment that resolves, and begin this module in it once more."""
    print("[lock] resolving for Linux and Windows", file=sys.stderr, flush=True)
    if not _program("uv").exists():
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(ENVIRONMENT)
        subprocess.run([str(_program("python")), "-m", "pip", "install", "-q", *TOOLS], stdout=sys.stderr, check=True)
    return subprocess.run([str(_program("python")), "-m", "assets.packaging.locking"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    for lock, pins in write_locks().items():
        print(f"{lock}: {len(pins)} packages")

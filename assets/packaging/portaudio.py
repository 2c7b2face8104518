"""PortAudio for the package: built from Debian's source without JACK, which would drag Berkeley DB in; 140 kB that needs ALSA alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from assets.packaging.linking import needed_by

NAME = "libportaudio.so.2"
SOURCE = "portaudio19"
_APT_SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d/debian.sources"))


def portaudio_for(folder: Path, say: Callable[[str], None]) -> Path | None:
    """PortAudio's library for a package.

    Args:
        folder: of the build; what was built there before is used again.
        say: told which it is.

    Returns:
        None where the package has to go by the host's, and outside Linux, where sounddevice brings its own.
    """
    if not sys.platform.startswith("linux"):
        return None
    built = folder / "installed" / "lib" / NAME
    if built.exists() or _build(folder, say):
        say("PortAudio: built from Debian's source, without JACK")
        return built.resolve()
    host = _of_host()
    if host is not None:
        say(f"PortAudio: the library of this system, {host.name}")
        return host
    say("PortAudio: not packed; the package goes by the host's libportaudio2 (building needs gcc, make, libasound2-dev, Debian's source)")
    return None


def _of_host() -> Path | None:
    """This system's library, unless it links JACK."""
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"):
        path = Path(folder) / NAME
        if path.exists():
            return None if any("libjack" in name for name in needed_by(str(path))) else path.resolve()
    return None


def source_list() -> str:
    """Debian's places of sources, made from those of its packages; "" when there are none."""
    lines = []
    for path in _APT_SOURCES:
        if not path.exists():
            continue
        text = path.read_text("utf-8")
        if path.suffix == ".list":
            lines += [re.sub(r"^deb ", "deb-src ", line) for line in text.splitlines() if line.startswith("deb ")]
            continue
        for part in text.split("\n\n"):
            fields = dict(re.findall(r"^(\w[\w-]*): *(.+)$", part, re.MULTILINE))
            if "URIs" in fields and "Suites" in fields:
                signed = f" [signed-by={fields['Signed-By']}]" if "Signed-By" in fields else ""
                components = fields.get("Components", "main")
                lines += [f"deb-src{signed} {fields['URIs']} {suite} {components}" for suite in fields["Suites"].split()]
    return "\n".join(lines)


def _fetched(folder: Path) -> Path | None:
    """The unpacked source, with Debian's patches."""
    found = [each for each in folder.glob(f"{SOURCE}-*") if each.is_dir()]
    if found:
        return found[0]
    places = source_list()
    if not places or not shutil.which("apt-get") or not shutil.which("dpkg-source"):
        return None
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(places + "\n")
    own = ["-o", f"Dir::Etc::sourcelist={folder}/sources.list", "-o", "Dir::Etc::sourceparts=-", "-o", f"Dir::State::lists={folder}/lists"]
    for words in (["update", "-qq"], ["source", "-qq", SOURCE]):
        if subprocess.run(["apt-get", *own, *words], cwd=folder, stdout=sys.stderr, check=False).returncode != 0:
            return None
    return next((each for each in folder.glob(f"{SOURCE}-*") if each.is_dir()), None)


def _build(folder: Path, say: Callable[[str], None]) -> bool:
    """Compile it; False when something for that is missing."""
    if not (shutil.which("cc") and shutil.which("make") and Path("/usr/include/alsa/asoundlib.h").exists()):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    say("building PortAudio")
    source = _fetched(folder)
    if source is None:
        return False
    configure = ["./configure", "--without-jack", "--with-alsa", "--without-oss", "--disable-static", f"--prefix={folder}/installed"]
    for command in (configure, ["make", f"-j{os.cpu_count() or 1}", "lib/libportaudio.la"], ["make", "install"]):
        with (folder / "build.log").open("ab") as log:
            done = subprocess.run(command, cwd=source, stdout=log, stderr=log, check=False)
        if done.returncode != 0 and not (folder / "installed" / "lib" / NAME).exists():
            return False
    return (folder / "installed" / "lib" / NAME).exists()

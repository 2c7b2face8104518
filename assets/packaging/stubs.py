"""Libraries of our own in the place of libx264 and libx265, which every PyAV wheel links and which are GPL."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

SOURCES = Path(__file__).parent / "stubs"
#: libx264-d6533a8d.so.165, libx264-165-cb1d6de5.dll, libx265-efe48a15.dll: the encoder, and the number of its interface where it has one
_NAME = re.compile(
    r"^lib(?P<which>x26[45])-(?:(?:(?P<dll>\d+)-)?[0-9a-f]+\.dll|[0-9a-f]+\.so\.(?P<so>\d+)|[0-9a-f]+\.(?P<dylib>\d+)\.dylib)$"
)
#: what a library shows by its number
_SHOWN = re.compile(rb"\0x26(?:4_encoder_open|5_api_get)_(\d+)\0")


def is_gpl_encoder(name: str) -> bool:
    """Whether a file is x264's or x265's library."""
    return re.match(r"(lib)?x26[45]\b", Path(name).name) is not None


def command_for(library: str, out: Path, system: str = sys.platform, real: Path | None = None) -> list[str]:
    """How a stub is compiled.

    Args:
        library: file name of what it stands for.
        out: where it goes.
        system: as ``sys.platform`` says.
        real: the library, which is read where its name has no number.

    Raises:
        SystemExit: neither the name nor the library says the number of an interface.
    """
    named = _NAME.match(library)
    number = named and next((each for each in (named["so"], named["dll"], named["dylib"]) if each), _number_in(real))
    if named is None or not number:
        raise SystemExit(f"{library} is named in another way than PyAV's wheels did; adapt assets/packaging/stubs.py.")
    source = SOURCES / f"{named['which']}.c"
    if system == "win32" and shutil.which("cl"):
        return ["cl", "/nologo", "/LD", "/O2", f"/DBUILD={number}", str(source), f"/Fe:{out}", f"/Fo:{out.with_suffix('.obj')}"]
    command = [os.environ.get("CC", "gcc" if system == "win32" else "cc"), "-shared", "-O2", "-s", f"-DBUILD={number}", str(source)]
    if system.startswith("linux"):
        command += ["-fPIC", "-nostdlib", f"-Wl,-soname,{library}"]
    elif system == "darwin":
        command += [f"-Wl,-install_name,@rpath/{library}"]
    return [*command, "-o", str(out)]


def _number_in(real: Path | None) -> str:
    """The number that a library's own code shows, "" when it shows none."""
    found = _SHOWN.search(real.read_bytes()) if real is not None else None
    return found[1].decode() if found else ""


def build_stubs(libraries: Iterable[str], folder: Path, real: Mapping[str, str] = MappingProxyType({})) -> dict[str, Path]:
    """Compile the stubs that a set of libraries needs.

    Args:
        libraries: file names, of which x264's and x265's are taken.
        folder: where the stubs go.
        real: file name -> the library itself, for names without a number.

    Returns:
        Name of the library -> its stub.

    Raises:
        SystemExit: there is no compiler, or it fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for library in sorted({Path(name).name for name in libraries if is_gpl_encoder(name)}):
        out = folder / library
        command = command_for(library, out, real=Path(real[library]) if library in real else None)
        if shutil.which(command[0]) is None:
            needed = "Microsoft's cl (a developer prompt) or MinGW's gcc" if sys.platform == "win32" else "a C compiler (apt install gcc)"
            raise SystemExit(f"The stub for {library} needs {needed}; install it, then build again.")
        if subprocess.run(command, check=False).returncode != 0:
            raise SystemExit(f"The stub for {library} did not compile; see the lines above.")
        made[library] = out
    return made

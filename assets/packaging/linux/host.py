"""What a packed folder asks of the system it runs on: the oldest C library, and the libraries that it leaves to the system."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assets.packaging.checking import files_of

#: library of the system -> the Debian packages that hold it, by their names in 12 and 13; "" where libc6 does
PACKAGES: dict[str, str] = {
    **dict.fromkeys(("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libmvec.so.1", "libutil.so.1"), ""),
    "ld-linux-x86-64.so.2": "",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
    "libgomp.so.1": "libgomp1",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
    "liblzma.so.5": "liblzma5",
    "libexpat.so.1": "libexpat1",
    "libuuid.so.1": "libuuid1",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libasound.so.2": "libasound2 | libasound2t64",
    **dict.fromkeys(
        ("libglib-2.0.so.0", "libgobject-2.0.so.0", "libgthread-2.0.so.0", "libgio-2.0.so.0"), "libglib2.0-0 | libglib2.0-0t64"
    ),
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
#: library -> why the program works without it; the one who loads it is never loaded itself, or says what is missing
OPTIONAL: dict[str, str] = {
    "libgstreamer-1.0.so.0": "Azure's Speech SDK reads compressed sound with it; this program gives it samples",
    "libgstbase-1.0.so.0": "Azure's Speech SDK reads compressed sound with it; this program gives it samples",
    "libcuda.so.1": "the driver of NVIDIA's cards brings it",
    "libnvidia-ml.so.1": "the driver of NVIDIA's cards brings it",
}
#: loaded by name, so that no file says it needs them: the drivers of GL, and a font
LOADED_BY_NAME = (
    "libegl-mesa0 | libegl-vendor",
    "libglx-mesa0 | libglx-vendor",
    "libgl1-mesa-dri",
    "fontconfig",
    "fonts-dejavu-core | fonts-liberation | fonts-noto-core",
)
#: version of libstdc++'s interface -> of the Debian package that has it first
_LIBSTDCXX = {(3, 4, 32): "13", (3, 4, 31): "13", (3, 4, 30): "12", (3, 4, 29): "11", (3, 4, 28): "9.3", (3, 4, 26): "9"}


@dataclass(frozen=True)
class HostNeeds:
    """What a folder asks of its system.

    Attributes:
        libraries: that are not in the folder -> files of it that link them.
        glibc: the oldest C library on which every file loads.
        glibc_by: the file that asks for it.
        libstdcxx: the oldest interface of libstdc++.
    """

    libraries: Mapping[str, tuple[str, ...]]
    glibc: tuple[int, ...]
    glibc_by: str
    libstdcxx: tuple[int, ...]


def needs_of(folder: Path) -> HostNeeds:
    """Measure a folder, file by file.

    Args:
        folder: as built.
    """
    libraries: dict[str, list[str]] = {}
    glibc, glibc_by, libstdcxx = (0,), "", (0,)
    inside = {path.name for path in folder.rglob("*")}
    for path in files_of(folder):
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF":
                continue
        name = path.relative_to(folder).as_posix()
        told = subprocess.run(["objdump", "-p", str(path)], capture_output=True, text=True, check=False).stdout
        for library in re.findall(r"NEEDED\s+(\S+)", told):
            if library not in inside:
                libraries.setdefault(library, []).append(name)
        asked = told.rpartition("Version References:")[2] if "Version References:" in told else ""
        newest = max(_versions(asked, "GLIBC_"), default=(0,))
        if newest > glibc:
            glibc, glibc_by = newest, name
        libstdcxx = max((libstdcxx, *_versions(asked, "GLIBCXX_")))
    return HostNeeds({name: tuple(files) for name, files in sorted(libraries.items())}, glibc, glibc_by, libstdcxx)


def _versions(text: str, prefix: str) -> list[tuple[int, ...]]:
    return [tuple(int(part) for part in found.split(".")) for found in re.findall(rf"{prefix}(\d+(?:\.\d+)+)", text)]


def unknown_libraries(needs: HostNeeds) -> list[str]:
    """Libraries of the system that no package of the table holds: the list of what the package depends on would have a hole."""
    return [name for name in needs.libraries if name not in PACKAGES and name not in OPTIONAL]


def depends(needs: HostNeeds) -> list[str]:
    """The entries of ``Depends``, sorted, with the measured versions of the C and C++ libraries.

    Raises:
        SystemExit: a library is in no package of the table.
    """
    unknown = unknown_libraries(needs)
    if unknown:
        raise SystemExit(f"No package is known for {', '.join(unknown)}; add it to assets/packaging/linux/host.py, or pack the library.")
    cxx = next((package for version, package in _LIBSTDCXX.items() if needs.libstdcxx >= version), "")
    versions = {"libstdc++6": f"libstdc++6 (>= {cxx})" if cxx else "libstdc++6"}
    named = {PACKAGES[name] for name in needs.libraries if PACKAGES.get(name)} | set(LOADED_BY_NAME)
    entries = {versions.get(each, each) for each in named}
    return [f"libc6 (>= {dotted(needs.glibc)})", *sorted(entries)]


def dotted(version: Iterable[int]) -> str:
    """A version as people write it."""
    return ".".join(str(part) for part in version)


def table(needs: HostNeeds) -> str:
    """What the folder asks, for a person to read."""
    lines = [f"C library: {dotted(needs.glibc)} or newer, for {needs.glibc_by}", f"libstdc++: GLIBCXX_{dotted(needs.libstdcxx)} or newer"]
    for name, files in needs.libraries.items():
        package = OPTIONAL.get(name) or PACKAGES.get(name, "unknown") or "libc6"
        lines.append(f"{name}: {package} ({len(files)} files, such as {files[0]})")
    return "\n".join(lines)

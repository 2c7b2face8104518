"""The Debian package: the folder in /opt, its desktop files in /usr/share, and what it depends on by the names of Debian 12 and 13.

It has no scripts of its own: dpkg's triggers bring menu, kinds of files, icons and manual up to date. What users have made stays.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import platform
import shutil
import tempfile
from pathlib import Path

from assets.packaging.archive import note_checksum
from assets.packaging.checking import files_of
from assets.packaging.contents import BILL, PROGRAM, ROOT, THIRD_PARTY
from assets.packaging.linux.deb_archive import write_deb
from assets.packaging.linux.desktop_files import DESCRIPTION, SUMMARY, source_time_s, version
from assets.packaging.linux.host import depends, needs_of

HOME = f"opt/{PROGRAM}"
#: .invalid is nobody's by RFC 2606; who gives packages away puts DEBFULLNAME and DEBEMAIL into the environment
_NOBODY = ("The VisemeSync Preview authors", "nobody@visemesync.invalid")
_RECOMMENDS = ("libasound2-plugins", "xdg-utils", "gnome-keyring | kwalletmanager | keepassxc")
_SUGGESTS = ("ffmpeg",)


def build_package(folder: Path, flavour: str) -> Path:
    """Write ``visemesync-preview_VERSION_amd64.deb`` beside a finished folder.

    Args:
        folder: with ``share`` in it.
        flavour: ``lite`` or ``full``; the second is a package of its own name that takes the place of the first.

    Returns:
        The package; its checksum stands in ``SHA256SUMS``.

    Raises:
        SystemExit: a library of the system is in no known package.
    """
    out = package_of(folder.parent, flavour)
    name = out.name.partition("_")[0]
    with tempfile.TemporaryDirectory(prefix="visemesync-deb-", dir=folder.parent) as place:
        root = Path(place) / "root"
        _lay_out(folder, root, name)
        control = root / "DEBIAN"
        control.mkdir()
        (control / "control").write_text(control_text(folder, name), "utf-8")
        (control / "md5sums").write_text(_md5sums(root), "utf-8")
        write_deb(root, out, source_time_s())
    note_checksum(out)
    return out


def package_of(folder: Path, flavour: str) -> Path:
    """Where the package of a flavour lies, in the folder of what was built."""
    name = PROGRAM if flavour == "lite" else f"{PROGRAM}-{flavour}"
    return folder / f"{name}_{version()}_{architecture()}.deb"


def architecture() -> str:
    """Debian's name of this machine's kind."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def control_text(folder: Path, name: str) -> str:
    """The control file.

    Args:
        folder: as built, which is measured.
        name: of the package.
    """
    kilobytes = sum(-(-path.stat().st_size // 1024) for path in files_of(folder))
    owner = (os.environ.get("DEBFULLNAME", _NOBODY[0]), os.environ.get("DEBEMAIL", _NOBODY[1]))
    fields = {
        "Package": name,
        "Version": version(),
        "Architecture": architecture(),
        "Maintainer": f"{owner[0]} <{owner[1]}>",
        "Installed-Size": str(kilobytes),
        "Depends": ", ".join(depends(needs_of(folder))),
        "Recommends": ", ".join(_RECOMMENDS),
        "Suggests": ", ".join(_SUGGESTS),
        "Section": "graphics",
        "Priority": "optional",
    }
    if name != PROGRAM:
        fields |= {"Conflicts": PROGRAM, "Replaces": PROGRAM, "Provides": PROGRAM}
    text = "".join(f"{key}: {value}\n" for key, value in fields.items())
    words = [*DESCRIPTION, "This one brings torch, too, for NVIDIA's own networks and cards." if name != PROGRAM else ""]
    told = "\n .\n".join(f" {each}" for each in words if each)
    return f"{text}Description: {SUMMARY[0].lower()}{SUMMARY[1:]}\n{told}\n"


def _lay_out(folder: Path, root: Path, name: str) -> None:
    """Copy everything to where it will be installed."""
    home, share = root / HOME, root / "usr" / "share"
    shutil.copytree(folder, home, symlinks=True, ignore=lambda place, _names: ["share", "add-to-menu.sh"] if Path(place) == folder else [])
    shutil.copytree(folder / "share", share)
    (root / "usr" / "bin").mkdir()
    (root / "usr" / "bin" / PROGRAM).symlink_to(f"/{HOME}/{PROGRAM}")
    page = share / "man" / "man1" / f"{PROGRAM}.1"
    _gzip(page.read_bytes(), page.with_name(f"{page.name}.gz"))
    page.unlink()
    told = share / "doc" / name
    told.mkdir(parents=True)
    shutil.copyfile(ROOT / "LICENSE", told / "copyright")
    with (told / "copyright").open("a", encoding="utf-8") as file:
        file.write(f"\nWhat others have made, with its licences, is listed in {THIRD_PARTY} beside this, and in {BILL} for programs.\n")
    for each in (THIRD_PARTY, BILL):
        (told / each).symlink_to(f"/{HOME}/{each}")
    _gzip((ROOT / "CHANGELOG.md").read_bytes(), told / "changelog.gz")


def _gzip(content: bytes, out: Path) -> None:
    """Compress without a name and a time inside."""
    with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(content)


def _md5sums(root: Path) -> str:
    lines = []
    for path in files_of(root):
        if "DEBIAN" not in path.relative_to(root).parts[:1]:
            lines.append(f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(root).as_posix()}\n")
    return "".join(lines)

"""The notice of third parties, made from what is installed: names, versions, licences and their texts."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.shipped import shipped
from app.notices.native import COPYLEFT, NativeLibrary, libraries_of

TEXTS = shipped("assets/licences/texts")
#: written by a build; a program from source makes its text when it is asked
NOTICE = shipped("assets/licences/THIRD-PARTY.txt")
PROJECT = "visemesync-preview"
#: what may be installed with the program; not what only tests need, or what is never packed
_OWN_EXTRAS = frozenset({"a2f", "remote", "azure", "echo", "streaming", "server"})
_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"extra *== *['\"]([\w-]+)['\"]")
#: labels of links, best first
_HOMES = ("source", "repository", "github", "homepage", "home")
#: files of licences among those that a distribution installed
_LICENCE = re.compile(r"(^|/)(licen[cs]e|copying|notice|third.?party)[^/]*$|dist-info/licen[cs]es/", re.IGNORECASE)
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd")
#: what to print for those that install no text of their own
_LACKING = {"flatbuffers": "Apache-2.0", "PySide6_Essentials": "LGPL-3.0", "shiboken6": "LGPL-3.0"}
_EXPLAINED = """\
Libraries under the GNU Lesser General Public License are used unmodified and linked dynamically:
each is a file of its own that you may replace by another version that fits. You may change this
program for your own use, and take it apart to find faults in such changes. Their sources are at
the places named below; the texts of the licences are at the end (the LGPL 3 adds to the GPL 3,
which is there for that reason alone).
"""


@dataclass(frozen=True)
class Distribution:
    """One Python package.

    Attributes:
        name: as on PyPI.
        version: of it.
        licence: as it says.
        home: where it comes from.
        texts: (file's name, text) of its licences.
    """

    name: str
    version: str
    licence: str
    home: str
    texts: tuple[tuple[str, str], ...]


def installed(root: str = PROJECT) -> list[str]:
    """Names of all distributions that the project needs and that are installed, extras included, without the project itself."""
    seen: dict[str, str] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(root, _OWN_EXTRAS)]
    while waiting:
        name, extras = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in seen and not extras:
            continue
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        seen[key] = found.name
        for each in found.requires or ():
            named = _REQUIREMENT.match(each)
            extra = _EXTRA.search(each)
            if named is not None and (extra is None or extra[1] in extras):
                waiting.append((named[1], frozenset(filter(None, re.split(r"[\s,]+", named[2] or "")))))
    seen.pop(root, None)
    return sorted(seen.values(), key=str.lower)


def read_distribution(name: str) -> Distribution:
    """What a distribution says of itself.

    Args:
        name: of one that is installed.
    """
    found = importlib.metadata.distribution(name)
    about: Any = found.metadata
    urls = about.get_all("Project-URL") or ()
    classifiers = [each.rpartition(":: ")[2] for each in about.get_all("Classifier") or () if each.startswith("License ::")]
    plain = (about["License"] or "").strip().splitlines() if "License" in about else []
    short = plain[0] if plain and len(plain[0]) < 60 and "copyright" not in plain[0].lower() else ""
    licence = about.get("License-Expression", "") or short or ", ".join(classifiers) or "see its text"
    links = dict(reversed([(label.strip().lower(), link.strip()) for label, _, link in (u.partition(",") for u in urls)]))
    home = about.get("Home-page", "") or next(
        (link for word in _HOMES for label, link in links.items() if word in label), f"https://pypi.org/project/{found.name}/"
    )
    texts = []
    for file in found.files or ():
        if _LICENCE.search(str(file)) and not str(file).endswith(_CODE):
            path = Path(str(file.locate()))
            if path.is_file():
                texts.append((str(file).rpartition("dist-info/")[2], path.read_text("utf-8", "replace").strip()))
    if not texts and len(plain) > 3:
        texts.append(("its metadata", "\n".join(plain)))
    return Distribution(found.name, found.version, licence, home, tuple(texts))


def third_party(names: Iterable[str] | None = None, libraries: Sequence[NativeLibrary] | None = None) -> str:
    """The whole notice as plain text.

    Args:
        names: of distributions, None for those that the project needs.
        libraries: in machine code, None for those that these distributions brought.
    """
    names = installed() if names is None else sorted(names, key=str.lower)
    packages = [read_distribution(name) for name in names]
    libraries = libraries_of(_libraries_in(names)) if libraries is None else libraries
    parts = ["Works of others in VisemeSync Preview, and their licences", "=" * 57, "", _EXPLAINED, "Libraries in machine code", "-" * 25]
    versions = library_versions()
    for each in libraries:
        version = f" {versions[each.name]}" if each.name in versions else ""
        told = "; ".join(word for word in (each.source and f"source: {each.source}", each.remark) if word)
        parts.append(f"{each.name}{version}: {each.licence}" + (f" ({told})" if told else ""))
    parts += ["", "Python packages", "-" * 15, f"Python {sys.version.split()[0]}: PSF-2.0 (https://www.python.org)"]
    parts += [f"{each.name} {each.version}: {each.licence} ({each.home})" for each in packages]
    parts += ["", "Data", "-" * 4, *_data(), "", "Texts", "-" * 5, ""]
    parts += _texts(packages, any(each in COPYLEFT for each in libraries))
    return "\n".join(parts) + "\n"


def notice() -> str:
    """The notice to show: the one of the package, or made now from what is installed."""
    return NOTICE.read_text("utf-8") if NOTICE.is_file() else third_party()


def _libraries_in(names: Iterable[str]) -> set[str]:
    """File names of the compiled libraries that distributions installed."""
    files = (file for name in names for file in importlib.metadata.distribution(name).files or ())
    return {str(file) for file in files if ".so" in file.name or file.suffix in (".pyd", ".dll", ".dylib")}


def _data() -> list[str]:
    """Who made what is no code; each has its own file in assets/licences."""
    return [
        "Avatars: made by this project from MakeHuman's data (CC0-1.0), see assets/licences/avatars.md",
        "Networks of Audio2Face: made by this project, see models/weights/MODEL_CARD.md",
        "Voices and phones: hibari-tts (Apache-2.0); acoustic model and dictionary: pocketsphinx, CMUdict (BSD)",
        "three.js, in review pages: MIT, copyright three.js authors (https://threejs.org)",
    ]


def library_versions() -> dict[str, str]:
    """Versions of the libraries that can tell theirs; an import that fails leaves its version out."""
    found: dict[str, str] = {}
    try:
        import ssl

        import av
        import soundfile
        import soxr
        from numpy import show_config

        config = show_config(mode="dicts")
        found["FFmpeg"] = str(av.ffmpeg_version_info)
        found["libsndfile"] = str(soundfile.__libsndfile_version__)
        found["libsoxr"] = str(soxr.__libsoxr_version__)
        found["OpenSSL"] = ssl.OPENSSL_VERSION.split()[1]
        found["Python"] = sys.version.split()[0]
        found["OpenBLAS"] = str(config["Build Dependencies"]["blas"]["version"]) if isinstance(config, dict) else ""
        found["Qt"] = found["Qt for Python (PySide6, Shiboken)"] = importlib.metadata.version("PySide6-Essentials")
    except (ImportError, OSError, AttributeError, KeyError, importlib.metadata.PackageNotFoundError):
        return found
    return found


def _texts(packages: Sequence[Distribution], with_copyleft: bool) -> list[str]:
    """Every text once, under the names of all that it belongs to."""
    owners: dict[str, list[str]] = {}
    for each in packages:
        for file, text in each.texts:
            owners.setdefault(text, []).append(f"{each.name} ({file})")
        if not each.texts and each.name in _LACKING:
            owners.setdefault((TEXTS / f"{_LACKING[each.name]}.txt").read_text("utf-8").strip(), []).append(each.name)
    python = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    if python.is_file():
        owners.setdefault(python.read_text("utf-8", "replace").strip(), []).append("Python")
    owners.setdefault((TEXTS / "native.txt").read_text("utf-8").strip(), []).append("Libraries in machine code")
    if with_copyleft:
        for name in ("LGPL-2.1", "LGPL-3.0", "GPL-3.0"):
            owners.setdefault((TEXTS / f"{name}.txt").read_text("utf-8").strip(), []).append(f"{name}, of the libraries named above")
    lines: list[str] = []
    for text, names in owners.items():
        lines += ["=" * 100, ", ".join(names), "=" * 100, text, ""]
    return lines

"""ICU's data for Qt's wheel on Linux, less what Qt never asks for: names of languages and currencies, dictionaries, transliteration.

The library holds one table of contents and some 3,900 files; Qt takes from it collation, encodings, time zones and what those build on. The
kept files are put into a library of the same name, byte for byte as they were: 15 MB less of 32. A build fails when Qt asks for more.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

_LIBRARY = re.compile(r"^libicudata\.so\.(\d+)$")
#: folders of the data that none of the functions below reads
LEFT_OUT = ("brkitr", "curr", "lang", "rbnf", "region", "translit", "unit")
#: what Qt asks of ICU, by the beginnings of the functions' names: encodings, collation, time zones, upper and lower case
ASKED = ("ucnv_", "UCNV_", "ucol_", "ucal_", "u_strTo")
_ALIGN = 16
_SOURCE = """\
    .section .rodata
    .globl {symbol}
    .type {symbol}, %object
    .balign 16
{symbol}:
    .incbin "{data}"
    .size {symbol}, . - {symbol}
    .section .note.GNU-stack,"",%progbits
"""


def is_kept(name: str) -> bool:
    """Whether a file of ICU's data goes in.

    Args:
        name: such as ``icudt73l/lang/de.res``.
    """
    return not any(f"/{folder}/" in name for folder in LEFT_OUT)


def without_needless(data: bytes) -> bytes:
    """ICU's data with the kept files alone: a header, how many files, where name and content of each are, names, contents.

    Args:
        data: from its header on.
    """
    (start,) = struct.unpack_from("<H", data)
    (count,) = struct.unpack_from("<I", data, start)
    places = list(struct.iter_unpack("<II", data[start + 4 : start + 4 + 8 * count]))
    ends = [*(place for _name, place in places[1:]), len(data) - start]
    kept = []
    for (at, place), end in zip(places, ends, strict=True):
        name = data[start + at : data.index(b"\0", start + at) + 1]
        if is_kept(name.decode("ascii")):
            kept.append((name, data[start + place : start + end]))
    first_name = 4 + 8 * len(kept)
    first_file = start + first_name + sum(len(name) for name, _content in kept)
    first_file += -first_file % _ALIGN
    entries, names, files = bytearray(), bytearray(), bytearray()
    for name, content in kept:
        entries += struct.pack("<II", first_name + len(names), first_file - start + len(files))
        names += name
        files += content + bytes(-len(content) % _ALIGN)
    head = data[:start] + struct.pack("<I", len(kept)) + bytes(entries + names)
    return head + bytes(first_file - len(head)) + bytes(files)


def slimmed(libraries: Mapping[str, str], folder: Path) -> dict[str, Path]:
    """Make the smaller library.

    Args:
        libraries: file name -> the file, of all that go into the package.
        folder: where it goes.

    Returns:
        Name of the library -> the new one; empty where there is none, or no compiler for it.

    Raises:
        SystemExit: the library has another form than before, or Qt asks for more than it did.
    """
    name = next((each for each in libraries if _LIBRARY.match(each)), "")
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not name or compiler is None:
        return {}
    unknown = sorted(asked_beyond(path for each, path in libraries.items() if each.startswith("libQt6")))
    if unknown:
        raise SystemExit(
            f"Qt asks ICU for {', '.join(unknown)}, which it did not before; see what LEFT_OUT in {Path(__file__).name} may hold."
        )
    folder.mkdir(parents=True, exist_ok=True)
    data, source, out = folder / "icu.dat", folder / "icu.s", folder / name
    data.write_bytes(without_needless(_table_of(Path(libraries[name]))))
    source.write_text(_SOURCE.format(symbol=f"icudt{name.rpartition('.')[2]}_dat", data=data), "ascii")
    done = subprocess.run([compiler, "-shared", "-nostdlib", "-s", f"-Wl,-soname,{name}", str(source), "-o", str(out)], check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name} did not compile; see the lines above.")
    return {name: out}


def asked_beyond(libraries: Iterable[str]) -> set[str]:
    """Functions of ICU that libraries ask for and that are not among those that are known here.

    Args:
        libraries: files that link ICU or not.
    """
    names = {name for path in libraries for name in re.findall(r" UND (u\w+|UCNV\w+)_\d\d$", _symbols(Path(path)), re.MULTILINE)}
    return {name for name in names if not name.startswith(ASKED)}


def _table_of(library: Path) -> bytes:
    """ICU's data within its library."""
    found = re.search(r": ([0-9a-f]+) +(\w+) OBJECT .* icudt\d+_dat$", _symbols(library), re.MULTILINE)
    if found is not None:
        begin = int(found[1], 16)
        data = library.read_bytes()[begin : begin + int(found[2], 0)]
        if data[2:4] == b"\xda\x27" and data[12:16] == b"CmnD":
            return data
    raise SystemExit(f"{library.name} of Qt's wheel has another form than before; adapt assets/packaging/unicode_data.py.")


def _symbols(library: Path) -> str:
    return subprocess.run(["readelf", "-W", "--dyn-syms", str(library)], capture_output=True, text=True, check=False).stdout

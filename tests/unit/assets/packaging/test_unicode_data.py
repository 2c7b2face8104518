"""ICU's data less what Qt never asks for: the kept files stay as they are, and Qt sorts and names zones as before."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

from assets.packaging import unicode_data

QT = Path(PySide6.__file__).parent / "Qt" / "lib"
#: sorts, changes the case and names a zone as ICU's data say; the library named first is loaded in the place of Qt's
ASKED = """
import ctypes, functools, sys
if sys.argv[1:]:
    ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
from PySide6.QtCore import QCollator, QLocale, QTimeZone
words = ["zebra", "Äpfel", "apfel", "ångström", "öl", "ost", "čaj", "cukr", "ch", "hora", "ñu", "中文", "日本", "файл", "10", "9", "ß"]
for name in ("de_DE", "sv_SE", "cs_CZ", "es_ES", "ja_JP", "tr_TR"):
    locale = QLocale(name)
    collator = QCollator(locale)
    collator.setNumericMode(True)
    zone = QTimeZone(b"Asia/Tokyo").displayName(QTimeZone.StandardTime, QTimeZone.LongName, locale)
    print(ascii((sorted(words, key=functools.cmp_to_key(collator.compare)), locale.toUpper("iß"), zone)))
print({line.split()[-1] for line in open("/proc/self/maps") if "libicudata" in line}, file=sys.stderr)
"""


def icu_data(files: dict[str, bytes]) -> bytes:
    """A table as ICU's tools write it."""
    names, contents, entries = b"", b"", b""
    first = 4 + 8 * len(files)
    begin = first + sum(len(name) + 1 for name in files)
    begin += -(begin + 32) % 16
    for name, content in files.items():
        entries += struct.pack("<II", first + len(names), begin + len(contents))
        names += name.encode() + b"\0"
        contents += content + b"\xaa" * (-len(content) % 16)
    table = struct.pack("<I", len(files)) + entries + names
    return struct.pack("<H2s", 32, b"\xda\x27") + bytes(28) + table + b"\xaa" * (begin - len(table)) + contents


def files_in(data: bytes) -> dict[str, bytes]:
    """The files of a table, each with what fills it up."""
    (count,) = struct.unpack_from("<I", data, 32)
    places = list(struct.iter_unpack("<II", data[36 : 36 + 8 * count]))
    ends = [*(place for _, place in places[1:]), len(data) - 32]
    assert all(place % 16 == 0 for _, place in places)
    return {
        data[32 + at : data.index(b"\0", 32 + at)].decode(): data[32 + place : 32 + end]
        for (at, place), end in zip(places, ends, strict=True)
    }


def test_what_is_left_out_is_gone_and_the_rest_is_as_it_was():
    kept = {"icudt9l/coll/de.res": b"c" * 20, "icudt9l/de.res": b"d" * 16, "icudt9l/zone/de.res": b"z" * 7}
    left_out = {"icudt9l/brkitr/cj.dict": b"j" * 90, "icudt9l/lang/de.res": b"l" * 40, "icudt9l/unit/zu.res": b"u"}
    found = files_in(unicode_data.without_needless(icu_data(dict(sorted({**kept, **left_out}.items())))))
    assert sorted(found) == sorted(kept) and all(found[name].startswith(content) for name, content in kept.items())


@pytest.mark.skipif(not list(QT.glob("libicudata.so.*")) or shutil.which("cc") is None, reason="Qt with ICU of its own, and a compiler")
def test_qt_sorts_and_names_zones_as_before(tmp_path):
    made = unicode_data.slimmed({path.name: str(path) for path in QT.glob("*.so.*")}, tmp_path)
    ((name, library),) = made.items()
    assert library.stat().st_size < 0.6 * (QT / name).stat().st_size
    whole, smaller = (
        subprocess.run([sys.executable, "-c", ASKED, *words], capture_output=True, text=True, check=True) for words in ((), (str(library),))
    )
    assert str(QT / name) in whole.stderr and str(library) in smaller.stderr and str(QT) not in smaller.stderr
    assert smaller.stdout == whole.stdout and "Japanische Normalzeit" in whole.stdout


def test_what_qt_did_not_ask_before_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(
        unicode_data,
        "_symbols",
        lambda path: "  1: 0 0 FUNC GLOBAL DEFAULT UND ucol_open_73\n  2: 0 0 FUNC GLOBAL DEFAULT UND ubrk_open_73\n",
    )
    assert unicode_data.asked_beyond(["libQt6Core.so.6"]) == {"ubrk_open"}
    assert unicode_data.slimmed({"libQt6Core.so.6": "x"}, tmp_path) == {}
    monkeypatch.setattr(shutil, "which", lambda _name: "cc")
    with pytest.raises(SystemExit, match="Qt asks ICU for ubrk_open"):
        unicode_data.slimmed({"libQt6Core.so.6": "x", "libicudata.so.73": "y"}, tmp_path)

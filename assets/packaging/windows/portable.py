"""The folder as a ZIP archive that needs no installation: settings, data and caches stay in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from assets.packaging.windows.facts import PORTABLE_MARK, TITLE

MARK_TEXT = f"""While this file lies beside the program, settings, data and caches are kept in the folder "user" here, and nothing
of them on the computer. Remove this file, and {TITLE} keeps them in your own folders as an installed one does. Keys of cloud
services are kept by the Credential Manager of this computer in both cases, never in a file.
"""
#: the oldest time that a ZIP archive can say; the same folder gives the same archive
_WHEN = (1980, 1, 1, 0, 0, 0)


def pack_portable(folder: Path, out: Path) -> Path:
    """Write the archive.

    Args:
        folder: the finished package.
        out: the archive; everything in it lies in one folder of its name.

    Returns:
        The archive.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        _write(archive, f"{out.stem}/{PORTABLE_MARK}", MARK_TEXT.replace("\n", "\r\n").encode("utf-8"))
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            _write(archive, f"{out.stem}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return out


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, compresslevel=9)

"""Debug information out of the libraries that still have it, which some wheels and Python itself do; Linux only.

PyInstaller's own ``strip`` must stay off: it strips everything, and libraries that auditwheel has rearranged (NumPy's) then do not load.
Here only files with debug information are touched, and one whose segments no longer lie as the loader wants them stays as it was.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

_LOAD = 1


def slim(folder: Path, say: Callable[[str], None]) -> int:
    """Take debug information out.

    Args:
        folder: the finished package.
        say: told when there is no program for that.

    Returns:
        Bytes saved.
    """
    strip = shutil.which("strip")
    if strip is None:
        say("strip is missing (apt install binutils), so the package keeps its libraries' debug information")
        return 0
    saved = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or ".so" not in path.name or not has_debug_information(path):
            continue
        before, beside = path.stat(), path.with_name(f".{path.name}.slim")
        done = subprocess.run([strip, "--strip-debug", "-o", str(beside), str(path)], capture_output=True, check=False)
        if done.returncode == 0 and is_loadable(beside.read_bytes()) and beside.stat().st_size < before.st_size:
            beside.chmod(before.st_mode)
            beside.replace(path)
            saved += before.st_size - path.stat().st_size
        beside.unlink(missing_ok=True)
    return saved


def has_debug_information(path: Path) -> bool:
    """Whether a library carries a section with it."""
    content = path.read_bytes()
    return content[:4] == b"\x7fELF" and b"\0.debug_info\0" in content


def is_loadable(content: bytes) -> bool:
    """Whether every segment of a 64-bit ELF file lies in the file as it will lie in memory, modulo a page, and within the file."""
    if content[:5] != b"\x7fELF\x02":
        return False
    (at,) = struct.unpack_from("<Q", content, 0x20)
    size, count = struct.unpack_from("<HH", content, 0x36)
    for number in range(count):
        kind, _flags, offset, address, _physical, in_file, _in_memory, align = struct.unpack_from("<IIQQQQQQ", content, at + number * size)
        if kind == _LOAD and ((address - offset) % max(align, 4096) != 0 or offset + in_file > len(content)):
            return False
    return True

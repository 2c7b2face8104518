"""A display without a screen, and a picture of what is on it, without any further program: Xvfb keeps its pixels in a file."""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SIZE = (1280, 800)


@dataclass(frozen=True)
class Screen:
    """A display.

    Attributes:
        display: as DISPLAY names it.
        pixels: the file that Xvfb keeps them in.
    """

    display: str
    pixels: Path

    def save(self, out: Path) -> None:
        """Write what is on it as a PNG."""
        out.write_bytes(png_of_xwd(self.pixels.read_bytes()))

    def save_when_still(self, out: Path, limit_s: float = 60.0) -> None:
        """The same, when the lowest tenth, where a window says what it is doing, has stayed as it is for two seconds, or at the limit.

        Args:
            out: the PNG.
            limit_s: seconds to wait for that.
        """
        end_s = time.monotonic() + limit_s
        before, content = b"", self.pixels.read_bytes()
        while content[-len(content) // 10 :] != before and time.monotonic() < end_s:
            before = content[-len(content) // 10 :]
            time.sleep(2)
            content = self.pixels.read_bytes()
        out.write_bytes(png_of_xwd(content))


@contextlib.contextmanager
def screen(size: tuple[int, int] = _SIZE) -> Iterator[Screen]:
    """An Xvfb with GL and 24 bits; it is reached by its socket in /tmp/.X11-unix, from other systems in folders too."""
    read, write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="visemesync-screen-") as folder:
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp", "+extension", "GLX"]
        server = subprocess.Popen([*command, "-ac", "-fbdir", folder], pass_fds=(write,), stderr=subprocess.DEVNULL)
        os.close(write)
        try:
            with os.fdopen(read) as answer:
                number = answer.readline().strip()
            if not number:
                raise SystemExit("Xvfb did not start; install it with: sudo apt-get install -y xvfb")
            yield Screen(f":{number}", Path(folder) / "Xvfb_screen0")
        finally:
            server.terminate()
            server.wait()


def png_of_xwd(content: bytes) -> bytes:
    """A PNG of an X window dump with 32 bits a pixel, blue first, as Xvfb writes it.

    Args:
        content: header, name, colours, pixels (X11/XWDFile.h, version 7).
    """
    header = struct.unpack(">25I", content[:100])
    header_size, width, height, line, colours = header[0], header[4], header[5], header[12], header[19]
    if header[1] != 7 or header[11] != 32:
        raise SystemExit("Xvfb wrote a picture of another kind than before; adapt assets/packaging/linux/screens.py.")
    at = header_size + 12 * colours
    rows = bytearray()
    for row in range(height):
        pixels = content[at + row * line : at + row * line + 4 * width]
        plain = bytearray(3 * width)
        plain[0::3], plain[1::3], plain[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
        rows += b"\0" + plain
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )

"""Windows' icon, made from the program's own drawing: every size is drawn for itself, none is scaled."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

from assets.packaging.contents import ROOT

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

DRAWING = ROOT / "assets" / "icons" / "visemesync.svg"
#: of the title bar, the task bar and the Explorer's views at 100, 125, 150 and 200 %
SIZES_PX = (16, 20, 24, 32, 40, 48, 64, 128, 256)
#: from this size on Windows reads PNG, which is smaller
_PNG_FROM_PX = 256


def write_icon(out: Path, drawing: Path = DRAWING) -> Path:
    """Write the icon.

    Args:
        out: an ``.ico``.
        drawing: an SVG.

    Returns:
        The icon.
    """
    pictures = [_png(drawing, size) if size >= _PNG_FROM_PX else _bitmap(drawing, size) for size in SIZES_PX]
    at = 6 + 16 * len(pictures)
    table = b""
    for size, picture in zip(SIZES_PX, pictures, strict=True):
        table += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(struct.pack("<HHH", 0, 1, len(pictures)) + table + b"".join(pictures))
    return out


def _drawn(drawing: Path, size: int) -> QImage:
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(drawing)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def _png(drawing: Path, size: int) -> bytes:
    from PySide6.QtCore import QBuffer, QIODevice

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    _drawn(drawing, size).save(buffer, "PNG")
    return bytes(buffer.data().data())


def _bitmap(drawing: Path, size: int) -> bytes:
    """Rows from below in blue, green, red and alpha, then a mask of one bit that is left empty because of the alpha."""
    image = _drawn(drawing, size)
    stride = image.bytesPerLine()
    lines = bytes(image.constBits())
    rows = [lines[stride * y : stride * y + 4 * size] for y in reversed(range(size))]
    mask = bytes((size + 31) // 32 * 4 * size)
    header = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 4 * size * size + len(mask), 0, 0, 0, 0)
    return header + b"".join(rows) + mask
